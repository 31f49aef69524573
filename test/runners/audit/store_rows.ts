import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import type { FreeWrite, ReadStore } from "../../../runners/core/store/store.ts";

/** A store that holds these rows. */
export async function storeOf(...rows: readonly FreeWrite[]): Promise<ReadStore> {
  const store = new MemoryStore();
  await store.writeEach(rows);
  return store;
}

/** The kind of a row of an account, without the account behind it. */
export function kindIn({ kind }: Pick<FreeWrite, "kind">): string {
  return kind.slice(0, kind.indexOf("#"));
}
