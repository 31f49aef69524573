import { counted, relativeText } from "../../core/cli/words.ts";
import type { Json } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Sheet } from "../../core/report/sink.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { currentRows } from "../inventory/role_state.ts";
import type { RoleRow } from "../planning.ts";
import { answer, type Answering, SHOWN, type VerbAnswer } from "./answer.ts";
import { accountNames, ageText, inventoryAge } from "./inventory_age.ts";
import { typed } from "./known_role.ts";

/** What `repo roles` is asked for. */
type RolesQuestion = {
  /** Only these accounts; null: all. */
  readonly accounts: readonly string[] | null;
  /** The accounts that are configured; null where they are not known by name. */
  readonly configured: readonly string[] | null;
  /** Also roles that are no longer there. */
  readonly inactive: boolean;
};

/** `repo roles`: the roles of the inventory, those that could lose most first; a sheet for `--csv`. */
export async function rolesVerb(
  store: ReadStore,
  { accounts, configured, inactive }: RolesQuestion,
  answering: Answering,
): Promise<VerbAnswer & { readonly sheet: Sheet }> {
  const all = await Array.fromAsync(currentRows(store, accounts));
  const rows = all.filter(({ active }) => active || inactive).sort(mostRemovableFirst);
  const age = await inventoryAge(store, accounts ?? configured);
  const nameOf = await accountNames(store);
  const { now, command } = answering;
  const there = rows.filter(({ active }) => active);
  const sum = (key: "permissions" | "removable") =>
    there.reduce((total, row) => total + row[key], 0);
  const eligible = there.filter(({ disqualified_by }) => disqualified_by.length === 0);
  const left = all.length - rows.length;
  const first = eligible.find(({ removable }) => removable > 0);
  return {
    ...answer(
      [
        ...ageText(age, answering),
        rows.length === 0 ? [] : [{
          heading:
            `${counted(there.length, "role")}: ${sum("removable").toLocaleString("en")} of ` +
            `${counted(sum("permissions"), "permission")} removable, if all roles were eligible ` +
            `(${eligible.length.toLocaleString("en")} ${eligible.length === 1 ? "is" : "are"})` +
            (left === 0
              ? ""
              : `; ${left.toLocaleString("en")} more are no longer there (--inactive)`),
        }],
        // Repokid's columns, in this project's words; the account is new, and a name stands for a path.
        [{
          columns: [
            "name",
            "account",
            "removable",
            "of",
            "last removal",
            "left alone by",
            "unused services",
          ],
          rows: rows.map((row) => [
            row.name,
            nameOf(row.account),
            row.removable,
            row.permissions,
            row.repoed === null ? "-" : relativeText(new Date(row.repoed), now),
            row.active ? row.disqualified_by.join(", ") : "it is gone",
            servicesText(row.removable_services),
          ]),
          show: SHOWN,
          rest: "--csv FILE and --json have them all",
        }],
        [
          first
            ? {
              next: "To see what one would lose:",
              command: command("repo plan", "--role", typed(first)),
            }
            : "",
        ],
      ],
      { refreshed: age.refreshed, never: age.never, roles: rows } as unknown as Json,
    ),
    sheet: { columns: SHEET, rows: rows.map(sheetRow) },
  };
}

/** How many services are named; the CSV and --json have all. */
const NAMED = 8;

/** A service of which a part is unused stands for its actions. */
function servicesText(removable: readonly string[]): string {
  const services = [...new Set(removable.map((one) => one.split(":")[0]!))];
  const left = services.length - NAMED;
  return services.slice(0, NAMED).join(", ") +
    (left > 0 ? `, and ${left.toLocaleString("en")} more` : "");
}

function mostRemovableFirst(a: RoleRow, b: RoleRow): number {
  return b.removable - a.removable || compareText(a.name, b.name) ||
    b.permissions - a.permissions || compareText(a.arn, b.arn);
}

const SHEET = [
  "Name",
  "Account",
  "Arn",
  "Active",
  "Refreshed",
  "Disqualified By",
  "Can be repoed",
  "Permissions",
  "Repoable",
  "Repoed",
  "Services",
] as const;

function sheetRow(row: RoleRow): (string | number | null)[] {
  return [
    row.name,
    row.account,
    row.arn,
    String(row.active),
    row.refreshed,
    row.disqualified_by.join("; "),
    String(row.disqualified_by.length === 0),
    row.permissions,
    row.removable,
    row.repoed ?? "Never",
    row.removable_services.join("; "),
  ];
}
