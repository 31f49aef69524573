import { GIVE_BACK } from "../runners/repo/give_back_properties.ts";

/** How many roles with a past. */
const CASES = 500;

for (const seed of [20_261_130, 11]) {
  Deno.test(`of ${CASES} roles from the seed ${seed}: ${GIVE_BACK.name}`, () => {
    GIVE_BACK.holds(GIVE_BACK.right, { seed, numRuns: CASES });
  });
}
