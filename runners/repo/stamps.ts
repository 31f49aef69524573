import { counted } from "../core/cli/words.ts";
import { makeChange } from "../core/plan/change.ts";
import { managedChangeOf, textOf } from "./change/managed_change.ts";
import { policiesAfter, type RepoChange, roleChangeOf } from "./change/role_change.ts";
import {
  STAMP_KEY,
  type StampAfter,
  type StampBefore,
  stampSentence,
  stampValue,
} from "./change/stamp.ts";
import { hashOfPolicies } from "./policy/comparable.ts";
import type { RepoPlanning } from "./planning.ts";
import { placeOf } from "./plan_role.ts";
import type { EvaluatedRole } from "./evaluate_role.ts";

/**
 * What roles say themselves of having been changed, where `repo.stamp` asks for it: made after the
 * changes, of each role of which all changes of the plan are seen by then. A restore is not stamped.
 */
export function stampsOf(
  changes: readonly RepoChange[],
  evaluated: EvaluatedRole,
  { config: { stamp }, now }: RepoPlanning,
): RepoChange[] {
  const taking = changes.filter(({ after }) => after["kind"] !== "restore");
  if (stamp === "off" || taking.length === 0) return [];
  const removed = taking.reduce((sum, { after }) => sum + (after["removed"] as string[]).length, 0);
  return [stampChange(evaluated, taking, removed, stamp, now)];
}

function stampChange(
  evaluated: EvaluatedRole,
  changes: readonly RepoChange[],
  removed: number,
  stamp: "tag" | "description",
  now: Date,
): RepoChange {
  const { role } = evaluated;
  const inline = changes.find(({ kind }) => kind === "inline");
  const before: StampBefore = {
    role_id: role.roleId,
    policies_hash: hashOfPolicies(inline ? policiesAfter(roleChangeOf(inline).after) : role.inline),
    managed_hashes: Object.fromEntries(
      changes.filter(({ kind }) => kind === "managed").map((change) => {
        const { before, after } = managedChangeOf(change);
        return [change.target, hashOfPolicies({ [change.target]: textOf(before, after) })];
      }),
    ),
  };
  const after: StampAfter = stamp === "tag"
    ? { kind: "stamp", tag: { key: STAMP_KEY, value: stampValue(now, removed) } }
    : { kind: "stamp", description: stampSentence(now) };
  return makeChange("repo", {
    kind: "stamp",
    ...placeOf(evaluated),
    action: stamp === "tag" ? "iam:TagRole" : "iam:UpdateRole",
    target: role.arn,
    reason: `says that ${counted(removed, "permission")} went (repo.stamp: "${stamp}")`,
    before,
    after,
    // Its own: the role's was taken by a change of this very run, which this one is to follow.
    lock: `stamp:${role.roleId}`,
  }, after);
}
