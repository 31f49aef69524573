import { accountLabel } from "../core/aws/session.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Place } from "../core/plan/change.ts";
import type { Classified } from "./classify.ts";
import { enforcementOf } from "./enforcement.ts";
import type { RegionEvaluation, Subject } from "./evaluate_region.ts";
import type { WrittenPosition } from "./ladder/judge.ts";
import { instanceRowId, ruleHash } from "./ladder/mark.ts";
import { GONE_STATES, type ObservedAccount } from "./observed.ts";
import { bestOwner, type Owner, ownerFromTags } from "./owners/owners.ts";
import { sortedTags } from "./tags.ts";
import { sumOf } from "../core/sum_of.ts";
import type { AuditPlanning } from "./planning.ts";
import type { Finding } from "./rules.ts";

/** An instance that breaks the rules, as the plan document has it. */
export type AuditFinding = Place & WrittenPosition & {
  readonly id: string;
  readonly state: string;
  readonly age_minutes: number;
  /** When a run that stores first saw it break these rules, RFC 3339; null: none has. */
  readonly first_seen: string | null;
  readonly tags: { readonly [key: string]: string };
  readonly kinds: readonly string[];
  /** Each rule that is broken, with a sentence. */
  readonly broken: readonly Finding[];
  /** Whom to ask; an owner that is inferred never satisfies a rule. */
  readonly owner: Owner | null;
};

/** The id of the rows of its instance. */
export function rowIdOf({ account, region, id }: AuditFinding): string {
  return instanceRowId(account, region, id);
}

/** What the plan document says of a violating instance. */
export function findingOf(
  { place, region, classified, rowId }: Subject,
  position: WrittenPosition,
  { config, earlier }: AuditPlanning,
): AuditFinding {
  const { instance: { id, state, tags }, verdict, ageMs } = classified;
  const sighting = earlier.sightings.get(rowId);
  const lookedUp = region.owners.find((one) => one.id === id)?.owner ?? null;
  return {
    ...place,
    id,
    state,
    age_minutes: Math.floor(ageMs / 60_000),
    first_seen: sighting?.rule_hash === ruleHash(config) ? sighting.first_seen : null,
    tags: sortedTags(tags),
    kinds: [...new Set(verdict.findings.map(({ kind }) => kind))].sort(),
    broken: verdict.findings,
    ...position,
    // What the tags say now comes before what CloudTrail or an earlier run knew.
    owner: bestOwner(ownerFromTags(tags), lookedUp, earlier.owners.get(rowId)?.owner ?? null),
  };
}

/**
 * Which rows are of instances of a region that keep the rules again, or are gone. Neither is known
 * of an instance that is in doubt, in grace, or between two states, or if a rule is undecided.
 *
 * @param rows the IDs of all rows that earlier runs have left of the region's instances
 */
export function settledRows(
  { place, region, proof }: RegionEvaluation,
  subjects: readonly Subject[],
  rows: readonly string[],
  { config }: AuditPlanning,
): readonly string[] {
  // Empty in both sources is no proof that what was there is gone.
  if (rows.length === 0 || !proof.proven || proof.proof === "none") return [];
  const states: readonly string[] = config.states;
  const open = new Set([
    ...subjects.filter(({ classified }) => classified.judgedAs !== "compliant")
      .map(({ rowId }) => rowId),
    ...region.instances.filter(({ state, doubt }) =>
      doubt || !states.includes(state) && !GONE_STATES.has(state)
    ).map(({ id }) => instanceRowId(place.account, place.region, id)),
  ]);
  return rows.filter((rowId) => !open.has(rowId));
}

/** Those of some rows whose instances keep the rules again, or are gone; sorted. */
export function settledOf(
  rows: ReadonlyMap<string, unknown>,
  settled: ReadonlySet<string>,
): readonly string[] {
  return [...rows.keys()].filter((rowId) => settled.has(rowId)).sort(compareText);
}

/** What has changed since the last run that stored; only proven regions are compared. */
export function sinceLastRun(
  findings: readonly AuditFinding[],
  settled: ReadonlySet<string>,
  { earlier: { sightings } }: AuditPlanning,
) {
  const now = findings.filter(({ stage }) => stage !== "exempt").map(rowIdOf);
  const instants = [...sightings.values()].map(({ last_seen }) => last_seen);
  const at = instants.sort(compareText).at(-1) ?? null;
  return {
    /** When an instance was last seen breaking the rules, RFC 3339; null where none ever was. */
    at,
    /** Instances that break the rules now and did not then, as `account/region/id`. */
    appeared: at === null ? [] : now.filter((rowId) => !sightings.has(rowId)).sort(compareText),
    /** Instances that broke them then, and keep them now or are gone. */
    cleared: settledOf(sightings, settled),
  };
}

/** How many instances are left out by what anybody who may tag can change, and by which setting. */
function leftOutOf(subjects: readonly Subject[]) {
  const by = subjects.map(({ classified }) => classified.leftOutBy);
  const settings = [...Map.groupBy(by.flat(), (setting) => setting)];
  return {
    instances: by.filter(({ length }) => length > 0).length,
    by: settings.map(([setting, { length: instances }]) => ({ setting, instances }))
      .sort((a, b) => compareText(a.setting, b.setting)),
  };
}

/** The figures of an account, of its proven regions; null where none is: 0 would say that all is well. */
export function figuresOf(
  account: ObservedAccount,
  regions: readonly RegionEvaluation[],
  subjects: readonly Subject[],
  { config, now }: AuditPlanning,
) {
  const isKnown = regions.some(({ proof }) => proof.proven);
  const count = (judgedAs: Classified["judgedAs"]) =>
    isKnown ? subjects.filter(({ classified }) => classified.judgedAs === judgedAs).length : null;
  const { on, quarantinedUntil } = enforcementOf(account, config, now);
  return {
    account: account.id,
    name: accountLabel(account),
    alias: account.alias,
    examined: isKnown ? subjects.length : null,
    compliant: count("compliant"),
    undecided: count("undecided"),
    /** Those whose record is incomplete, or whose copies differ. */
    doubtful: count("doubtful"),
    in_grace: count("in-grace"),
    violating: count("violating"),
    exempt: count("exempt"),
    left_out: isKnown ? leftOutOf(subjects) : null,
    enforced: on,
    /** Until when a new account is only reported, RFC 3339; null where that is over. */
    quarantined_until: quarantinedUntil?.toISOString() ?? null,
  };
}

export type AuditAccount = Readonly<ReturnType<typeof figuresOf>>;

/** A figure of all accounts that have it; null where none has. */
export function figureOfAll(
  accounts: readonly AuditAccount[],
  name: "compliant" | "violating",
): number | null {
  const known = accounts.map(({ [name]: figure }) => figure).filter((figure) => figure !== null);
  return known.length === 0 ? null : sumOf(known, (figure) => figure);
}
