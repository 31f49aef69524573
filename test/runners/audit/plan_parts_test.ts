import assert from "assert";
import fc from "fast-check";
import { auditJob } from "../../../runners/audit/job.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { forgetAll, forgetful, remembered } from "../core/forgetful_parts.ts";
import { inFolder } from "../core/parts_in_folder.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import { documentOf } from "./world.ts";

type Plan = typeof plan;

/** A plan that looks at each account again at its end. */
const keepingAll: Plan = (planning) => {
  const [observed, kept] = remembered(planning.observed);
  const { own, ...made } = plan({ ...planning, observed });
  const accounts = own.accounts.map((one) => ({ ...one, account: kept.get(one.account)!.id }));
  return { ...made, own: { ...own, accounts } };
};

propertyTest<Plan>("a plan holds one account at a time, and keeps nothing of it", plan, (make) => {
  fc.assert(
    fc.property(anyPlanning, (planning: AuditPlanning) => {
      const observed = forgetful(planning.observed);
      const made = documentOf({ ...planning, observed }, { make });
      forgetAll(observed);
      assert.equal(JSON.stringify(made), JSON.stringify(documentOf(planning)));
    }),
    FIXED,
  );
}, { "keeps all of them": keepingAll });

Deno.test("the plan of a folder is the plan of what was stored there", async () => {
  await fc.assert(
    fc.asyncProperty(anyPlanning, async (planning: AuditPlanning) => {
      await inFolder(auditJob, planning.observed, (observed) => {
        const bytes = (planning: AuditPlanning) => JSON.stringify(documentOf(planning));
        assert.equal(bytes({ ...planning, observed }), bytes(planning));
      });
    }),
    { ...FIXED, numRuns: generated(50) },
  );
});
