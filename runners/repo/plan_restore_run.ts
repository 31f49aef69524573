import { PLAIN_COMMAND } from "../core/cli/next_command.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Spared } from "../core/plan/change.ts";
import { madeOnce } from "../core/made_once.ts";
import type { Parts } from "../core/parts.ts";
import { sameDocument, samePolicies } from "./change/live_policies.ts";
import { type Policies, policyIn, type RepoChange } from "./change/repo_change.ts";
import { type EvaluatedRole, type Evaluation, readDocuments } from "./evaluate_role.ts";
import { planPolicyRestore } from "./managed/plan_policy_restore.ts";
import type { Failure, ObservedAccount } from "./observed.ts";
import { notRestored, restoreOf } from "./plan_restore.ts";
import { leftAlone, type RolePlan } from "./plan_role.ts";
import type { UndoneChange, UndoneRun } from "./planning.ts";
import { grantedBy } from "./policy/granted.ts";
import { type Said, saidIn } from "./policy/said.ts";
import type { RestoredRun } from "./present/names.ts";

/** What the run did, by the ARN of the role or policy: a run may have changed thousands. */
const byTarget = madeOnce(({ changes }: UndoneRun) =>
  new Map(changes.map((undone) => [undone.target, undone]))
);

/**
 * Plans to give a role back what a run took from its inline policies: exactly the policies that it
 * had before that run, and only if nothing else has been written to them since, or restores alone.
 */
export function planRoleOfRun(
  evaluated: EvaluatedRole,
  run: UndoneRun,
  evaluation: Evaluation,
): RolePlan {
  const { role } = evaluated;
  const undone = byTarget(run).get(role.arn);
  if (!undone) return leftAlone(role.inline);
  if (role.doubt) return notRestored(evaluated, role.doubt);
  if (undone.role_id !== role.roleId) {
    const detail = "the role was deleted and made again since that run";
    return notRestored(evaluated, { reason: "recreated", detail });
  }
  const state = stateOf(role.inline, undone);
  const unfinished = unfinishedReason(undone, state);
  if (unfinished) return notRestored(evaluated, unfinished);
  if (state === "before") return leftAlone(role.inline);
  if (!isOnlyRestored(evaluated, undone, evaluation)) {
    const changed = changedSince(undone, state, "its policies have");
    if (changed) return notRestored(evaluated, changed);
  }
  const { version, role_id } = undone;
  return "reason" in version
    ? notRestored(evaluated, version)
    : restoreOf(evaluated, { role_id, version }, evaluation, run.run_id);
}

/**
 * How policies are: as before a change, as it left them, in part the one and in part the other, or
 * in any way otherwise. "part" is what a restore leaves that died between two policies.
 */
type State = "before" | "after" | "part" | "other";

function stateOf(live: Policies, { before, after }: Pick<UndoneChange, "before" | "after">): State {
  if (samePolicies(live, before)) return "before";
  if (samePolicies(live, after)) return "after";
  const isAs = (name: string, policies: Policies) => {
    const [own, other] = [policyIn(live, name), policyIn(policies, name)];
    return own === undefined || other === undefined ? own === other : sameDocument(own, other);
  };
  const names = new Set([live, before, after].flatMap((policies) => Object.keys(policies)));
  return [...names].every((name) => isAs(name, before) || isAs(name, after)) ? "part" : "other";
}

/** What stands of a change of which it is not certain that it was made; null: it was made. */
function unfinishedReason(undone: UndoneChange, state: State): Failure | null {
  const { outcome, error } = undone;
  if (outcome === "done") return null;
  const said = `its outcome in that run is ${outcome ?? "not known yet"}` +
    (error === null ? "" : ` (${error.replace(/\.$/, "")})`);
  return state === "before"
    ? { reason: UNCHANGED, detail: `${said}, and it is as it was before that run` }
    : { reason: "not-finished", detail: `${said}, and ${STANDS[state]}${hadBefore(undone)}` };
}

/** Which version a person can bring back by itself, with the command. */
function hadBefore({ account, target, role, managed, version }: UndoneChange): string {
  if (managed !== null) {
    const command = PLAIN_COMMAND("repo apply", "--restore", managed, "--policy", target);
    return `; ${managed} was in force before. To put it in force again: ${command}`;
  }
  if ("reason" in version) return "";
  const seq = String(version.seq);
  const command = PLAIN_COMMAND("repo apply", "--restore", seq, "--role", `${account}/${role}`);
  return `; it had version ${seq} before. To restore that version: ${command}`;
}

/** Nothing of the change stands, so that nothing is to be taken back. */
export const UNCHANGED = "not-changed";

const STANDS: Readonly<Record<Exclude<State, "before">, string>> = {
  after: "it is as that run was to leave it",
  part: "a part of the change stands",
  other: "it is neither as it was before that run nor as that run was to leave it",
};

/** Why what stands is not what the run has left; null: it is, or a restore of it has begun. */
function changedSince(undone: UndoneChange, state: State, subject: string): Failure | null {
  const { later } = undone;
  if (later && !later.isRestore) {
    const detail = `run ${later.run_id} has removed permissions from it since${hadBefore(undone)}`;
    return { reason: "changed-since-run", detail };
  }
  const also = later ? `, also by the restore of run ${later.run_id}` : "";
  return state !== "other" ? null : {
    reason: "changed-since-run",
    detail: `${subject} been changed since that run${also}${hadBefore(undone)}`,
  };
}

/**
 * Whether nothing but restores has changed a role since the run, such as a give-back of one action,
 * and the version before the run has all that the role has now: nobody loses what came back since.
 */
function isOnlyRestored(
  { role, documents, granted }: EvaluatedRole,
  { before, later }: UndoneChange,
  { universe }: Evaluation,
): boolean {
  if (!later?.left || !samePolicies(role.inline, later.left)) return false;
  const then = readDocuments(before).documents;
  const [had, has] = [then, documents].map((some) => saidIn(some, universe)) as [Said[], Said[]];
  const { unknown } = grantedBy(then, universe);
  return within(has, had, "Allow") && within(had, has, "Deny") &&
    granted.unknown.every((name) => unknown.includes(name));

  /** Whether the statements of one effect say nothing that others of that kind do not say. */
  function within(some: readonly Said[], others: readonly Said[], effect: string): boolean {
    return some.every(({ statement, actions, rest }) =>
      statement.effect !== effect ||
      others.reduce((left, one) => one.rest === rest ? left.minus(one.actions) : left, actions)
          .size === 0
    );
  }
}

/** What a restore of a run plans besides inline policies. */
type RestOfRun = Pick<RolePlan, "changes" | "spared">;

/**
 * Plans the managed policies that the run has changed, and says which of its roles are gone or were
 * not read.
 *
 * @param evaluated the roles of the run that were observed
 */
export function planRestOfRun(
  run: UndoneRun,
  evaluated: readonly EvaluatedRole[],
  evaluation: Evaluation,
): RestOfRun {
  const there = new Set(evaluated.map(({ role }) => role.arn));
  const parts = run.changes.map((undone) => restOf(undone, run, { evaluated, there }, evaluation));
  return {
    changes: parts.flatMap(({ changes }) => changes),
    spared: parts.flatMap(({ spared }) => spared),
  };
}

function restOf(
  undone: UndoneChange,
  { run_id }: UndoneRun,
  { evaluated, there }: {
    readonly evaluated: readonly EvaluatedRole[];
    /** Their ARNs. */
    readonly there: ReadonlySet<string>;
  },
  evaluation: Evaluation,
): RestOfRun {
  const { account: id, target, managed } = undone;
  const none: RestOfRun = { changes: [], spared: [] };
  const refuse = (reason: string, detail: string): RestOfRun => ({
    ...none,
    spared: [{ account: id, region: "global", target, reason, detail }],
  });
  const account = evaluation.planning.observed.of(id);
  if (!account) return refuse("account-not-read", `account ${id} is none of those that are read`);
  // The coverage says that the account could not be read. Nothing is concluded from it.
  if (account.failure) return none;
  if (managed !== null) {
    return planPolicyOfRun({ ...undone, managed }, run_id, account, evaluated, evaluation);
  }
  return there.has(target) ? none : refuse("role-gone", "the role is gone");
}

function planPolicyOfRun(
  undone: UndoneChange & { readonly managed: string },
  runId: string,
  account: ObservedAccount,
  evaluated: readonly EvaluatedRole[],
  evaluation: Evaluation,
): RestOfRun {
  const { target, managed, before } = undone;
  const refuse = ({ reason, detail }: Failure): RestOfRun => ({
    changes: [],
    spared: [{ account: account.id, region: "global", target, reason, detail }],
  });
  const holders = evaluated.filter(({ role }) => role.attached.includes(target));
  const policy = account.managed[target];
  const doubt = holders.find(({ role }) => role.doubt)?.role.doubt;
  if (doubt) return refuse(doubt);
  if (evaluation.planning.config.managedPolicies !== "apply") {
    const detail = 'repo.managedPolicies is "report": managed policies are only read';
    return refuse({ reason: "managed-policies-report", detail });
  }
  const live = policy?.document ?? null;
  if (policy && live !== null) {
    const texts = textsOf(undone, live);
    const then = policy.documents?.[managed];
    const isOther = then !== undefined && !samePolicies(textsOf(undone, then), before);
    const state = isOther
      ? "other"
      : policy.version === managed
      ? "before"
      : samePolicies(texts, undone.after)
      ? "after"
      : "other";
    const unfinished = unfinishedReason(undone, state);
    if (unfinished) return refuse(unfinished);
    if (state === "before") return { changes: [], spared: [] };
    const changed = changedSince(undone, state, "it has");
    if (changed) return refuse(changed);
  }
  if (holders.some(({ role }) => role.roleId !== undone.role_id)) {
    const detail = "another role has it now than the one that it was taken from";
    return refuse({ reason: "recreated", detail });
  }
  const number = Number(managed.slice("v".length));
  const { changes, spared } = planPolicyRestore(target, number, holders, evaluation);
  return { changes: changes.map((change) => undoing(change, runId)), spared };
}

/** A text of a managed policy, by the policy's name. */
function textsOf({ before }: UndoneChange, text: string): Policies {
  return Object.fromEntries(Object.keys(before).map((name) => [name, text]));
}

function undoing(change: RepoChange, runId: string): RepoChange {
  return change.kind === "managed"
    ? { ...change, after: { ...change.after, undoes: runId } }
    : change;
}

/** How far a run is taken back: what of it is as it was before already. */
export function restoredRun(
  { run_id, changes }: UndoneRun,
  planned: readonly RepoChange[],
  spared: readonly Spared[],
  observed: Parts<ObservedAccount>,
): RestoredRun {
  const open = new Set([...planned, ...spared].map(({ target }) => target));
  const restored = changes.filter(({ account, target }) =>
    !open.has(target) && observed.of(account)?.failure === null
  );
  const targets = (some: readonly UndoneChange[]) =>
    [...new Set(some.map(({ target }) => target))].sort(compareText);
  return { run_id, changed: targets(changes), restored_already: targets(restored) };
}
