import assert from "assert";
import fc from "fast-check";
import { loadCatalogue } from "../../runners/repo/catalogue/catalogue.ts";
import { makeUniverse } from "../../runners/repo/catalogue/universe.ts";
import { rewritePolicies } from "../runners/repo/policy/rewrite_policies.ts";
import { aRewrite } from "../runners/repo/arbitrary_policy.ts";
import { DENY_PROPERTIES } from "../runners/repo/deny_properties.ts";
import { REWRITE_PROPERTIES } from "../runners/repo/policy/rewrite_properties.ts";

/** Of each property. */
const CASES = 5000;
const DENIES = 1000;

for (const seed of [20_261_121, 7]) {
  for (const { name, holds } of REWRITE_PROPERTIES) {
    Deno.test(`of ${CASES} generated rewritings from the seed ${seed}: ${name}`, () => {
      holds(rewritePolicies, { seed, numRuns: CASES });
    });
  }
}

Deno.test(`of ${CASES} generated rewritings over the whole catalogue none is unproven`, () => {
  const universe = makeUniverse(loadCatalogue(), ["s3:BrandNew", "newsvc:DoThing"]);
  fc.assert(
    fc.property(aRewrite(universe), (one) => {
      const result = rewritePolicies({ ...one, universe });
      if (result.status === "refused") assert.equal(result.reason, "size-limit", result.detail);
    }),
    { seed: 20_261_121, numRuns: CASES },
  );
});

for (const { name, right, holds } of DENY_PROPERTIES) {
  Deno.test(`of ${DENIES} generated roles: ${name}`, () => {
    holds(right, { seed: 20_261_129, numRuns: DENIES });
  });
}
