import { counted } from "../core/cli/words.ts";
import { makeChange } from "../core/plan/change.ts";
import { sumOf } from "../core/sum_of.ts";
import { type ChangeOf, policiesAfter, type RepoChange, textOf } from "./change/repo_change.ts";
import { STAMP_KEY, stampSentence, stampValue } from "./change/stamp.ts";
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
  const taking = changes.filter((change) => change.kind !== "stamp")
    .filter(({ after }) => after.kind !== "restore");
  if (stamp === "off" || taking.length === 0) return [];
  const removed = sumOf(taking, ({ after }) => after.removed.length);
  const { role } = evaluated;
  const inline = taking.find(({ kind }) => kind === "inline");
  const after: ChangeOf<"stamp">["after"] = stamp === "tag"
    ? { kind: "stamp", tag: { key: STAMP_KEY, value: stampValue(now, removed) } }
    : { kind: "stamp", description: stampSentence(now) };
  return [makeChange("repo", {
    kind: "stamp",
    ...placeOf(evaluated),
    action: stamp === "tag" ? "iam:TagRole" : "iam:UpdateRole",
    target: role.arn,
    reason: `says that ${counted(removed, "permission")} ${
      removed === 1 ? "was" : "were"
    } removed (repo.stamp: "${stamp}")`,
    before: {
      role_id: role.roleId,
      policies_hash: hashOfPolicies(inline ? policiesAfter(inline.after) : role.inline),
      managed_hashes: Object.fromEntries(
        taking.flatMap((change) => {
          if (change.kind !== "managed") return [];
          const { target, before, after } = change;
          return [[target, hashOfPolicies({ [target]: textOf(before, after) })]];
        }),
      ),
    },
    after,
    // Its own: the role's was taken by a change of this very run, which this one is to follow.
    lock: `stamp:${role.roleId}`,
  }, after)];
}
