import type { Needing } from "../core/needs/configured.ts";
import type { Terminal } from "../core/cli/terminal.ts";
import type { JobEntry } from "../core/program.ts";
import type { LoadedConfig } from "./config_file.ts";

/** Who opens the configured store. */
export type StoreUser = {
  readonly loaded: LoadedConfig;
  readonly terminal: Terminal;
  /** Whose rows are asked for: a table lets a job have those of no other. */
  readonly jobs: readonly JobEntry[];
  /** Under whose home role a table is reached; left out: that of the jobs. */
  readonly as?: Needing;
  /** Fired when the program is told to stop. */
  readonly signal: AbortSignal;
  /** Stands in the names of role sessions; left out: an ID of its own. */
  readonly runId?: string;
};
