import { regionOf } from "../core/limits/counts.ts";
import { instanceArn } from "../core/aws/arn.ts";
import type { Place } from "../core/plan/change.ts";
import { atOnce } from "../core/steps.ts";
import { type CanaryJudgement, canaryTags, judgeCanary, needsCanary } from "./canary/canary.ts";
import { type Classified, classify } from "./classify.ts";
import { populationDrop, type RegionFacts } from "./breakers.ts";
import { type Enforcement, enforcementOf } from "./enforcement.ts";
import { instanceRowId } from "./ladder/mark.ts";
import {
  accountLabel,
  GONE_STATES,
  type ObservedAccount,
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
  const gone = region.instances.filter(({ state }) => GONE_STATES.has(state));
  const facts: RegionFacts = {
    ...place,
    name: accountLabel(account),
    canary: canary.status,
    asked: confirmed.size,
    disagreeing: [...confirmed.values()].filter((agrees) => !agrees).length,
    seen: region.failure ? null : {
      listed: region.instances.filter(({ id, state }) => !GONE_STATES.has(state) && id !== canaryId)
        .length,
      examined: subjects.length,
      violating: subjects.filter(({ classified }) => classified.judgedAs === "violating").length,
    },
    // AWS lists them as gone, or the ladder has terminated them since.
    explained: gone.length + missingOf(terminated.get(regionId) ?? [], place, region).length,
    level: earlier.levels.get(regionId),
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
