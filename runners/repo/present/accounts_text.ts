import { type TextColumn, textTable, visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted, percentText } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { type AccountFigures, accountFigures } from "./account_figures.ts";

/** How many accounts have a line of their own. */
const NAMED = 20;

const COLUMNS: readonly TextColumn[] = [
  { title: "account" },
  { title: "roles", align: "right" },
  { title: "eligible", align: "right" },
  { title: "permissions", align: "right" },
  { title: "removable", align: "right" },
  { title: "" },
];

/** The figures of each account, and those of the rest together. Unread accounts have none. */
export function accountsText(plan: PlanDocument, style: TextStyle): string {
  const all = accountFigures(plan);
  if (all.length === 0) return "";
  const most = [...all].sort((a, b) => b.removable - a.removable).slice(0, NAMED);
  const named = all.filter((one) => most.includes(one));
  const rest = all.filter((one) => !most.includes(one));
  const sum = (key: "roles" | "removable") =>
    rest.reduce((total, one) => total + one[key], 0).toLocaleString("en");
  return [
    textTable(COLUMNS, named.map(row), style),
    ...(rest.length === 0 ? [] : wrapText(
      `and ${counted(rest.length, "account")} more, with ${sum("removable")} removable in ` +
        `${sum("roles")} roles; --json has them all`,
      style.width,
      "  ",
    )),
  ].join("\n");
}

function row(one: AccountFigures): string[] {
  const name = visible(one.name);
  if (one.unread !== null && one.roles === 0) return [name, "-", "-", "-", "-", "not read"];
  const { roles, eligible, permissions, removable } = one;
  const notes = [
    ...(permissions === 0 ? [] : [percentText(removable, permissions)]),
    ...(one.unused === 0 ? [] : [`nobody uses ${counted(one.unused, "role")}`]),
    ...(one.unread === null ? [] : ["read in part"]),
  ];
  return [
    name,
    ...[roles, eligible, permissions, removable].map((count) => count.toLocaleString("en")),
    notes.join(", "),
  ];
}
