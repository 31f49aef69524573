import { makeChange, type Place, type Spared } from "../core/plan/change.ts";
import { counted, fewText, numberText } from "../core/cli/words.ts";
import type { ActionSet } from "./catalogue/action_set.ts";
import { type Decided, literalsOf, type Ruling } from "./decide/decided.ts";
import { type Policies, policyIn, type RepoChange, type RoleAfter } from "./change/repo_change.ts";
import type { RepoSettings } from "./config.ts";
import { deniedNotes, denyingOf, removedNames, unknownNotes } from "./plan_deny.ts";
import { orNone, type Proposal } from "./role_entry.ts";
import { rewriteDocuments, type Rewriting } from "./policy/rewrite.ts";
import { INLINE_QUOTA, policySize } from "./policy/size.ts";
import type { Loss } from "./present/names.ts";
import { byEvidence, type EvaluatedRole, type Evaluation, evidenceOf } from "./evaluate_role.ts";

/** Policies with something taken out of them. */
type Rewritten = Extract<Rewriting, { readonly status: "rewritten" }>;

/** The change that is planned for a role, with its proposal and why it is spared. */
export type RolePlan = {
  readonly proposal: Proposal;
  readonly changes: readonly RepoChange[];
  readonly spared: readonly Spared[];
};

/**
 * Plans what a role loses by what is decided of its permissions.
 *
 * @param loses the same, service by service
 */
export function planRole(
  evaluated: EvaluatedRole,
  loses: readonly Loss[],
  evaluation: Evaluation,
): RolePlan {
  const { role, decided, ineligible, mode } = evaluated;
  const literals = literalsOf(decided);
  const spared = ineligible.map((one) => spare(evaluated, one));
  if (decided.removed.isEmpty && literals.length === 0) {
    const notes = [...deniedNotes(evaluated, evaluation), ...unknownNotes(evaluated, evaluation)];
    return leftAlone(role.inline, spared, notes);
  }
  // A role that is left alone keeps its policies: neither an edit nor a note of one is shown.
  if (mode === "none") return leftAlone(role.inline, spared);
  const rewritten = evaluation.planning.config.asked.deny
    ? denyingOf(evaluated, removedNames(decided), evaluation)
    : rewritingOf(evaluated, evaluation);
  if (rewritten.status === "refused") {
    const { reason } = rewritten;
    const { remove, deny } = evaluation.planning.config.asked;
    const detail = rewritten.detail +
      (remove === null || deny || reason !== "size-limit"
        ? ""
        : ". --deny keeps the policies, and adds one Deny of what you named");
    return leftAlone(role.inline, [...spared, spare(evaluated, { reason, detail })]);
  }
  const made = proposalOf(role.inline, rewritten);
  const proposal = { ...made, notes: [...made.notes, ...unknownNotes(evaluated, evaluation)] };
  if (mode === "propose") {
    const detail = "it is managed by code: the diff is for whoever writes that code " +
      '(repo.managedByCode: "propose")';
    const why = spare(evaluated, { reason: "managed-by-code", detail });
    return { proposal, changes: [], spared: [...spared, why] };
  }
  return { proposal, changes: [removal(evaluated, loses, rewritten, evaluation)], spared };
}

/** With `--remove` nothing else is removed: a list would also lose what nobody knows yet. */
function wildcardOf({ asked, wildcard }: RepoSettings): RepoSettings["wildcard"] {
  return asked.remove === null ? wildcard : "exclude";
}

/**
 * Patterns to remove completely, known actions or not: what a person named, and unused services. If
 * a service has new permissions, its unknown actions may be new, too.
 */
function meantBy({ groups }: Decided, { asked }: RepoSettings): readonly string[] {
  const servicesBy = (reason: Ruling["reason"]) =>
    new Set(
      groups.filter(({ ruling }) => ruling.reason === reason)
        .map(({ ruling }) => ruling.service),
    );
  return asked.remove ??
    [...servicesBy("service-unused").difference(servicesBy("new-permission"))]
      .map((service) => `${service}:*`);
}

/** Takes what was decided out of the policies that it was decided of. */
export function rewritingOf(
  { role, documents, granted, decided }: EvaluatedRole,
  { universe, planning }: Evaluation,
  quota: number = INLINE_QUOTA,
): Rewriting {
  return rewriteDocuments(documents, {
    removed: decided.removed.union(deniedBeside(granted, decided)),
    removedLiterals: literalsOf(decided),
    universe,
    wildcard: wildcardOf(planning.config),
    meant: meantBy(decided, planning.config),
    byName: planning.config.asked.remove !== null,
    evidenceServices: new Set(Object.keys(evidenceOf(role)?.services ?? {})),
    quota,
  });
}

/**
 * Actions that are denied anyway, of services that lose everything else: to keep them would only
 * break a pattern.
 */
function deniedBeside(
  { actions, denied }: EvaluatedRole["granted"],
  { universe, removed }: Decided,
): ActionSet {
  if (denied.isEmpty) return denied;
  const staying = universe.servicesOf(actions.minus(removed)).map((service) => `${service}:*`);
  return denied.intersect(universe.union(universe.servicesOf(removed).map((one) => `${one}:*`)))
    .minus(universe.union(staying));
}

/** Where a role is. IAM has no regions. */
export function placeOf({ account }: Pick<EvaluatedRole, "account">): Place {
  return { account: account.id, region: "global" };
}

function spare(
  evaluated: EvaluatedRole,
  { reason, detail }: { readonly reason: string; readonly detail: string },
): Spared {
  return { ...placeOf(evaluated), target: evaluated.role.arn, reason, detail };
}

/** The plan of a role that stays as it is. */
export function leftAlone(
  policies: Policies,
  spared: readonly Spared[] = [],
  notes: readonly string[] = [],
): RolePlan {
  const size = policySize(Object.values(policies));
  const proposal = { edits: [], size: { before: size, after: size }, notes, broken: [] };
  return { proposal, changes: [], spared };
}

/** Which policies change, and how. */
export function proposalOf(
  before: Policies,
  { policies, size, notes, broken }: Omit<Rewritten, "status">,
): Proposal {
  const textBefore = (name: string) => policyIn(before, name) ?? null;
  const edits = Object.entries(policies)
    .filter(([name, after]) => textBefore(name) !== after)
    .map(([name, after]) => ({ name, before: textBefore(name), after }));
  return { edits, size, notes, broken };
}

function removal(
  evaluated: EvaluatedRole,
  loses: readonly Loss[],
  { policies }: Rewritten,
  { planning }: Evaluation,
): RepoChange {
  const { granted, decided } = evaluated;
  const { remove } = planning.config.asked;
  const all = granted.actions.size + granted.unknown.length;
  const after = removing(loses, {
    kind: remove === null ? "repo" : "remove",
    policies,
    gained: orNone([]),
    version: null,
    permissions: all - decided.removed.intersect(granted.actions).size - literalsOf(decided).length,
    ...leftByEvidence(evaluated, decided.removed, literalsOf(decided)),
  });
  return roleChange(evaluated, after, reasonOf(evaluated, all));
}

const LOSES = Symbol("loses");

/**
 * Made only when it is read: a plan of many roles removes ten million permissions. All removals have
 * one getter; with a getter for each, V8 would keep a table of properties for each.
 */
const REMOVED: PropertyDescriptor & ThisType<{ readonly [LOSES]: readonly Loss[] }> = {
  enumerable: true,
  get() {
    return this[LOSES].flatMap(({ actions }) => actions);
  },
};

/** What a removal leaves: it takes exactly what the role loses. */
function removing(
  loses: readonly Loss[],
  { kind, policies, ...numbers }: Omit<RoleAfter, "removed">,
): RoleAfter {
  const after = Object.defineProperties({ kind, policies }, {
    removed: REMOVED,
    [LOSES]: { value: loses },
  });
  return Object.assign(after, numbers) as RoleAfter;
}

/**
 * The numbers of a role after a removal.
 *
 * @param gone the removed actions
 * @param names the removed names that the catalogue does not know
 */
export function leftByEvidence(
  evaluated: EvaluatedRole,
  gone: ActionSet,
  names: readonly string[],
): Pick<RoleAfter, "removable" | "disqualified_by"> {
  const { decided, ineligible } = byEvidence(evaluated);
  const left = (decided.removed === gone ? 0 : decided.removed.minus(gone).size) +
    literalsOf(decided).filter((name) => !names.includes(name)).length;
  return { removable: left, disqualified_by: orNone(ineligible.map(({ reason }) => reason)) };
}

/** Makes the change that leads a role from the policies it has to others. */
export function roleChange(
  evaluated: Pick<EvaluatedRole, "account" | "role">,
  after: RoleAfter,
  reason: string,
): RepoChange {
  const { role } = evaluated;
  const puts = Object.values(after.policies).some((document) => document !== null);
  return makeChange("repo", {
    kind: "inline",
    ...placeOf(evaluated),
    action: puts ? "iam:PutRolePolicy" : "iam:DeleteRolePolicy",
    target: role.arn,
    reason,
    before: { role_id: role.roleId, policies: role.inline },
    after,
    lock: role.roleId,
  }, { kind: after.kind, policies: after.policies });
}

/** How many services are named in a sentence. */
const NAMED = 5;

/** "61 permissions of 254 unused: sqs, sns". */
export function reasonOf({ decided }: Pick<EvaluatedRole, "decided">, all: number): string {
  const groups = decided.groups.filter(({ ruling }) => ruling.verdict === "remove");
  const services = [...new Set(groups.map(({ ruling }) => ruling.service))];
  const count = groups.reduce((sum, { actions }) => sum + actions.length, 0) +
    literalsOf(decided).length;
  const asked = groups.some(({ ruling }) => ruling.reason === "requested");
  const state = asked ? "that were named:" : "unused:";
  const words = [counted(count, "permission"), "of", numberText(all), state];
  return [...words, fewText(services, NAMED)].join(" ");
}
