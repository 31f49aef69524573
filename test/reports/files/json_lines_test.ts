import assert from "assert";
import { jsonLines } from "../../../reports/files/file_sink.ts";
import type { ReportDocument } from "../../../runners/core/report/sink.ts";

const documentOf = (id: string, body: ReportDocument["body"]): ReportDocument => (
  { id, type: "t", index: "i", part: { id, proof: 0 }, body }
);

Deno.test("each document is one line, its _id and _index first", () => {
  const lines = [...jsonLines([
    documentOf("a", { doc_type: "t", text: "two\nlines" }),
    documentOf("b", { _id: "forged", _index: "forged", n: 1 }),
  ])].join("");
  assert.equal(
    lines,
    '{"_id":"a","_index":"i","doc_type":"t","text":"two\\nlines"}\n{"_id":"b","_index":"i","n":1}\n',
  );
});

Deno.test("no reader sees a line end inside a document", () => {
  const lines = [
    ...jsonLines([documentOf("a", { text: "\u0085\u2028\u2029\r\uD800" })]),
  ].join("");
  assert.equal(lines, '{"_id":"a","_index":"i","text":"\\u0085\\u2028\\u2029\\r\\ud800"}\n');
});

Deno.test("no documents are no lines", () => {
  assert.equal([...jsonLines([])].join(""), "");
});
