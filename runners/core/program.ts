import type * as z from "zod";
import type { JobCommand, OwnValues, Request } from "./cli/request.ts";
import type { AskSts } from "./attest/sts_answer.ts";
import type { Session } from "./aws/session.ts";
import type { Terminal } from "./cli/terminal.ts";
import type { Clock } from "./clock.ts";
import type { OrganizationConfig } from "./config/organization.ts";
import type { ExitCode, Help } from "./errors.ts";
import type { JournalEntry } from "./journal/entry.ts";
import type { JobTypes } from "./job_types.ts";
import type { Json, JsonObject } from "./json.ts";
import type { JobNeeds, Permission } from "./needs/needs.ts";
import type { Queue } from "./queue/queue.ts";
import type { Dashboard } from "./report/dashboard.ts";
import type { DocumentIndex } from "./report/document_index.ts";
import type { Sheet } from "./report/sink.ts";
import type { Stored } from "./report/stored.ts";
import type { JobWork, RunContext } from "./run/context.ts";
import type { ReadStore, Store } from "./store/store.ts";
import type { Text, Words } from "./text/sections.ts";

/**
 * A job as the command line knows it: everything that can be said of it without AWS. It stands in
 * the job's `entry.ts`, and nothing that this file imports may import an AWS package, types
 * included; `load` brings the rest.
 */
export interface JobEntry<Config = unknown> extends JobCommand {
  /** The schema of the job's part of the configuration, without a default for the complete part. */
  readonly schema: z.ZodType<Config>;
  /**
   * Present if the part has no default: what to do without it. Absent: a file without the part means
   * the defaults of all its settings.
   */
  readonly unconfigured?: {
    /** Follows "Say there": "which tags are required". */
    readonly say: string;
    /** How to begin without a file. */
    readonly help: Help;
  };
  /** What is wrong with settings together, as sentences that begin with a path. Absent: nothing. */
  contradictions?(config: Config, around: PartSurroundings): readonly string[];
  /** Puts the job's own options of the command line over what the file says, unchecked. */
  overlay?(part: unknown, own: OwnValues): unknown;
  /**
   * What the job needs in AWS.
   *
   * @param config undefined: all that any configuration may need
   * @param modules what modules of one's own ask for (`modulePermissions`)
   */
  needs(config: Config | undefined, modules?: readonly Permission[]): JobNeeds;
  /**
   * What the modules ask for that the configuration names.
   *
   * @param directory what their paths are relative to
   * @throws ConfigError where one cannot be loaded: the policies would not be complete
   */
  modulePermissions?(config: Config, directory: string): Promise<readonly Permission[]>;
  /** What `config check` says of it. Absent: nothing. */
  describe?(config: Config | undefined): readonly Words[];
  /** Hosts besides AWS that it talks to, with their ports where these are said. */
  serviceHosts?(config: Config): readonly string[];
  /** Its part of what `config init` writes: JSON with comments, indented by two. */
  readonly firstConfig?: string;
  /** What makes a first store for its verbs that list. Default: its `report`. */
  readonly firstStore?: Help;
  /** Its own columns of `history`, between coverage and what was done. Absent: none. */
  readonly history?: readonly HistoryColumn[];
  /** Writes to what is Groundskeeper's own: `changes` counts them for people, and lists the rest. */
  readonly ownWrites?: {
    has(entry: JournalEntry): boolean;
    /** Such as "3 stamps of canaries". */
    counted(count: number): string;
  };
  /** The command that undoes what a run did, by its changes; null: none does. Absent: never. */
  undoing?(runId: string, changes: readonly JournalEntry[]): Help | null;
  /** Where its documents go, and their fields. Absent: it has none. */
  documentIndex?(): Promise<DocumentIndex>;
  /** What Kibana shows of its documents. Absent: nothing of its own. */
  dashboard?(): Promise<Dashboard>;
  /** What is known of it from the store alone. Absent: nothing. */
  stored?(): Promise<Stored<Config>>;
  /** Loads what runs its verbs. */
  load(): Promise<JobProgram<Config>>;
}

/**
 * A job as those know it who deploy it: its settings, and what it needs. Its `needs.ts` exports it as
 * `part`. Nothing that it imports may import an AWS package, types included.
 */
export type DeployedJob<Config = unknown> = Pick<
  JobEntry<Config>,
  "name" | "schema" | "unconfigured" | "contradictions" | "needs" | "modulePermissions"
>;

/** What a job's part of the configuration is held against. */
interface PartSurroundings {
  readonly organization: OrganizationConfig;
  /** How long the journal is kept, as a duration. */
  readonly retention: string;
  readonly today: Date;
  /** Whether the file says a setting of this part itself, or leaves it to its default. */
  says(...path: readonly string[]): boolean;
}

export interface HistoryColumn {
  readonly title: string;
  /** Its text, from what the job's `summary` said of the run. */
  readonly value: (summary: JsonObject) => string;
}

export interface JobProgram<Config = unknown> {
  /** Runs any verb but `history`. */
  run(running: Running<Config>): Promise<ExitCode>;
}

export type JobRequest = Extract<Request, { kind: "job" }>;

/** What a verb has found out, for people and for programs. */
export interface Answer {
  readonly text: Text;
  readonly json: Json;
  readonly exitCode: ExitCode;
}

/** What a program is handed: the request, and everything that it may touch. */
export interface Running<Config = unknown> {
  readonly request: JobRequest;
  /** The job's own settings. */
  readonly config: Config;
  readonly organization: OrganizationConfig;
  /** What paths in the configuration are relative to. */
  readonly directory: string;
  /** Names of Groundskeeper's own roles, of all jobs. None of them is ever changed. */
  readonly ownRoles: readonly string[];
  readonly terminal: Terminal;
  readonly clock: Clock;
  /** Fired by SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** A path on the command line, as the person means it. */
  path(path: string): string;
  /** Works on the store without leaving a trace; where there is none, it answers as empty. */
  reading<Result>(work: (store: ReadStore) => Promise<Result>): Promise<Result>;
  /**
   * Works on the store for a verb that knows nothing else.
   *
   * @throws GroundskeeperError where there is no store: exit 1
   */
  listing<Result>(work: (store: ReadStore) => Promise<Result>): Promise<Result>;
  /** Works on the store, which is made where there is none. */
  writing<Result>(work: (store: Store) => Promise<Result>): Promise<Result>;
  /**
   * The queue of a URL, as the home session reaches it.
   *
   * @param defaultRegion for a URL that names none
   */
  queue(home: Session, url: string, defaultRegion: string): Queue;
  /** Sends the presigned request of somebody else's proof to STS. */
  readonly askSts: AskSts;
  /** Puts a run together; nothing is asked before it runs. */
  context<T extends JobTypes>(work: JobWork<T>): Promise<RunContext<T>>;
  /** Runs `plan`, `report`, `apply` or `explain`, and prints the result. */
  verb<T extends JobTypes>(context: RunContext<T>): Promise<ExitCode>;
  /** Prints an answer: JSON where that was asked for. */
  print(answer: Answer): ExitCode;
  /** Asks a question below a text; null where nobody can be asked. */
  readonly ask: ((text: Text, question: string) => Promise<boolean>) | null;
  /** Writes a sheet for a spreadsheet. @returns whether it was written; why not is told */
  csv(path: string, sheet: Sheet): Promise<boolean>;
}
