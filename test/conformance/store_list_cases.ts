import assert from "assert";
import type { Store, Write } from "../../runners/core/store/store.ts";
import { idsOf, isWritten, put } from "./store_asking.ts";
import type { StoreCase } from "./store_conformance.ts";

/** Ids that patterns, cases, locales and encodings put in other orders. */
const IDS = [
  "%",
  "%%",
  "_",
  "a",
  "aB",
  "ab",
  "a%b",
  "a_b",
  "a/b",
  "a/b/c",
  "a0",
  "B",
  "Z",
  "i-10",
  "i-9",
  " ",
  "!",
  "~",
  "~~",
  "\x7f",
  "\x7f\x7f",
];

/** Order, prefixes, and lists while others write. */
export const listCases: readonly StoreCase[] = [
  {
    title: "a list is in ascending order, as JavaScript compares strings",
    async run({ store }) {
      await putAll(store, "look", IDS);
      assert.deepEqual(await idsOf(store, "look"), IDS.toSorted());
    },
  },
  {
    title: "a prefix is taken literally, whatever characters it has",
    async run({ store }) {
      await putAll(store, "look", IDS);
      for (const prefix of [...IDS, "a/", "i", "A", "zz", "~\x7f"]) {
        const expected = IDS.toSorted().filter((id) => id.startsWith(prefix));
        assert.deepEqual(await idsOf(store, "look", prefix), expected, JSON.stringify(prefix));
      }
      assert.deepEqual(await idsOf(store, "look", ""), IDS.toSorted());
    },
  },
  {
    title: "a list has the rows of its kind alone",
    async run({ store }) {
      await putAll(store, "b", ["1"]);
      await putAll(store, "ba", ["2"]);
      await putAll(store, "B", ["3"]);
      assert.deepEqual(await idsOf(store, "b"), ["1"]);
    },
  },
  {
    title: "a list of 2,500 rows is complete and in order, also when they are deleted as they come",
    async run({ store }) {
      const ids = Array.from(
        { length: 2_500 },
        (_, index) => `i-${String(index).padStart(5, "0")}`,
      );
      await putAll(store, "look", ids);
      assert.deepEqual(await idsOf(store, "look"), ids);
      const seen: string[] = [];
      const toDelete: Write[] = [];
      for await (const { kind, id, revision } of store.list("look")) {
        seen.push(id);
        toDelete.push({ kind, id, value: undefined, expect: revision });
        if (toDelete.length === 50) {
          assert.equal(await isWritten(store, toDelete.splice(0)), true);
        }
      }
      assert.deepEqual(seen, ids);
      assert.deepEqual(await idsOf(store, "look"), []);
    },
  },
  {
    title: "a row that stays throughout a list is in it once, whatever is made and deleted",
    async run({ store }) {
      const ids = Array.from({ length: 1_200 }, (_, index) => `i-${1_000 + index}`);
      await putAll(store, "look", ids);
      const seen: string[] = [];
      for await (const { id } of store.list("look")) {
        seen.push(id);
        if (id.endsWith("50")) {
          await put(store, "look", `${id}-made`, 1);
          await store.write([{
            kind: "look",
            id: `i-${Number(id.slice(2)) + 1}`,
            value: undefined,
          }]);
        }
      }
      const staying = ids.filter((id) => !id.endsWith("51"));
      assert.deepEqual(seen.filter((id) => staying.includes(id)), staying);
      assert.equal(new Set(seen).size, seen.length);
    },
  },
  {
    title: "whoever takes their time over a list keeps nobody from writing",
    async run({ store, reopen }) {
      await putAll(store, "look", ["a", "b", "c"]);
      const other = await reopen();
      const list = store.list("look")[Symbol.asyncIterator]();
      assert.equal((await list.next()).value?.id, "a");
      assert.equal(await isWritten(other, [{ kind: "look", id: "z", value: 1 }]), true);
      assert.equal(await isWritten(store, [{ kind: "look", id: "y", value: 1 }]), true);
      other.close();
    },
  },
  {
    title: "a list that is left early, or runs beside another, disturbs nothing",
    async run({ store }) {
      await putAll(store, "look", ["a", "b", "c"]);
      for await (const row of store.list("look")) {
        assert.deepEqual(await idsOf(store, "look"), ["a", "b", "c"]);
        if (row.id === "b") break;
      }
      assert.equal(await isWritten(store, [{ kind: "look", id: "a", value: undefined }]), true);
      assert.deepEqual(await idsOf(store, "look"), ["b", "c"]);
    },
  },
];

async function putAll(store: Store, kind: string, ids: readonly string[]): Promise<void> {
  await store.writeEach(ids.map((id) => ({ kind, id, value: { id } })));
}
