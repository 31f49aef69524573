import assert from "assert";
import { idsOf, put, rowsOf } from "./store_asking.ts";
import type { StoreCase } from "./store_conformance.ts";

/** Keys that a pattern, a folding of case or a normal form would take for one another. */
const LOOKALIKES = ["a", "A", "a ", " a", "%", "_", "a%", "a_", "a/", "~", "\x7f", "i", "I"];

const UNFIT = ["", "a\0b", "a\n", "\x1f", "\x80", "ü", "a\ufffd", "👩", "\ud83d", "\ude00x"];

/** What kinds and ids may be, and that each is itself alone. */
export const keyCases: readonly StoreCase[] = [
  {
    title: "ids and kinds that look alike are rows of their own",
    async run({ store }) {
      for (const kind of LOOKALIKES) {
        const values = LOOKALIKES.map((id) => ({ kind, id, value: [kind, id] }));
        assert.equal(await store.write(values), true);
      }
      for (const kind of LOOKALIKES) {
        for (const id of LOOKALIKES) {
          assert.deepEqual((await store.get(kind, id))?.value, [kind, id]);
        }
        assert.deepEqual(await idsOf(store, kind), LOOKALIKES.toSorted());
      }
    },
  },
  {
    title: "where the kind ends and the id begins is never in doubt",
    async run({ store }) {
      await put(store, "a", "b/c", 1);
      await put(store, "a/b", "c", 2);
      assert.equal((await store.get("a", "b/c"))?.value, 1);
      assert.equal((await store.get("a/b", "c"))?.value, 2);
      assert.deepEqual(await idsOf(store, "a"), ["b/c"]);
    },
  },
  {
    title:
      "a kind, id or prefix that has more than printable ASCII is refused, and an empty kind or id",
    async run({ store }) {
      await put(store, "mark", "a", 1);
      for (const unfit of UNFIT) {
        await assert.rejects(store.write([{ kind: "mark", id: unfit, value: 1 }]), TypeError);
        await assert.rejects(store.write([{ kind: unfit, id: "i-1", value: 1 }]), TypeError);
        await assert.rejects(store.get("mark", unfit), TypeError);
        await assert.rejects(store.get(unfit, "i-1"), TypeError);
        await assert.rejects(rowsOf(store, unfit), TypeError);
        if (unfit !== "") await assert.rejects(rowsOf(store, "mark", unfit), TypeError);
      }
      assert.deepEqual(await idsOf(store, "mark"), ["a"]);
    },
  },
];
