import assert from "assert";
import { textStyle } from "../../../../runners/core/cli/text_style.ts";

Deno.test("without colour, text is left as it is", () => {
  const { bold, dim, width } = textStyle({ color: false, width: 72 });
  assert.deepEqual([bold("a"), dim("a"), width], ["a", "a", 72]);
});

Deno.test("with colour, text is bold or dim", () => {
  const { bold, dim } = textStyle({ color: true, width: 72 });
  assert.equal(bold("a"), "\u001b[1ma\u001b[22m");
  assert.equal(dim("a"), "\u001b[2ma\u001b[22m");
});
