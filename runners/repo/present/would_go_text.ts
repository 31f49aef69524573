import { visible } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { isEligible } from "./account_figures.ts";
import { byService, servicesText } from "./changes.ts";
import { LOSSES, restLine, tableLines } from "./losses_text.ts";
import { accountName, repoKeys, type RoleEntry } from "./names.ts";

/**
 * The roles whose permissions would go if they were not new, those that would lose most first: what
 * a first plan has to show, of which nothing can go yet. Empty where it is not known.
 */
export function wouldGoText(plan: PlanDocument, style: TextStyle): string {
  const rows = repoKeys(plan).roles.filter(isEligible).map((entry) => ({
    entry,
    actions: actionsThatWouldGo(entry),
  }))
    .filter(({ actions }) => actions.length > 0)
    .sort((a, b) => b.actions.length - a.actions.length);
  if (rows.length === 0) return "";
  return [
    ...tableLines(
      LOSSES,
      rows,
      ({ entry, actions }) => [
        visible(entry.role),
        visible(accountName(plan, entry.account)),
        actions.length.toLocaleString("en"),
        entry.permissions.toLocaleString("en"),
        visible(servicesText(byService(actions))),
      ],
      style,
    ),
    ...restLine(rows.length, null, style),
  ].join("\n");
}

function actionsThatWouldGo({ keeps }: RoleEntry): string[] {
  return keeps.flatMap(({ reason, otherwise, actions }) =>
    reason === "new-permission" && (otherwise ?? null) !== null ? actions : []
  );
}
