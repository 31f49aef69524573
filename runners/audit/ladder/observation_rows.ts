import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Write } from "../../core/store/store.ts";
import type { AuditJobPlan } from "../audit_plan.ts";
import { regionRowId } from "../canary/canary_rows.ts";
import { enforcementOf } from "../enforcement.ts";
import { type AuditFinding, settledRows } from "../findings.ts";
import { levelWrite, nextLevel } from "../levels.ts";
import { isBack, liftWrite } from "./lifts.ts";
import { sightedAgain, sightingWrite } from "./sightings.ts";
import { instanceRowId, markWrite, regionIdOf, ruleHash } from "./mark.ts";
import { enforcedAfter } from "./notice.ts";
import { ownerWrite } from "../owners/owner_rows.ts";
import { GONE_STATES } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { isReportedOnly } from "../rules.ts";
import { evaluateRegion } from "../evaluate_region.ts";

/** What a run that stores writes down of what it saw. */
export function auditObservationRows(planning: AuditPlanning, plan: AuditJobPlan): Write[] {
  return [
    ...sightingRows(planning, plan),
    ...ownerRows(planning, plan),
    ...markRows(planning, plan),
    ...levelRows(planning, plan),
  ];
}

function rowIdOf({ account, region, id }: AuditFinding): string {
  return instanceRowId(account, region, id);
}

/**
 * One look more at each violator of a proven region, and none of an instance there that keeps the
 * rules now, is exempt, or is gone. Where that is not known, because the region is not proven, a
 * rule is undecided or the instance is on its way between two states, the look stays as it is.
 */
function sightingRows(planning: AuditPlanning, plan: AuditJobPlan): Write[] {
  const { config, earlier, now } = planning;
  const hash = ruleHash(config);
  const findings = plan.own.findings;
  // Time under an exemption is no time to put it right: the ladder begins when the exemption ends.
  const exempt = findings.filter(({ stage }) => stage === "exempt").map(rowIdOf);
  const seen = findings.filter(({ stage }) => stage !== "exempt").map(rowIdOf);
  const forgotten = [
    ...settledRows(earlier.looks.keys(), findings, plan.coverage, plan.spared, planning),
    ...exempt.filter((rowId) => earlier.looks.has(rowId)),
  ];
  return [
    ...seen.map((rowId) =>
      sightingWrite(rowId, sightedAgain(earlier.looks.get(rowId), hash, config, now))
    ),
    ...forgotten.map((rowId) => sightingWrite(rowId, undefined)),
  ];
}

/** Whom instances belong to, as long as they break the rules. */
function ownerRows(planning: AuditPlanning, plan: AuditJobPlan): Write[] {
  const { observed, earlier, now } = planning;
  const found = observed.accounts.flatMap((account) =>
    account.regions.flatMap(({ region, owners }) =>
      owners.filter(({ complete }) => complete).map(({ id, owner }) =>
        ownerWrite(instanceRowId(account.id, region, id), { owner, at: now.toISOString() })
      )
    )
  );
  const settled = settledRows(
    earlier.owners.keys(),
    plan.own.findings,
    plan.coverage,
    plan.spared,
    planning,
  );
  return [...found, ...settled.map((rowId) => ownerWrite(rowId, undefined))];
}

/**
 * Takes away the rows of marks that count no longer. Time in which nobody enforced is no notice: in
 * an account that is not enforced the row goes, so that the ladder begins anew with another mark.
 * So it is where the instance was put right or is exempt, whether or not its tag could be taken away.
 */
function markRows(planning: AuditPlanning, plan: AuditJobPlan): Write[] {
  const { observed, config, earlier, now } = planning;
  const believed = new Map(plan.coverage.regions.map((one) => [regionRowId(one), one.proof]));
  const offLadder = offLadderRows(planning, plan);
  const doubted = doubtedRegions(plan);
  const [marks, lifts] = [byRegion(earlier.marks), byRegion(earlier.lifts)];
  return observed.accounts.flatMap((account) => {
    const { on } = enforcementOf(account, config, now);
    return account.regions.flatMap(({ region, instances }) => {
      const regionId = regionRowId({ account: account.id, region });
      if (!believed.has(regionId) || doubted(regionId)) return [];
      const states = new Map(
        instances.map(({ id, state, doubt }) => [
          instanceRowId(account.id, region, id),
          // What is in doubt is not gone, whatever one of its copies says.
          doubt ? "" : state,
        ]),
      );
      const isGone = (rowId: string) => GONE_STATES.has(states.get(rowId) ?? "");
      // Empty in both sources is no proof that what was there is gone.
      const isAbsent = (rowId: string) =>
        !states.has(rowId) &&
        (believed.get(regionId) !== "none" ||
          earlier.marks.get(rowId)?.terminated_at !== undefined);
      const isOver = (rowId: string) =>
        !on || isGone(rowId) || isAbsent(rowId) || offLadder.has(rowId);
      const protections = new Map(
        instances.map(({ id, protection }) => [instanceRowId(account.id, region, id), protection]),
      );
      return [
        ...(marks.get(regionId) ?? []).filter(isOver).map((rowId) => markWrite(rowId, undefined)),
        // An instance that one answer leaves out may come back, without its protection.
        ...(lifts.get(regionId) ?? []).filter((rowId) =>
          isGone(rowId) ||
          isAbsent(rowId) && earlier.marks.get(rowId)?.terminated_at !== undefined ||
          isBack(earlier.lifts.get(rowId)!, protections.get(rowId) ?? null)
        ).map((rowId) => liftWrite(rowId, undefined)),
      ];
    });
  });
}

function byRegion(rows: ReadonlyMap<string, unknown>): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(rows.keys(), regionIdOf);
}

/**
 * Rows of instances that are known to be off the ladder: put right, exempt, or only reported, as
 * what is managed may be for months until somebody includes it.
 */
function offLadderRows(planning: AuditPlanning, plan: AuditJobPlan): ReadonlySet<string> {
  const findings = plan.own.findings;
  const { coverage, spared } = plan;
  return new Set([
    ...settledRows(planning.earlier.marks.keys(), findings, coverage, spared, planning),
    ...findings.filter(({ stage, broken }) => stage === "exempt" || isReportedOnly(broken))
      .map(rowIdOf),
    ...spared.filter(({ reason }) => reason === "managed").map(({ account, region, target }) =>
      instanceRowId(account, region, instanceIdOf(target))
    ),
  ]);
}

/** How each region that could be read looks now; while that is in doubt, how it looked before. */
function levelRows(planning: AuditPlanning, plan: AuditJobPlan): Write[] {
  const { observed, config, earlier, now } = planning;
  const doubted = doubtedRegions(plan);
  const read = new Set(plan.coverage.regions.map(regionRowId));
  const examined = new Map(plan.examined.map((place) => [regionRowId(place), place.count]));
  const violating = Map.groupBy(
    plan.own.findings.filter(({ stage }) => stage !== "exempt"),
    regionRowId,
  );
  return observed.accounts.flatMap((account) => {
    const { on } = enforcementOf(account, config, now);
    return account.regions.flatMap((one) => {
      const { region, instances, failure } = one;
      const rowId = regionRowId({ account: account.id, region });
      const known = earlier.levels.get(rowId);
      const isDoubted = doubted(rowId);
      // What was not believed is no level to begin with, and what was not read is in no doubt.
      const comparable = isDoubted && known !== undefined && failure === null;
      if (!read.has(rowId) && !comparable) return [];
      const canary = earlier.canaries.get(rowId)?.instance_id;
      // Where it is not believed, nothing of it was judged; what it looks like is known all the same.
      const facts = isDoubted ? evaluateRegion(account, one, planning).facts.seen : null;
      const seen = facts ?? {
        listed: instances.filter(({ id, state }) => !GONE_STATES.has(state) && id !== canary)
          .length,
        examined: examined.get(rowId) ?? 0,
        violating: violating.get(rowId)?.length ?? 0,
      };
      const look = { seen, doubted: isDoubted, allowed: config.breakers };
      return [levelWrite(rowId, {
        ...nextLevel(known, look, now),
        ...enforcedAfter(known, on, now),
      })];
    });
  });
}

/** The regions whose look tripped a breaker; a jump over all regions is a jump of each. */
function doubtedRegions({ breakers }: AuditJobPlan): (regionId: string) => boolean {
  const levels = breakers.filter(({ limit }) =>
    limit === "breakers.populationDrop" || limit === "breakers.ratioJump"
  );
  const scopes = new Set(levels.map(({ scope }) => scope));
  return (regionId) => scopes.has(null) || scopes.has(regionId);
}
