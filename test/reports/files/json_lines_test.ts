import assert from "assert";
import { jsonLines } from "../../../reports/files/file_sink.ts";

Deno.test("each document is one line, its _id first", () => {
  const lines = [...jsonLines([
    { id: "a", type: "t", body: { doc_type: "t", text: "two\nlines" } },
    { id: "b", type: "t", body: { _id: "forged", n: 1 } },
  ])].join("");
  assert.equal(lines, '{"_id":"a","doc_type":"t","text":"two\\nlines"}\n{"_id":"b","n":1}\n');
});

Deno.test("no reader sees a line end inside a document", () => {
  const lines = [
    ...jsonLines([{ id: "a", type: "t", body: { text: "\u0085\u2028\u2029\r\uD800" } }]),
  ].join("");
  assert.equal(lines, '{"_id":"a","text":"\\u0085\\u2028\\u2029\\r\\ud800"}\n');
});

Deno.test("no documents are no lines", () => {
  assert.equal([...jsonLines([])].join(""), "");
});
