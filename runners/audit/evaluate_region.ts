import { accountLabel } from "../core/aws/session.ts";
import { regionOf } from "../core/limits/counts.ts";
import { instanceArn } from "../core/aws/arn.ts";
import type { Place } from "../core/plan/change.ts";
import { atOnce } from "../core/steps.ts";
import { type CanaryJudgement, canaryTags, judgeCanary, needsCanary } from "./canary/canary.ts";
import { type Classified, classify } from "./classify.ts";
import { populationDrop, type RegionFacts } from "./breakers.ts";
import { type Enforcement, enforcementOf } from "./enforcement.ts";
import { instanceRowId } from "./ladder/mark.ts";
import { type Figures, type Level, scaledIn } from "./levels.ts";
import { managersOf } from "./managed.ts";
import {
  GONE_STATES,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
} from "./observed.ts";
import { type AuditPlanning, canaryOf } from "./planning.ts";
import { confirmations, proveRegion, type RegionProof } from "./proof.ts";
import { relevantKeys } from "./rules.ts";

/** One instance of a proven region, with what its judgement needs. */
export type Subject = {
  readonly account: ObservedAccount;
  readonly enforcement: Enforcement;
  readonly region: ObservedRegion;
  readonly place: Place;
  readonly classified: Classified;
  readonly rowId: string;
  /** Its ARN. */
  readonly target: string;
  /** Whether both sources agree on its tags; undefined where DescribeTags was not asked. */
  readonly confirmed: boolean | undefined;
};

/** How one account and region is judged before any instance of it is: a plan keeps this of all. */
export type JudgedRegion = Pick<Subject, "enforcement" | "place"> & {
  readonly proof: RegionProof;
  readonly canary: CanaryJudgement;
  /** The id of the canary that the store knows. */
  readonly canaryId: string | undefined;
  /** What the breakers know of it. */
  readonly facts: RegionFacts;
};

/** The same, with what was observed there. */
export type RegionEvaluation = JudgedRegion & Pick<Subject, "account" | "region">;

const NO_CANARY: CanaryJudgement = { status: "disabled", detail: "", instance: null };

/** The rows of instances that are not listed any more. */
function missingOf(
  rows: readonly string[],
  { account }: Place,
  { region, instances }: ObservedRegion,
): readonly string[] {
  // Mostly there is none.
  if (rows.length === 0) return rows;
  const there = new Set(instances.map(({ id }) => instanceRowId(account, region, id)));
  return rows.filter((rowId) => !there.has(rowId));
}

/** How many instances a Region lists, and how many groups and services manage; the canary is none. */
function countsOf(
  { instances, secondSource }: ObservedRegion,
  canaryId: string | undefined,
  config: AuditPlanning["config"],
) {
  const isManaged = (one: ObservedInstance) => {
    if (one.managedBy.length > 0) return true;
    const second = secondSource?.tags[one.id];
    // Its own tags were searched for those of AWS when it was read: there may be many thousands.
    return (second !== undefined || config.managedTags.length > 0) &&
      managersOf(one, second, config).length > 0;
  };
  const { true: gone = [], false: there = [] } = Object.groupBy(
    instances.filter(({ id }) => id !== canaryId),
    ({ state }) => `${GONE_STATES.has(state)}`,
  );
  return {
    seen: { listed: there.length, managed: there.filter(isManaged).length },
    gone: {
      all: gone.length,
      managed: gone.filter(isManaged).length,
      untagged: gone.filter(({ tags }) => Object.keys(tags).length === 0).length,
    },
  };
}

/**
 * How many of the instances that AWS lists as gone, besides those of groups, are a known loss. EC2 takes
 * the tags of a terminated instance away: one without tags counts as of a group that has scaled in.
 */
function explainedBy(
  gone: ReturnType<typeof countsOf>["gone"],
  level: Level | undefined,
  seen: Figures,
): number {
  if (level?.managed === undefined) return gone.all;
  const ofGroups = gone.managed + Math.min(
    gone.untagged,
    Math.max(0, scaledIn(level, seen) - gone.managed),
  );
  return gone.all - ofGroups;
}

/**
 * Proves a region, and lists the instances of it that the rules apply to; none where it is not
 * proven.
 *
 * @param terminated the rows of instances that the ladder has terminated, by region: grouped once,
 *   since there may be thousands of regions and of marks
 */
export function evaluateRegion(
  account: ObservedAccount,
  region: ObservedRegion,
  planning: AuditPlanning,
  terminated: ReadonlyMap<string, readonly string[]>,
): RegionEvaluation & { readonly subjects: readonly Subject[] } {
  const { config, earlier, now } = planning;
  const place = { account: account.id, region: region.region };
  const regionId = regionOf(place);
  const enforcement = enforcementOf(account, config, now);
  const canaryId = canaryOf(earlier, place);
  const canary = needsCanary(config, enforcement)
    ? judgeCanary(
      region,
      canaryTags(config, region.region),
      earlier.canaries.get(regionId),
      earlier.stamps.get(regionId),
      now,
    )
    : NO_CANARY;
  const known = { account, enforcement, region, place };
  const confirmed = confirmations(region, relevantKeys(config));
  const subjects = atOnce(classify(account, region, planning)).map((classified): Subject => {
    const { id } = classified.instance;
    return {
      ...known,
      classified,
      rowId: instanceRowId(account.id, region.region, id),
      target: instanceArn(account.partition, region.region, account.id, id),
      confirmed: confirmed.get(id),
    };
  });
  const level = earlier.levels.get(regionId);
  const { seen, gone } = countsOf(region, canaryId, config);
  const figures = {
    ...seen,
    examined: subjects.length,
    violating: subjects.filter(({ classified }) => classified.judgedAs === "violating").length,
  };
  const facts: RegionFacts = {
    ...place,
    name: accountLabel(account),
    canary: canary.status,
    isCanaryNew: canary.status === "absent" && canaryId === undefined,
    isDenied: region.failure?.reason === "denied-by-policy",
    asked: confirmed.size,
    disagreeing: [...confirmed.values()].filter((agrees) => !agrees).length,
    seen: region.failure ? null : figures,
    // AWS lists them as gone, or the ladder has terminated them since.
    explained: explainedBy(gone, level, figures) +
      missingOf(terminated.get(regionId) ?? [], place, region).length,
    level,
  };
  const proof = proveRegion(region, config, canary);
  // An answer that has lost most of the region's instances is not believed, whatever else it says.
  const drop = proof.proven ? populationDrop(facts, config, now) : undefined;
  return {
    ...known,
    proof: drop ? { proven: false, reason: "population-drop", detail: drop.detail } : proof,
    canary,
    canaryId,
    subjects: proof.proven && !drop ? subjects : [],
    facts,
  };
}
