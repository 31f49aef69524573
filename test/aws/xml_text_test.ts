import assert from "assert";
import fc from "fast-check";

import { cutSet, elementText, escapeXml, joinSet } from "./xml_text.ts";

const nested = fc.letrec<{ item: string }>((tie) => ({
  item: fc.oneof(
    { depthSize: "small" },
    fc.string().map((text) => `<item><key>${escapeXml(text)}</key></item>`),
    fc.array(tie("item")).map((items) => `<item><set>${items.join("")}</set></item>`),
    fc.constant("<item/>"),
  ),
})).item;

Deno.test("a set is always cut into exactly its own items, however these nest", () => {
  fc.assert(fc.property(fc.array(nested), fc.string(), (items, text) => {
    const before = `<answer><name>${escapeXml(text)}</name><set>`;
    const xml = `${before}${items.join("")}</set><token>t</token></answer>`;
    const cut = cutSet(xml, "set");
    assert.deepEqual(cut.items, items);
    assert.equal(cut.before, before);
    assert.equal(joinSet(cut), xml);
  }));
});

Deno.test("an empty or absent set has no items", () => {
  for (const xml of ["<a><set/></a>", "<a/>", "<a><set></set></a>"]) {
    const cut = cutSet(xml, "set");
    assert.deepEqual(cut.items, []);
    assert.equal(joinSet(cut), xml);
  }
  assert.throws(() => cutSet("<a><set><item></item>", "set"), /not closed/);
});

Deno.test("an element's text is the first one's", () => {
  assert.equal(elementText("<a><b>x</b><b>y</b></a>", "b"), "x");
  assert.equal(elementText("<a/>", "b"), null);
});
