import type { Explaining } from "../repo_plan.ts";
import { readAction } from "../../core/aws/action.ts";
import type { JournalEntry } from "../../core/journal/entry.ts";
import type { RoleReference } from "../config.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { parseRoleReference } from "../role_reference.ts";
import { nameOfArn } from "./changes.ts";
import type { RoleEntry } from "./names.ts";

/** What `explain` is asked about: a role, and perhaps an action or a pattern of actions of it. */
type Subject = {
  readonly role: RoleReference;
  /** `sqs:SendMessage`, `sqs:*`; null: the complete role. */
  readonly action: string | null;
};

/** A role that was found: in the plan, and as it was observed. */
export type Found = Explaining & {
  readonly entry: RoleEntry;
  readonly role: ObservedRole;
  readonly account: ObservedAccount;
};

/**
 * Reads a role, or a role and an action with a space between them. A service alone stands for all
 * its actions.
 *
 * @throws UsageError if it is none
 */
export function parseSubject(text: string): Subject {
  const [reference = "", ...rest] = text.trim().split(/\s+/);
  const role = parseRoleReference(reference);
  if (rest.length === 0) return { role, action: null };
  const action = rest.join(" ");
  const isServices = /^[^:]+$/.test(action) && /[*?]/.test(action) && action !== "*";
  return { role, action: readAction(isServices ? `${action}:*` : action, "subject", "explain") };
}

/** Whether an entry of the journal is about the role of a subject. */
export function isAbout(subject: string, entry: Pick<JournalEntry, "account" | "target">): boolean {
  const { role } = parseSubject(subject);
  return entry.account === role.account && nameOfArn(entry.target) === role.name;
}
