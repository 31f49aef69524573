import { countByPlace, regionOf } from "../core/limits/counts.ts";
import { coverageOf, type UnprovenRegion } from "../core/plan/coverage.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Place, Spared } from "../core/plan/change.ts";
import { instanceArn } from "../core/aws/arn.ts";
import { atOnce, eachInStep, type Steps } from "../core/steps.ts";
import type { AuditJobPlan } from "./audit_plan.ts";
import { trippedBreakers } from "./breakers.ts";
import { stampChange } from "./ladder/changes.ts";
import { endOf } from "./exemptions.ts";
import { figuresOf, findingOf, settledRows, sinceLastRun } from "./findings.ts";
import { judge } from "./ladder/judge.ts";
import { instanceRowId, regionIdOf, ruleHash } from "./ladder/mark.ts";
import { withVoidMarks } from "./ladder/ladder.ts";
import { doubtText, listingsIn } from "./listings.ts";
import type { ObservedAccount } from "./observed.ts";
import type { AuditPlanning } from "./planning.ts";
import { selfTest } from "./rules.ts";
import { evaluateRegion, type JudgedRegion, type RegionEvaluation } from "./evaluate_region.ts";

/**
 * Judges what was observed: which regions may be believed, which instances break the rules, and
 * what is to be done about each of these, or why it is spared. Pure.
 */
export function plan(given: AuditPlanning): AuditJobPlan {
  return atOnce(planInSteps(given));
}

/** The same, a region and an instance at a time. */
export function* planInSteps(given: AuditPlanning): Steps<AuditJobPlan> {
  const planning = withVoidMarks(given);
  const { observed, config, earlier, now } = planning;
  selfTest(config.required);
  const { sightings, marks, owners } = earlier;
  const rows = {
    terminated: Map.groupBy(
      [...marks].flatMap(([id, { terminated_at }]) => terminated_at === undefined ? [] : [id]),
      regionIdOf,
    ),
    all: Map.groupBy([...sightings.keys(), ...marks.keys(), ...owners.keys()], regionIdOf),
  };
  const accounts = [];
  for (const account of observed) accounts.push(yield* planAccount(account, planning, rows));
  const regions = accounts.flatMap((account) => account.regions);
  const judged = accounts.flatMap((account) => account.judged);
  const findings = judged.flatMap(({ finding }) => finding ?? [])
    .sort((a, b) => byRegion(a, b) || compareText(a.id, b.id));
  const settled = new Set(accounts.flatMap((account) => account.settled));
  const changes = judged.flatMap(({ change }) => change ?? []);
  return {
    coverage: coverageOf(
      regions.flatMap(({ place, proof }) => proof.proven ? [{ ...place, proof: proof.proof }] : []),
      [
        ...accounts.flatMap(({ unread }) => unread),
        ...regions.flatMap(({ place, proof }) =>
          proof.proven ? [] : [{ ...place, reason: proof.reason, detail: proof.detail }]
        ),
      ],
    ),
    changes,
    ownWrites: accounts.flatMap(({ stamps }) => stamps).sort(byRegion),
    breakers: trippedBreakers(regions.map(({ facts }) => facts), config, now, changes.length > 0),
    spared: [
      ...judged.flatMap(({ spared }) => spared ?? []),
      ...accounts.flatMap(({ hanging }) => hanging),
    ],
    examined: accounts.flatMap(({ examined }) => examined),
    own: {
      rule_hash: ruleHash(config),
      findings,
      since: sinceLastRun(findings, settled, planning),
      accounts: accounts.map(({ figures }) => figures),
      canaries: regions.map(({ place, canary: { status, detail }, canaryId }) => (
        { ...place, status, instance: canaryId ?? null, detail }
      )).sort(byRegion),
      // So that nobody wonders why an instance is on the list again.
      exemptions_ended: config.exempt.filter((exemption) => now >= endOf(exemption))
        .map(({ match, reason, until }) => ({ match, reason, until })),
      regions: new Map(regions.map((region) => [regionOf(region.place), region])),
      ladders: new Map(judged.flatMap(({ id, ladder }) => ladder ? [[id, ladder]] : [])),
      settled,
    },
  };
}

/** The IDs of rows of instances, by region: grouped once, since there may be thousands of each. */
type RowIds = ReadonlyMap<string, readonly string[]>;

/** What the plan keeps of an account: nothing of an instance that keeps the rules. */
function* planAccount(
  account: ObservedAccount,
  planning: AuditPlanning,
  { terminated, all }: { readonly terminated: RowIds; readonly all: RowIds },
) {
  const regions = yield* eachInStep(
    account.regions,
    (region) => evaluateRegion(account, region, planning, terminated),
  );
  const subjects = regions.flatMap((region) => region.subjects);
  const judged = yield* eachInStep(subjects, (subject) => {
    const { finding, ...judgement } = judge(subject, planning);
    return {
      ...judgement,
      id: subject.classified.instance.id,
      finding: finding && findingOf(subject, finding, planning),
    };
  });
  return {
    figures: figuresOf(account, regions, subjects, planning),
    unread: unreadListings(account, planning),
    regions: regions.map((
      { account: _account, region: _region, subjects: _subjects, ...kept },
    ): JudgedRegion => kept),
    examined: countByPlace(subjects.map(({ place }) => place)),
    judged: judged.filter(({ change, spared, finding }) => change || spared || finding),
    // A canary that has proven its region gets a new stamp.
    stamps: regions.flatMap(({ place, proof, canary }) =>
      proof.proven && canary.status === "ok"
        ? [stampChange(place, account.partition, canary.instance!, planning.now)]
        : []
    ),
    hanging: regions.flatMap((region) => hangingStops(region, planning)),
    settled: regions.flatMap((region) =>
      settledRows(region, region.subjects, all.get(regionOf(region.place)) ?? [], planning)
    ),
  };
}

/** A stop mostly takes minutes. One that takes longer than this is reported. */
const STOP_HANGS_AFTER_MS = 3_600_000;

/** Instances that the ladder stopped and that are still stopping: no rule examines that state. */
function hangingStops(
  { account, place, proof, region }: RegionEvaluation,
  { config, earlier, now }: AuditPlanning,
): Spared[] {
  if (!proof.proven || config.states.includes("stopping")) return [];
  return region.instances.flatMap(({ id, state, doubt }) => {
    const stoppedAt = earlier.marks.get(instanceRowId(place.account, place.region, id))?.stopped_at;
    const hangs = !doubt && state === "stopping" && stoppedAt !== undefined &&
      now.getTime() - Date.parse(stoppedAt) > STOP_HANGS_AFTER_MS;
    return hangs
      ? [{
        ...place,
        target: instanceArn(account.partition, place.region, place.account, id),
        reason: "stop-hangs",
        detail: `it was told to stop at ${stoppedAt} and has not come to it: ` +
          "aws ec2 stop-instances --force helps",
      }]
      : [];
  });
}

/**
 * Where a listing is not believed, rules by it are undecided: a gap in the coverage. One of an
 * account, whatever its reasons: the document of a place has its account and its Region as its ID.
 */
function unreadListings(account: ObservedAccount, planning: AuditPlanning): UnprovenRegion[] {
  const doubted = listingsIn(account, planning).filter(({ doubt }) => doubt);
  const [first] = doubted;
  if (!first?.doubt) return [];
  const reason = `${first.kind}-${first.doubt.reason}`;
  const detail = doubted.map(doubtText).join(". ");
  return [{ account: account.id, region: "global", reason, detail }];
}

function byRegion(a: Place, b: Place): number {
  return compareText(a.account, b.account) || compareText(a.region, b.region);
}
