import type { RepoPlan } from "../repo_plan.ts";
import { type Sheet, type SheetColumns, sheetOf } from "../../core/report/sink.ts";
import { sumOf } from "../../core/sum_of.ts";
import { lostServices } from "./changes.ts";
import { accountName, type RoleEntry } from "./names.ts";

/** What a row says of a role, by the title of its column. */
const columnsOf = (plan: RepoPlan): SheetColumns<RoleEntry> => ({
  account: ({ account }) => account,
  account_name: ({ account }) => accountName(plan, account),
  role: ({ role }) => role,
  role_id: ({ role_id }) => role_id,
  arn: ({ arn }) => arn,
  created: ({ created }) => created,
  last_used: ({ last_used }) => last_used,
  evidence_of: ({ evidence }) => "reason" in evidence ? null : evidence.completed_at,
  evidence_missing: ({ evidence }) => "reason" in evidence ? evidence.detail : "",
  eligible: ({ ineligible }) => ineligible.length === 0 ? "yes" : "no",
  disqualified_by: ({ ineligible }) => ineligible.map(({ reason }) => reason).join(" "),
  reasons: ({ ineligible }) => ineligible.map(({ detail }) => detail).join("; "),
  mode: ({ mode }) => mode,
  permissions: ({ permissions }) => permissions,
  removable: ({ removable }) => removable,
  removable_services: (entry) => [...lostServices(entry).keys()].sort().join(" "),
  size_before: ({ size }) => size.before,
  size_after: ({ size }) => size.after,
  managed_policies: ({ managed }) => managed.map(({ arn }) => arn).join(" "),
  managed_unused: ({ managed }) => sumOf(managed, ({ unused }) => unused),
  unused: ({ unused }) => unused ? "yes" : "no",
  instance_profiles: ({ instance_profiles }) => instance_profiles.join(" "),
  notes: ({ notes }) => notes.join("; "),
});

/** One row for each role that was observed, for a spreadsheet. */
export function repoSheet(plan: RepoPlan): Sheet {
  return sheetOf(columnsOf(plan), plan.own.roles);
}
