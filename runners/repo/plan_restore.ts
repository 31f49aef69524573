import { counted } from "../core/cli/words.ts";
import { policyIn, type RoleAfter } from "./change/repo_change.ts";
import { samePolicies } from "./change/live_policies.ts";
import type { Failure } from "./observed.ts";
import type { PolicyVersion, Restoring } from "./planning.ts";
import {
  leftAlone,
  leftByEvidence,
  placeOf,
  proposalOf,
  roleChange,
  type RolePlan,
} from "./plan_role.ts";
import { INLINE_QUOTA, policySize } from "./policy/size.ts";
import { type Granted, grantedBy } from "./policy/granted.ts";
import { type EvaluatedRole, type Evaluation, readDocuments } from "./evaluate_role.ts";

/**
 * Plans to bring back an earlier version of a role's inline policies. A restore grants access:
 * everything that it gives is named, and only what this program itself has read of this role, by
 * its ID, comes back.
 */
export function planRestore(evaluated: EvaluatedRole, evaluation: Evaluation): RolePlan {
  const { restoring } = evaluation.planning.earlier;
  return restoring && "version" in restoring
    ? restoreOf(evaluated, restoring, evaluation)
    : notRestored(
      evaluated,
      restoring ?? { reason: "no-such-version", detail: "no version of it is known" },
    );
}

/** The plan of a role that is not restored, and why. */
export function notRestored(evaluated: EvaluatedRole, ...reasons: readonly Failure[]): RolePlan {
  const { role } = evaluated;
  const target = { ...placeOf(evaluated), target: role.arn };
  return leftAlone(
    role.inline,
    reasons.map(({ reason, detail }) => ({ ...target, reason, detail })),
  );
}

/**
 * The same for a version that was read.
 *
 * @param undoes the run that is taken back by it, of all roles that it has changed
 */
export function restoreOf(
  evaluated: EvaluatedRole,
  restoring: Restoring,
  evaluation: Evaluation,
  undoes?: string,
): RolePlan {
  const { role, ineligible } = evaluated;
  // Policies that cannot be understood may be replaced by earlier ones.
  const held = ineligible.filter(({ reason }) => reason !== "malformed-policy");
  if (held.length > 0) return notRestored(evaluated, ...held);
  const problem = problemOf(restoring, evaluated);
  if (problem) return notRestored(evaluated, problem);
  const { version } = restoring;
  if (samePolicies(version.policies, role.inline)) return leftAlone(role.inline);
  const after = {
    ...afterOf(evaluated, version, evaluation),
    ...undoes === undefined ? {} : { undoes },
  };
  const proposal = proposalOf(role.inline, {
    policies: after.policies,
    size: {
      before: policySize(Object.values(role.inline)),
      after: policySize(Object.values(version.policies)),
    },
    notes: [],
    broken: [],
  });
  return { proposal, changes: [roleChange(evaluated, after, gives(after, version))], spared: [] };
}

function problemOf({ role_id, version }: Restoring, { role }: EvaluatedRole): Failure | null {
  if (role_id !== role.roleId) {
    return {
      reason: "recreated",
      detail: "the role was deleted and made again: the version is of the one before it",
    };
  }
  const [unclear] = readDocuments(version.policies).malformed;
  if (unclear !== undefined) {
    const detail = `it cannot be said what version ${version.seq} would give: ${unclear}`;
    return { reason: "malformed-policy", detail };
  }
  const size = policySize(Object.values(version.policies));
  return size > INLINE_QUOTA
    ? {
      reason: "size-limit",
      detail: `version ${version.seq} has ${size} characters; a role may have ${INLINE_QUOTA}`,
    }
    : null;
}

function afterOf(
  evaluated: EvaluatedRole,
  version: PolicyVersion,
  { universe }: Evaluation,
): RoleAfter {
  const { role, granted } = evaluated;
  const then = grantedBy(readDocuments(version.policies).documents, universe);
  const restored = restoredBy(granted, then);
  const names = new Set([...Object.keys(role.inline), ...Object.keys(version.policies)]);
  return {
    kind: "restore",
    policies: Object.fromEntries(
      [...names].map((name) => [name, policyIn(version.policies, name) ?? null]),
    ),
    ...restored,
    version: version.seq,
    // Everything that comes back is new, and stays.
    ...leftByEvidence(evaluated, granted.actions.minus(then.actions), restored.removed),
  };
}

/** What a restore changes of what is granted. */
export function restoredBy(now: Granted, then: Granted) {
  const without = (some: Granted, other: Granted) => [
    ...some.actions.minus(other.actions),
    ...some.unknown.filter((name) => !other.unknown.includes(name)),
  ];
  return {
    removed: without(now, then),
    gained: without(then, now),
    permissions: then.actions.size + then.unknown.length,
  };
}

function gives({ gained }: RoleAfter, { seq, discovered }: PolicyVersion): string {
  return `version ${seq} of ${discovered.slice(0, 10)} gives back ${whatIsGained(gained)}`;
}

/** Only actions are counted: wider resources and fewer conditions have no number. */
export function whatIsGained(gained: readonly string[]): string {
  return gained.length === 0
    ? "no action, and may give back resources or conditions: see the diff"
    : counted(gained.length, "permission");
}
