import { wrapText } from "../../core/cli/table.ts";
import type { Json } from "../../core/json.ts";
import type { Explanation, Job } from "../../core/job.ts";
import type { Place } from "../../core/plan/change.ts";
import { spelled } from "../catalogue/spelling.ts";
import type { RepoSettings } from "../config.ts";
import type { Observed, ObservedAccount, ObservedRole } from "../observed.ts";
import type { Earlier } from "../planning.ts";
import { deniedText } from "./denied_text.ts";
import { explainAction } from "./explain_action.ts";
import { explainRole } from "./explain_role.ts";
import { parseSubject } from "./explain_subject.ts";
import { repoKeys, type RoleEntry } from "./names.ts";
import { roleHead } from "./role_text.ts";

export type Explaining = Parameters<Job<RepoSettings, Observed, Earlier>["explain"]>[0];

/** A role that was found: in the plan, and as it was observed. */
export type Found = Explaining & {
  readonly entry: RoleEntry;
  readonly role: ObservedRole;
  readonly account: ObservedAccount;
};

/**
 * The account of a role that is asked about.
 *
 * @throws UsageError when the subject is none of the job's
 */
export function locate(subject: string, _earlier: Earlier): Partial<Place> {
  return { account: parseSubject(subject).role.account };
}

/** Says of a role, or of one of its actions, what was seen, how it is judged and why. */
export function explain(explaining: Explaining): Explanation | null {
  const { role: reference, action } = parseSubject(explaining.subject);
  const entry = repoKeys(explaining.plan).roles.find(({ account, role }) =>
    account === reference.account && role === reference.name
  );
  const account = explaining.planning.observed.accounts.find(({ id }) => id === reference.account);
  const role = account?.roles.find(({ arn }) => arn === entry?.arn);
  if (!entry || !account || !role) return null;
  const found = { ...explaining, entry, role, account };
  const told = action === null ? explainRole(found) : explainAction(found, spelled(action));
  const { style, plan, command } = explaining;
  const head = [roleHead(entry, plan, style), ...wrapText(entry.arn, style.width)].join("\n");
  const denied = deniedText(plan, command, style);
  const keys = repoKeys(plan);
  return {
    text: [head, ...(denied === "" ? [] : [denied]), told.text].join("\n\n") + "\n",
    json: {
      ...told.json,
      denied: keys.denied as unknown as Json,
      watch: keys.watch as unknown as Json,
    },
  };
}
