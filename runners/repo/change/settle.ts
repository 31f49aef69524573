import type { Settlement } from "../../core/job.ts";
import type { Parts } from "../../core/parts.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { sameDocument, samePolicies } from "./live_policies.ts";
import {
  type ChangeOf,
  type Policies,
  policiesAfter,
  type RepoChange,
  type RoleAfter,
  textOf,
  versionId,
} from "./repo_change.ts";

/** Judges a change whose outcome was never recorded by what its role or policy is now. */
export function settleRole(change: RepoChange, observed: Parts<ObservedAccount>): Settlement {
  const account = observed.of(change.account);
  if (!account || account.failure) return { verdict: "unread" };
  if (change.kind === "managed") return settlePolicy(change, account);
  const role = account.roles.find(({ roleId }) => roleId === change.before.role_id);
  if (!role) {
    return account.whole
      ? { verdict: "unknown", detail: "The role is gone" }
      : { verdict: "unread" };
  }
  if (role.doubt) return { verdict: "unread" };
  return change.kind === "stamp" ? settleStamp(change, role) : settleInline(change, role);
}

function settleInline({ before, after }: ChangeOf<"inline">, role: ObservedRole): Settlement {
  if (samePolicies(role.inline, policiesAfter(after))) return { verdict: "done" };
  if (samePolicies(role.inline, before.policies)) return { verdict: "noEffect" };
  const made = madePart(role.inline, before.policies, after.policies);
  if (made !== null) {
    return {
      verdict: "noEffect",
      detail: `The run ended in the middle of the change: ${made} as it was to be, and the rest ` +
        "as before. The role is planned again as it is now",
    };
  }
  return {
    verdict: "unknown",
    detail: "Its inline policies are neither as before nor as they were to be",
  };
}

/**
 * Which policies of a change were written, as the beginning of a sentence. A change of several
 * policies takes as many calls, and its run may have died between two of them.
 *
 * @returns null if a policy is neither as before nor as planned
 */
function madePart(live: Policies, before: Policies, after: RoleAfter["policies"]): string | null {
  const is = (name: string, document: string | null) =>
    document === null
      ? !Object.hasOwn(live, name)
      : Object.hasOwn(live, name) && sameDocument(live[name]!, document);
  const beforeOf = (name: string) => Object.hasOwn(before, name) ? before[name]! : null;
  const names = Object.keys(after);
  if (Object.keys(live).some((name) => !Object.hasOwn(after, name))) return null;
  if (!names.every((name) => is(name, after[name]!) || is(name, beforeOf(name)))) return null;
  const made = names.filter((name) => is(name, after[name]!) && !is(name, beforeOf(name)));
  return made.map((name) => `"${name}"`).join(", ") + (made.length === 1 ? " is" : " are");
}

function settlePolicy(
  { target, before, after }: ChangeOf<"managed">,
  { managed, roles, whole }: ObservedAccount,
): Settlement {
  if (roles.some(({ attached, doubt }) => doubt && attached.includes(target))) {
    return { verdict: "unread" };
  }
  const policy = managed[target];
  if (!policy) {
    return whole
      ? { verdict: "unknown", detail: "The policy is attached to no role any more" }
      : { verdict: "unread" };
  }
  if (policy.version === before.version) return { verdict: "noEffect" };
  const there = after.version === null
    ? policy.document !== null && sameDocument(policy.document, textOf(before, after))
    : policy.version === versionId(after.version);
  return there ? { verdict: "done" } : {
    verdict: "unknown",
    detail: "The version in force is neither the one of before nor what it was to be",
  };
}

function settleStamp({ after }: ChangeOf<"stamp">, { tags }: ObservedRole): Settlement {
  if (!("tag" in after)) {
    return { verdict: "unknown", detail: "What its description says was not read" };
  }
  return { verdict: tags[after.tag.key] === after.tag.value ? "done" : "noEffect" };
}
