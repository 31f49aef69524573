import type { z } from "zod";
import type { Account, Session } from "./aws/session.ts";
import type { Clock } from "./clock.ts";
import type { NamedAccount, OrganizationConfig } from "./config/organization.ts";
import type { JobTypes, PlanningTypes } from "./job_types.ts";
import type { Json, JsonObject } from "./json.ts";
import type { Effect, JournalEntry, OutcomeError } from "./journal/entry.ts";
import type { Limits } from "./limits/limits.ts";
import type { Log } from "./log/log.ts";
import type { Metrics } from "./log/metrics.ts";
import type { JobNeeds } from "./needs/needs.ts";
import type { Parts } from "./parts.ts";
import type { Change, Place, WrittenChange } from "./plan/change.ts";
import type { DocumentParts, JobPlan, Planned } from "./plan/document.ts";
import type { Finding } from "./report/finding.ts";
import type { Page } from "./report/page.ts";
import type { ReportDocument, Sheet } from "./report/sink.ts";
import type { Steps } from "./steps.ts";
import type { ReadStore, Rounds, Write } from "./store/store.ts";
import type { ChangeOutcome, RunResult } from "./run/run_document.ts";
import type { NextCommand } from "./cli/next_command.ts";
import type { Text } from "./text/sections.ts";

/** What a run reads: the accounts, and the regions if these were narrowed or named. */
export type Scope = {
  readonly accounts: readonly Account[];
  /** "enabled", or the regions by name. */
  readonly regions: "enabled" | readonly string[];
  /** The enabled regions that are left out. */
  readonly except?: readonly string[];
};

/** What `observeAccount` is handed, the same for all accounts of a run. Nothing in it can write. */
export interface Observing<T extends PlanningTypes> {
  readonly config: T["Config"];
  readonly scope: Scope;
  /** What earlier runs left: it says what else to ask about, and is never an observation. */
  readonly earlier: T["Earlier"];
  /** The run publishes what it finds, and may take more time to find out who is to be told. */
  readonly publishes: boolean;
  /** What `explain` is asked about; null: nothing in particular. */
  readonly subject: string | null;
  readonly log: Log;
  /** When the run observes. */
  readonly now: Date;
  /** The instant that the plan is for: with --as-of another one. AWS is asked what is due then. */
  readonly judgedAt: Date;
  /** To note when an answer came, and to wait for what is not ready yet. */
  readonly clock: Clock;
  /** The session of an observing role; its clients refuse whatever that role does not declare. */
  readonly session: (account: Account) => Promise<Session>;
  /** Reads a Region when its turn comes: only so many are read at once, over all accounts. */
  readonly inTurn: <Answer>(read: () => Promise<Answer>) => Promise<Answer>;
  /** Told how much more was read, and how much more there is to read, for the progress line. */
  readonly progress: (read: number, found?: number) => void;
}

/** How much a run must know of earlier ones. */
export type EarlierScope = {
  /** The IDs of the accounts that the run reads. */
  readonly accounts: readonly string[];
  /** The run publishes what it finds: a page shows how figures have changed. */
  readonly publishes: boolean;
};

/** What a job's `plan` judges. Everything in it is plain data. A plan keeps no part of it. */
export type Planning<T extends PlanningTypes> = {
  readonly config: T["Config"];
  readonly observed: Parts<T["Part"]>;
  readonly earlier: T["Earlier"];
  readonly now: Date;
};

/** What is seen of an intent whose outcome was never written. */
export type Settlement =
  /** The effect is there, and carries what only this intent could have written. */
  | { readonly verdict: "done"; readonly target?: string }
  /** The same, and AWS is still at it. */
  | { readonly verdict: "pending"; readonly token: string; readonly target?: string }
  /**
   * The effect is not there, in an answer that was proven. Or a part of it is, which only this
   * intent could have written, and `detail` says which: what is left is planned again.
   *
   * `asAnnounced`: it is made again with all that the journal has of it, if it is still planned, since
   * AWS knows it by its client token.
   */
  | { readonly verdict: "noEffect"; readonly detail?: string; readonly asAnnounced?: boolean }
  /** Something is there that cannot be shown to be ours. */
  | { readonly verdict: "unknown"; readonly detail: string }
  /** The place was not read or not proven in this run. */
  | { readonly verdict: "unread" };

/** What AWS says of a pending change. */
export type Polled =
  | { readonly verdict: "done" }
  /** `detail`: why that is not known better. */
  | { readonly verdict: "pending"; readonly detail?: string }
  | { readonly verdict: "failed"; readonly error: OutcomeError }
  /** Its end cannot be known any more: what it made is gone, or AWS has forgotten the token. */
  | { readonly verdict: "unknown"; readonly detail: string };

/** What AWS answered to a write. */
export type WriteAnswer = {
  readonly requestId: string | null;
  /** What AWS says that it does, or does for minutes or days to come: for writes of one change. */
  readonly effect?: Effect;
};

/** Which changes are made together. */
export type Batching = {
  /** Changes of one place and key may be read again and written together. */
  readonly key: string;
  /** How many are read again at once, seconds before their first write. */
  readonly together: number;
  /** How many one write names. */
  readonly perWrite: number;
  /**
   * How long to wait before the effect is read, each time until it is seen, in milliseconds. Absent:
   * some seconds, as for tags.
   */
  readonly lookAfterMs?: readonly number[];
  /** AWS knows the write by a client token: if its answer is lost, a later run goes on with it. */
  readonly repeatable?: true;
};

/** Performs the changes of one account and region. The only thing that holds a writing session. */
export interface Applier<C extends Change = Change> {
  /**
   * Reads the targets again, seconds before the first write.
   *
   * @returns for each change that no longer stands as planned, why
   */
  recheck(changes: readonly C[]): Promise<ReadonlyMap<string, string>>;
  /** Performs one write, of one change or of a batch. AWS makes all of a batch, or nothing. */
  write(changes: readonly C[], signal: AbortSignal): Promise<WriteAnswer>;
  /** Takes back what `write` did to prepare a change that AWS then refused. */
  takeBack(change: C, signal: AbortSignal): Promise<void>;
  /** @returns the effects that can be seen, by the ids of their changes */
  readBack(changes: readonly C[], signal: AbortSignal): Promise<ReadonlyMap<string, Effect>>;
}

/** What a report is made of. */
export type Reporting<T extends JobTypes> = {
  readonly config: T["Config"];
  readonly observed: Parts<T["Part"]>;
  readonly plan: Planned<T>;
  readonly run: RunResult<T>;
  /**
   * `organization.regions`, to say how it would be without some; null: the run has not asked the complete
   * organization, and cannot say that. @default "enabled"
   */
  readonly regions?: OrganizationConfig["regions"] | null;
};

/** What the text for people is made of. */
export type RenderInput<T extends JobTypes> = Pick<Reporting<T>, "config" | "plan" | "regions"> & {
  /** null: nothing was run, only planned. */
  readonly run: RunResult<T> | null;
  readonly command: NextCommand;
  /** Options that stood for settings: `apply` takes its settings from the configuration. */
  readonly settings: readonly string[];
  /** Where the plan was written, if it was. */
  readonly planFile: string | null;
  /** The records that the run has written, for people: paths from where they stand. */
  readonly written: readonly string[];
  /** The text stands above a question, and does not say what to do next. */
  readonly asking: boolean;
};

/** What an answer of `explain` is made of. */
export type Explaining<T extends JobTypes> = {
  readonly subject: string;
  readonly planning: Planning<T>;
  readonly plan: Planned<T>;
  readonly journal: readonly JournalEntry[];
  readonly command: NextCommand;
};

/** An entry of the journal, and its change as the job knows it. */
export type Recorded<C extends Change> = {
  readonly change: C;
  readonly entry: JournalEntry;
};

/** What became of earlier changes, if somebody must know it. */
export type Aftermath = {
  /** What the run has found, to stand after "audit apply": "found 3 calls denied". */
  readonly title: string;
  /** What people are told, with what to type next. */
  readonly text: Text;
};

/** What `explain` answers, for people and for programs. */
export type Explanation = {
  readonly text: Text;
  readonly json: JsonObject;
};

/** One job: how it observes, plans, applies and tells. All judgement is in `plan`, which is pure. */
export interface Job<T extends JobTypes> {
  readonly name: string;
  /** What the job needs in AWS, as far as this configuration asks for it. */
  needs(config: T["Config"]): JobNeeds;
  /** The role that makes a change; the one that observes is called "observe". */
  roleOf(change: T["Change"]): string;
  batching(change: T["Change"]): Batching;
  /** Checks what a snapshot holds of an account. */
  readonly partSchema: z.ZodType<T["Part"]>;
  /** What of a part decides the id of a plan: it is equal for two runs that were answered alike. */
  withoutAnswerTimes(part: T["Part"]): Json;
  /**
   * What a written change means, in the word that a change in memory has with it; null: the job makes
   * no such change.
   */
  kindOf(change: Pick<WrittenChange, "action" | "after">): T["Change"]["kind"] | null;
  /** Checks what a plan file or the journal holds of a change, once its kind is read. */
  readonly changeSchema: z.ZodType<T["Change"]>;
  limits(config: T["Config"]): Limits;
  /** What a change counts as in the limits; null for one that only gives back, and draws on none. */
  countsAs(change: T["Change"]): string | null;
  /** The organizational units that the job must tell apart. Default: none. */
  units?(config: T["Config"]): readonly string[];
  /**
   * Accounts that the settings name, by the path of each. While AWS Organizations does not list one,
   * nothing is applied. Default: none.
   */
  named?(config: T["Config"]): readonly NamedAccount[];
  /**
   * Reads an account. What cannot be read is a failure in its part, never a shorter list.
   *
   * @returns null: nothing of the account is asked for
   */
  observeAccount(account: Account, observing: Observing<T>): Promise<T["Part"] | null>;
  /**
   * What earlier runs left in the store, as far as the scope needs it. An empty store answers as one
   * that knows nothing.
   */
  earlier(store: ReadStore, scope: EarlierScope): Promise<T["Earlier"]>;
  plan(planning: Planning<T>): JobPlan<T>;
  /** The same, in steps: a plan of a large organization takes many seconds. */
  planInSteps?(planning: Planning<T>): Steps<JobPlan<T>>;
  /** The rows that a run leaves of what it saw: sightings, populations. */
  observationRows(planning: Planning<T>, plan: JobPlan<T>): Rounds;
  applier(
    session: Session,
    region: string,
    tools: { readonly config: T["Config"]; readonly clock: Clock; readonly log: Log },
  ): Promise<Applier<T["Change"]>>;
  /** How many groups of changes are made at once. Default: one, so that a mistake is seen early. */
  readonly groupsAtOnce?: number;
  /** Judges an intent without outcome by what was observed. */
  settle(intent: Recorded<T["Change"]>, observed: Parts<T["Part"]>, plan: JobPlan<T>): Settlement;
  /**
   * Asks AWS how a pending change stands, by the observing role. A job whose writes answer a token
   * has it.
   */
  poll?(pending: Recorded<T["Change"]>, session: Session, now: Date): Promise<Polled>;
  /**
   * The job's own rows that an entry of the journal leaves, by its outcome (null: it is announced).
   * They are written with the entry, all or nothing.
   */
  rowsFor(recorded: Recorded<T["Change"]>): Write[];
  documentParts(own: T["Own"]): DocumentParts<T>;
  documents(reporting: Reporting<T>): ReportDocument[];
  /** Whether a change is to what is Groundskeeper's own: it stands in no document. Default: no. */
  isOwn?(change: Pick<WrittenChange, "action" | "after">): boolean;
  /** What documents call an account. Default: its ID. */
  accountName?(plan: Planned<T>, id: string): string;
  /** What is not as the configuration asks; what is spared for good, as by an exemption, is none. */
  findings(plan: Planned<T>): readonly Finding[];
  sheet(plan: Planned<T>): Sheet;
  page(reporting: Reporting<T>): Page;
  /** What people read on stdout. */
  text(input: RenderInput<T>): Text;
  /**
   * Where a subject of `explain` is, as far as the store knows, so that nothing else is read.
   *
   * @param accounts answers the IDs of all accounts that the run may read
   * @throws UsageError when the subject is none of the job's
   */
  locate(
    subject: string,
    store: ReadStore,
    accounts: () => Promise<readonly string[]>,
  ): Promise<Partial<Place>> | Partial<Place>;
  /** Whether a change is about what the person asked for by name. Default: yes. */
  isAsked?(change: T["Change"]): boolean;
  /** Why a plan file answers another question than this run asks; null: it does not. */
  otherwise?(document: JsonObject): string | null;
  /**
   * Changes that somebody has taken back since they were planned, with why: between plan and write
   * a person may have been asked. Asked right before the first write.
   */
  withdrawn?(
    store: ReadStore,
    changes: readonly T["Change"][],
  ): Promise<ReadonlyMap<string, string>>;
  /**
   * Tells hooks and the like that changes are about to be made, and, when all is recorded, what
   * became of them. No answer of theirs changes anything.
   */
  tell?(telling: {
    readonly observed: Parts<T["Part"]>;
    readonly changes: readonly T["Change"][];
    /** null: they are about to be made. */
    readonly outcomes: ReadonlyMap<string, ChangeOutcome> | null;
    readonly log: Log;
    readonly signal: AbortSignal;
  }): Promise<void>;
  /**
   * What the run has seen of the aftermath of earlier changes. Notices have it, also those of a run
   * that was done; null: there is nothing to tell.
   */
  aftermath?(plan: Planned<T>): Aftermath | null;
  /** What a person must know who is asked about changes, a sentence without a period; "": nothing. */
  warning?(changes: readonly T["Change"][]): string;
  /** The ARNs under which the journal has what was done to a subject of `explain`. */
  targetsOf(subject: string, planning: Planning<T>): readonly string[];
  /** More ARNs under which the journal has a change, beside its target. Default: none. */
  alsoAbout?(change: T["Change"]): readonly string[];
  /** What `plan --out` writes beside the plan, for people; the paths are below its directory. */
  planFiles?(plan: Planned<T>): readonly { readonly path: string; readonly text: string }[];
  /** Everything that is known of a subject; null where it was not found in what was observed. */
  explain(explaining: Explaining<T>): Explanation | null;
  /** A line of numbers for `history`. */
  summary(plan: Planned<T>): JsonObject;
  /** The figures of its summary that are metrics of a run, by their names in CloudWatch. */
  metrics?(summary: JsonObject): Metrics;
  /** Whether something that was asked for by name could not be planned: exit 3. Default: no. */
  unmet?(plan: Planned<T>): boolean;
}
