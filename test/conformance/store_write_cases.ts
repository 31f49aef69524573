import assert from "assert";
import type { Write } from "../../runners/core/store/store.ts";
import { idsOf, put, revisionOf, rowsOf } from "./store_asking.ts";
import type { StoreCase } from "./store_conformance.ts";

/** Expectations, and that a write is whole or nothing. */
export const writeCases: readonly StoreCase[] = [
  {
    title: "an empty list of writes succeeds and changes nothing",
    async run({ store }) {
      const revision = await put(store, "mark", "i-1", 1);
      assert.equal(await store.write([]), true);
      assert.equal(await revisionOf(store, "mark", "i-1"), revision);
    },
  },
  {
    title: '"absent" holds only where there is no row, never or no longer',
    async run({ store }) {
      const make: Write = { kind: "mark", id: "i-1", value: "first", expect: "absent" };
      assert.equal(await store.write([make]), true);
      assert.equal(await store.write([{ ...make, value: "second" }]), false);
      assert.equal((await store.get("mark", "i-1"))?.value, "first");
      await store.write([{
        ...make,
        value: undefined,
        expect: await revisionOf(store, "mark", "i-1"),
      }]);
      assert.equal(await store.write([{ ...make, value: "third" }]), true);
      assert.equal((await store.get("mark", "i-1"))?.value, "third");
    },
  },
  {
    title: "a revision holds only while nobody wrote the row, even the same value",
    async run({ store }) {
      const first = await put(store, "mark", "i-1", "same");
      const second = await put(store, "mark", "i-1", "same");
      const change: Write = { kind: "mark", id: "i-1", value: "changed" };
      assert.equal(await store.write([{ ...change, expect: first }]), false);
      assert.equal(await store.write([{ ...change, expect: second + 1 }]), false);
      assert.equal((await store.get("mark", "i-1"))?.value, "same");
      assert.equal(await store.write([{ ...change, expect: second }]), true);
      assert.equal(await store.write([{ ...change, expect: second }]), false);
    },
  },
  {
    title: "a revision never holds where there is no row",
    async run({ store }) {
      for (const expect of [0, 1, -1, NaN]) {
        assert.equal(await store.write([{ kind: "mark", id: "i-1", value: 1, expect }]), false);
      }
      assert.equal(await store.get("mark", "i-1"), undefined);
    },
  },
  {
    title: "a delete obeys its expectation too",
    async run({ store }) {
      const revision = await put(store, "mark", "i-1", 1);
      const remove: Write = { kind: "mark", id: "i-1", value: undefined };
      assert.equal(await store.write([{ ...remove, expect: "absent" }]), false);
      assert.equal(await store.write([{ ...remove, expect: revision + 1 }]), false);
      assert.equal(await revisionOf(store, "mark", "i-1"), revision);
      assert.equal(await store.write([{ ...remove, expect: revision }]), true);
      assert.equal(await store.get("mark", "i-1"), undefined);
      assert.equal(await store.write([{ ...remove, expect: revision }]), false);
      assert.equal(await store.write([{ ...remove, expect: "absent" }]), true);
    },
  },
  {
    title: "one wrong expectation, wherever it stands, leaves everything as it was",
    async run({ store }) {
      for (const place of [0, 2, 4]) {
        const kind = `kind-${place}`;
        await put(store, kind, "replaced", "before");
        await put(store, kind, "deleted", "before");
        const before = await rowsOf(store, kind);
        const writes: Write[] = [
          { kind, id: "made", value: 1, expect: "absent" },
          { kind, id: "replaced", value: "after" },
          { kind, id: "deleted", value: undefined },
          { kind: "other", id: kind, value: 1 },
        ];
        writes.splice(place, 0, { kind, id: "wrong", value: 1, expect: 7 });
        assert.equal(await store.write(writes), false);
        assert.deepEqual(await rowsOf(store, kind), before);
        assert.deepEqual(await rowsOf(store, "other"), []);
      }
    },
  },
  {
    title: "a list of as many rows as a write may have is written whole or not at all",
    async run({ store }, { rowsPerWrite }) {
      const writes = Array.from({ length: rowsPerWrite }, (_, index): Write => ({
        kind: "look",
        id: `i-${String(index).padStart(6, "0")}`,
        value: { index },
        expect: "absent",
      }));
      await put(store, "look", writes.at(-1)?.id ?? "", "in the way");
      assert.equal(await store.write(writes), false);
      assert.equal((await rowsOf(store, "look")).length, 1);
      await store.write([{ kind: "look", id: writes.at(-1)?.id ?? "", value: undefined }]);
      assert.equal(await store.write(writes), true);
      assert.deepEqual(await idsOf(store, "look"), writes.map((write) => write.id));
    },
  },
  {
    title: "a row that stands twice in one list is refused, and nothing is written",
    async run({ store }) {
      const row: Write = { kind: "mark", id: "i-1", value: 1 };
      const twice = [row, { ...row, kind: "other" }, { ...row, value: undefined }];
      await assert.rejects(store.write(twice), TypeError);
      assert.deepEqual(await rowsOf(store, "mark"), []);
      assert.deepEqual(await rowsOf(store, "other"), []);
    },
  },
  {
    title: "writes that were started together are done one after the other",
    async run({ store }) {
      const make = (value: number): Write => ({ kind: "mark", id: "i", value, expect: "absent" });
      const won = await Promise.all([0, 1, 2, 3].map((value) => store.write([make(value)])));
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await store.get("mark", "i"))?.value, won.indexOf(true));
    },
  },
];
