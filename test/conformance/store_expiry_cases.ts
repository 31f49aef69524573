import assert from "assert";
import { DAY_MS } from "../../runners/core/duration.ts";
import type { ReadStore, Write } from "../../runners/core/store/store.ts";
import { idsOf, isWritten, put, revisionOf, rowsOf } from "./store_asking.ts";
import { RETENTION_DAYS, type StoreCase } from "./store_conformance.ts";

const MARK = { kind: "mark", id: "i-1" } as const;

/** Rows that are over. */
export const expiryCases: readonly StoreCase[] = [
  {
    title: "a row is read until the instant at which it is over, and by nobody from then on",
    async run({ store, reopen, readOnly }, clock) {
      const expires = new Date(clock.now().getTime() + DAY_MS);
      await store.write([{ ...MARK, value: "brief", expires }]);
      await put(store, "mark", "i-2", "stays");
      const [other, reader] = [await reopen(), await readOnly()];
      const everybody: ReadStore[] = [store, other, reader];
      clock.advance(DAY_MS - 1_000);
      for (const one of everybody) {
        assert.equal((await one.get("mark", "i-1"))?.value, "brief");
        assert.deepEqual(await idsOf(one, "mark"), ["i-1", "i-2"]);
      }
      clock.advance(1_000);
      for (const one of everybody) {
        assert.equal(await one.get("mark", "i-1"), undefined);
        assert.deepEqual(await idsOf(one, "mark"), ["i-2"]);
        assert.deepEqual(await idsOf(one, "mark", "i-1"), []);
      }
      other.close();
      reader.close();
    },
  },
  {
    title: '"retained" is for as long as the store retains, from each write on, also in pieces',
    async run({ store }, clock) {
      const retained = (id: string): Write => (
        { kind: "mark", id, value: id, expires: "retained" }
      );
      await store.write([retained("one"), retained("two")]);
      await store.writeEach([retained("piece"), { kind: "mark", id: "stays", value: 1 }]);
      clock.advance((RETENTION_DAYS - 1) * DAY_MS);
      assert.deepEqual(await idsOf(store, "mark"), ["one", "piece", "stays", "two"]);
      await store.write([retained("two")]);
      clock.advance(DAY_MS);
      assert.deepEqual(await idsOf(store, "mark"), ["stays", "two"]);
      clock.advance((RETENTION_DAYS - 1) * DAY_MS);
      assert.deepEqual(await idsOf(store, "mark"), ["stays"]);
    },
  },
  {
    title: "a row that is over is absent, has no revision, and is not what stands in the way",
    async run({ store }, clock) {
      const over = await brief();
      const change: Write = { ...MARK, value: "changed" };
      const inTheWay = { ...MARK, row: undefined };
      for (const value of ["changed", undefined]) {
        assert.deepEqual(
          await store.write([{ ...change, value, expect: over }]),
          { written: false, inTheWay },
        );
      }
      const remove: Write = { ...MARK, value: undefined, expect: "absent" };
      assert.equal(await isWritten(store, [remove]), true);
      assert.equal(await isWritten(store, [{ ...change, expect: "absent" }]), true);
      assert.equal((await store.get("mark", "i-1"))?.value, "changed");

      async function brief(): Promise<number> {
        const expires = new Date(clock.now().getTime() + DAY_MS);
        await store.write([{ ...MARK, value: "brief", expires }]);
        const revision = await revisionOf(store, "mark", "i-1");
        clock.advance(DAY_MS);
        return revision;
      }
    },
  },
  {
    title: "a row that was over and is written again stays, with a revision that it never had",
    async run({ store }, clock) {
      const had = new Set<number>();
      for (const expect of ["absent", undefined] as const) {
        const expires = new Date(clock.now().getTime() + DAY_MS);
        await store.write([{ ...MARK, value: "brief", expires }]);
        had.add(await revisionOf(store, "mark", "i-1"));
        clock.advance(2 * DAY_MS);
        const again = { ...MARK, value: "again", ...(expect === undefined ? {} : { expect }) };
        assert.equal(await isWritten(store, [again]), true);
        had.add(await revisionOf(store, "mark", "i-1"));
        clock.advance(1_000 * DAY_MS);
        assert.equal((await store.get("mark", "i-1"))?.value, "again");
        await store.write([{ ...MARK, value: undefined }]);
      }
      assert.equal(had.size, 4);
    },
  },
  {
    title: "a row keeps no end that a later write did not give it, and a new one replaces the old",
    async run({ store }, clock) {
      const inDays = (days: number) => new Date(clock.now().getTime() + days * DAY_MS);
      await store.writeEach([
        { kind: "mark", id: "for good", value: 1, expires: inDays(1) },
        { kind: "mark", id: "in pieces", value: 1, expires: inDays(1) },
        { kind: "mark", id: "longer", value: 1, expires: inDays(1) },
        { kind: "mark", id: "shorter", value: 1, expires: inDays(5) },
      ]);
      await store.write([
        { kind: "mark", id: "for good", value: 2 },
        { kind: "mark", id: "longer", value: 2, expires: inDays(3) },
        { kind: "mark", id: "shorter", value: 2, expires: inDays(1) },
      ]);
      await store.writeEach([{ kind: "mark", id: "in pieces", value: 2 }]);
      clock.advance(2 * DAY_MS);
      assert.deepEqual(await idsOf(store, "mark"), ["for good", "in pieces", "longer"]);
      clock.advance(2 * DAY_MS);
      assert.deepEqual(await idsOf(store, "mark"), ["for good", "in pieces"]);
    },
  },
  {
    title: "a row that is written when it is over already is never read",
    async run({ store }, clock) {
      for (const expires of [clock.now(), new Date(clock.now().getTime() - DAY_MS)]) {
        await store.write([{ ...MARK, value: "late", expires }]);
        await store.writeEach([{ kind: "mark", id: "in pieces", value: "late", expires }]);
        assert.deepEqual(await rowsOf(store, "mark"), []);
        assert.equal(await isWritten(store, [{ ...MARK, value: 1, expect: "absent" }]), true);
        await store.write([{ ...MARK, value: undefined }]);
      }
    },
  },
];
