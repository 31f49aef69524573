import pLimit from "p-limit";
import { isInterruption, writeError } from "../../aws/failure.ts";
import type { Session } from "../../aws/session.ts";
import { chunksOf } from "../../chunks.ts";
import { deadlineAfter } from "../../deadline.ts";
import type { Applier, Job } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import { finished, type OutcomeError } from "../../journal/entry.ts";
import { outcomeWrites } from "../../journal/journal.ts";
import { errorField } from "../../log/log.ts";
import type { ChangeOutcome } from "../run_document.ts";
import {
  type Applying,
  type Journalled,
  recordOutcomes,
  refusalOfStore,
  writeBatch,
  writeIntent,
  type Writing,
  type Written,
} from "./write_batch.ts";

/** A write in flight may take this long after a signal, so that the run ends within ten seconds. */
const WRITE_AFTER_SIGNAL_MS = 5_000;

/**
 * Applies changes, one account and region after the other: reads the targets of a group again,
 * then for each batch writes the intents and makes the write, and at the end reads back and writes
 * the outcomes. Every change has an outcome of its own.
 *
 * @returns what became of each change
 */
export async function applyChanges<T extends JobTypes>(
  changes: readonly T["Change"][],
  applying: Applying<T>,
): Promise<ReadonlyMap<string, ChangeOutcome>> {
  const fault: Writing<T>["fault"] = { store: undefined };
  using writing = deadlineAfter(applying.signal, applying.clock, WRITE_AFTER_SIGNAL_MS);
  const outcomes = new Map<string, ChangeOutcome>();
  const note: Writing<T>["note"] = (change, outcome, error = null) => {
    const { id, target } = change;
    outcomes.set(id, { outcome, error, at: applying.clock.now().toISOString(), target });
    applying.progress(outcomes.size, changes.length);
    const level = outcome === "done" || outcome === "pending" ? "info" : "warn";
    applying.log[level](`change ${outcome}`, {
      account: change.account,
      region: change.region,
      change_id: id,
      action: change.action,
      target,
      ...(error ? { error: { ...error } } : {}),
    });
  };
  const limit = pLimit(applying.atOnce);
  await Promise.all(
    groupsOf(changes, applying.job).map((group) =>
      limit(async () => {
        const hindered = hindrance({ ...applying, fault });
        if (hindered) { for (const change of group) note(change, "skipped", hindered); }
        else await applyGroup(group, { ...applying, writing: writing.signal, fault, note });
      })
    ),
  );
  if (fault.store) applying.log.error("No further change is begun", { error: { ...fault.store } });
  return outcomes;
}

const STOPPED: OutcomeError = {
  code: "interrupted",
  message: "The run was told to stop before this change was begun",
};

/**
 * How old a plan may be when its changes are made: a person may take days to answer, and a machine
 * may be suspended. The deadlines in an older plan would leave less time than was promised.
 */
const MAX_PLAN_AGE_MS = 3_600_000;

const TOO_OLD: OutcomeError = {
  code: "plan-too-old",
  message: "This change was planned more than an hour ago; the next run plans it again",
};

/** Why nothing may be begun now; undefined: nothing is in the way. */
function hindrance(
  { signal, clock, plannedAt, fault }: Omit<Writing<JobTypes>, "job" | "writing" | "note">,
): OutcomeError | undefined {
  if (signal.aborted) return STOPPED;
  if (fault.store) return fault.store;
  return clock.now().getTime() - plannedAt.getTime() > MAX_PLAN_AGE_MS ? TOO_OLD : undefined;
}

async function applyGroup<T extends JobTypes>(
  group: readonly T["Change"][],
  applying: Writing<T>,
): Promise<void> {
  const { job, accounts, note } = applying;
  const [first] = group as [T["Change"]];
  const { account: accountId, region } = first;
  let applier: Applier<T["Change"]>;
  let session: Session;
  let drifted: ReadonlyMap<string, string>;
  try {
    const account = accounts.find(({ id }) => id === accountId) ?? { id: accountId, name: null };
    session = await applying.session(account, job.roleOf(first));
    applier = await job.applier(session, region, applying);
    drifted = await applier.recheck(group);
  } catch (error) {
    applying.log.error("cannot apply here", {
      account: accountId,
      region,
      error: errorField(error),
    });
    const why = writeError(error);
    for (const change of group) {
      if (isInterruption(error)) note(change, "skipped", STOPPED);
      else note(change, "failed", why);
    }
    return;
  }
  const standing: T["Change"][] = [];
  for (const change of group) {
    const drift = drifted.get(change.id);
    if (drift === undefined) standing.push(change);
    else {
      note(change, "drifted", { code: "drifted", message: drift });
      await closeNoEffect(change, applying, drift);
    }
  }
  const written: Written<T>[] = [];
  for (const batch of chunksOf(standing, job.batching(first).perWrite)) {
    const hindered = hindrance(applying);
    if (hindered) {
      for (const change of batch) note(change, "skipped", hindered);
      continue;
    }
    const journalled: Journalled<T>[] = [];
    for (const change of batch) {
      const one = await writeIntent(change, session.principal, applying);
      if ("entry" in one) journalled.push(one);
      else note(change, "skipped", one);
    }
    if (applying.fault.store) {
      // Their intents stay open, and the next run finds that they had no effect.
      for (const { change } of journalled) note(change, "skipped", applying.fault.store);
    } else if (journalled.length > 0) {
      written.push(...await writeBatch(journalled, applier, applying));
    }
  }
  await recordOutcomes(written, applier, applying);
}

/** An intent of a dead run that had no effect and whose target has changed since is over. */
async function closeNoEffect<T extends JobTypes>(
  change: T["Change"],
  { noEffect, store, clock, fault }: Writing<T>,
  drift: string,
): Promise<void> {
  const intent = noEffect.get(change.id);
  if (!intent) return;
  const entry = finished(intent.entry, "drifted", clock.now(), { code: "drifted", message: drift });
  try {
    await store.write(outcomeWrites(intent, entry));
  } catch (error) {
    fault.store = refusalOfStore(error);
  }
}

/** Changes of one account, region and role, in the order of the plan, that are read again at once. */
function groupsOf<T extends JobTypes>(
  changes: readonly T["Change"][],
  job: Job<T>,
): T["Change"][][] {
  const groups = Map.groupBy(
    changes,
    (change) =>
      [change.account, change.region, job.roleOf(change), job.batching(change).key].join("/"),
  );
  return [...groups.values()].flatMap((group) => chunksOf(group, job.batching(group[0]!).together));
}
