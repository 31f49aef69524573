import assert from "assert";
import fc from "fast-check";
import { markup } from "../../../reports/html/markup.ts";

Deno.test("text is escaped, in an attribute as between tags", () => {
  const text = `"><b>'&amp;`;
  const escaped = "&quot;&gt;&lt;b&gt;&#39;&amp;amp;";
  assert.equal(
    markup`<p title="${text}">${text}</p>`.toString(),
    `<p title="${escaped}">${escaped}</p>`,
  );
});

Deno.test("markup, lists of it, numbers and null stand as they are", () => {
  const items = [markup`<li>${1}</li>`, markup`<li>${null}</li>`];
  assert.equal(markup`<ul>${items}</ul>`.toString(), "<ul><li>1</li><li></li></ul>");
});

Deno.test("no text ever leaves its attribute or its element", () => {
  const pieces = fc.oneof(fc.constantFrom(..."<>\"'&=/ -!\n\0"), fc.string({ unit: "binary" }));
  fc.assert(fc.property(fc.array(pieces), (parts) => {
    const page = markup`<p title="${parts.join("")}" lang='${parts.join("")}'>${
      parts.join("")
    }</p>`;
    assert.match(page.toString(), /^<p title="[^"<>']*" lang='[^"<>']*'>[^"<>']*<\/p>$/);
  }));
});
