import type { LoadedConfig } from "../shell/config_file.ts";
import type { Request } from "./cli/request.ts";
import type { JsonObject } from "./json.ts";
import type { Terminal } from "./cli/terminal.ts";

export type JobRequest = Extract<Request, { kind: "job" }>;

/** What runs the verbs of a job. Loaded when the job is named. */
export interface JobProgram {
  /** Puts the options of the command line over what the file says. */
  overlay(content: Record<string, unknown>, request: JobRequest): Record<string, unknown>;
  /** Runs every verb but `history`. @returns the exit code */
  run(running: JobRunning): Promise<number>;
  /** The job's own columns of `history`, between coverage and what was done. */
  readonly history: readonly HistoryColumn[];
}

export type JobRunning = {
  readonly request: JobRequest;
  readonly loaded: LoadedConfig;
  readonly terminal: Terminal;
  /** Fired by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
};

export interface HistoryColumn {
  readonly title: string;
  /** What stands in it, from what the job's `summary` said of the run. */
  readonly value: (summary: JsonObject) => string;
}
