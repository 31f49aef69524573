import assert from "assert";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";

Deno.test("without colour, text is left as it is", () => {
  const { bold, dim, red, width } = textStyle({ color: false, width: 72 });
  assert.deepEqual([bold("a"), dim("a"), red("a"), width], ["a", "a", "a", 72]);
});

Deno.test("with colour, text is bold, dim or red", () => {
  const { bold, dim, red } = textStyle({ color: true, width: 72 });
  assert.equal(bold("a"), "\u001b[1ma\u001b[22m");
  assert.equal(dim("a"), "\u001b[2ma\u001b[22m");
  assert.equal(red("a"), "\u001b[31ma\u001b[39m");
});
