import assert from "assert";
import { numberText } from "../../runners/core/cli/words.ts";
import {
  type FreeWrite,
  type ReadStore,
  UnfinishedWriteError,
} from "../../runners/core/store/store.ts";
import { idsOf, put, rowsOf } from "./store_asking.ts";
import type { FaultCase, StoreCase } from "./store_conformance.ts";

/** More than any store writes at once. */
const MANY = 2_500;

/** Rows that may part. */
export const eachCases: readonly StoreCase[] = [
  {
    title: "2,500 rows that may part are all written, and rows among them deleted or replaced",
    async run({ store }) {
      for (const id of ["i-0007", "i-1300", "i-2499", "kept"]) await put(store, "look", id, "old");
      const deleted = ["i-0007", "i-0008", "i-1300"];
      const writes = rows().map((row) =>
        deleted.includes(row.id) ? { ...row, value: undefined } : row
      );
      await store.writeEach(writes);
      assert.deepEqual(
        (await rowsOf(store, "look")).map(({ id, value }) => ({ kind: "look", id, value })),
        [
          ...rows().filter(({ id }) => !deleted.includes(id)),
          { kind: "look", id: "kept", value: "old" },
        ],
      );
    },
  },
  {
    title: "rows that may part may be none, and may be written again",
    async run({ store }) {
      await store.writeEach([]);
      for (let turn = 0; turn < 2; turn++) {
        await store.writeEach(rows().slice(0, 150));
        assert.deepEqual(await idsOf(store, "look"), rows().slice(0, 150).map(({ id }) => id));
      }
    },
  },
  {
    title: "a signal cuts rows that may part between two pieces, and to write them again ends it",
    async run({ store }) {
      const reason = new Error("told to stop");
      await assert.rejects(
        store.writeEach(rows(), AbortSignal.abort(reason)),
        (error) => error === reason,
      );
      assert.deepEqual(await rowsOf(store, "look"), []);
      const controller = new AbortController();
      const writing = store.writeEach(rows(), controller.signal);
      controller.abort(reason);
      await assert.rejects(writing, (error) => error === reason);
      const written = await beginningOf(store);
      assert.ok(0 < written && written < MANY, `${written} rows are there`);
      await store.writeEach(rows());
      assert.equal(await beginningOf(store), MANY);
    },
  },
  {
    title: "rows that may part are checked, all of them, before the first is written",
    async run({ store }) {
      const last = rows().at(-1)!;
      const unfit: FreeWrite[] = [
        rows()[0]!,
        { ...last, value: undefined, id: rows()[1]!.id },
        { ...last, id: "ü" },
        { ...last, kind: "" },
        { ...last, id: "last", value: NaN },
      ];
      for (const bad of unfit) {
        await assert.rejects(store.writeEach([...rows(), bad]), TypeError);
        assert.deepEqual(await rowsOf(store, "look"), []);
      }
    },
  },
];

/** What only stores can show in which a write can be made to fail. */
export const faultCases: readonly FaultCase[] = [
  {
    title: "a fault cuts rows that may part and says how many are written; the rest ends it",
    async run({ store }, failAt) {
      const failing = rows()[1_800]!;
      const repair = await failAt(failing);
      const error = await store.writeEach(rows()).then(() => null, (error: unknown) => error);
      assert.ok(error instanceof UnfinishedWriteError, String(error));
      assert.match(
        error.message,
        new RegExp(`${numberText(error.rows)} of 2,500 rows were written$`),
      );
      assert.ok(0 < error.rows && error.rows <= 1_800, error.message);
      const ids = await idsOf(store, "look");
      assert.deepEqual(ids.slice(0, error.rows), rows().slice(0, error.rows).map(({ id }) => id));
      // Of the piece that failed, some may be there.
      assert.ok(ids.length - error.rows < 100, `${ids.length} rows are there: ${error.message}`);
      assert.ok(!ids.includes(failing.id));
      await repair();
      await store.writeEach(rows().slice(error.rows));
      assert.equal(await beginningOf(store), MANY);
    },
  },
];

function rows() {
  return Array.from(
    { length: MANY },
    (_, index) => ({ kind: "look", id: `i-${String(index).padStart(4, "0")}`, value: { index } }),
  );
}

/** How many rows are there, which are the first of all: they are written in their order. */
async function beginningOf(store: ReadStore): Promise<number> {
  const ids = await idsOf(store, "look");
  assert.deepEqual(ids, rows().slice(0, ids.length).map(({ id }) => id));
  return ids.length;
}
