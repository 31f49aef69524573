import { regionOf } from "../../core/limits/counts.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { FreeWrite, Rounds } from "../../core/store/store.ts";
import type { AuditJobPlan } from "../audit_plan.ts";
import { rowIdOf, settledOf } from "../findings.ts";
import { enforcedAfter, LEVELS, nextLevel } from "../levels.ts";
import { listingRows } from "../listings.ts";
import { isBack, LIFTS } from "./protection.ts";
import { sightedAgain, SIGHTINGS } from "./sightings.ts";
import { instanceRowId, MARKS, regionIdOf } from "./mark.ts";
import { seenOf } from "./seen.ts";
import { isDueForRenewal, LAST_OWNERS, OWNERS } from "../owners/owners.ts";
import { GONE_STATES, placesOf } from "../observed.ts";
import { ACCOUNTS, type AuditPlanning } from "../planning.ts";
import { isReportedOnly } from "../rules.ts";

/** The rows of what a run saw. A mark goes before the sighting by which it is known to be void. */
export function auditObservationRows(planning: AuditPlanning, plan: AuditJobPlan): Rounds {
  const others = [
    accountRows,
    sightingRows,
    ownerRows,
    lastOwnerRows,
    levelRows,
    listingRows,
  ].flatMap((rows) => rows(planning, plan));
  return [markRows(planning, plan), others];
}

/**
 * Counts the sighting of each violator of a proven region, and forgets those of an instance that
 * keeps the rules now, is exempt, or is gone. Where none of this is known, because the region is
 * not proven, a rule is undecided or the instance is between two states, the row stays as it is.
 */
function sightingRows(
  { config, earlier: { sightings, marks }, now }: AuditPlanning,
  { own: { findings, settled, ladders }, spared }: AuditJobPlan,
): FreeWrite[] {
  const reasons = new Map(spared.map((one) => [instanceIdOf(one.target), one]));
  // Time under an exemption does not count: the ladder begins when the exemption ends.
  const exempt = findings.filter(({ stage }) => stage === "exempt").map(rowIdOf);
  const violating = findings.filter(({ stage }) => stage !== "exempt")
    .map((finding) => [rowIdOf(finding), finding] as const);
  return [
    ...violating.map(([rowId, finding]): FreeWrite => ({
      ...SIGHTINGS.write(rowId, {
        ...sightedAgain(sightings.get(rowId), config, now),
        seen: seenOf(
          finding,
          reasons.get(finding.id),
          ladders.get(finding.id)?.obstacle ?? null,
          config,
        ),
      }),
      // Each run that sees the instance writes the row again: only in a place that no run reads any
      // more is it ever over, and the instance has all of its time again. With a mark it never is:
      // by its sighting it is known that a mark is older, and void.
      ...(marks.has(rowId) ? {} : { expires: "retained" }),
    })),
    ...[...settledOf(sightings, settled), ...exempt.filter((rowId) => sightings.has(rowId))]
      .map((rowId) => SIGHTINGS.write(rowId, undefined)),
  ];
}

/** The accounts of which there may be rows. */
function accountRows({ observed, now }: AuditPlanning): FreeWrite[] {
  return observed.accounts.map((id) => ACCOUNTS.write(id, { at: now.toISOString() }));
}

/** Whom each finding belongs to, by its tags or what else names somebody. */
function lastOwnerRows({ now }: AuditPlanning, { own: { findings } }: AuditJobPlan): FreeWrite[] {
  const at = now.toISOString();
  return findings.map((finding) =>
    LAST_OWNERS.write(rowIdOf(finding), { owner: finding.owner, at })
  );
}

/** The owners of instances, kept as long as these break the rules. */
function ownerRows(
  { observed, earlier, now }: AuditPlanning,
  { own: { findings, settled } }: AuditJobPlan,
): FreeWrite[] {
  const at = now.toISOString();
  const found = placesOf(observed).flatMap(({ account, region: { region, owners } }) =>
    owners.filter(({ complete }) => complete).map(({ id, owner }) =>
      [instanceRowId(account.id, region, id), { owner, at }] as const
    )
  );
  const renewed = findings.map(rowIdOf).flatMap((rowId) => {
    const row = earlier.owners.get(rowId);
    return row && isDueForRenewal(row, now) ? [[rowId, { ...row, renewed: at }] as const] : [];
  });
  return [
    ...[...new Map([...renewed, ...found])].map(([rowId, row]) => OWNERS.write(rowId, row)),
    ...settledOf(earlier.owners, settled).map((rowId) => OWNERS.write(rowId, undefined)),
  ];
}

/**
 * Deletes the rows of marks that count no longer: in an account that is not enforced, of an
 * instance that is off the ladder, and of one that is gone. The ladder then begins again with
 * another mark, whether or not the tag could be removed.
 */
function markRows({ observed, earlier }: AuditPlanning, plan: AuditJobPlan): FreeWrite[] {
  const offLadder = offLadderRows(plan);
  const doubted = doubtedRegions(plan);
  const marks = Map.groupBy(earlier.marks.keys(), regionIdOf);
  const lifts = Map.groupBy(earlier.lifts.keys(), regionIdOf);
  return placesOf(observed).flatMap(({ account, region }) => {
    const regionId = regionOf({ account: account.id, region: region.region });
    const { proof, enforcement } = plan.own.regions.get(regionId)!;
    if (!proof.proven || doubted(regionId)) return [];
    const instances = new Map(region.instances.map((one) => [`${regionId}/${one.id}`, one]));
    // An instance in doubt is not gone, whatever one of its copies says.
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
      // An instance that is missing in one answer may come back, and without its protection.
      ...(lifts.get(regionId) ?? []).filter((rowId) =>
        isGone(rowId) || isAbsent(rowId) && isTerminated(rowId) ||
        isBack(earlier.lifts.get(rowId)!, instances.get(rowId)?.protection ?? null)
      ).map((rowId) => LIFTS.write(rowId, undefined)),
    ];
  }).toArray();
}

/**
 * Rows of instances that are known to be off the ladder: exempt, or only reported. A managed one
 * may be so for months, until somebody sets audit.managed to "include".
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

/** The figures of each region that could be read; while they are in doubt, the last ones before. */
function levelRows({ config, earlier, now }: AuditPlanning, plan: AuditJobPlan): FreeWrite[] {
  const doubted = doubtedRegions(plan);
  return [...plan.own.regions].flatMap(([rowId, { proof, enforcement, facts: { seen } }]) => {
    const known = earlier.levels.get(rowId);
    const isDoubted = doubted(rowId);
    // Figures that were not believed are not stored as the first, nor any of an unread region.
    if (seen === null || !proof.proven && !(isDoubted && known)) return [];
    const found = { seen, doubted: isDoubted, allowed: config.breakers };
    const enforced = enforcedAfter(known, enforcement.on, now);
    return [LEVELS.write(rowId, { ...nextLevel(known, found, now), ...enforced })];
  });
}

/** The regions whose figures tripped a breaker; a jump over all regions is a jump of each. */
function doubtedRegions({ breakers }: AuditJobPlan): (regionId: string) => boolean {
  const levels = breakers.filter(({ limit }) =>
    limit === "breakers.populationDrop" || limit === "breakers.ratioJump"
  );
  const scopes = new Set(levels.map(({ scope }) => scope));
  return (regionId) => scopes.has(null) || scopes.has(regionId);
}
