import assert from "assert";
import type { Write } from "../../runners/core/store/store.ts";
import { idsOf, isWritten, noise, put, revisionOf, rowsOf } from "./store_asking.ts";
import type { StoreCase } from "./store_conformance.ts";

/** Expectations, and that a write is whole or nothing. */
export const writeCases: readonly StoreCase[] = [
  {
    title: "an empty list of writes succeeds and changes nothing",
    async run({ store }) {
      const revision = await put(store, "mark", "i-1", 1);
      assert.equal(await isWritten(store, []), true);
      assert.equal(await revisionOf(store, "mark", "i-1"), revision);
    },
  },
  {
    title: '"absent" holds only where there is no row, never or no longer',
    async run({ store }) {
      const make: Write = { kind: "mark", id: "i-1", value: "first", expect: "absent" };
      assert.equal(await isWritten(store, [make]), true);
      assert.equal(await isWritten(store, [{ ...make, value: "second" }]), false);
      assert.equal((await store.get("mark", "i-1"))?.value, "first");
      await store.write([{
        ...make,
        value: undefined,
        expect: await revisionOf(store, "mark", "i-1"),
      }]);
      assert.equal(await isWritten(store, [{ ...make, value: "third" }]), true);
      assert.equal((await store.get("mark", "i-1"))?.value, "third");
    },
  },
  {
    title: "a revision holds only while nobody wrote the row, even the same value",
    async run({ store }) {
      const first = await put(store, "mark", "i-1", "same");
      const second = await put(store, "mark", "i-1", "same");
      const change: Write = { kind: "mark", id: "i-1", value: "changed" };
      assert.equal(await isWritten(store, [{ ...change, expect: first }]), false);
      assert.equal(await isWritten(store, [{ ...change, expect: second + 1 }]), false);
      assert.equal((await store.get("mark", "i-1"))?.value, "same");
      assert.equal(await isWritten(store, [{ ...change, expect: second }]), true);
      assert.equal(await isWritten(store, [{ ...change, expect: second }]), false);
    },
  },
  {
    title: "a revision never holds where there is no row",
    async run({ store }) {
      for (const expect of [0, 1, -1, NaN]) {
        assert.equal(
          await isWritten(store, [{ kind: "mark", id: "i-1", value: 1, expect }]),
          false,
        );
      }
      assert.equal(await store.get("mark", "i-1"), undefined);
    },
  },
  {
    title: "a delete obeys its expectation too",
    async run({ store }) {
      const revision = await put(store, "mark", "i-1", 1);
      const remove: Write = { kind: "mark", id: "i-1", value: undefined };
      assert.equal(await isWritten(store, [{ ...remove, expect: "absent" }]), false);
      assert.equal(await isWritten(store, [{ ...remove, expect: revision + 1 }]), false);
      assert.equal(await revisionOf(store, "mark", "i-1"), revision);
      assert.equal(await isWritten(store, [{ ...remove, expect: revision }]), true);
      assert.equal(await store.get("mark", "i-1"), undefined);
      assert.equal(await isWritten(store, [{ ...remove, expect: revision }]), false);
      assert.equal(await isWritten(store, [{ ...remove, expect: "absent" }]), true);
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
        assert.equal(await isWritten(store, writes), false);
        assert.deepEqual(await rowsOf(store, kind), before);
        assert.deepEqual(await rowsOf(store, "other"), []);
      }
    },
  },
  {
    title: "a list of as many rows as a write may have is written completely or not at all",
    async run({ store }) {
      const writes = Array.from({ length: 100 }, (_, index): Write => ({
        kind: "look",
        id: `i-${String(index).padStart(6, "0")}`,
        value: { index },
        expect: "absent",
      }));
      await put(store, "look", writes.at(-1)?.id ?? "", "in the way");
      assert.equal(await isWritten(store, writes), false);
      assert.equal((await rowsOf(store, "look")).length, 1);
      await store.write([{ kind: "look", id: writes.at(-1)?.id ?? "", value: undefined }]);
      assert.equal(await isWritten(store, writes), true);
      assert.deepEqual(await idsOf(store, "look"), writes.map((write) => write.id));
    },
  },
  {
    title: "more than 100 rows, or more than 4 MB, are refused, and nothing is written",
    async run({ store }) {
      const row = (id: number, value: string): Write => ({ kind: "look", id: `i-${id}`, value });
      const tooMany = Array.from({ length: 101 }, (_, index) => row(index, ""));
      const tooLarge = Array.from(
        { length: 11 },
        (_, index) => row(index, noise(380_000)),
      );
      for (const writes of [tooMany, tooLarge]) {
        await assert.rejects(store.write(writes), TypeError);
        assert.deepEqual(await rowsOf(store, "look"), []);
      }
      assert.equal(await isWritten(store, tooLarge.slice(1)), true);
      assert.equal((await rowsOf(store, "look")).length, 10);
    },
  },
  {
    title: "the row that stood in the way is named, the first in the list, with what is there",
    async run({ store }) {
      const kind = "mark";
      await put(store, kind, "there", { marked: 1 });
      const late = await put(store, kind, "changed", 1);
      await put(store, kind, "changed", 2);
      const gone = await put(store, kind, "deleted", 1);
      await store.write([{ kind, id: "deleted", value: undefined }]);
      const refused: Write[] = [
        { kind, id: "there", value: 1, expect: "absent" },
        { kind, id: "changed", value: 1, expect: late },
        { kind, id: "changed", value: undefined, expect: late },
        { kind, id: "there", value: undefined, expect: "absent" },
        { kind, id: "deleted", value: 1, expect: gone },
        { kind, id: "missing", value: 1, expect: 1 },
      ];
      const fine: Write[] = [
        { kind: "other", id: "free", value: 1 },
        { kind: "other", id: "made", value: 1, expect: "absent" },
      ];
      const behind: Write = { kind: "other", id: "behind", value: 1, expect: 1 };
      for (const one of refused) {
        const { id } = one;
        const row = await store.get(kind, id);
        assert.deepEqual(
          await store.write([...fine, one, behind]),
          { written: false, inTheWay: { kind, id, row } },
        );
        assert.deepEqual(
          await store.write([...fine, behind, one]),
          { written: false, inTheWay: { kind: "other", id: "behind", row: undefined } },
        );
        assert.deepEqual(await store.get(kind, id), row);
      }
      assert.deepEqual(await rowsOf(store, "other"), []);
    },
  },
  {
    title: "a row that is only expected to be absent is not made",
    async run({ store }) {
      const absent: Write = { kind: "revoked", id: "run", value: undefined, expect: "absent" };
      const writes: Write[] = [absent, { kind: "mark", id: "i-1", value: 1 }];
      assert.equal(await isWritten(store, writes), true);
      assert.equal(await store.get("revoked", "run"), undefined);
      await put(store, "revoked", "run", {});
      assert.equal(await isWritten(store, writes), false);
      assert.deepEqual((await store.get("revoked", "run"))?.value, {});
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
      assert.equal(won.filter(({ written }) => written).length, 1);
      assert.equal((await store.get("mark", "i"))?.value, won.findIndex(({ written }) => written));
    },
  },
];
