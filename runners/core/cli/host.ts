import type { CallPolicy } from "../aws/call_policy.ts";
import type { Rates } from "../aws/rate_budget.ts";
import type { Clock } from "../clock.ts";
import type { Disk } from "../files/disk.ts";

/** The machine as the program sees it. The tests and the demo bring their own clock. */
export interface Host {
  readonly args: readonly string[];
  readonly clock: Clock;
  readonly callPolicy: CallPolicy;
  /** How often AWS may be asked. Absent: what its documentation says that it bears. */
  readonly rates?: Rates;
  /** How long a run's beat must stand still before the run counts as dead. */
  readonly leaseMs: number;
  /** Where the person stands: `INIT_CWD` under `deno task`, else the working directory. */
  readonly directory: string;
  /** How the person called the program, for the next command to paste. */
  readonly command: string;
  /** The path of the Deno that runs the program. */
  readonly deno: () => string;
  readonly env: (name: string) => string | undefined;
  readonly disk: Disk;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether a question can be asked. */
  readonly canAsk: boolean;
  /**
   * Asks a question on the terminal, and lets beats and signals go on meanwhile.
   *
   * @throws the signal's reason when it is aborted first
   */
  readonly ask: (question: string, signal: AbortSignal) => Promise<string>;
  /** Calls back at SIGINT and SIGTERM; answers how to stop that. */
  readonly onStop: (stop: () => void) => () => void;
}

export interface Output {
  /** Never throws: what cannot be written is lost, and so is all that follows it. */
  readonly write: (text: string) => void;
  /** Why something was lost. null: nothing was, or the reader wanted no more (`| head -1`). */
  readonly lost: () => Error | null;
  readonly isTerminal: boolean;
  /** In characters; 100 where it is no terminal. */
  readonly width: number;
}
