import { ASKED_NOTHING } from "./config.ts";
import { compareText } from "../core/plan/canonical.ts";
import { chunksOf } from "../core/chunks.ts";
import type { Spared } from "../core/plan/change.ts";
import { coverageOfRead } from "../core/plan/coverage.ts";
import { atOnce, eachInStep, type Steps } from "../core/steps.ts";
import { askedKeys, observedOfAsked } from "./asked.ts";
import { loadCatalogue } from "./catalogue/catalogue.ts";
import { firstWildcard } from "./catalogue/glob.ts";
import { makeUniverse, type Universe } from "./catalogue/universe.ts";
import { makeDecider } from "./decide/decide.ts";
import { lossesOf } from "./decide/summary.ts";
import { evidenceAction, trackingOf } from "./decide/tracking.ts";
import type { Extensions } from "./extensions.ts";
import { managedUses, stillManagedNotes } from "./managed/managed_use.ts";
import { type ManagedPlan, planManaged } from "./managed/plan_managed.ts";
import { planPolicyRestore } from "./managed/plan_policy_restore.ts";
import { markNeverSeen, neverSeen, planSummary } from "./plan_summary.ts";
import { type Verdicts, verdictsOf } from "./numbers.ts";
import type { Evidence } from "./observed.ts";
import { deniedBy } from "./policy/deny_policy.ts";
import type { RepoPlanning } from "./planning.ts";
import type { RepoJobPlan } from "./repo_plan.ts";
import type { RepoChange } from "./change/repo_change.ts";
import { planRestore } from "./plan_restore.ts";
import { leftAlone, planRole } from "./plan_role.ts";
import { claimLimits, roleEntry } from "./role_entry.ts";
import { stampsOf } from "./stamps.ts";
import {
  type EvaluatedRole,
  evaluateRole,
  type Evaluation,
  scheduledPart,
} from "./evaluate_role.ts";
import type { RoleEntry } from "./present/names.ts";
import { isUnused } from "./decide/unused_claim.ts";

/**
 * Judges every role that was observed: what of its permissions could go, whether it may be touched
 * at all, and what would be written. Pure.
 *
 * @throws UsageError if a role that was asked for does not exist
 */
export function plan(all: RepoPlanning, extensions: Extensions): RepoJobPlan {
  return atOnce(planInSteps(all, extensions));
}

/** The same, a role at a time. */
export function* planInSteps(all: RepoPlanning, extensions: Extensions): Steps<RepoJobPlan> {
  const { config, earlier } = all;
  const observed = observedOfAsked(all.observed, config.asked.roles);
  const planning = { ...all, observed };
  const evaluation = evaluationOf(planning, extensions);
  const plain = plainOf(evaluation, extensions);
  const read = observed.accounts.filter(({ failure }) => failure === null);
  const found = read.flatMap((account) => account.roles.map((role) => ({ account, role })));
  const { restore, policy } = config.asked;
  const watched = new Set(earlier.removals?.map(({ role_id }) => role_id));
  const isNeeded = ({ role }: Found) =>
    watched.has(role.roleId) || policy !== null && role.attached.includes(policy);
  const planned: PlannedRole[] = [];
  // Some roles at a time, to need little memory; hooks must get all roles at once.
  const together = extensions.hooks.length === 0 ? TOGETHER : Math.max(1, found.length);
  for (const some of chunksOf(found, together)) {
    planned.push(...yield* planSome(some, { evaluation, plain, extensions, isNeeded }));
  }
  const needed = planned.flatMap(({ evaluated }) => evaluated ?? []);
  const restored = restore === null || policy === null
    ? { changes: [], spared: [] }
    : planPolicyRestore(policy, restore, needed, evaluation);
  const entries = planned.map(({ entry }) => entry);
  const never_seen = neverSeen(entries, planning);
  return {
    ...coverageOfRead(observed.accounts.map(({ id, failure, roles }) => (
      { account: id, region: "global", failure, count: roles.length }
    ))),
    changes: [...planned.flatMap(({ changes }) => changes), ...restored.changes],
    ownWrites: planned.flatMap(({ stamps }) => stamps),
    breakers: [],
    spared: [...planned.flatMap(({ spared }) => spared), ...restored.spared],
    own: {
      catalogue: evaluation.universe.catalogue.date,
      trust_first_scan: config.trustFirstScan,
      roles: markNeverSeen(entries, never_seen)
        .sort((a, b) => compareText(a.arn, b.arn)),
      ...askedKeys(config.asked),
      ...planSummary(planning, { entries, watched: needed, never_seen }),
      taking: new Set(
        planned.flatMap(({ changes }) =>
          changes.flatMap(({ kind, after }) =>
            kind === "inline" && after.kind !== "restore" ? [after] : []
          )
        ),
      ),
      verdicts: new Map(planned.map(({ entry, verdicts }) => [entry.role_id, verdicts])),
    },
  };
}

/** How many roles are worked on at a time. */
const TOGETHER = 10;

/** A role and its account, as they were observed. */
type Found = Pick<EvaluatedRole, "account" | "role">;

/** What is planned of one role. */
type PlannedRole = {
  readonly entry: RoleEntry;
  readonly changes: readonly RepoChange[];
  readonly stamps: readonly RepoChange[];
  readonly spared: readonly Spared[];
  /** By evidence, whatever the run was asked for. */
  readonly verdicts: Verdicts;
  /** How it was judged, where something else of the plan follows from it. */
  readonly evaluated: EvaluatedRole | null;
};

type Together = {
  readonly evaluation: Evaluation;
  /** By evidence alone. */
  readonly plain: Evaluation;
  readonly extensions: Extensions;
  readonly isNeeded: (role: Found) => boolean;
};

/**
 * Plans some roles, for what the run was asked for, and also by evidence alone: `removable` does
 * not depend on what was asked for.
 */
function* planSome(
  some: readonly Found[],
  { evaluation, plain, extensions, isNeeded }: Together,
): Steps<PlannedRole[]> {
  const { planning } = evaluation;
  const { restore, policy, deny } = planning.config.asked;
  const evaluated = yield* evaluateSome(some, evaluation, plain, extensions);
  // A Deny also holds for what managed policies grant.
  const managed = restore === null && !deny
    ? planManaged(evaluated, evaluation, extensions.judge)
    : new Map<EvaluatedRole, ManagedPlan>();
  return yield* eachInStep(evaluated, (one) => {
    const own = managed.get(one);
    const loses = lossesOf(one.decided, claimLimits(one, planning.now));
    const plan = policy !== null
      ? leftAlone(one.role.inline)
      : restore === null
      ? planRole(one, loses, evaluation)
      : planRestore(one, evaluation);
    const changes = [...plan.changes, ...own?.changes ?? []];
    const { notes } = plan.proposal;
    const stillManaged = stillManagedNotes(one, evaluation, own?.changes ?? []);
    const entry = roleEntry(one, loses, {
      ...plan.proposal,
      notes: [...notes, ...stillManaged, ...own?.notes ?? []],
    }, {
      managed: managedUses(one, plain, own?.proposals),
      unused: isUnused(one.role, plain.planning),
      row: planning.earlier.roles.get(one.role.roleId),
      now: planning.now,
    });
    return {
      entry,
      changes,
      stamps: stampsOf(changes, one, planning),
      spared: [...plan.spared, ...own?.spared ?? []],
      verdicts: one.byEvidence ? verdictsOf(one) : entry,
      evaluated: isNeeded(one) ? one : null,
    };
  });
}

function* evaluateSome(
  some: readonly Found[],
  evaluation: Evaluation,
  plain: Evaluation,
  extensions: Extensions,
): Steps<readonly EvaluatedRole[]> {
  const judge = function* (evaluation: Evaluation): Steps<readonly EvaluatedRole[]> {
    return extensions.judge(
      yield* eachInStep(some, ({ account, role }) => evaluateRole(role, account, evaluation)),
      evaluation.planning,
    );
  };
  const evaluated = yield* judge(evaluation);
  if (plain === evaluation) return evaluated.map((one) => scheduledPart(one, evaluation.planning));
  const byEvidence = yield* judge(plain);
  return evaluated.map((one, index) => {
    const { decided, ineligible } = byEvidence[index]!;
    return { ...one, byEvidence: { decided, ineligible } };
  });
}

/** The evaluation by evidence alone: the same one if nothing was asked for by name. */
function plainOf(evaluation: Evaluation, extensions: Extensions): Evaluation {
  const { planning: { config, ...planning }, universe } = evaluation;
  const { remove, restore, roles } = config.asked;
  return remove === null && restore === null ? evaluation : evaluationOf(
    { ...planning, config: { ...config, asked: { ...ASKED_NOTHING, roles } } },
    extensions,
    universe,
  );
}

/**
 * What all roles of a plan are judged with.
 *
 * @param known a universe, which is used if it knows everything that the evidence names
 */
export function evaluationOf(
  planning: RepoPlanning,
  { filters, ownRoles }: Extensions,
  known?: Universe,
): Evaluation {
  const { observed, config, earlier, now } = planning;
  const evidence = observed.accounts.flatMap(({ roles }) =>
    roles.flatMap(({ evidence }) => "reason" in evidence ? [] : [evidence])
  );
  const uncatalogued = [...strangersIn(evidence), ...deniedNames(planning)];
  const universe = known && uncatalogued.every((one) => known.indexOf(one) !== undefined)
    ? known
    : makeUniverse(loadCatalogue(), uncatalogued);
  return {
    planning,
    universe,
    decider: makeDecider(universe, config, trackingOf(earlier.tracked, evidence), now),
    facts: { config, earlier, filters, ownRoles, now },
  };
}

/** Names that are denied or to be denied and that the catalogue does not know. */
function deniedNames({ observed, config, earlier }: RepoPlanning): string[] {
  const { restoring } = earlier;
  const policies = [
    ...observed.accounts.flatMap(({ roles }) => roles.map(({ inline }) => inline)),
    ...(restoring && "version" in restoring ? [restoring.version.policies] : []),
  ];
  const asked = config.asked.deny ? config.asked.remove ?? [] : [];
  return [...policies.flatMap((one) => deniedBy(one) ?? []), ...asked]
    .filter((name) => firstWildcard(name) < 0 && loadCatalogue().canonical(name) === undefined);
}

/**
 * The actions in reports that the catalogue does not know. Thousands of reports name the same
 * thousands of actions: each is looked up once.
 */
function strangersIn(evidence: Iterable<Evidence>): string[] {
  const catalogue = loadCatalogue();
  const seen = new Map<string, Set<string>>();
  const uncatalogued: string[] = [];
  for (const { services } of evidence) {
    for (const [service, { actions }] of Object.entries(services)) {
      if (actions === null) continue;
      const names = seen.get(service) ?? new Set();
      seen.set(service, names);
      for (const name of Object.keys(actions)) {
        if (names.has(name)) continue;
        names.add(name);
        const action = evidenceAction(service, name);
        if (catalogue.canonical(action) === undefined) uncatalogued.push(action);
      }
    }
  }
  return uncatalogued;
}
