import { counted } from "../../core/cli/words.ts";
import { parseArn } from "../../core/aws/arn.ts";
import { type PolicyAfter, versionId } from "../change/repo_change.ts";
import type { Failure, ManagedPolicy, ObservedAccount } from "../observed.ts";
import { grantedBy } from "../policy/granted.ts";
import { type EvaluatedRole, type Evaluation, readDocuments } from "../evaluate_role.ts";
import { isOwnPolicy } from "./own_policies.ts";
import { restoredBy, whatIsGained } from "../plan_restore.ts";
import type { RolePlan } from "../plan_role.ts";
import { boundaryReason, policyChange } from "./plan_managed.ts";

/** What is to be restored, or why it is not. */
type PolicyRestore = Pick<RolePlan, "changes" | "spared">;

/**
 * Plans to put an earlier version of a managed policy in force again, if IAM still has it. A
 * restore grants access: everything that it gives is named, and only the one role that has the
 * policy gets it.
 *
 * @param number of the version: 3 for `v3`
 * @param evaluated the roles that have the policy, if the account could be read
 */
export function planPolicyRestore(
  arn: string,
  number: number,
  evaluated: readonly EvaluatedRole[],
  evaluation: Evaluation,
): PolicyRestore {
  const { account: id } = parseArn(arn);
  const refuse = (...reasons: readonly Failure[]): PolicyRestore => ({
    changes: [],
    spared: reasons.map((one) => ({ account: id, region: "global", target: arn, ...one })),
  });
  const account = evaluation.planning.observed.of(id);
  // The coverage says that the account could not be read. Nothing is concluded from it.
  if (account?.failure) return { changes: [], spared: [] };
  const [one, ...others] = evaluated.filter(({ role }) => role.attached.includes(arn));
  const policy = account?.managed[arn];
  if (!one || !policy || policy.document === null) return refuse(notThere(account, id));
  if (isOwnPolicy(arn)) {
    return refuse({ reason: "groundskeeper", detail: "it is one of Groundskeeper's own" });
  }
  // Policies that cannot be understood may be replaced by earlier ones.
  const held = one.ineligible.filter(({ reason }) => reason !== "malformed-policy");
  if (held.length > 0) return refuse(...held);
  const problem = boundaryReason(policy) ?? sharedReason(policy, others.length) ??
    versionReason(policy, number) ?? unclearReason(policy, number);
  if (problem) return refuse(problem);
  const known = { ...policy, document: policy.document };
  const wanted = versionId(number);
  if (policy.version === wanted) return { changes: [], spared: [] };
  const after = afterOf(known, number, policy.documents![wanted]!, evaluation);
  return { changes: [policyChange(one, known, after, gives(after, policy, wanted))], spared: [] };
}

function notThere(account: ObservedAccount | undefined, id: string): Failure {
  return {
    reason: "no-such-policy",
    detail: account
      ? "no role of the account has it, so that it is not known what it would grant to whom"
      : `account ${id} is none of those that are read`,
  };
}

function sharedReason({ attachments }: ManagedPolicy, others: number): Failure | null {
  if (attachments === 1 && others === 0) return null;
  const detail = `it is attached ${counted(Math.max(attachments, others + 1), "time")}, and a ` +
    "restore would grant to all of them";
  return { reason: "shared-policy", detail };
}

function versionReason(
  { versions, version, documents }: ManagedPolicy,
  number: number,
): Failure | null {
  const id = versionId(number);
  if (id === version || Object.hasOwn(documents ?? {}, id)) return null;
  if (documents === undefined && Object.hasOwn(versions, id)) {
    const detail = `what version ${id} says was not read: plan from AWS itself`;
    return { reason: "no-such-version", detail };
  }
  const known = Object.keys(versions).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)))
    .map((one) => one === version ? `${one} (in force)` : one).join(", ");
  return { reason: "no-such-version", detail: `IAM has no version ${id} of it; it has ${known}` };
}

/** A version is not restored if it cannot be said what it would grant. */
function unclearReason({ name, documents }: ManagedPolicy, number: number): Failure | null {
  const id = versionId(number);
  const [unclear] = readDocuments({ [name]: documents?.[id] ?? "" }).malformed;
  return unclear === undefined || !Object.hasOwn(documents ?? {}, id) ? null : {
    reason: "malformed-policy",
    detail: `it cannot be said what version ${id} would give: ${unclear}`,
  };
}

function afterOf(
  policy: ManagedPolicy & { readonly document: string },
  number: number,
  text: string,
  { universe }: Evaluation,
): PolicyAfter {
  const grants = (document: string) =>
    grantedBy(readDocuments({ [policy.name]: document }).documents, universe);
  return {
    kind: "restore",
    policies: { [policy.name]: text },
    ...restoredBy(grants(policy.document), grants(text)),
    version: number,
  };
}

function gives({ gained }: PolicyAfter, { versions }: ManagedPolicy, id: string): string {
  const what = whatIsGained(gained);
  return `version ${id} of ${(versions[id] ?? "an unknown day").slice(0, 10)} gives back ${what}`;
}
