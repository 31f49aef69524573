import { counted } from "../../core/cli/words.ts";
import { DAY_MS, durationMs, spanText } from "../../core/duration.ts";
import { madeOnce } from "../../core/made_once.ts";
import { isGrant, type RepoSettings } from "../config.ts";
import { type Evidence, NOT_ASKED, type ObservedAccount, type ObservedRole } from "../observed.ts";
import type { Earlier, OptOut } from "../planning.ts";
import {
  PROTECTED_ROLE_ARNS,
  protectedAsOwn,
  protectedByName,
  protectionsOf,
} from "../protected_roles.ts";
import type { Ineligible } from "./decided.ts";
import { endOfDay, readInstant } from "./instants.ts";
import { managedByCode } from "./managed_by_code.ts";

/** Says which roles are left alone. */
export interface RoleFilter {
  /** Its name in reasons, and in `repo.filterConfig`. */
  readonly name: string;
  /**
   * Why the role is left alone, or null. It never throws: a filter that cannot answer leaves the
   * role alone.
   */
  judge(role: ObservedRole, account: ObservedAccount, now: Date): Ineligible | null;
}

/** What eligibility is judged by, beside the role itself. */
export type EligibilityFacts = {
  readonly config: RepoSettings;
  readonly earlier: Pick<Earlier, "optOuts">;
  readonly filters: readonly RoleFilter[];
  /** Names of our own roles under `organization.namedRoles`. */
  readonly ownRoles?: readonly string[];
  readonly now: Date;
};

/** What a run is asked to do with a role. Each purpose has its own conditions. */
type Purpose = "evidence" | "named" | "restore";

/** Removing what is unused, removing what was named with `--remove`, or giving something back. */
function purposeOf({ asked }: Pick<RepoSettings, "asked">): Purpose {
  return isGrant(asked) ? "restore" : asked.remove !== null ? "named" : "evidence";
}

/**
 * Every reason for which nothing may be removed from a role; none: it is eligible.
 *
 * `--remove` and a restore need no evidence of use. Filters, age and opt-outs do not hold back a
 * restore, nor `--remove` with `--override-filters`. Protected roles stay protected whatever is
 * asked, and a role in doubt is never changed.
 *
 * @param malformed what is wrong with the role's inline policies, one sentence each
 */
export function ineligibleFor(
  role: ObservedRole,
  account: ObservedAccount,
  facts: EligibilityFacts,
  malformed: readonly string[] = [],
): Ineligible[] {
  const { config, now } = facts;
  const purpose = purposeOf(config);
  const listens = purpose === "evidence" || purpose === "named" && !config.asked.overrideFilters;
  return [
    ...(role.doubt ? [role.doubt] : []),
    ...protectionReasons(role, facts),
    ...malformed.map((detail) => ({ reason: "malformed-policy", detail })),
    ...(purpose === "evidence" ? evidenceReasons(role, config, now) : []),
    ...(listens ? tooYoung(role, config, purpose, now) : []),
    ...(listens ? optedOut(facts.earlier.optOuts.get(role.roleId), now) : []),
    ...excludedAsCode(role, config),
    ...(listens ? facts.filters.flatMap((filter) => filter.judge(role, account, now) ?? []) : []),
  ];
}

/** Whether a role's change is applied, only proposed as a diff, or not made at all. */
export function modeOf(
  role: Pick<ObservedRole, "tags"> & Partial<Pick<ObservedRole, "description">>,
  ineligible: readonly Ineligible[],
  config: Pick<RepoSettings, "managedByCode" | "codeTags">,
): "apply" | "propose" | "none" {
  if (ineligible.length > 0) return "none";
  return config.managedByCode === "propose" && managedByCode(role, config.codeTags) !== null
    ? "propose"
    : "apply";
}

function protectionReasons(role: ObservedRole, facts: EligibilityFacts): Ineligible[] {
  return protectionsOf(role, protectedRoles(facts)).map(({ reason, detail }) => (
    { reason, detail }
  ));
}

/** Thousands of roles are judged by the same facts. */
const protectedRoles = madeOnce(({ ownRoles = [], config }: EligibilityFacts) => [
  ...PROTECTED_ROLE_ARNS,
  ...protectedAsOwn(ownRoles),
  ...protectedByName(config.protectedRoles),
]);

function evidenceReasons(role: ObservedRole, config: RepoSettings, now: Date): Ineligible[] {
  const { evidence } = role;
  if ("reason" in evidence) {
    if (evidence.reason === NOT_ASKED.reason) {
      return [{ reason: "nothing-to-lose", detail: "it has no policy that could lose anything" }];
    }
    const detail =
      `there is no complete evidence of its use: ${evidence.detail} (${evidence.reason})`;
    return [{ reason: "evidence-missing", detail }];
  }
  return [
    ...staleness(evidence, durationMs(config.evidenceMaxAge), config.evidenceMaxAge, now),
    ...contradictions(role, evidence, durationMs(config.usageWindow), now),
  ];
}

/**
 * Evidence is generated during a run, so that it may be later than the run's own instant; evidence
 * that is a day later does not come from this run.
 */
const AHEAD_MS = DAY_MS;

function staleness(evidence: Evidence, maxMs: number, max: string, now: Date): Ineligible[] {
  const completed = readInstant(evidence.completedAt);
  if (completed === null) {
    const detail =
      `the evidence says of itself that it is of "${evidence.completedAt}", which is ` +
      "no instant";
    return [{ reason: "evidence-stale", detail }];
  }
  const age = now.getTime() - completed;
  if (age < -AHEAD_MS) {
    const detail = `the evidence is of ${iso(completed)}, ${spanText(age)} after this run`;
    return [{ reason: "evidence-stale", detail }];
  }
  if (age <= maxMs) return [];
  const detail = `the evidence is ${spanText(age)} old, repo.evidenceMaxAge is ${max}`;
  return [{ reason: "evidence-stale", detail }];
}

/** If two statements of IAM contradict each other, neither is believed. */
function contradictions(
  role: ObservedRole,
  evidence: Evidence,
  windowMs: number,
  now: Date,
): Ineligible[] {
  const found: Ineligible[] = [];
  const start = now.getTime() - windowMs;
  const completed = readInstant(evidence.completedAt);
  const created = readInstant(role.created);
  // A role from the future is refused as too young, and contradicts no evidence.
  const wasMade = created !== null && created <= now.getTime();
  if (completed !== null && wasMade && completed < created) {
    const detail = `the evidence is of ${iso(completed)}, and the role was made at ` +
      `${iso(created)}: it is of another role that had its name`;
    found.push({ reason: "evidence-contradicts", detail });
  }
  let used = false;
  for (const [service, { lastUsed }] of Object.entries(evidence.services)) {
    if (lastUsed === null) continue;
    const at = readInstant(lastUsed);
    used ||= at === null || at >= start;
    if (at !== null && completed !== null && at > completed) {
      const detail = `the evidence of ${iso(completed)} says that ${service} was used later, at ` +
        iso(at);
      found.push({ reason: "evidence-contradicts", detail });
    }
  }
  const lastUsed = role.lastUsed === null ? null : readInstant(role.lastUsed) ?? now.getTime();
  if (lastUsed !== null && lastUsed >= start && !used) {
    const detail = `IAM says that the role was used at ${role.lastUsed}, and of no service that ` +
      "it was used since then";
    found.push({ reason: "evidence-contradicts", detail });
  }
  // The first and the last are enough: a report of a wrong hour contradicts itself in every
  // service.
  return found.slice(0, 1).concat(found.length > 1 ? found.slice(-1) : []);
}

/**
 * Refuses a role that is younger than `minimumAge` (the filter `age` may ask for more), and, if the
 * evidence decides, one that is younger than the window: it cannot have been unused for all of it.
 */
function tooYoung(
  { created }: ObservedRole,
  config: RepoSettings,
  purpose: Purpose,
  now: Date,
): Ineligible[] {
  const at = readInstant(created);
  if (at === null) {
    const detail = `it says that it was created "${created}", which is no instant`;
    return [{ reason: "too-young", detail }];
  }
  const age = now.getTime() - at;
  const isYoung = age < durationMs(config.minimumAge);
  const isShort = purpose === "evidence" && age < durationMs(config.usageWindow);
  if (!isYoung && !isShort) return [];
  const setting = isYoung
    ? `repo.minimumAge is ${config.minimumAge}`
    : `repo.usageWindow is ${config.usageWindow}`;
  const detail = age < 0
    ? `it is created only at ${iso(at)}`
    : `it was created ${daysText(age)} ago, ${setting}`;
  return [{ reason: "too-young", detail }];
}

function optedOut(optOut: OptOut | undefined, now: Date): Ineligible[] {
  if (!optOut) return [];
  const end = endOfDay(optOut.until);
  // An opt-out whose end cannot be read counts.
  if (end !== null && now.getTime() >= end) return [];
  const detail = `${optOut.owner} has opted it out until the end of ${optOut.until}: ` +
    optOut.reason;
  return [{ reason: "opted-out", detail }];
}

function excludedAsCode(role: ObservedRole, config: RepoSettings): Ineligible[] {
  const tool = config.managedByCode === "exclude" ? managedByCode(role, config.codeTags) : null;
  if (tool === null) return [];
  const detail = `it is managed by ${tool}, and repo.managedByCode is "exclude"`;
  return [{ reason: "managed-by-code", detail }];
}

/** In days, as settings are: "1 year" does not compare with "400d". */
function daysText(ms: number): string {
  return ms < DAY_MS ? spanText(ms) : counted(Math.floor(ms / DAY_MS), "day");
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
