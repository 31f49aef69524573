import { isWithin } from "../../core/run/apply/narrow.ts";
import type { RunOptions } from "../../core/run/context.ts";
import { recordedOf } from "../../core/run/apply/read_change.ts";
import { runOf } from "../../core/run/run_register.ts";
import { ULID } from "../../core/contract/ulid.ts";
import { type Help, UsageError } from "../../core/errors.ts";
import type { Recorded } from "../../core/job.ts";
import { type JournalEntry, mayHaveEffect } from "../../core/journal/entry.ts";
import { journalOfRun } from "../../core/journal/journal.ts";
import type { ReadStore } from "../../core/store/store.ts";
import { type AuditChange, type ChangeOf, changeSchema, kindOf } from "../ladder/audit_change.ts";

/** A run that is to be undone, and the part of it that the person has asked about. */
export type Undoing = Pick<RunOptions, "accounts" | "regions"> & {
  readonly runId: string;
};

/** What a run did that is to be undone, or cannot be. */
export type Undone = Recorded<ChangeOf<"stop" | "terminate">>;

/**
 * What the journal has of the stops and terminations of a run, as far as the person asks about them.
 * One without an outcome, or with an unknown one, may have had its effect: what EC2 says of the instance tells.
 */
export async function readUndone(store: ReadStore, undoing: Undoing): Promise<Undone[]> {
  return recordedIn(await journalOfRun(store, "audit", undoing.runId), undoing);
}

function recordedIn(entries: readonly JournalEntry[], undoing: Undoing): Undone[] {
  return entries.filter((entry) =>
    isWithin(entry, undoing) && ["stop", "terminate"].includes(kindOf(entry)) &&
    // A termination that failed may have left a protection lifted.
    (mayHaveEffect(entry) || entry.outcome === null || entry.before["protection"] !== undefined)
  ).map((entry) => {
    const { change } = recordedOf<AuditChange>(entry, { kindOf, changeSchema });
    return { change: change as Undone["change"], entry };
  });
}

/**
 * Refuses to undo what is no run of the audit, or has nothing that could be undone, before AWS is
 * asked.
 *
 * @throws UsageError
 */
export async function refuseUndo(store: ReadStore, undoing: Undoing): Promise<void> {
  const { runId } = undoing;
  const refuse = (why: string, ...help: Help[]): never => {
    throw new UsageError(`--undo-run: ${why}`, { help });
  };
  const list: Help = { sentence: "To list the runs of the audit", words: ["audit history"] };
  const show: Help = {
    sentence: "To see what that run has changed",
    words: ["changes", "--run", runId],
  };
  if (!ULID.test(runId)) {
    refuse(`"${runId}" is no complete run ID, which has 26 characters`, list);
  }
  const entries = await journalOfRun(store, "audit", runId);
  if (entries.length === 0 && await runOf(store, "audit", runId) === undefined) {
    refuse(
      `this store has no run ${runId} of the audit. It may be a run of another job`,
      list,
      show,
    );
  }
  if (entries.some((entry) => kindOf(entry) === "start")) {
    refuse(
      `run ${runId} is itself an undo, which is not undone. The next apply stops again what still ` +
        "breaks the rules",
      { sentence: "To see what it would do", words: ["audit plan"] },
    );
  }
  if (recordedIn(entries, undoing).length > 0) return;
  if (recordedIn(entries, { ...undoing, accounts: [], regions: [] }).length > 0) {
    refuse(`run ${runId} has stopped nothing within --account and --region`, show);
  }
  refuse(
    `run ${runId} has stopped no instance and lifted no protection: there is nothing to undo`,
    show,
  );
}
