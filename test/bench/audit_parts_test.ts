import assert from "assert";
import { auditSchema } from "../../runners/audit/config.ts";
import { accountSchema } from "../../runners/audit/observed.ts";
import { plan } from "../../runners/audit/plan.ts";
import { readEarlier } from "../../runners/audit/planning.ts";
import { partsOf } from "../../runners/core/parts.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { auditPart, INSTANCES_PER_ACCOUNT, REGIONS, RULES, VIOLATING } from "./audit_parts.ts";

const NOW = new Date("2026-11-20T12:00:00Z");

Deno.test("the same index makes the same account, and another one makes another", () => {
  assert.deepEqual(auditPart(7, NOW), auditPart(7, NOW));
  assert.notDeepEqual(auditPart(8, NOW).regions, auditPart(7, NOW).regions);
});

Deno.test("every Region is proven, and as many instances break the rules as it says", async () => {
  const observed = partsOf([0, 1].map((index) => accountSchema.parse(auditPart(index, NOW))));
  const config = auditSchema.parse({ required: RULES });
  const earlier = await readEarlier(new MemoryStore(), { accounts: [] });
  const { coverage, examined, own } = plan({ config, observed, earlier, now: NOW });
  assert.equal(coverage.proven, 2 * REGIONS.length);
  assert.equal(coverage.planned, 2 * REGIONS.length);
  const count = examined.reduce((sum, place) => sum + place.count, 0);
  assert.equal(count, 2 * INSTANCES_PER_ACCOUNT);
  assert.equal(own.findings.length, 2 * VIOLATING);
});
