import { type Asked, ASKED_NOTHING, isGrant } from "./config.ts";
import { actionFault } from "../core/aws/action.ts";
import { compareText } from "../core/plan/canonical.ts";
import { chunksOf } from "../core/chunks.ts";
import type { Spared } from "../core/plan/change.ts";
import { coverageOfRead } from "../core/plan/coverage.ts";
import { atOnce, eachInStep, type Steps } from "../core/steps.ts";
import { type AllEvidence, allEvidenceOf, uncataloguedIn } from "./all_evidence.ts";
import { askedKeys, observedOfAsked, observedOfRoles, rolesOfRun } from "./asked.ts";
import { loadCatalogue } from "./catalogue/catalogue.ts";
import { matchesPattern } from "./catalogue/glob.ts";
import { makeUniverse, type Universe } from "./catalogue/universe.ts";
import { makeDecider } from "./decide/decide.ts";
import { lossesOf } from "./decide/summary.ts";
import { trackingOf } from "./decide/tracking.ts";
import type { Extensions } from "./extensions.ts";
import { managedUses, stillManagedNotes } from "./managed/managed_use.ts";
import { type ManagedPlan, planManaged } from "./managed/plan_managed.ts";
import { planPolicyRestore } from "./managed/plan_policy_restore.ts";
import { markNeverSeen, neverSeen, planSummary, type ReadAccount } from "./plan_summary.ts";
import { type Verdicts, verdictsOf } from "./numbers.ts";
import type { ObservedAccount, ObservedRole } from "./observed.ts";
import type { Granted } from "./policy/granted.ts";
import { deniedBy } from "./policy/deny_policy.ts";
import type { GivingBack, RepoPlanning } from "./planning.ts";
import type { RepoJobPlan } from "./repo_plan.ts";
import type { RepoChange } from "./change/repo_change.ts";
import { planGiveBack } from "./plan_give_back.ts";
import { planRestore } from "./plan_restore.ts";
import { planRestOfRun, planRoleOfRun, restoredRun } from "./plan_restore_run.ts";
import { leftAlone, planRole } from "./plan_role.ts";
import { claimLimits, roleEntry } from "./role_entry.ts";
import { stampsOf } from "./stamps.ts";
import {
  type EvaluatedRole,
  evaluateRole,
  type Evaluation,
  readDocuments,
  scheduledPart,
} from "./evaluate_role.ts";
import type { RepoKeys, RoleEntry } from "./present/names.ts";
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
  const { undone } = earlier;
  const named = observedOfAsked(all.observed, config.asked.roles);
  const observed = undone ? observedOfRoles(named, rolesOfRun(undone)) : named;
  const planning = { ...all, observed };
  const evidence = yield* allEvidenceOf(observed);
  const evaluation = evaluationOf(planning, extensions, evidence);
  const judging = { evaluation, plain: plainOf(evaluation, extensions, evidence), extensions };
  const { restore, policy } = config.asked;
  const removedFrom = new Set(earlier.removals?.map(({ role_id }) => role_id));
  const accounts: (ReadAccount & { readonly count: number })[] = [];
  const entries: RoleEntry[] = [];
  const changes: RepoChange[] = [];
  const ownWrites: RepoChange[] = [];
  const spared: Spared[] = [];
  /** By evidence, whatever the run was asked for. */
  const verdicts = new Map<string, Verdicts>();
  const watched = new Map<string, Granted>();
  const holders: EvaluatedRole[] = [];
  for (const account of observed) {
    const { id, name, failure, whole, roles, watch } = account;
    accounts.push({ id, name, failure, whole, ...(watch && { watch }), count: roles.length });
    // Some roles at a time, to need little memory; hooks get all roles of the account at once.
    const together = extensions.hooks.length === 0 ? TOGETHER : Math.max(1, roles.length);
    for (const some of chunksOf(failure === null ? roles : [], together)) {
      for (const { evaluated, ...one } of yield* planSome(some, account, judging)) {
        const { role, granted } = evaluated;
        entries.push(one.entry);
        changes.push(...one.changes);
        ownWrites.push(...one.stamps);
        spared.push(...one.spared);
        verdicts.set(role.roleId, one.verdicts);
        if (removedFrom.has(role.roleId)) watched.set(role.roleId, granted);
        if (undone || policy !== null && role.attached.includes(policy)) holders.push(evaluated);
      }
    }
  }
  const restored = undone
    ? planRestOfRun(undone, holders, evaluation)
    : restore === null || policy === null
    ? { changes: [], spared: [] }
    : planPolicyRestore(policy, restore, holders, evaluation);
  const allChanges = [...changes, ...restored.changes];
  const allSpared = [...spared, ...restored.spared];
  const never_seen = neverSeen(entries, evidence, earlier);
  return {
    ...coverageOfRead(accounts.map(({ id, failure, count }) => (
      { account: id, region: "global", failure, count }
    ))),
    changes: allChanges,
    ownWrites,
    breakers: [],
    spared: allSpared,
    own: {
      catalogue: evaluation.universe.catalogue.date,
      trust_first_scan: config.trustFirstScan,
      roles: markNeverSeen(entries, never_seen)
        .sort((a, b) => compareText(a.arn, b.arn)),
      ...askedKeys(config.asked),
      ...(undone
        ? { restore_run: restoredRun(undone, allChanges, allSpared, observed) }
        : removedByOf(config.asked, entries, earlier)),
      ...planSummary(planning, { accounts, entries, watched }),
      never_seen,
      taking: new Set(
        changes.flatMap(({ kind, after }) =>
          kind === "inline" && after.kind !== "restore" ? [after] : []
        ),
      ),
      verdicts,
    },
  };
}

/** With `--restore` of a role: the run that last took from it, all of which may be taken back. */
function removedByOf(
  { restore, policy }: Pick<Asked, "restore" | "policy">,
  entries: readonly RoleEntry[],
  { lastChanges }: Pick<RepoPlanning["earlier"], "lastChanges">,
): Pick<RepoKeys, "removed_by"> {
  if (restore === null || policy !== null) return {};
  const last = entries.length === 1 ? lastChanges?.get(entries[0]!.role_id) : undefined;
  const isRemoval = last?.outcome === "done" && last.source !== "Restore";
  return { removed_by: isRemoval ? last.run_id : null };
}

/** How many roles are worked on at a time. */
const TOGETHER = 10;

/** What is planned of one role. */
type PlannedRole = {
  readonly entry: RoleEntry;
  readonly changes: readonly RepoChange[];
  readonly stamps: readonly RepoChange[];
  readonly spared: readonly Spared[];
  /** By evidence, whatever the run was asked for. */
  readonly verdicts: Verdicts;
};

type Judging = {
  readonly evaluation: Evaluation;
  /** By evidence alone. */
  readonly plain: Evaluation;
  readonly extensions: Extensions;
};

/**
 * Plans some roles, for what the run was asked for, and also by evidence alone: `removable` does
 * not depend on what was asked for.
 */
function* planSome(
  some: readonly ObservedRole[],
  account: ObservedAccount,
  { evaluation, plain, extensions }: Judging,
): Steps<(PlannedRole & { readonly evaluated: EvaluatedRole })[]> {
  const { planning } = evaluation;
  const { config: { asked }, earlier: { undone } } = planning;
  const { policy, deny } = asked;
  const evaluated = yield* evaluateSome(some, account, { evaluation, plain, extensions });
  // A Deny also holds for what managed policies grant.
  const managed = !isGrant(asked) && !deny
    ? planManaged(evaluated, evaluation, extensions.judge)
    : new Map<EvaluatedRole, ManagedPlan>();
  return yield* eachInStep(evaluated, (one) => {
    const own = managed.get(one);
    const loses = lossesOf(one.decided, claimLimits(one, planning.now));
    const plan = policy !== null
      ? leftAlone(one.role.inline)
      : undone
      ? planRoleOfRun(one, undone, evaluation)
      : asked.giveBack !== null
      ? planGiveBack(one, evaluation)
      : asked.restore !== null
      ? planRestore(one, evaluation)
      : planRole(one, loses, evaluation);
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
      evaluated: one,
    };
  });
}

function* evaluateSome(
  some: readonly ObservedRole[],
  account: ObservedAccount,
  { evaluation, plain, extensions }: Judging,
): Steps<readonly EvaluatedRole[]> {
  const judge = function* (evaluation: Evaluation): Steps<readonly EvaluatedRole[]> {
    return extensions.judge(
      yield* eachInStep(some, (role) => evaluateRole(role, account, evaluation)),
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
function plainOf(
  evaluation: Evaluation,
  extensions: Extensions,
  evidence: AllEvidence,
): Evaluation {
  const { planning: { config, ...planning }, universe } = evaluation;
  const { remove, roles } = config.asked;
  return remove === null && !isGrant(config.asked) ? evaluation : evaluationOf(
    { ...planning, config: { ...config, asked: { ...ASKED_NOTHING, roles } } },
    extensions,
    evidence,
    universe,
  );
}

/**
 * What all roles of a plan are judged with.
 *
 * @param evidence of all these roles
 * @param known a universe, which is used if it knows everything that the evidence names
 */
export function evaluationOf(
  planning: RepoPlanning,
  { filters, ownRoles }: Extensions,
  { uncatalogued, oldestUse }: AllEvidence,
  known?: Universe,
): Evaluation {
  const { config, earlier, now } = planning;
  const extra = [...uncatalogued, ...uncataloguedIn(namedBy(planning))];
  const universe = known && extra.every((one) => known.indexOf(one) !== undefined)
    ? known
    : makeUniverse(loadCatalogue(), extra);
  return {
    planning,
    universe,
    decider: makeDecider(universe, config, trackingOf(earlier.tracked, oldestUse), now),
    facts: { config, earlier, filters, ownRoles, now },
  };
}

/**
 * Names that stored versions deny which come back, those that are to be denied, and those that are
 * to be given back.
 */
function namedBy({ config, earlier: { restoring, undone, givingBack } }: RepoPlanning): string[] {
  const { deny, remove, giveBack } = config.asked;
  const versions = givingBack && "versions" in givingBack ? givingBack.versions : [];
  const coming = [
    ...(restoring && "version" in restoring ? [restoring.version.policies] : []),
    ...undone?.changes.map(({ before }) => before) ?? [],
    ...versions.map(({ policies }) => policies ?? {}),
  ];
  const denied = coming.flatMap((policies) => deniedBy(policies) ?? []);
  const asked = deny ? remove ?? [] : giveBack ?? [];
  return [...denied, ...asked, ...namedIn(versions, giveBack ?? [])];
}

/** The names of single actions in versions that patterns match. */
function namedIn(versions: GivingBack["versions"], asked: readonly string[]): string[] {
  return versions.flatMap(({ policies }) => readDocuments(policies ?? {}).documents)
    .flatMap(({ statements }) => statements)
    .flatMap(({ patterns }) => patterns.map(({ pattern }) => pattern))
    .filter((name) =>
      actionFault(name, "action") === undefined && asked.some((one) => matchesPattern(one, name))
    );
}
