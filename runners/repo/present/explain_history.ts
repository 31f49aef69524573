import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import { type JournalEntry, mayHaveEffect } from "../../core/journal/entry.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Section, Words } from "../../core/text/sections.ts";
import type { PolicyVersion } from "../planning.ts";
import { journalChange, kindOf } from "../change/repo_change.ts";
import { isGiveBack, nameOfArn, roleChanges, versionText } from "./changes.ts";
import { undoing } from "../flags.ts";
import { type Found, isAbout } from "./explain_subject.ts";
import { roleReference } from "./names.ts";

/** Something that happened to a role. */
type Happened = {
  readonly at: string;
  readonly what: string;
  readonly run_id: string | null;
};

/** The history of a role: what was written, and which versions were seen; oldest first. */
export function historyOf({ planning, journal, entry, plan, subject }: Found): Happened[] {
  const versions = planning.earlier.versions.get(entry.role_id) ?? [];
  const entries = journal.filter((one) =>
    one.before["role_id"] === entry.role_id ||
    (one.before["role_id"] === undefined && isAbout(subject, one))
  );
  const runs = new Set(entries.map(({ run_id }) => run_id));
  return [
    ...entries.map((one): Happened => ({
      at: one.intended_at,
      what: changeText(one, plan),
      run_id: one.run_id,
    })),
    ...versions.filter(({ run_id }) => run_id === null || !runs.has(run_id))
      .map((version): Happened => ({
        at: version.discovered,
        what: `version ${version.seq} seen: ${SOURCES[version.source]}`,
        run_id: version.run_id,
      })),
  ].sort((a, b) => compareText(a.at, b.at));
}

const SOURCES: Readonly<Record<PolicyVersion["source"], string>> = {
  Scan: "first scan",
  Repo: "permissions removed here",
  ManualPermissionRepo: "permissions removed by name",
  Restore: "restored here",
  External: "changed by somebody else",
};

function changeText(entry: JournalEntry, plan: Found["plan"]): string {
  const [one] = roleChanges([journalChange(entry)], plan);
  if (!one) return `stamp: ${entry.outcome ?? "not known yet"}`;
  const { kind, removed, managed, change: { after } } = one;
  const of = managed === null ? "" : `managed policy ${nameOfArn(managed)}: `;
  const what = of +
    (kind === "restore"
      ? (isGiveBack(one) ? "" : `restore of version ${versionText(one)}, `) +
        `${counted(after.gained.length, "permission")} given back`
      : `removal of ${counted(removed, "permission")}` + (kind === "remove" ? " by name" : ""));
  return [
    `${what}: ${entry.outcome ?? "not known yet"}`,
    ...(entry.error ? [entry.error.message] : []),
  ].join(": ");
}

/** How many events are told: the last ones. */
const TOLD = 20;

/** The history for people, each instant exact and relative. */
export function historySection(happened: readonly Happened[], now: Date): Section {
  const left = happened.length - TOLD;
  const told = happened.slice(-TOLD).map(({ at, what, run_id }): Words => [
    dayText(new Date(at), now),
    [what, ...(run_id === null ? [] : [`run ${run_id}`]), `(${relativeText(new Date(at), now)})`]
      .join("   "),
  ]);
  return [
    "history",
    left > 0 ? { items: [{ name: `${left} earlier; --json has them all` }] } : "",
    happened.length === 0
      ? { items: [{ name: "nothing was ever done to it, and no version of it is stored" }] }
      : { facts: told },
  ];
}

/** The commands that take back the last change of a role. */
type WaysBack = {
  /** Of this role alone. */
  readonly role: string;
  /** Of all roles of its run; null: nothing of it can be taken back. */
  readonly run: string | null;
};

/** The commands that take back the last change; null: there is none to take back. */
export function waysBack(found: Found): WaysBack | null {
  const last = lastChange(found);
  // A restore is not taken back.
  if (!last || last.after["kind"] === "restore") return null;
  const undo = undoing(last.run_id, [last]);
  return { role: restoreCommand(found, last), run: undo && found.command(...undo.words) };
}

/** The last change of a role or of its managed policies that was not taken back since. */
function lastChange({ journal, entry }: Found): JournalEntry | undefined {
  const own = journal.filter((one) =>
    one.before["role_id"] === entry.role_id && mayHaveEffect(one)
  );
  return own.filter((one) => one.after["kind"] !== "stamp" && !hadNoEffect(one, own))
    .sort((a, b) => compareText(b.intended_at, a.intended_at))[0];
}

function restoreCommand({ planning, entry, command }: Found, last: JournalEntry): string {
  if (kindOf(last) === "managed") {
    const version = String(last.before["version"]);
    return command("repo apply", "--restore", version, "--policy", last.target);
  }
  const versions = planning.earlier.versions.get(entry.role_id) ?? [];
  const written = versions.find(({ run_id }) => run_id === last.run_id);
  const before = written &&
    versions.filter(({ seq }) => seq < written.seq).map(({ seq }) => seq).sort((a, b) => b - a)[0];
  const role = roleReference(entry);
  return before === undefined
    ? command("repo versions", role)
    : command("repo apply", "--restore", String(before), "--role", role);
}

/** Whether a later restore of the same role or policy has taken it back. */
function hadNoEffect({ target, intended_at }: JournalEntry, own: readonly JournalEntry[]): boolean {
  return own.some((one) =>
    one.target === target && one.after["kind"] === "restore" && one.outcome === "done" &&
    one.intended_at > intended_at
  );
}
