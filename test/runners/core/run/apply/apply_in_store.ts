import { createLog } from "../../../../../runners/core/log/log.ts";
import type { OpenIntent } from "../../../../../runners/core/journal/journal.ts";
import type { JournalEntry } from "../../../../../runners/core/journal/entry.ts";
import { UNBOUNDED } from "../../../../../runners/core/limits/limits.ts";
import type { Change } from "../../../../../runners/core/plan/change.ts";
import type { Applying } from "../../../../../runners/core/run/apply/write_batch.ts";
import { applyChanges } from "../../../../../runners/core/run/apply/apply_changes.ts";
import type { ChangeOutcome } from "../../../../../runners/core/run/run_document.ts";
import type { Store } from "../../../../../runners/core/store/store.ts";
import { wholeJournal } from "../../journal/whole_journal.ts";
import { ManualClock } from "../../manual_clock.ts";
import {
  type Config,
  scriptedJob,
  type ScriptedTypes,
  sessionOf,
  type World,
} from "../scripted_job.ts";

export const UNLIMITED: Config = { limits: UNBOUNDED };

export const silent = createLog({
  write: () => {},
  now: () => new Date(0),
  format: "json",
  level: "debug",
});

/** What a run applies with. */
export function applyingOf(
  world: World,
  store: Store,
  part: Partial<Applying<ScriptedTypes>> = {},
): Applying<ScriptedTypes> {
  // The looks for an effect are waited for; a deadline after a signal is not.
  const clock = part.clock ?? flowingClock();
  return {
    job: scriptedJob(world),
    config: UNLIMITED,
    store,
    clock,
    plannedAt: clock.now(),
    readAt: clock.now(),
    atOnce: 1,
    log: silent,
    runId: "run-1",
    planId: "plan-1",
    toolVersion: "0.0.0",
    accounts: [{ id: "A", name: null }, { id: "B", name: null }],
    session: sessionOf,
    noEffect: new Map<string, OpenIntent>(),
    signal: new AbortController().signal,
    progress: () => {},
    ...part,
  };
}

/** Applies what the world's plan asks for, and answers outcomes by the thing's last name. */
export async function applyAll(
  changes: readonly Change[],
  applying: Applying<ScriptedTypes>,
): Promise<Record<string, ChangeOutcome>> {
  const outcomes = await applyChanges(changes, applying);
  return Object.fromEntries(
    changes.map(({ id, target }) => [target.slice(target.lastIndexOf("/") + 1), outcomes.get(id)!]),
  );
}

export async function journalOf(store: Store): Promise<JournalEntry[]> {
  return await wholeJournal(store, "scripted");
}

/** A clock on which the short waits between looks pass by themselves. */
export function flowingClock(): ManualClock {
  const clock = new ManualClock();
  clock.flowsUpToMs = 4_000;
  return clock;
}
