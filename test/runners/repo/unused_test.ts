import assert from "assert";
import { NOT_ASKED, type ObservedRole } from "../../../runners/repo/observed.ts";
import { isUnused } from "../../../runners/repo/decide/unused_claim.ts";
import { aRole, daysAgo, evidenceOf, NOW, settings } from "./decide/deciding.ts";

const THROTTLED = { reason: "throttled", detail: "Rate exceeded" };
const evidence = (s3: string | null) => evidenceOf({ s3 });

const CASES: readonly (readonly [what: string, role: Partial<ObservedRole>, unused: boolean])[] = [
  ["of which no use is known", { lastUsed: null, evidence: evidence(null) }, true],
  ["that was used before the window", {
    lastUsed: daysAgo(200),
    evidence: evidence(daysAgo(200)),
  }, true],
  ["that was used within the window", { lastUsed: daysAgo(3), evidence: evidence(null) }, false],
  ["of which a service was used within the window", {
    lastUsed: null,
    evidence: evidence(daysAgo(3)),
  }, false],
  ["whose date of use cannot be read", { lastUsed: "soon", evidence: evidence(null) }, false],
  ["that is young", { lastUsed: null, evidence: evidence(null), created: daysAgo(10) }, false],
  ["without evidence", { lastUsed: null, evidence: THROTTLED }, false],
  ["that has nothing to lose, and that nobody uses", {
    lastUsed: daysAgo(200),
    evidence: NOT_ASKED,
  }, true],
  ["that has nothing to lose, and is used", { lastUsed: daysAgo(3), evidence: NOT_ASKED }, false],
  ["that is service-linked", {
    lastUsed: null,
    evidence: NOT_ASKED,
    path: "/aws-service-role/ecs.amazonaws.com/",
  }, false],
];

for (const [what, role, unused] of CASES) {
  Deno.test(`a role ${what} is ${unused ? "one that nobody uses" : "not told to be unused"}`, () => {
    const planning = { config: settings(), now: NOW };
    assert.equal(isUnused(aRole(role), planning), unused);
  });
}
