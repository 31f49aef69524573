import { rewritePolicies } from "./rewrite_policies.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { type Rewrite, REWRITE_PROPERTIES } from "./rewrite_properties.ts";

for (const { name, holds, mutants } of REWRITE_PROPERTIES) {
  propertyTest<Rewrite>(name, rewritePolicies, (rewrite) => holds(rewrite, FIXED), mutants);
}
