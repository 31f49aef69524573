import assert from "assert";
import { idsOf, isWritten, put, rowsOf } from "./store_asking.ts";
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
        assert.equal(await isWritten(store, values), true);
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
        await assert.rejects(store.writeEach([{ kind: unfit, id: "i-1", value: 1 }]), TypeError);
        await assert.rejects(store.get("mark", unfit), TypeError);
        await assert.rejects(store.get(unfit, "i-1"), TypeError);
        await assert.rejects(rowsOf(store, unfit), TypeError);
        if (unfit !== "") await assert.rejects(rowsOf(store, "mark", unfit), TypeError);
      }
      assert.deepEqual(await idsOf(store, "mark"), ["a"]);
    },
  },
  {
    title: "an id of 1,024 characters is kept, spaces and all, and a kind of 2,048",
    async run({ store }) {
      const ids = ["a", " ", "~"].flatMap((character) =>
        [300, 1_024].map((length) => ` ${character.repeat(length - 2)} `)
      );
      const kinds = ["k".repeat(2_048), `${" ".repeat(2_047)}k`];
      for (const kind of kinds) {
        assert.equal(await isWritten(store, ids.map((id) => ({ kind, id, value: [id] }))), true);
        for (const id of ids) assert.deepEqual((await store.get(kind, id))?.value, [id]);
        assert.deepEqual(await idsOf(store, kind), ids.toSorted());
        for (const id of ids) {
          assert.deepEqual(
            await idsOf(store, kind, id),
            ids.filter((one) => one.startsWith(id)),
          );
        }
      }
    },
  },
  {
    title: "an id of 1,025 characters is refused, a prefix too, and a kind of 2,049",
    async run({ store }) {
      const [id, kind] = ["i".repeat(1_025), "k".repeat(2_049)];
      for (const row of [{ kind: "mark", id, value: 1 }, { kind, id: "i-1", value: 1 }]) {
        await assert.rejects(store.write([row]), TypeError);
        await assert.rejects(store.writeEach([row]), TypeError);
        await assert.rejects(store.get(row.kind, row.id), TypeError);
      }
      await assert.rejects(rowsOf(store, "mark", id), TypeError);
      await assert.rejects(rowsOf(store, kind), TypeError);
      assert.deepEqual(await idsOf(store, "mark"), []);
    },
  },
];
