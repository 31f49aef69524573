import type { Clock } from "../clock.ts";
import type { OrganizationConfig } from "../config/organization.ts";
import type { Sessions } from "../aws/session.ts";
import type { FileWriter } from "../files/write_files.ts";
import type { Job } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import type { Jsonable } from "../json.ts";
import type { Log } from "../log/log.ts";
import type { Planned } from "../plan/document.ts";
import type { Notifier } from "../report/notifier.ts";
import type { Sink } from "../report/sink.ts";
import type { ReadStore, Store } from "../store/store.ts";

/** What the person asked for on the command line, parsed and checked. */
export type RunOptions = {
  /** Narrow the scope; empty: everything that the configuration speaks of. */
  readonly accounts: readonly string[];
  readonly regions: readonly string[];
  /** The job was asked about some of its things only, and its scope is a share by that. */
  readonly narrowed: boolean;
  readonly snapshotDirectory: string | null;
  readonly saveSnapshotDirectory: string | null;
  readonly asOf: Date | null;
  readonly planFile: string | null;
  readonly slot: Date | null;
  readonly outDirectory: string | null;
  readonly maxChanges: number | null;
  readonly yes: boolean;
};

/** A run over everything that the configuration speaks of, which a person is asked about. */
export const DEFAULT_OPTIONS: RunOptions = {
  accounts: [],
  regions: [],
  narrowed: false,
  snapshotDirectory: null,
  saveSnapshotDirectory: null,
  asOf: null,
  planFile: null,
  slot: null,
  outDirectory: null,
  maxChanges: null,
  yes: false,
};

/** A job with the settings that a run works by. */
export interface JobWork<T extends JobTypes> {
  readonly job: Job<T>;
  readonly config: T["Config"];
  /** The part of the settings that the file decides, where that is not all of them. */
  readonly hashed?: Jsonable;
  /** The run was asked about some of its things only. */
  readonly narrowed?: boolean;
  /** Answers what was stored of an observation, in the place of AWS. */
  readonly cached?: () => Promise<readonly T["Part"][]>;
}

/** Everything a verb works with. Made by `makeContext`. */
export interface RunContext<T extends JobTypes> extends Pick<JobWork<T>, "job" | "config"> {
  readonly organization: OrganizationConfig;
  /** The hash of the job's and the organization's configuration. */
  readonly configHash: string;
  readonly planMaxAgeMs: number;
  readonly options: RunOptions;
  readonly runId: string;
  readonly toolVersion: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaseMs: number;
  /** Opens sessions on first use; a snapshot needs none. */
  readonly sessions: () => Promise<Sessions>;
  /** What an earlier run has stored of its observation, in the place of AWS; null: AWS is asked. */
  readonly cached: (() => Promise<readonly T["Part"][]>) | null;
  /** Writes the files that the person names. */
  readonly writeFiles: FileWriter;
  /** Opens the store without leaving a trace; where there is none it answers as empty. */
  readonly openStoreToRead: () => Promise<ReadStore>;
  /** Opens the store, making it where there is none and it may be made. */
  readonly openStore: () => Promise<Store>;
  readonly sinks: readonly Sink[];
  /** Makes the notifiers, and warns of those that are configured and cannot be used. */
  readonly notifiers: () => readonly Notifier[];
  readonly signal: AbortSignal;
  readonly progress: (stage: string, done: number, of: number) => void;
  /** Shows the plan to a person and asks whether to go on; null where there is no terminal. */
  readonly confirm: ((plan: Planned<T>) => Promise<boolean>) | null;
}
