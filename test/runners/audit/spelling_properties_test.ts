import { judgeByUsers as judgeTags } from "./world.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { SPELLING_PROPERTIES } from "./spelling_properties.ts";

/** Few, each time; `deep/spelling_test.ts` has them in their full number. */
const RUNS = { seed: 20_261_129, numRuns: generated(400) };

for (const { name, holds, mutants } of SPELLING_PROPERTIES) {
  propertyTest<typeof judgeTags>(name, judgeTags, (judge) => holds(judge, RUNS), mutants);
}
