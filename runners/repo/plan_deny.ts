import { counted } from "../core/cli/words.ts";
import { matchesPattern } from "./catalogue/glob.ts";
import { unknownOf, unknownSentence } from "./catalogue/spelling.ts";
import { mapOf } from "./change/repo_change.ts";
import type { Decided } from "./decide/decided.ts";
import { deniedBy, DENY_POLICY, denyText } from "./policy/deny_policy.ts";
import type { Failure } from "./observed.ts";
import type { Rewriting } from "./policy/rewrite.ts";
import { INLINE_QUOTA, policySize } from "./policy/size.ts";
import type { EvaluatedRole, Evaluation } from "./evaluate_role.ts";

/** The policies with the actions denied, or why they are not. */
type Denying =
  | Extract<Rewriting, { readonly status: "rewritten" }>
  | ({ readonly status: "refused" } & Failure);

/** How many names a sentence has. */
const NAMED = 5;

/**
 * Denies what was decided instead of removing it from the policies that grant it: every other
 * policy of the role keeps its text, and the actions are added to the deny policy.
 *
 * @param actions the names to deny
 */
export function denyingOf(
  { role }: Pick<EvaluatedRole, "role">,
  actions: readonly string[],
  { universe }: Pick<Evaluation, "universe">,
): Denying {
  const before = policySize(Object.values(role.inline));
  const had = deniedBy(role.inline);
  if (had === null) {
    return {
      status: "refused",
      reason: "deny-policy-taken",
      detail: `it has an inline policy "${DENY_POLICY}" that Groundskeeper did not write: it is ` +
        "not one Deny of single actions on all resources. Give it another name, or leave out --deny",
    };
  }
  const others = Object.entries(role.inline).filter(([name]) => name !== DENY_POLICY);
  const policies = mapOf([...others, [DENY_POLICY, denyText([...had, ...actions])] as const]);
  const size = { before, after: policySize(Object.values(policies)) };
  if (size.after > INLINE_QUOTA) {
    return {
      status: "refused",
      reason: "size-limit",
      detail: `with the Deny the policies would have ${size.after} characters together, and IAM ` +
        `allows ${INLINE_QUOTA}`,
    };
  }
  return { status: "rewritten", policies, size, notes: notesOf(actions, universe), broken: [] };
}

function notesOf(actions: readonly string[], { catalogue }: Evaluation["universe"]): string[] {
  const unknown = actions.filter((action) => catalogue.canonical(action) === undefined);
  const rest = unknown.length - NAMED;
  return [
    `The inline policy "${DENY_POLICY}" denies ${counted(actions.length, "action")}. ${REACH}`,
    ...(unknown.length === 0
      ? []
      : [unknownSentence(unknown.slice(0, NAMED)) + (rest > 0 ? `, and ${rest} more` : "")]),
  ];
}

/** How far the Deny reaches, for people. */
export const REACH =
  "This Deny also stops what policies of resources, managed policies and later " +
  "policies of the role grant. A restore takes it back";

/**
 * Without `--deny`, a sentence on names that neither the catalogue nor a policy knows: mostly they
 * are misspelt.
 */
export function unknownNotes(
  { granted }: Pick<EvaluatedRole, "granted">,
  { planning: { config: { asked } } }: Pick<Evaluation, "planning">,
): string[] {
  if (asked.deny) return [];
  const unknown = unknownOf(asked.remove ?? []).filter((named) =>
    !granted.unknown.some((one) => matchesPattern(named, one))
  );
  return unknown.length === 0 ? [] : [
    `${unknownSentence(unknown)}, and no statement names it: nothing of it is removed. --deny ` +
    "denies what no catalogue knows",
  ];
}

/** With `--deny`, a sentence on how much of what was named is denied already. */
export function deniedNotes(
  { granted }: Pick<EvaluatedRole, "granted">,
  { universe, planning: { config: { asked } } }: Evaluation,
): string[] {
  if (!asked.deny) return [];
  const { size } = granted.denied.intersect(universe.union(asked.remove ?? []));
  const verb = size === 1 ? "is" : "are";
  return size === 0
    ? []
    : [`${counted(size, "action")} of what you named ${verb} denied already by "${DENY_POLICY}"`];
}

/** The names that a decision removes: known actions, and unknown ones that a policy names. */
export function removedNames({ removed, unknown }: Pick<Decided, "removed" | "unknown">): string[] {
  return [
    ...removed,
    ...unknown.filter(({ verdict }) => verdict === "remove").map(({ action }) => action),
  ];
}
