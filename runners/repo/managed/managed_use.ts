import { grantedBy } from "../policy/granted.ts";
import { parsePolicy, type PolicyDocument } from "../policy/document.ts";
import { MalformedPolicyError } from "../policy/malformed.ts";
import { decideOf, type Survey, type SurveyedRole } from "../survey_role.ts";
import type { ManagedUse, PolicyEdit } from "../tell/names.ts";

/**
 * What is unused of the managed policies that are attached to a role. They are shown: who else they
 * are attached to may well use what this role does not. A policy whose text is not known, or cannot
 * be understood, is left out.
 */
export function managedUses(
  { account, role }: SurveyedRole,
  survey: Survey,
  proposals: ReadonlyMap<string, PolicyEdit> = new Map(),
): ManagedUse[] {
  return role.attached.flatMap((arn) => {
    const policy = account.managed[arn];
    const document = policy?.document ? readOrNull(policy.document, policy.name) : null;
    if (!policy || !document) return [];
    const granted = grantedBy([document], survey.universe);
    const { groups, removed } = decideOf(granted, role, account, survey);
    const unused = groups.filter(({ ruling }) => ruling.verdict === "remove");
    return [{
      arn,
      attachments: policy.attachments,
      permissions: granted.actions.size + granted.unknown.length,
      unused: removed.size,
      unused_services: [...new Set(unused.map(({ ruling }) => ruling.service))].sort(),
      ...(proposals.has(arn) ? { proposal: proposals.get(arn)! } : {}),
    }];
  });
}

function readOrNull(text: string, name: string): PolicyDocument | null {
  try {
    return parsePolicy(text, name);
  } catch (error) {
    if (error instanceof MalformedPolicyError) return null;
    throw error;
  }
}
