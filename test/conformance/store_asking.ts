import assert from "assert";
import type { Json } from "../../runners/core/json.ts";
import type { ReadStore, Row, Store, Write } from "../../runners/core/store/store.ts";

/** All rows of a kind. */
export async function rowsOf(store: ReadStore, kind: string, prefix?: string): Promise<Row[]> {
  return await Array.fromAsync(store.list(kind, prefix));
}

/** The ids of a kind's rows, in the order of the list. */
export async function idsOf(store: ReadStore, kind: string, prefix?: string): Promise<string[]> {
  return (await rowsOf(store, kind, prefix)).map((row) => row.id);
}

/** Stores a value whatever was there, and answers its revision. */
export async function put(store: Store, kind: string, id: string, value: Json): Promise<number> {
  assert.equal(await isWritten(store, [{ kind, id, value }]), true);
  return await revisionOf(store, kind, id);
}

/** Writes rows, and answers whether they were written. */
export async function isWritten(store: Store, writes: readonly Write[]): Promise<boolean> {
  return (await store.write(writes)).written;
}

/** The revision of a row that must be there. */
export async function revisionOf(store: ReadStore, kind: string, id: string): Promise<number> {
  const row = await store.get(kind, id);
  assert.ok(row, `there is no row "${kind}" "${id}"`);
  return row.revision;
}

/** A text that cannot be made shorter, always the same. */
export function noise(length: number): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  let state = 20_261_130;
  return Array.from({ length }, () => {
    // Numerical Recipes' linear congruential generator; its upper bits are the better ones.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return letters[state >>> 26];
  }).join("");
}
