import type { Json, JsonObject } from "../core/json.ts";
import { countByPlace } from "../core/limits/limits.ts";
import { coverageOf, type ReadRegion, type UnprovenRegion } from "../core/plan/coverage.ts";
import type { JobPlan } from "../core/plan/document.ts";
import { classify } from "./classify.ts";
import { endOf } from "./exemptions.ts";
import { figures, findingsOf, sinceLastLook } from "./findings.ts";
import { judge } from "./judge.ts";
import { instanceRowId, ruleHash } from "./mark.ts";
import { type ObservedAccount, type ObservedRegion, userNames } from "./observed.ts";
import type { AuditPlanning, Subject } from "./planning.ts";
import { confirmations, proveRegion } from "./proof.ts";
import { relevantKeys, selfTest } from "./rules.ts";

/**
 * Judges what was observed: which regions may be believed, which instances break the rules, which
 * of these are to be marked, and why the others are spared. Pure.
 */
export function plan(planning: AuditPlanning): JobPlan {
  const { observed, config } = planning;
  selfTest(config.required);
  const read: ReadRegion[] = [];
  const unproven: UnprovenRegion[] = [];
  const subjects: Subject[] = [];
  for (const account of observed.accounts) {
    unproven.push(...unreadUsers(account));
    for (const region of account.regions) {
      const proof = proveRegion(region, config);
      const place = { account: account.id, region: region.region };
      if (proof.proven) {
        read.push({ ...place, proof: proof.proof });
        subjects.push(...subjectsOf(account, region, planning));
      } else {
        unproven.push({ ...place, reason: proof.reason, detail: proof.detail });
      }
    }
  }
  const judged = subjects.map((subject) => ({ subject, judgement: judge(subject, planning) }));
  const findings = findingsOf(judged);
  const coverage = coverageOf(read, unproven);
  const spared = judged.flatMap(({ judgement }) => judgement.spared ?? []);
  return {
    coverage,
    changes: judged.flatMap(({ judgement }) => judgement.change ?? []),
    spared,
    examined: countByPlace(
      subjects.map(({ account, region }) => ({ account: account.id, region: region.region })),
    ),
    own: {
      rule_hash: ruleHash(config),
      findings: findings as unknown as Json,
      since: sinceLastLook(findings, coverage, spared, planning) as unknown as Json,
      accounts: figures(observed, subjects, config) as unknown as Json,
      exemptions_ended: endedExemptions(planning),
    },
  };
}

/** A rule about IAM users could not be decided in the whole account: that is a gap, not a pass. */
function unreadUsers(account: ObservedAccount): UnprovenRegion[] {
  const { users } = account;
  if (users === null || "names" in users) return [];
  const detail = `The IAM users are not known: ${users.detail}. Rules about them are undecided`;
  return [{ account: account.id, region: "global", reason: `users-${users.reason}`, detail }];
}

function subjectsOf(
  account: ObservedAccount,
  region: ObservedRegion,
  { config, now }: AuditPlanning,
): Subject[] {
  const confirmed = confirmations(region, relevantKeys(config));
  return classify(region.instances, account.id, userNames(account), config, now)
    .map((classified) => ({
      account,
      region,
      classified,
      rowId: instanceRowId(account.id, region.region, classified.instance.id),
      confirmed: confirmed.get(classified.instance.id),
    }));
}

/** Exemptions that no longer hold, so that nobody wonders why an instance is on the list again. */
function endedExemptions({ config, now }: AuditPlanning): JsonObject[] {
  return config.exempt.filter((exemption) => now >= endOf(exemption))
    .map(({ match, reason, until }) => ({ match: match as unknown as Json, reason, until }));
}
