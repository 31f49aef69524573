import assert from "assert";
import type { Json } from "../../runners/core/json.ts";
import { idsOf, isWritten, noise, put, revisionOf, rowsOf } from "./store_asking.ts";
import type { StoreCase } from "./store_conformance.ts";

const VALUES: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1.5,
  1e-300,
  Number.MAX_SAFE_INTEGER,
  Number.MIN_SAFE_INTEGER,
  Number.MAX_VALUE,
  "",
  "null",
  'quotes " and \\ and \n and \u0000',
  "Zürich 日本 👩‍🚀 \u2028",
  "half a pair: \ud800",
  [],
  {},
  [[], [null], {}],
  { "": 1, b: 2, a: 3, "%": { _: ["ü"] } },
  JSON.parse('{"__proto__": 1, "constructor": 2}'),
];

/** What a single row is: values, revisions, what a reader sees. */
export const rowCases: readonly StoreCase[] = [
  {
    title: "a row that nobody wrote is undefined, and its kind lists nothing",
    async run({ store }) {
      assert.equal(await store.get("mark", "i-1"), undefined);
      assert.deepEqual(await rowsOf(store, "mark"), []);
    },
  },
  {
    title: "every JSON value comes back equal, from get and from list",
    async run({ store }) {
      for (const [index, value] of VALUES.entries()) await put(store, "value", `${index}`, value);
      for (const [index, value] of VALUES.entries()) {
        assert.deepEqual((await store.get("value", `${index}`))?.value, value);
      }
      const listed = new Map((await rowsOf(store, "value")).map((row) => [row.id, row.value]));
      assert.deepEqual(listed, new Map(VALUES.map((value, index) => [`${index}`, value])));
    },
  },
  {
    title: "a row of nearly 400,000 bytes comes back complete, whatever its characters",
    async run({ store }) {
      for (const [id, large] of [["ascii", noise(390_000)], ["others", `ü${noise(390_000)}`]]) {
        await put(store, "policy", id!, large!);
        assert.deepEqual((await store.get("policy", id!))?.value, large);
      }
    },
  },
  {
    title: "a row of more than 400,000 bytes is refused, and nothing is written",
    async run({ store }) {
      const rows = [
        { kind: "policy", id: "small", value: 1 },
        { kind: "policy", id: "large", value: noise(410_000) },
      ];
      const refused = { name: "StoreError", message: /"policy" "large": it has \d{6} bytes, and/ };
      await assert.rejects(store.write(rows), refused);
      await assert.rejects(store.writeEach(rows), refused);
      assert.deepEqual(await rowsOf(store, "policy"), []);
    },
  },
  {
    title: "a value of 750,000 bytes that repeats itself comes back complete, from get and list",
    async run({ store }) {
      const names = Array.from(
        { length: 22_000 },
        (_, index) => `service-${index % 400}:Get${index}`,
      );
      const value = { removed: names, "ü": "deflate:", "": null };
      await put(store, "journal", "large", value);
      assert.deepEqual((await store.get("journal", "large"))?.value, value);
      assert.deepEqual((await rowsOf(store, "journal")).map((row) => row.value), [value]);
    },
  },
  {
    title: "a value that JSON would silently change is refused, and nothing is written",
    async run({ store }) {
      const unfit: unknown[] = [NaN, Infinity, { a: undefined }, [undefined], () => 1, 10n];
      for (const value of unfit) {
        await assert.rejects(
          store.write([
            { kind: "value", id: "good", value: 1 },
            { kind: "value", id: "bad", value: value as Json },
          ]),
          TypeError,
        );
      }
      assert.deepEqual(await rowsOf(store, "value"), []);
    },
  },
  {
    title: "a stored value is nobody's to change: neither what was put nor what was got",
    async run({ store }) {
      const given = { tags: ["a"] };
      const written = store.write([{ kind: "mark", id: "i-1", value: given }]);
      given.tags.push("after the call");
      await written;
      given.tags.push("after the write");
      const got = await store.get("mark", "i-1");
      (got?.value as typeof given).tags.push("after the read");
      const [listed] = await rowsOf(store, "mark");
      (listed?.value as typeof given).tags.push("after the list");
      assert.deepEqual((await store.get("mark", "i-1"))?.value, { tags: ["a"] });
    },
  },
  {
    title: "a put over a row replaces its value and gives it a revision it never had",
    async run({ store }) {
      const revisions = new Set<number>();
      for (let turn = 0; turn < 5; turn++) {
        revisions.add(await put(store, "mark", "i-1", { turn: 1 }));
      }
      assert.equal(revisions.size, 5);
      for (const revision of revisions) assert.ok(Number.isSafeInteger(revision) && revision > 0);
    },
  },
  {
    title: "a row keeps its revision while only others are written",
    async run({ store }) {
      const revision = await put(store, "mark", "i-1", 1);
      await put(store, "mark", "i-2", 1);
      await put(store, "look", "i-1", 1);
      await store.write([{ kind: "mark", id: "i-2", value: undefined }]);
      assert.equal(await revisionOf(store, "mark", "i-1"), revision);
    },
  },
  {
    title: "undefined deletes a row, also one that is not there; null is a value",
    async run({ store }) {
      await put(store, "mark", "gone", 1);
      await put(store, "mark", "null", null);
      const gone = { kind: "mark", id: "gone", value: undefined };
      assert.equal(await isWritten(store, [gone]), true);
      assert.equal(await isWritten(store, [gone]), true);
      assert.equal(await store.get("mark", "gone"), undefined);
      assert.deepEqual(await idsOf(store, "mark"), ["null"]);
    },
  },
  {
    title: "a row that is deleted and made again never has a revision that it had before",
    async run({ store }) {
      const before = await put(store, "lease", "serve", { holder: "a" });
      for (let turn = 0; turn < 3; turn++) {
        await store.write([{ kind: "lease", id: "serve", value: undefined }]);
        await store.write([{ kind: "lease", id: "serve", value: { turn }, expect: "absent" }]);
        const late = { kind: "lease", id: "serve", value: { holder: "late" }, expect: before };
        assert.equal(await isWritten(store, [late]), false);
      }
      assert.deepEqual((await store.get("lease", "serve"))?.value, { turn: 2 });
    },
  },
  {
    title: "what was written is there for another connection, and after a close",
    async run({ store, reopen, readOnly }) {
      await put(store, "mark", "i-1", { seen: "ü" });
      const expected = await store.get("mark", "i-1");
      const other = await reopen();
      assert.deepEqual(await other.get("mark", "i-1"), expected);
      store.close();
      assert.deepEqual(await other.get("mark", "i-1"), expected);
      other.close();
      const reader = await readOnly();
      assert.deepEqual(await reader.get("mark", "i-1"), expected);
      assert.deepEqual(await rowsOf(reader, "mark"), [expected]);
      reader.close();
    },
  },
  {
    title: "what may only read has no way to write",
    async run({ readOnly }) {
      const reader = await readOnly();
      assert.equal("write" in reader || "writeEach" in reader, false);
      reader.close();
    },
  },
  {
    title: "after close everything is an error that says so, and a second close does nothing",
    async run({ store, readOnly }) {
      const reader = await readOnly();
      await put(store, "mark", "i-1", 1);
      for (const closed of [store, reader]) {
        closed.close();
        closed.close();
        await assert.rejects(closed.get("mark", "i-1"), /closed/);
        await assert.rejects(rowsOf(closed, "mark"), /closed/);
      }
      await assert.rejects(store.write([{ kind: "mark", id: "i-1", value: 2 }]), /closed/);
      await assert.rejects(store.write([]), /closed/);
      await assert.rejects(store.writeEach([{ kind: "mark", id: "i-1", value: 2 }]), /closed/);
    },
  },
];
