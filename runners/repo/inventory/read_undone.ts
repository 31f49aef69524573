import pLimit from "p-limit";
import { counted, fewText } from "../../core/cli/words.ts";
import { DAY_MS } from "../../core/duration.ts";
import { type Help, UsageError } from "../../core/errors.ts";
import { type JournalEntry, mayHaveEffect } from "../../core/journal/entry.ts";
import { journalOfRun, journalOfTarget } from "../../core/journal/journal.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { samePolicies } from "../change/live_policies.ts";
import {
  type ChangeOf,
  journalChange,
  kindOf,
  type Policies,
  policiesAfter,
  roleNameOf,
} from "../change/repo_change.ts";
import type { RoleReference } from "../config.ts";
import { findRun } from "../flags.ts";
import type { Failure } from "../observed.ts";
import type { PolicyVersion, UndoneChange, UndoneRun } from "../planning.ts";
import { isReferredTo } from "../role_reference.ts";
import { readPolicies, versionBefore } from "./versions.ts";

/** How many roles are read at once: a store may be far away. */
const AT_ONCE = 20;

/** To what a restore of a run is narrowed. */
export type UndoneScope = {
  /** The IDs of the accounts that are read. */
  readonly accounts: readonly string[];
  /** The IDs of the accounts that the person has named; empty: all. */
  readonly named: readonly string[];
  /** The roles that the person has named; null: all. */
  readonly roles: readonly RoleReference[] | null;
  readonly now: Date;
};

/**
 * What a run did to policies, from the journal.
 *
 * @throws UsageError if the run has changed nothing that can be restored, or nothing of what it is
 * narrowed to
 */
export async function readUndone(
  store: ReadStore,
  runId: string,
  scope: UndoneScope,
): Promise<UndoneRun> {
  const all = (await journalOfRun(store, "repo", runId)).filter(isOfPolicies);
  refuseWithoutChange(runId, all, scope.now);
  const inside = all.filter(({ account }) =>
    scope.named.length === 0 || scope.named.includes(account)
  );
  refuseOutside(runId, inside, scope);
  const { roles } = scope;
  const entries = inside.filter((entry) =>
    roles === null || isReferredTo(roles, entry.account, roleNameOf(entry))
  );
  const changes = await pLimit(AT_ONCE).map(entries, (entry) => undoneChange(store, entry));
  return { run_id: runId, changes };
}

function isOfPolicies(entry: JournalEntry): boolean {
  const kind = kindOf(entry);
  return kind === "inline" || kind === "managed";
}

/** @throws UsageError if the run is not known, or did nothing that a restore takes back */
function refuseWithoutChange(runId: string, entries: readonly JournalEntry[], now: Date): void {
  const since = new Date(now.getTime() - SINCE_MS).toISOString().slice(0, "2026-11-20".length);
  const find = findRun(since);
  const see: Help = { sentence: "To see what it did", words: ["changes", "--run", runId] };
  if (entries.length === 0) {
    throw new UsageError(
      `--restore-run: the journal of repo has no change of run ${runId}: it changed nothing, or ` +
        "it is unknown, or of another job",
      { help: find },
    );
  }
  if (!entries.some(mayStandInPart)) {
    throw new UsageError(
      `--restore-run: run ${runId} changed nothing: ${counted(entries.length, "change")} failed ` +
        "or had no effect",
      { help: [see, ...find] },
    );
  }
  if (entries.every(({ after }) => after["kind"] === "restore")) {
    throw new UsageError(
      `--restore-run: run ${runId} is a restore itself. To take it back would remove permissions ` +
        "without any evidence that they are unused: let a plan decide by evidence, or name them " +
        "with --remove",
      { help: [see] },
    );
  }
}

/** How far back a person is told to look for the run. */
const SINCE_MS = 7 * DAY_MS;

/** @throws UsageError if the run changed nothing there: a wrong name must not read as "restored" */
function refuseOutside(
  runId: string,
  inside: readonly JournalEntry[],
  { accounts, named, roles }: UndoneScope,
): void {
  const help: Help[] = [{ sentence: "To see what it did", words: ["changes", "--run", runId] }];
  if (inside.length === 0) {
    throw new UsageError(
      `--restore-run: run ${runId} changed no role of ${named.join(", ")}`,
      { help },
    );
  }
  if (!inside.some(({ account }) => accounts.includes(account))) {
    const where = [...new Set(inside.map(({ account }) => account))].sort();
    throw new UsageError(
      `--restore-run: the roles that run ${runId} changed are of ${fewText(where, 5)} alone, ` +
        "and this run reads none of these accounts. See organization.accounts and --account",
      { help },
    );
  }
  const other = (roles ?? []).filter((role) =>
    !inside.some((entry) => isReferredTo([role], entry.account, roleNameOf(entry)))
  );
  if (other.length > 0) {
    const names = other.map(({ account, name }) => `${account}/${name}`);
    throw new UsageError(
      `--restore-run: run ${runId} did not change ${fewText(names, 20)}`,
      { help },
    );
  }
}

/** Whether a change was made, or may have been: in part, if its run died in the middle. */
function mayStandInPart(entry: JournalEntry): boolean {
  return mayHaveEffect(entry) || entry.outcome === null || entry.error?.code === "interrupted";
}

async function undoneChange(store: ReadStore, entry: JournalEntry): Promise<UndoneChange> {
  // Other kinds were left out.
  const change = journalChange(entry) as ChangeOf<"inline" | "managed">;
  const { account, target, before, after } = change;
  return {
    account,
    target,
    role_id: before.role_id,
    role: roleNameOf(change),
    managed: "version" in before ? before.version : null,
    before: before.policies,
    after: policiesAfter(after),
    outcome: entry.outcome,
    error: entry.error?.message ?? null,
    version: await versionOf(store, change, entry),
    later: await laterOf(store, change, entry),
  };
}

/**
 * The version before a change, with the texts that the change has found. The store knows it by its
 * hash: a journal that says something else restores nothing.
 */
async function versionOf(
  store: ReadStore,
  { kind, account, before: { role_id, policies } }: ChangeOf<"inline" | "managed">,
  { intended_at }: JournalEntry,
): Promise<PolicyVersion | Failure> {
  if (kind === "managed") {
    return { reason: "no-such-version", detail: "IAM itself keeps the versions of a policy" };
  }
  const role = { account, role_id };
  const version = await versionBefore(store, role, policies, intended_at);
  if (!version) {
    const detail = "the store has no version of it as that run has found it";
    return { reason: "no-such-version", detail };
  }
  return await readPolicies(store, role, version.hash) ? { ...version, policies } : {
    reason: "version-damaged",
    detail: `what the store holds of version ${version.seq} is not what was read from AWS: its ` +
      "hash is another one",
  };
}

/** The last change of the same role or policy after this one that had an effect, or may have had. */
async function laterOf(
  store: ReadStore,
  { kind, before: { role_id }, after }: ChangeOf<"inline" | "managed">,
  entry: JournalEntry,
): Promise<UndoneChange["later"]> {
  const own = (await journalOfTarget(store, "repo", entry)).filter((one) =>
    one.run_id !== entry.run_id && one.intended_at > entry.intended_at && isOfPolicies(one) &&
    kindOf(one) === kind && one.before["role_id"] === role_id && mayStandInPart(one)
  );
  const last = own.at(-1);
  return last
    ? {
      run_id: last.run_id,
      isRestore: last.after["kind"] === "restore",
      left: leftByRestores(policiesAfter(after), own),
    }
    : null;
}

/**
 * What restores have left of policies; null: one did not find what the one before it had left, so
 * that somebody else has changed them between, or not all of these are restores that were made.
 */
function leftByRestores(policies: Policies, entries: readonly JournalEntry[]): Policies | null {
  let left = policies;
  for (const entry of entries) {
    const { before, after } = journalChange(entry) as ChangeOf<"inline" | "managed">;
    const isNext = entry.outcome === "done" && after.kind === "restore";
    if (!isNext || !samePolicies(before.policies, left)) return null;
    left = policiesAfter(after);
  }
  return left;
}
