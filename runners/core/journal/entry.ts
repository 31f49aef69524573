import type { WrittenChange } from "../plan/change.ts";

/**
 * What became of a change.
 *
 * `pending` is a write that AWS has accepted and is still at: a later run learns how it ends.
 * `unknown` is a write whose effect could not be shown to be ours, or could not be seen at all.
 * `drifted` was not written because its target was no longer as planned; `skipped` because
 * another run is making the change, or this one was told to stop.
 */
export type Outcome = "done" | "pending" | "failed" | "drifted" | "skipped" | "unknown";

/**
 * How much an outcome says of what became of the change, to be compared with another run's. A run that
 * left the change to another one says the least.
 */
export function knownOf(outcome: Outcome | null): number {
  return outcome === null ? 0 : KNOWN.indexOf(outcome);
}

const KNOWN: readonly Outcome[] = ["skipped", "drifted", "pending", "unknown", "failed", "done"];

/** Why an outcome is not "done". */
export type OutcomeError = {
  readonly code: string;
  readonly message: string;
};

/** One line of the journal: an intent, and what became of it. */
export type JournalEntry = Omit<WrittenChange, "id"> & {
  readonly run_id: string;
  readonly plan_id: string;
  readonly change_id: string;
  readonly job: string;
  /** The ARN that made the write. */
  readonly principal: string;
  readonly aws_request_id: string | null;
  readonly tool_version: string;
  readonly intended_at: string;
  /** null while it is not known: the write is under way, or the run died. */
  readonly outcome: Outcome | null;
  readonly finished_at: string | null;
  readonly error: OutcomeError | null;
  /** What AWS is asked by how a pending change has ended. */
  readonly token?: string;
};

/** The effect of a write, as it is seen. */
export type Effect = {
  /** AWS is still at it, and is asked by this how it ends. Absent: the effect is complete. */
  readonly token?: string;
  /** The ARN of what was made. Absent: that of the change's target. */
  readonly target?: string;
};

/** An entry that says what became of it. */
export function finished(
  entry: JournalEntry,
  outcome: Exclude<Outcome, "pending">,
  at: Date,
  error: OutcomeError | null = null,
): JournalEntry {
  return { ...entry, outcome, finished_at: at.toISOString(), error };
}

/** An entry whose effect is seen: done, or pending if AWS is still at it. */
export function effected(entry: JournalEntry, { token, target }: Effect, at: Date): JournalEntry {
  const made = { ...entry, target: target ?? entry.target };
  return token === undefined ? finished(made, "done", at) : { ...made, outcome: "pending", token };
}

/** The entry of a change that is about to be made. */
export function intentOf(
  change: WrittenChange,
  run: {
    readonly job: string;
    readonly runId: string;
    readonly planId: string;
    readonly principal: string;
    readonly toolVersion: string;
    readonly now: Date;
  },
): JournalEntry {
  const { id, account, region, action, target, reason, before, after, lock } = change;
  return {
    run_id: run.runId,
    plan_id: run.planId,
    change_id: id,
    job: run.job,
    account,
    region,
    action,
    target,
    reason,
    before,
    after,
    ...(lock === undefined ? {} : { lock }),
    principal: run.principal,
    aws_request_id: null,
    tool_version: run.toolVersion,
    intended_at: run.now.toISOString(),
    outcome: null,
    finished_at: null,
    error: null,
  };
}

/** Whether a write was made, or may have been: one with an unknown outcome may have had its effect. */
export function mayHaveEffect({ outcome }: { readonly outcome: Outcome | null }): boolean {
  return outcome === "done" || outcome === "unknown";
}
