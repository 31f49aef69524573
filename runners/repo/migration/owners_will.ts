import type { NextCommand } from "../../core/cli/next_command.ts";
import { counted } from "../../core/cli/words.ts";
import type { Store } from "../../core/store/store.ts";
import type { OptOut, RoleKey, RoleRow } from "../planning.ts";
import { parseRoleReference } from "../role_reference.ts";
import { findOptOut, isOptedOut } from "../inventory/opt_outs.ts";
import { dayOf, type RepokidItem } from "./repokid_table.ts";
import { findRole } from "../inventory/role_state.ts";
import { OPT_OUTS, UNKNOWN_ACCOUNT } from "../inventory/rows.ts";

/** Something of Repokid's table that was not imported. */
export type Unimported = {
  readonly role_id: string | null;
  /** `ACCOUNT/NAME`; null: it is not known. */
  readonly role: string | null;
  /** A sentence for people: what it is, and what to do. */
  readonly problem: string;
  /** A command that does the same here; null: there is none. */
  readonly command: string | null;
};

/** What became of an owner's wishes. */
type ImportedWill = {
  readonly optOut: "imported" | "there" | null;
  readonly problems: readonly Unimported[];
};

/** The roles of the inventory, by ID. */
export type KnownRoles = ReadonlyMap<string, Pick<RoleRow, "account" | "name">>;

/** The account of an item's role, if the inventory knows it. What the item says is only said. */
export function accountOf({ roleId }: Pick<RepokidItem, "roleId">, known: KnownRoles): string {
  return known.get(roleId ?? "")?.account ?? UNKNOWN_ACCOUNT;
}

/**
 * Stores an item's opt-out as one of this job's own, and lists what cannot be imported: permissions
 * that must stay, schedules, and what could not be read. A role that the inventory does not know
 * yet is opted out, too: IAM never gives its ID a second time.
 */
export async function importOwnersWill(
  store: Store,
  item: RepokidItem,
  { now, command, known }: {
    readonly now: Date;
    readonly command: NextCommand;
    readonly known: KnownRoles;
  },
): Promise<ImportedWill> {
  const row = known.get(item.roleId ?? "");
  const role = item.role ?? (row ? `${row.account}/${row.name}` : null);
  const list = (problem: string, verb: string | null = null, words: string[] = []): Unimported => ({
    role_id: item.roleId,
    role,
    problem,
    command: verb && role !== null ? command(verb, ...words) : null,
  });
  const listOptOut = (problem: string, { owner, reason, until }: Omit<OptOut, "at">) =>
    list(problem, "repo opt-out", [
      ...[role ?? "", "--owner", owner],
      ...["--reason", reason, "--until", until],
    ]);
  const problems = item.problems.map((problem) => list(problem));
  problems.push(...await strangers(store, item, row, list));
  const { optOut } = item;
  let became: ImportedWill["optOut"] = null;
  if (optOut !== null && "unreadable" in optOut) {
    problems.push(listOptOut(
      `Its opt-out was not imported: OptOut is ${optOut.unreadable}, and has no instant "expire"`,
      NOBODY,
    ));
  } else if (optOut !== null && item.roleId !== null) {
    const role = { account: accountOf(item, known), role_id: item.roleId };
    const before = await storeOptOut(store, role, { ...optOut, at: now.toISOString() });
    became = before === null ? "imported" : "there";
    if (before !== null && before.until < optOut.until) {
      problems.push(list(
        `It is opted out here until the end of ${before.until} by ${before.owner}, and in Repokid's ` +
          `table until the end of ${optOut.until} by ${optOut.owner}. The one here was kept. Take ` +
          "it back with opt-out --remove, and import again, if the other one is right",
      ));
      became = null;
    }
  } else if (optOut !== null) {
    problems.push(listOptOut("Its opt-out was not imported: nobody knows of which role", optOut));
  }
  if (item.kept.length > 0) {
    problems.push(listOptOut(keptText(item.kept), untilOf(item.kept)));
  }
  if (item.scheduled !== null) {
    problems.push(list(scheduledText(item.scheduled), "repo schedule", ["--role", role ?? ""]));
  }
  return { optOut: became, problems };
}

/** What the person must fill in. */
const NOBODY = { owner: "NAME", reason: "TEXT", until: "YYYY-MM-DD" };

/** Keeps an opt-out that is there, unless it is over. @returns it, or null: this one was stored */
async function storeOptOut(store: Store, role: RoleKey, optOut: OptOut): Promise<OptOut | null> {
  for (;;) {
    const before = await findOptOut(store, role);
    if (before && isOptedOut(before.value, new Date(optOut.at))) return before.value;
    const rows = before?.rows ?? OPT_OUTS.of(role.account);
    const write = rows.write(role.role_id, optOut, before?.revision ?? "absent");
    if ((await store.write([write])).written) return null;
  }
}

/** What to say if the inventory has another role of this name, or another name for this ID. */
async function strangers(
  store: Store,
  { roleId, role: said }: RepokidItem,
  row: Pick<RoleRow, "account" | "name"> | undefined,
  list: (problem: string, verb: string, words: string[]) => Unimported,
): Promise<Unimported[]> {
  if (said === null || roleId === null) return [];
  if (row && `${row.account}/${row.name}`.toLowerCase() !== said.toLowerCase()) {
    return [list(`The inventory knows its ID as ${row.account}/${row.name}`, "repo role", [said])];
  }
  const named = row || !isRole(said) ? undefined : await findRole(store, parseRoleReference(said));
  return named && named.role_id !== roleId
    ? [list(
      "The role was deleted and made again since. What the table says is of the old one, and " +
        "does not hold for the role of today",
      "repo role",
      [said],
    )]
    : [];
}

function isRole(text: string): boolean {
  return /^\d{12}\/[\w+=,.@-]{1,64}$/.test(text);
}

function keptText(kept: RepokidItem["kept"]): string {
  const each = kept.map(({ permission, until }) =>
    `${permission} until ${until === null ? "an instant that cannot be read" : dayOf(until)}`
  );
  return `${counted(kept.length, "permission")} must stay (NoRepoPermissions): ` +
    `${each.join(", ")}. Add what must stay to repo.pinned, which holds for all roles, or ` +
    "opt the role out";
}

/** As an opt-out: until the last of them ends. */
function untilOf(kept: RepokidItem["kept"]): Omit<OptOut, "at"> {
  const ends = kept.map(({ until }) => until);
  const last = ends.includes(null)
    ? NOBODY.until
    : dayOf(ends.reduce((a, b) => (a! > b! ? a : b))!);
  return { ...NOBODY, reason: "Repokid's NoRepoPermissions", until: last };
}

function scheduledText({ due, permissions }: NonNullable<RepokidItem["scheduled"]>): string {
  const what = permissions.length === 0 ? "something" : permissions.join(", ");
  const when = due === null ? "at an instant that cannot be read" : `on ${dayOf(due)}`;
  return `Repokid was to remove ${what} ${when}. Nothing is scheduled here by that: schedule it ` +
    "again, from the evidence of today";
}
