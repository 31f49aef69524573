import assert from "assert";
import { isAtLeast, LEVELS } from "../../../../runners/core/attest/levels.ts";

Deno.test("each level includes itself and those before it", () => {
  const included = LEVELS.map((level) => LEVELS.filter((required) => isAtLeast(level, required)));
  assert.deepEqual(included, [
    ["claimed"],
    ["claimed", "verified"],
    ["claimed", "verified", "attested"],
  ]);
});
