import { type TextColumn, textTable, visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, dateText, percentText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { auditKeys, reportOnlyText } from "./names.ts";

const COLUMNS: readonly TextColumn[] = [
  { title: "account" },
  { title: "instances", align: "right" },
  { title: "compliant", align: "right" },
  { title: "in grace", align: "right" },
  { title: "violating", align: "right" },
  { title: "exempt", align: "right" },
  { title: "" },
];

/** The figures of each account, and why they are not of the whole account, or only reported. */
export function accountsText(plan: PlanDocument, style: TextStyle): string {
  const now = new Date(plan.as_of);
  const rows = auditKeys(plan).accounts.map((account) => {
    const reportOnly = reportOnlyText(account, (instant) => dateText(instant, now));
    return [
      visible(account.name),
      account.examined.toLocaleString("en"),
      percentText(account.compliant, account.examined),
      String(account.in_grace),
      String(account.violating),
      String(account.exempt),
      [
        ...(reportOnly ? [reportOnly] : []),
        ...unprovenNote(plan, account.account),
        ...(account.undecided > 0 ? [`${account.undecided} undecided`] : []),
        ...(account.doubtful > 0 ? [`${account.doubtful} in doubt`] : []),
      ].join(", "),
    ];
  });
  return textTable(COLUMNS, rows, style);
}

/** Beside figures that are not of the whole account. */
function unprovenNote(plan: PlanDocument, id: string): string[] {
  const count =
    plan.coverage.unproven.filter(({ account, region }) => account === id && region !== "global")
      .length;
  return count === 0 ? [] : [`${counted(count, "region")} not proven`];
}
