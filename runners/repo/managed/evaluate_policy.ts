import type { ManagedPolicy } from "../observed.ts";
import { grantedBy } from "../policy/granted.ts";
import { decideOf, type EvaluatedRole, type Evaluation, readDocuments } from "../evaluate_role.ts";

/**
 * Judges what of a managed policy its one role does not use: as a role whose only policy it is.
 * What is new of it is judged apart. A text that cannot be understood makes it ineligible.
 */
export function evaluatePolicy(
  evaluated: EvaluatedRole,
  policy: ManagedPolicy & { readonly document: string },
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
