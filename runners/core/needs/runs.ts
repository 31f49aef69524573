import { type Permission, permissionsOn, type RowNeeds, type RunNeed } from "./needs.ts";

const RUN = ["run", "open-run"];
/** What has been sent of a run's documents. */
const PUBLISHES = "publication";
const BUDGET = ["budget", "reservation", "examined"];
const JOURNAL = [
  "journal",
  "journal-by-target",
  "journal-by-run",
  "open-intent",
  "revoked-run",
  "recently-applied",
];
const APPLYING = [...RUN, ...JOURNAL, ...BUDGET, "used-change", PUBLISHES];
const MESSAGES = ["handled-message", "rejected-message", "deferred-message"];
const SERVING = [...APPLYING, ...MESSAGES, "begun-message"];

/**
 * Core's own kinds of rows, without the job's name, by what a run does. `plans` also explains.
 * `polls` is a report of a job whose changes may be pending.
 */
const CORE_ROWS = {
  lists: { reads: ["run"], writes: [] },
  plans: { reads: [...BUDGET, "journal", "journal-by-target"], writes: [] },
  reports: { reads: [...BUDGET, PUBLISHES], writes: [...RUN, "revoked-run", PUBLISHES] },
  polls: {
    reads: [...RUN, ...BUDGET, ...JOURNAL, PUBLISHES],
    writes: [...RUN, ...BUDGET, ...JOURNAL, PUBLISHES],
  },
  applies: { reads: APPLYING, writes: APPLYING },
  serves: { reads: SERVING, writes: [...SERVING, "store-check"] },
  requeues: { reads: ["rejected-message", "deferred-message"], writes: MESSAGES },
  stores: { reads: [], writes: [] },
} as const satisfies { readonly [does: string]: RowNeeds };

/**
 * The kinds of rows of a run.
 *
 * @param does what such a run does, as core knows it; "stores": only what the job names
 * @param own the job's kinds, without its name: `mark`
 */
export function rowsOf(
  job: string,
  does: keyof typeof CORE_ROWS,
  own: Partial<RowNeeds> = {},
): RowNeeds {
  const named = (core: readonly string[], own: readonly string[] = []) =>
    [...new Set([...core, ...own])].map((kind) => `${job}/${kind}`);
  const { reads, writes } = CORE_ROWS[does];
  return { reads: named(reads, own.reads), writes: named(writes, own.writes) };
}

/** What tells the common runs of a job from those of another. */
type CommonRuns = {
  /** Roles that read: every run that observes may assume them. Default: `observe`. */
  readonly observing?: readonly string[];
  /** Roles that `apply` assumes besides. Default: `apply`. */
  readonly writing?: readonly string[];
  /** What every run that observes needs of its home role besides. */
  readonly home?: readonly Permission[];
  /** Verbs of the job that only read the store, besides `history`. */
  readonly lists?: readonly string[];
  /** Verbs of the job that observe and leave no trace, besides `plan` and `explain`. */
  readonly plans?: readonly string[];
  /** How often `report` usually runs. */
  readonly every?: RunNeed["starts"];
  /** The job's own kinds of rows, without its name. */
  readonly rows?: {
    /** What `lists` read. */
    readonly listed?: readonly string[];
    /** What every run reads that plans. */
    readonly earlier?: readonly string[];
    /** What a plan reads besides. */
    readonly planned?: readonly string[];
    /** What is written of what was observed. */
    readonly reported?: readonly string[];
    /** What is written of pending changes that have ended. Absent: the job's changes never are. */
    readonly settled?: readonly string[];
    /** What is written of changes besides. */
    readonly applied?: readonly string[];
  };
};

/** The kind of run that lists rejected messages, and marks them. */
export function rejectedRun(job: string): RunNeed {
  return { verbs: ["rejected"], roles: [], starts: "by hand", rows: rowsOf(job, "requeues") };
}

/** What a home role needs of the queues that `serve` takes messages from. */
export function servePermissions(job: string, queues: readonly string[]): Permission[] {
  return queues.length === 0 ? [] : permissionsOn(queues, {
    "sqs:ReceiveMessage": `${job} serve: reads the messages`,
    "sqs:DeleteMessage": `${job} serve: deletes those that it is done with; covers the batch call`,
    "sqs:ChangeMessageVisibility":
      `${job} serve: keeps a message that takes long from others; covers the batch call`,
  });
}

/** The kinds of run of the verbs that every job has. */
export function commonRuns(
  job: string,
  {
    observing = ["observe"],
    writing = ["apply"],
    home = [],
    lists = [],
    plans = [],
    every = "rate(1 hour)",
    rows = {},
  }: CommonRuns = {},
) {
  const { listed = [], earlier = [], planned = [], reported = [], applied = [] } = rows;
  const settled = rows.settled ?? [];
  return {
    list: {
      verbs: ["history", ...lists],
      roles: [],
      starts: "by hand",
      rows: rowsOf(job, "lists", { reads: listed }),
    },
    plan: {
      verbs: ["plan", "explain", ...plans],
      roles: observing,
      home,
      starts: "by hand",
      rows: rowsOf(job, "plans", {
        reads: [...earlier, ...planned, ...(rows.settled ? ["open-intent"] : [])],
      }),
    },
    report: {
      verbs: ["report"],
      roles: observing,
      home,
      starts: every,
      rows: rowsOf(job, rows.settled ? "polls" : "reports", {
        reads: earlier,
        writes: [...reported, ...settled],
      }),
    },
    apply: {
      verbs: ["apply"],
      roles: [...observing, ...writing],
      home,
      // Working days: somebody is there.
      starts: "cron(0 9 ? * MON-FRI *)",
      rows: rowsOf(job, "applies", {
        reads: earlier,
        writes: [...reported, ...settled, ...applied],
      }),
    },
  } as const satisfies { readonly [kind: string]: RunNeed };
}
