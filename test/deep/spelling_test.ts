import { judgeByUsers as judgeTags } from "../runners/audit/world.ts";
import { SPELLING_PROPERTIES } from "../runners/audit/spelling_properties.ts";

/** Of each property. */
const CASES = 10_000;

for (const { name, holds } of SPELLING_PROPERTIES) {
  Deno.test(`of ${CASES} generated tags: ${name}`, () => {
    holds(judgeTags, { seed: 20_261_130, numRuns: CASES });
  });
}
