import assert from "assert";
import fc from "fast-check";
import { jsonPieces } from "../../../runners/core/json_text.ts";
import { FIXED } from "./properties.ts";

const text = "x".repeat(1_000);
const long = (count: number) => Array.from({ length: count }, (_, id) => ({ id: [id], text }));
/** More than any one piece may be. */
const LARGE = 300;
const LONGEST_PIECE = 100_000;

const documents: readonly { readonly title: string; readonly document: unknown }[] = [
  { title: "nothing in it", document: {} },
  { title: "short members", document: { a: 1, b: [], c: { d: [1] }, e: "x\ny" } },
  { title: "something that JSON leaves out", document: { a: undefined, b: 1 } },
  { title: "a long list", document: { a: 1, list: long(LARGE), z: 1 } },
  { title: "a long list deep in it", document: { a: [[{ b: { c: [1, long(LARGE)] } }]] } },
  { title: "many members", document: Object.fromEntries(Object.entries(long(LARGE))) },
  { title: "holes in a long list", document: { list: [...long(LARGE), undefined, () => 1] } },
  {
    title: "what JSON leaves out beside much",
    document: {
      a: undefined,
      list: long(LARGE),
      b: () => 1,
      at: new Date(0),
      "": { c: undefined },
    },
  },
];

for (const { title, document } of documents) {
  Deno.test(`a document with ${title} is written as JSON with an indent of two`, () => {
    const written = [...jsonPieces(document)];
    assert.equal(written.join(""), `${JSON.stringify(document, null, 2)}\n`);
    assert.ok(written.every(({ length }) => length <= LONGEST_PIECE));
  });
}

Deno.test("the pieces of any value come to its JSON", () => {
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fc.dictionary(fc.string(), fc.jsonValue())), (value) => {
      assert.equal([...jsonPieces(value)].join(""), `${JSON.stringify(value, null, 2)}\n`);
    }),
    FIXED,
  );
});
