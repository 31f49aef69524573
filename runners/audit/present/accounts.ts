import { counted, dateText, percentText } from "../../core/cli/words.ts";
import type { PageSection } from "../../core/report/page.ts";
import { SHOWN, tableRows } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { AuditAccount } from "../findings.ts";
import { reportOnlyText } from "./names.ts";

/**
 * The figures of each account, with why they are not of the whole account, or only reported. Of many
 * accounts those that need attention come first.
 */
export function accountsSection(plan: AuditPlan): PageSection {
  const date = (instant: Date) => dateText(instant, new Date(plan.as_of));
  const regions = Map.groupBy(
    plan.coverage.unproven.filter(({ region }) => region !== "global"),
    ({ account }) => account,
  );
  const unproven = new Set(plan.coverage.unproven.map(({ account }) => account));
  const { accounts } = plan.own;
  const urgency = ({ account, violating }: AuditAccount) =>
    violating + (unproven.has(account) ? plan.totals.examined : 0);
  const sorted = accounts.length > SHOWN
    ? [...accounts].sort((a, b) => urgency(b) - urgency(a))
    : accounts;
  return {
    title: "Accounts",
    empty: "No account was looked at.",
    columns: [
      "Account",
      { title: "ID", on: "page" },
      "Instances",
      { title: "Compliant", align: "right" },
      "In grace",
      "Violating",
      "Exempt",
      { title: "", on: "terminal" },
      { title: "Enforced", on: "page" },
    ],
    ...tableRows(sorted, (one) => {
      const unread = regions.get(one.account)?.length ?? 0;
      const reportOnly = reportOnlyText(one, date);
      return {
        cells: [
          one.name,
          one.account,
          one.examined,
          percentText(one.compliant, one.examined),
          one.in_grace,
          one.violating,
          one.exempt,
          [
            ...(reportOnly ? [reportOnly] : []),
            ...(unread === 0 ? [] : [`${counted(unread, "region")} not proven`]),
            ...(one.undecided > 0 ? [`${one.undecided} undecided`] : []),
            ...(one.doubtful > 0 ? [`${one.doubtful} in doubt`] : []),
          ],
          reportOnly ?? "yes",
        ],
        ...(unproven.has(one.account) ? { tone: "unproven" } : {}),
      };
    }),
  };
}
