import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Write } from "../../core/store/store.ts";
import type { AuditJobPlan } from "../audit_plan.ts";
import { type AuditFinding, settledOf } from "../findings.ts";
import { enforcedAfter, LEVELS, nextLevel } from "../levels.ts";
import { isBack, LIFTS } from "./protection.ts";
import { sightedAgain, SIGHTINGS } from "./sightings.ts";
import { instanceRowId, MARKS, regionIdOf } from "./mark.ts";
import { OWNERS } from "../owners/owners.ts";
import { GONE_STATES } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { isReportedOnly } from "../rules.ts";

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
function sightingRows(
  { config, earlier: { looks }, now }: AuditPlanning,
  { own: { findings, settled } }: AuditJobPlan,
): Write[] {
  // Time under an exemption is no time to put it right: the ladder begins when the exemption ends.
  const exempt = findings.filter(({ stage }) => stage === "exempt").map(rowIdOf);
  const seen = findings.filter(({ stage }) => stage !== "exempt").map(rowIdOf);
  return [
    ...seen.map((rowId) => SIGHTINGS.write(rowId, sightedAgain(looks.get(rowId), config, now))),
    ...[...settledOf(looks, settled), ...exempt.filter((rowId) => looks.has(rowId))]
      .map((rowId) => SIGHTINGS.write(rowId, undefined)),
  ];
}

/** Whom instances belong to, as long as they break the rules. */
function ownerRows(
  { observed, earlier, now }: AuditPlanning,
  { own: { settled } }: AuditJobPlan,
): Write[] {
  const found = observed.accounts.flatMap((account) =>
    account.regions.flatMap(({ region, owners }) =>
      owners.filter(({ complete }) => complete).map(({ id, owner }) =>
        OWNERS.write(instanceRowId(account.id, region, id), { owner, at: now.toISOString() })
      )
    )
  );
  return [
    ...found,
    ...settledOf(earlier.owners, settled).map((rowId) => OWNERS.write(rowId, undefined)),
  ];
}

/**
 * Takes away the rows of marks that count no longer. Time in which nobody enforced is no notice: in
 * an account that is not enforced the row goes, so that the ladder begins anew with another mark.
 * So it is where the instance was put right or is exempt, whether or not its tag could be taken away.
 */
function markRows({ earlier }: AuditPlanning, plan: AuditJobPlan): Write[] {
  const offLadder = offLadderRows(plan);
  const doubted = doubtedRegions(plan);
  const [marks, lifts] = [byRegion(earlier.marks), byRegion(earlier.lifts)];
  return [...plan.own.evaluations].flatMap(([regionId, { region, proof, enforcement }]) => {
    if (!proof.proven || doubted(regionId)) return [];
    const instances = new Map(region.instances.map((one) => [`${regionId}/${one.id}`, one]));
    // What is in doubt is not gone, whatever one of its copies says.
    const isGone = (rowId: string) => {
      const one = instances.get(rowId);
      return one !== undefined && !one.doubt && GONE_STATES.has(one.state);
    };
    const isTerminated = (rowId: string) => earlier.marks.get(rowId)?.terminated_at !== undefined;
    // Empty in both sources is no proof that what was there is gone.
    const isAbsent = (rowId: string) =>
      !instances.has(rowId) && (proof.proof !== "none" || isTerminated(rowId));
    const isOver = (rowId: string) =>
      !enforcement.on || isGone(rowId) || isAbsent(rowId) || offLadder.has(rowId) ||
      plan.own.settled.has(rowId);
    return [
      ...(marks.get(regionId) ?? []).filter(isOver).map((rowId) => MARKS.write(rowId, undefined)),
      // An instance that one answer leaves out may come back, without its protection.
      ...(lifts.get(regionId) ?? []).filter((rowId) =>
        isGone(rowId) || isAbsent(rowId) && isTerminated(rowId) ||
        isBack(earlier.lifts.get(rowId)!, instances.get(rowId)?.protection ?? null)
      ).map((rowId) => LIFTS.write(rowId, undefined)),
    ];
  });
}

function byRegion(rows: ReadonlyMap<string, unknown>): ReadonlyMap<string, readonly string[]> {
  return Map.groupBy(rows.keys(), regionIdOf);
}

/**
 * Rows of instances that are known to be off the ladder: exempt, or only reported, as what is
 * managed may be for months until somebody includes it.
 */
function offLadderRows({ own: { findings }, spared }: AuditJobPlan): ReadonlySet<string> {
  return new Set([
    ...findings.filter(({ stage, broken }) => stage === "exempt" || isReportedOnly(broken))
      .map(rowIdOf),
    ...spared.filter(({ reason }) => reason === "managed").map(({ account, region, target }) =>
      instanceRowId(account, region, instanceIdOf(target))
    ),
  ]);
}

/** How each region that could be read looks now; while that is in doubt, how it looked before. */
function levelRows({ config, earlier, now }: AuditPlanning, plan: AuditJobPlan): Write[] {
  const doubted = doubtedRegions(plan);
  return [...plan.own.evaluations].flatMap(([rowId, { proof, enforcement, facts: { seen } }]) => {
    const known = earlier.levels.get(rowId);
    const isDoubted = doubted(rowId);
    // What was not believed is no level to begin with, and what was not read is in no doubt.
    if (seen === null || !proof.proven && !(isDoubted && known)) return [];
    const look = { seen, doubted: isDoubted, allowed: config.breakers };
    return [LEVELS.write(rowId, {
      ...nextLevel(known, look, now),
      ...enforcedAfter(known, enforcement.on, now),
    })];
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
