import assert from "assert";
import fc from "fast-check";
import { jsonPieces } from "../../../runners/core/json_text.ts";
import { FIXED } from "./properties.ts";

const long = (count: number) => Array.from({ length: count }, (_, index) => ({ id: [index] }));

const documents: readonly { title: string; document: unknown; pieces: number }[] = [
  { title: "nothing in it", document: {}, pieces: 1 },
  { title: "short members", document: { a: 1, b: [], c: { d: [1] }, e: "x\ny" }, pieces: 5 },
  { title: "something that JSON leaves out", document: { a: undefined, b: 1 }, pieces: 2 },
  { title: "a list as long as a piece", document: { list: long(16) }, pieces: 2 },
  { title: "a longer list", document: { a: 1, list: long(33), z: 1 }, pieces: 11 },
  { title: "a hole in a long list", document: { list: [...long(16), undefined] }, pieces: 7 },
];

for (const { title, document, pieces } of documents) {
  Deno.test(`a document with ${title} is written as JSON with an indent of two`, () => {
    const written = [...jsonPieces(document)];
    assert.equal(written.join(""), `${JSON.stringify(document, null, 2)}\n`);
    assert.equal(written.length, pieces);
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
