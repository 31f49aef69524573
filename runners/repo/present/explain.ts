import type { Explaining } from "../repo_plan.ts";
import type { Explanation } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import { spelled } from "../catalogue/spelling.ts";
import { deniedText } from "./denied.ts";
import { explainAction } from "./explain_action.ts";
import { explainRole } from "./explain_role.ts";
import { parseSubject } from "./explain_subject.ts";
import { isEligible } from "./figures.ts";
import { roleReference } from "./names.ts";
import { roleHead } from "./role_text.ts";

/**
 * The account of the role in a subject.
 *
 * @throws UsageError if it is no subject of this job
 */
export function locate(subject: string): Partial<Place> {
  return { account: parseSubject(subject).role.account };
}

/** Says of a role, or of one of its actions, what was seen, how it is judged and why. */
export function explain(explaining: Explaining): Explanation | null {
  const { plan, planning, command } = explaining;
  const { role: reference, action } = parseSubject(explaining.subject);
  const { roles, denied, watch } = plan.own;
  const entry = roles.find(({ account, role }) =>
    account === reference.account && role === reference.name
  );
  const account = planning.observed.of(reference.account);
  const role = account?.roles.find(({ arn }) => arn === entry?.arn);
  if (!entry || !account || !role) return null;
  const found = { ...explaining, entry, role, account };
  const told = action === null ? explainRole(found) : explainAction(found, spelled(action));
  return {
    text: [[roleHead(entry, plan), entry.arn], ...deniedText(plan, command), ...told.text],
    json: {
      role: roleReference(entry),
      arn: entry.arn,
      eligible: isEligible(entry),
      ineligible: entry.ineligible,
      ...told.json,
      denied,
      watch,
    },
  };
}
