import { counted } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import { makeChange, type Spared } from "../../core/plan/change.ts";
import type { PolicyAfter, RepoChange } from "../change/repo_change.ts";
import { literalsOf } from "../decide/decided.ts";
import { readInstant } from "../decide/instants.ts";
import { decideOf, type EvaluatedRole, type Evaluation, readDocuments } from "../evaluate_role.ts";
import type { Extensions } from "../extensions.ts";
import type { Failure, ManagedPolicy, ObservedRole } from "../observed.ts";
import { placeOf, reasonOf, rewritingOf } from "../plan_role.ts";
import type { RepoPlanning } from "../planning.ts";
import { grantedBy } from "../policy/granted.ts";
import type { PolicyEdit } from "../present/names.ts";
import { CUSTOMER_POLICY, isOwnPolicy } from "./own_policies.ts";

/**
 * IAM's limits of a managed policy (IAM User Guide, "IAM and AWS STS quotas"): characters without
 * white space, and versions that are kept at a time.
 */
const MANAGED_QUOTA = 6_144;
const MOST_VERSIONS = 5;

/** The plan for one or all of the managed policies of one role. */
export type ManagedPlan = {
  readonly changes: readonly RepoChange[];
  readonly spared: readonly Spared[];
  /** By ARN: what is proposed to the owners of the code. */
  readonly proposals: ReadonlyMap<string, PolicyEdit>;
  readonly notes: readonly string[];
};

type KnownPolicy = ManagedPolicy & { readonly document: string };

/** A policy that only this role has, with what is judged of it. */
type Candidate = {
  readonly policy: KnownPolicy;
  readonly evaluated: EvaluatedRole;
};

/**
 * Plans what customer-managed policies lose by the evidence of the one role that they are attached
 * to. AWS's policies, shared ones, Groundskeeper's own, and those of roles that are not eligible
 * stay as they are. Tags of policies are not read: if code manages a role, its policies count as
 * managed by code, too.
 *
 * @param judge lets the hooks turn verdicts; they get the policy under the name of its role
 * @returns by role; a policy that has nothing to lose has no plan
 */
export function planManaged(
  evaluated: readonly EvaluatedRole[],
  evaluation: Evaluation,
  judge: Extensions["judge"],
): ReadonlyMap<EvaluatedRole, ManagedPlan> {
  const { config } = evaluation.planning;
  // Nothing of a managed policy is ever scheduled.
  if (config.managedPolicies !== "apply" || config.asked.scheduled) return new Map();
  const candidates = new Map<EvaluatedRole, readonly Candidate[]>(
    evaluated.map((one) => [one, candidatesOf(one, evaluation)]),
  );
  const judged = judgedByHooks([...candidates.values()], evaluation, judge);
  return new Map(
    [...candidates].flatMap(([one, own]) => {
      const plans = own.map((candidate) => planPolicy(judged.get(candidate)!, evaluation));
      return plans.length === 0 ? [] : [
        [one, {
          changes: plans.flatMap(({ changes }) => changes),
          spared: plans.flatMap(({ spared }) => spared),
          proposals: new Map(plans.flatMap(({ proposals }) => [...proposals])),
          notes: plans.flatMap(({ notes }) => notes),
        }] as const,
      ];
    }),
  );
}

function candidatesOf(evaluated: EvaluatedRole, evaluation: Evaluation): Candidate[] {
  const { account, role, mode } = evaluated;
  if (mode === "none") return [];
  return role.attached.toSorted().flatMap((arn) => {
    const policy = account.managed[arn];
    if (!policy || policy.document === null || policy.attachments !== 1) return [];
    if (!CUSTOMER_POLICY.test(arn) || isOwnPolicy(arn)) return [];
    const known = { ...policy, document: policy.document };
    return [{ policy: known, evaluated: evaluatePolicy(evaluated, known, evaluation) }];
  });
}

/** Hooks tell roles apart by their ARN, so that they get one policy of each role at a time. */
function judgedByHooks(
  candidates: readonly (readonly Candidate[])[],
  { planning }: Evaluation,
  judge: Extensions["judge"],
): ReadonlyMap<Candidate, Candidate> {
  const most = Math.max(0, ...candidates.map(({ length }) => length));
  const judged = new Map<Candidate, Candidate>();
  for (let place = 0; place < most; place++) {
    const some = candidates.flatMap((own) => own[place] ?? []);
    const answers = judge(some.map(({ evaluated }) => evaluated), planning);
    some.forEach((one, index) => judged.set(one, { ...one, evaluated: answers[index]! }));
  }
  return judged;
}

function planPolicy(candidate: Candidate, evaluation: Evaluation): ManagedPlan {
  const { policy, evaluated } = candidate;
  const { decided, ineligible, role, notes } = evaluated;
  const plan: ManagedPlan = { changes: [], spared: [], proposals: new Map(), notes };
  const spare = (...reasons: readonly Failure[]): ManagedPlan => ({
    ...plan,
    spared: reasons.map((one) => ({ ...placeOf(evaluated), target: policy.arn, ...one })),
  });
  if (ineligible.length > 0) return spare(...ineligible);
  const literals = literalsOf(decided);
  if (decided.removed.isEmpty && literals.length === 0) return plan;
  const { config } = evaluation.planning;
  // What a person has named is removed even if it is new, as from inline policies.
  const newness = config.asked.remove === null
    ? newnessOf(policy, role, evaluation.planning)
    : null;
  const held = boundaryReason(policy) ?? newness;
  if (held) return spare(held);
  const rewriting = rewritingOf(evaluated, evaluation, MANAGED_QUOTA);
  if (rewriting.status === "refused") {
    const { reason, detail } = rewriting;
    return spare({ reason, detail });
  }
  const text = rewriting.policies[policy.name] ?? null;
  if (text === null) return spare(nothingLeft(candidate));
  if (evaluated.mode === "propose") {
    const detail = "its role is managed by code, so that the policy counts as such too: the diff " +
      'is for whoever writes that code (repo.managedByCode: "propose")';
    const edit = { name: policy.name, before: policy.document, after: text };
    return {
      ...spare({ reason: "managed-by-code", detail }),
      notes: [...notes, ...rewriting.notes],
      proposals: new Map([[policy.arn, edit]]),
    };
  }
  const full = versionsReason(policy);
  if (full) return spare(full);
  return {
    ...plan,
    changes: [removal(candidate, text, config.asked.remove === null ? "repo" : "remove")],
    notes: [...notes, ...rewriting.notes],
  };
}

/** Why a permissions boundary stays: it grants nothing, so that use shows nothing of it. */
export function boundaryReason({ boundaries }: ManagedPolicy): Failure | null {
  if (boundaries === 0) return null;
  const detail = boundaries === undefined
    ? "IAM did not say whether it is used as a permissions boundary"
    : `it is the permissions boundary of ${counted(boundaries, "user or role", "users and roles")}`;
  return { reason: "permissions-boundary", detail };
}

function versionsReason({ versions, version, arn }: ManagedPolicy): Failure | null {
  const ids = Object.keys(versions);
  if (ids.length < MOST_VERSIONS) return null;
  const others = ids.filter((id) => id !== version)
    .sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
  const detail =
    `it has ${ids.length} versions already, which is all that IAM keeps, and Groundskeeper ` +
    "deletes none. Delete one that nobody will want back, such as the oldest: aws iam " +
    `delete-policy-version --policy-arn ${arn} --version-id ${others[0] ?? "VERSION"}`;
  return { reason: "version-limit", detail };
}

function nothingLeft({ policy, evaluated }: Candidate): Failure {
  const detail = "its role uses nothing of it, and a policy cannot be emptied. Detach it: aws " +
    `iam detach-role-policy --role-name ${evaluated.role.name} --policy-arn ${policy.arn}`;
  return { reason: "nothing-left", detail };
}

function removal(
  { policy, evaluated }: Candidate,
  text: string,
  kind: "repo" | "remove",
): RepoChange {
  const { granted, decided } = evaluated;
  const removed = [...decided.removed, ...literalsOf(decided)];
  const all = granted.actions.size + granted.unknown.length;
  const after: PolicyAfter = {
    kind,
    policies: { [policy.name]: text },
    removed,
    gained: [],
    version: null,
    permissions: all - removed.length,
  };
  const reason = `${reasonOf(evaluated, all)}, of the managed policy "${policy.name}"`;
  return policyChange(evaluated, policy, after, reason);
}

/** Makes the change that puts another version of a managed policy in force. */
export function policyChange(
  evaluated: Pick<EvaluatedRole, "account" | "role">,
  policy: KnownPolicy,
  after: PolicyAfter,
  reason: string,
): RepoChange {
  const { role } = evaluated;
  return makeChange("repo", {
    kind: "managed",
    ...placeOf(evaluated),
    action: after.version === null ? "iam:CreatePolicyVersion" : "iam:SetDefaultPolicyVersion",
    target: policy.arn,
    reason,
    before: {
      role_id: role.roleId,
      role_arn: role.arn,
      policy: policy.name,
      version: policy.version,
      policies: { [policy.name]: policy.document },
    },
    after,
    lock: policy.arn,
  }, { kind: after.kind, policies: after.policies, version: after.version });
}

/**
 * Judges what its one role does not use of a managed policy, as if the role had only this policy.
 * Whether the policy is new is judged apart. A text that cannot be understood makes it ineligible.
 */
function evaluatePolicy(
  evaluated: EvaluatedRole,
  policy: KnownPolicy,
  evaluation: Evaluation,
): EvaluatedRole {
  const { account, role } = evaluated;
  const { documents, malformed } = readDocuments({ [policy.name]: policy.document });
  const granted = grantedBy(documents, evaluation.universe);
  return {
    ...evaluated,
    documents,
    granted,
    decided: decideOf(granted, role, account, evaluation),
    unprotected: null,
    ineligible: malformed.map((detail) => ({ reason: "malformed-policy", detail })),
    notes: [],
  };
}

/**
 * Why everything that a managed policy grants to a role is new and stays; null: it is not new. It
 * is new for `usageWindow` after its version in force was created: AWS tells that date, and nothing
 * can be unused for longer. It is also new for `usageWindow` after a scan first found this version
 * in force on the role: an old policy may have been attached yesterday, or an old version put back
 * in force, and AWS tells neither. What the first scan of the role found stays for `protectNew`,
 * unless `trustFirstScan` is set.
 */
function newnessOf(
  policy: ManagedPolicy,
  role: ObservedRole,
  { config, earlier, now }: RepoPlanning,
): Failure | null {
  const { protectNew, usageWindow } = config;
  const window = durationMs(usageWindow) > durationMs(protectNew)
    ? { name: "repo.usageWindow", span: usageWindow }
    : { name: "repo.protectNew", span: protectNew };
  const hold = (since: number, what: string, { name, span } = window): Failure | null => {
    const until = since + durationMs(span);
    if (until <= now.getTime()) return null;
    const detail = `${what}, and what it grants counts as new until ` +
      `${new Date(until).toISOString()} (${name} is ${span})`;
    return { reason: "new-permission", detail };
  };
  const created = readInstant(policy.versions[policy.version] ?? "") ?? now.getTime();
  const age = created >= now.getTime() ? "just now" : `${spanText(now.getTime() - created)} ago`;
  const byVersion = hold(created, `its version ${policy.version} was created ${age}`);
  if (byVersion) return byVersion;
  const row = earlier.roles.get(role.roleId);
  const sight = earlier.policies?.get(policy.arn);
  const seen = sight?.role_id === role.roleId && sight.version === policy.version
    ? sight.since
    : null;
  const isFirstSight = row === undefined || seen === row.first_seen;
  if (config.trustFirstScan && isFirstSight) return null;
  const since = seen === null ? now.getTime() : readInstant(seen) ?? now.getTime();
  const how = `version ${policy.version} in force on this role`;
  return hold(
    since,
    seen === null
      ? `no run that stores has seen its ${how} before`
      : `its ${how} was first seen ${spanText(now.getTime() - since)} ago`,
    isFirstSight ? { name: "repo.protectNew", span: protectNew } : window,
  );
}
