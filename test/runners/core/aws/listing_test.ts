import assert from "assert";
import { setOf } from "../../../../runners/core/aws/listing.ts";

const listings: readonly {
  readonly title: string;
  readonly listed: readonly { id: string; says: unknown }[];
  readonly ids: string;
  readonly differing: string;
}[] = [
  { title: "nothing", listed: [], ids: "", differing: "" },
  {
    title: "different things",
    listed: [{ id: "b", says: 1 }, { id: "a", says: 1 }],
    ids: "b a",
    differing: "",
  },
  {
    title: "equal copies, whatever the order of their fields",
    listed: [{ id: "a", says: { x: 1, y: 2 } }, { id: "a", says: { y: 2, x: 1 } }],
    ids: "a",
    differing: "",
  },
  {
    title: "copies that differ",
    listed: [{ id: "a", says: 1 }, { id: "b", says: 1 }, { id: "a", says: 2 }],
    ids: "a b",
    differing: "a",
  },
  {
    title: "a copy that differs between two that are equal",
    listed: [{ id: "a", says: 1 }, { id: "a", says: 2 }, { id: "a", says: 1 }],
    ids: "a",
    differing: "a",
  },
  {
    title: "dates that differ",
    listed: [{ id: "a", says: new Date(0) }, { id: "a", says: new Date(1) }],
    ids: "a",
    differing: "a",
  },
];

for (const { title, listed, ids, differing } of listings) {
  Deno.test(`a listing is a set: ${title}`, () => {
    const set = setOf(listed, ({ id }) => id);
    assert.equal(set.items.map(({ id }) => id).join(" "), ids);
    assert.equal([...set.differing].join(" "), differing);
  });
}
