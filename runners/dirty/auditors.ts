import type { Clock } from "../core/clock.ts";
import { before, deadlineAfter } from "../core/deadline.ts";
import { errorField, type Log } from "../core/log/log.ts";
import type { Plugin } from "../core/plugin/module.ts";
import type { EventRow } from "./ledger.ts";

/** What an auditor is told: an event that marks an instance, as the ledger has it. */
export type MarkTold = EventRow & {
  readonly account: string;
  readonly instance_id: string;
  readonly event_id: string;
  /** The instance was clean before. */
  readonly first: boolean;
};

/**
 * What a module of `dirty.auditors` exports as `marked`. It is called when the mark is recorded, at
 * least once for each mark. If it throws, that is logged, and it is called again. Nothing that it does
 * changes the mark.
 */
export type Marked = (
  mark: MarkTold,
  tools: { readonly log: Log; readonly signal: AbortSignal },
) => Promise<void> | void;

/** Tells all auditors of a mark. @returns false: one has failed, and they are to be told again */
export type TellAuditors = (mark: MarkTold) => Promise<boolean>;

/** How long an auditor may take, and how often a service calls one that fails. */
const LONGEST_MS = 10_000;
const TRIES = 5;

/** The auditors, called for a mark until all take it, or one has failed too often. */
export function auditorsOf(
  plugins: readonly Plugin[],
  { clock, log, signal }: {
    readonly clock: Clock;
    readonly log: Log;
    readonly signal: AbortSignal;
  },
): TellAuditors {
  const tries = new Map<string, number>();
  const tell = async ({ name, exports }: Plugin, mark: MarkTold): Promise<boolean> => {
    using deadline = deadlineAfter(AbortSignal.abort(), clock, LONGEST_MS);
    const cut = AbortSignal.any([signal, deadline.signal]);
    try {
      const marked = exports["marked"] as Marked;
      await before(cut, Promise.try(() => marked(mark, { log, signal: cut })));
      return true;
    } catch (error) {
      const { account, instance_id } = mark;
      log.error(`The auditor ${name} failed`, { account, instance_id, error: errorField(error) });
      return false;
    }
  };
  return async (mark) => {
    const key = `${mark.instance_id}/${mark.event_id}`;
    const told = await Promise.all(plugins.map((plugin) => tell(plugin, mark)));
    const failed = told.includes(false) ? (tries.get(key) ?? 0) + 1 : 0;
    const isDone = failed === 0 || failed >= TRIES && !signal.aborted;
    if (isDone) tries.delete(key);
    else tries.set(key, failed);
    return isDone;
  };
}
