import type { ManagedPolicy } from "../observed.ts";
import { grantedBy } from "../policy/granted.ts";
import { decideOf, readDocuments, type Survey, type SurveyedRole } from "../survey_role.ts";

/**
 * Judges what of a managed policy its one role does not use: as a role whose only policy it is.
 * What is new of it is judged apart. A text that cannot be understood makes it ineligible.
 */
export function surveyPolicy(
  surveyed: SurveyedRole,
  policy: ManagedPolicy & { readonly document: string },
  survey: Survey,
): SurveyedRole {
  const { account, role } = surveyed;
  const { documents, malformed } = readDocuments({ [policy.name]: policy.document });
  const granted = grantedBy(documents, survey.universe);
  return {
    ...surveyed,
    documents,
    granted,
    decided: decideOf(granted, role, account, survey),
    unprotected: null,
    ineligible: malformed.map((detail) => ({ reason: "malformed-policy", detail })),
    notes: [],
  };
}
