import { readAction } from "../../core/aws/action.ts";
import { loadCatalogue } from "../catalogue/catalogue.ts";
import { matchesPattern } from "../catalogue/glob.ts";
import { makeUniverse } from "../catalogue/universe.ts";
import { parsePolicy } from "../policy/document.ts";
import { grantedBy } from "../policy/granted.ts";
import type { Wildcard } from "../policy/removal.ts";
import { rewriteDocuments, type Sizes } from "../policy/rewrite.ts";

/** How a policy is rewritten. */
export type RewritePolicyOptions = {
  /** What replaces Action "*": a list of what stays, or `NotAction` of the rest. Default: list. */
  readonly wildcard?: Wildcard;
  /** How many characters it may have, without white space. Default: IAM's 10,240. */
  readonly quota?: number;
};

/** What became of a policy. A refusal changes nothing. */
export type RewrittenPolicy =
  | {
    readonly status: "rewritten";
    /** The same text if nothing is removed; null: nothing is left of it. */
    readonly text: string | null;
    /** The actions that it granted and no longer grants, as AWS writes them; sorted. */
    readonly removed: readonly string[];
    readonly size: Sizes;
    /** What a person must know, as sentences. */
    readonly notes: readonly string[];
  }
  | {
    readonly status: "refused";
    readonly reason: "size-limit" | "not-proven";
    readonly detail: string;
    readonly size: Sizes;
  };

/**
 * Takes actions out of a policy. Pure: it makes no call to AWS.
 *
 * The result grants exactly what the policy granted, without the removed actions. None of its
 * patterns matches a name that was not matched before. Deny, Resource, Condition, Principal, Sid
 * and statements whose Sid begins with `NOREPO` stay to the letter.
 *
 * @param text the policy as IAM keeps it
 * @param remove actions to take out, in any case and with `*` and `?` as IAM has them: `sqs:*`
 * @throws UsageError if `remove` has a text that is no pattern of actions
 * @throws MalformedPolicyError if the text is no policy by IAM's grammar
 *
 * @example Take a service out of a policy
 * ```ts
 * import assert from "assert";
 * import { rewritePolicy } from "./runners/repo/mod.ts";
 *
 * const policy = JSON.stringify({
 *   Version: "2012-10-17",
 *   Statement: [{ Effect: "Allow", Action: ["s3:GetObject", "sqs:SendMessage"], Resource: "*" }],
 * });
 * const { text, removed } = rewritePolicy(policy, ["sqs:*"]);
 * assert.deepEqual(removed, ["sqs:SendMessage"]);
 * assert.deepEqual(JSON.parse(text).Statement[0].Action, ["s3:GetObject"]);
 * ```
 */
export function rewritePolicy(
  text: string,
  remove: readonly string[],
  { wildcard = "list", quota }: RewritePolicyOptions = {},
): RewrittenPolicy {
  for (const pattern of remove) readAction(pattern, "pattern", "Cannot remove it");
  const universe = makeUniverse(loadCatalogue(), []);
  const document = parsePolicy(text, NAME);
  const granted = grantedBy([document], universe);
  const removed = granted.actions.minus(granted.noRepo).intersect(universe.union(remove));
  // Actions that no catalogue knows are removed only if the policy names them.
  const literals = granted.unknown.filter((action) =>
    remove.some((pattern) => matchesPattern(pattern, action))
  );
  const rewriting = rewriteDocuments([document], {
    universe,
    removed,
    removedLiterals: literals,
    meant: remove,
    wildcard,
    evidenceServices: new Set(),
    ...(quota === undefined ? {} : { quota }),
  });
  if (rewriting.status === "refused") return rewriting;
  const after = rewriting.policies[NAME] ?? null;
  const left = after === null ? null : grantedBy([parsePolicy(after, NAME)], universe);
  return {
    status: "rewritten",
    text: after,
    removed: [
      ...(left === null ? granted.actions : granted.actions.minus(left.actions)),
      ...granted.unknown.filter((action) => !left?.unknown.includes(action)),
    ].sort(),
    size: rewriting.size,
    notes: rewriting.notes,
  };
}

/** What messages call the policy. */
const NAME = "policy";
