import type { Account, Session } from "../aws/session.ts";
import type { JobTypes } from "../job_types.ts";
import type { OpenIntent, Outcome, OutcomeError } from "../journal/journal.ts";
import type { Store } from "../store/store.ts";
import type { RunContext } from "./context.ts";

/** What changes are applied with. */
export interface Applying<T extends JobTypes>
  extends
    Pick<RunContext<T>, "job" | "config" | "clock" | "log" | "runId" | "toolVersion" | "signal"> {
  readonly store: Store;
  readonly planId: string;
  /** The id of the plan file that these changes are of: each of its changes works once. */
  readonly planFileId?: string | null;
  /** The instant that the changes were planned for. */
  readonly plannedAt: Date;
  /** How many groups are worked on at once: 1 for changes, so that what goes wrong is seen early. */
  readonly atOnce: number;
  /** The accounts of the run, for sessions. */
  readonly accounts: readonly Account[];
  readonly session: (account: Account, role: string) => Promise<Session>;
  /** Intents of dead runs that had no effect: their entries in the journal are gone on with. */
  readonly noEffect: ReadonlyMap<string, OpenIntent>;
  readonly progress: (done: number, of: number) => void;
}

/** Applying, with the signal that cuts a write, and the fault of the store that stops it. */
export type Writing<T extends JobTypes> =
  & Applying<T>
  & {
    readonly writing: AbortSignal;
    /** Once the store did not take a row nothing more is begun: it could not be journalled. */
    readonly fault: { store: OutcomeError | undefined };
  };

/** Takes what became of a change. */
export type Note<T extends JobTypes> = (
  change: T["Change"],
  outcome: Outcome,
  error?: OutcomeError | null,
) => void;
