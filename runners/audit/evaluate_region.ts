import type { Place } from "../core/plan/change.ts";
import { atOnce } from "../core/steps.ts";
import { type CanaryJudgement, canaryTags, judgeCanary, needsCanary } from "./canary/canary.ts";
import { regionRowId } from "./canary/canary_rows.ts";
import { classify } from "./classify.ts";
import { populationDrop, type RegionFacts } from "./breakers.ts";
import { type Enforcement, enforcementOf } from "./enforcement.ts";
import { instanceRowId, regionIdOf } from "./ladder/mark.ts";
import {
  accountLabel,
  GONE_STATES,
  type ObservedAccount,
  type ObservedRegion,
  userNames,
} from "./observed.ts";
import type { AuditPlanning, Earlier, Subject } from "./planning.ts";
import { confirmations, proveRegion, type RegionProof } from "./proof.ts";
import { relevantKeys } from "./rules.ts";

/** What is known of one account and region before any instance of it is judged. */
export type RegionEvaluation = {
  readonly account: ObservedAccount;
  readonly region: ObservedRegion;
  readonly place: Place;
  readonly enforcement: Enforcement;
  readonly proof: RegionProof;
  readonly canary: CanaryJudgement;
  /** The id of the canary that the store knows. */
  readonly canaryId: string | undefined;
  /** The instances that the rules apply to; none where the region is not proven. */
  readonly subjects: readonly Subject[];
  /** What the breakers look at. */
  readonly facts: RegionFacts;
};

const NO_CANARY: CanaryJudgement = { status: "disabled", detail: "", instance: null };

/** Proves a region, and lists the instances of it that may be judged. */
export function evaluateRegion(
  account: ObservedAccount,
  region: ObservedRegion,
  planning: AuditPlanning,
): RegionEvaluation {
  const { config, earlier, now } = planning;
  const place = { account: account.id, region: region.region };
  const rowId = regionRowId(place);
  const enforcement = enforcementOf(account, config, now);
  const row = earlier.canaries.get(rowId);
  const canary = needsCanary(config, enforcement)
    ? judgeCanary(
      region,
      canaryTags(config, region.region),
      row,
      earlier.stamps.get(rowId),
      now,
    )
    : NO_CANARY;
  const confirmed = confirmations(region, relevantKeys(config));
  const classified = atOnce(classify(
    { region, account: account.id, users: userNames(account), canary: row?.instance_id },
    config,
    now,
  ));
  const subjects = classified.map((classified) => ({
    account,
    enforcement,
    region,
    classified,
    rowId: instanceRowId(account.id, region.region, classified.instance.id),
    confirmed: confirmed.get(classified.instance.id),
  }));
  const facts: RegionFacts = {
    ...place,
    name: accountLabel(account),
    canary: canary.status,
    asked: confirmed.size,
    disagreeing: [...confirmed.values()].filter((agrees) => !agrees).length,
    seen: region.failure ? null : {
      listed:
        region.instances.filter(({ id, state }) =>
          !GONE_STATES.has(state) && id !== row?.instance_id
        ).length,
      examined: subjects.length,
      violating: subjects.filter(({ classified }) => classified.standing === "violating").length,
    },
    explained: explainedAbsences(region, rowId, planning),
    level: earlier.levels.get(rowId),
  };
  const proof = guarded(proveRegion(region, config, canary), facts, planning);
  return {
    account,
    region,
    place,
    enforcement,
    proof,
    canary,
    canaryId: row?.instance_id,
    subjects: proof.proven ? subjects : [],
    facts,
  };
}

/** An answer that has lost most of the region's instances is not believed, whatever else it says. */
function guarded(
  proof: RegionProof,
  facts: RegionFacts,
  { config, now }: AuditPlanning,
): RegionProof {
  const drop = proof.proven ? populationDrop(facts, config, now) : undefined;
  return drop ? { proven: false, reason: "population-drop", detail: drop.detail } : proof;
}

/** Instances that AWS lists as gone, and those that the ladder has terminated since. */
function explainedAbsences(
  { instances }: ObservedRegion,
  regionId: string,
  { earlier }: AuditPlanning,
): number {
  const listed = new Set(instances.map(({ id }) => id));
  const terminated = (terminatedIn(earlier.marks).get(regionId) ?? [])
    .filter((rowId) => !listed.has(rowId.slice(regionId.length + 1))).length;
  return terminated + instances.filter(({ state }) => GONE_STATES.has(state)).length;
}

/** By region; kept, since thousands of regions ask for the same of thousands of marks. */
const terminatedByRegion = new WeakMap<Earlier["marks"], ReadonlyMap<string, readonly string[]>>();

/** The rows of instances that the ladder has terminated, by region. */
function terminatedIn(marks: Earlier["marks"]): ReadonlyMap<string, readonly string[]> {
  const known = terminatedByRegion.get(marks);
  if (known) return known;
  const rowIds = [...marks].filter(([, { terminated_at }]) => terminated_at !== undefined)
    .map(([rowId]) => rowId);
  const groups = Map.groupBy(rowIds, regionIdOf);
  terminatedByRegion.set(marks, groups);
  return groups;
}
