import { counted, dateText, numberText, relativeText } from "../core/cli/words.ts";
import type { Request } from "../core/cli/request.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { accountNames } from "../core/config/organization.ts";
import { SCHEMA } from "../core/contract/names.ts";
import { DAY_MS } from "../core/duration.ts";
import { UsageError } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { jsonText } from "../core/json_text.ts";
import type { JobEntry } from "../core/program.ts";
import { shortName } from "../core/report/run_words.ts";
import { byTime, type Ending, type Upcoming } from "../core/report/stored.ts";
import { type RunRow, runsOf } from "../core/run/run_register.ts";
import { closing, type ReadStore } from "../core/store/store.ts";
import type { Notice, Section, Text, Words } from "../core/text/sections.ts";
import type { LoadedConfig } from "./config_file.ts";
import { openStoreToList } from "./open_store.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/** What a job is about to do, and how much is known of it. */
type JobForecast = {
  readonly job: string;
  /** The last run that has observed; null: there is none. */
  readonly last: LastRun | null;
  readonly upcoming: readonly Upcoming[];
  readonly ending: readonly Ending[];
};

type LastRun = {
  readonly run_id: string;
  readonly started: string;
  readonly planned: number;
  readonly proven: number;
  readonly unproven: number;
};

/** How far people look ahead, in days, and the most. */
const DAYS = 14;
const MOST_DAYS = 366;

/** How many steps people see; --json has all. */
const SHOWN = 50;

/**
 * `groundskeeper forecast`: what all jobs will do and when, if nobody does anything, from the store
 * and the configuration alone.
 *
 * @throws UsageError for days that it cannot look ahead; GroundskeeperError where there is no store
 */
export async function forecast(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  { options: { accounts, json }, own }: ToolRequest,
  terminal: Terminal,
): Promise<void> {
  const { host } = terminal;
  const days = daysOf(own["days"]);
  const from = host.clock.now();
  const until = new Date(from.getTime() + days * DAY_MS);
  const { signal } = new AbortController();
  const found = await closing(
    await openStoreToList({ loaded, terminal, jobs, signal }),
    (store) => Promise.all(jobs.map((job) => forecastOf(job, store, loaded, from, until))),
  );
  const isAsked = ({ account }: Pick<Upcoming, "account">) =>
    accounts.length === 0 || accounts.includes(account);
  const forecasts = found.map((one) => ({
    ...one,
    upcoming: one.upcoming.filter(isAsked),
    // What names nothing may be about any account.
    ending: one.ending.filter(({ targets }) =>
      targets.length === 0 || targets.some((arn) => isAsked({ account: arn.split(":")[4]! }))
    ),
  }));
  if (json) host.stdout.write(jsonText(documentOf(forecasts, from, until)));
  else say(terminal, forecastText(forecasts, loaded, { days, from, terminal }));
}

/** @throws UsageError */
function daysOf(said: unknown): number {
  if (said === undefined) return DAYS;
  const days = /^\d{1,3}$/.test(String(said)) ? Number(said) : 0;
  if (days >= 1 && days <= MOST_DAYS) return days;
  throw new UsageError(`--days must be a whole number from 1 to ${MOST_DAYS}, found "${said}"`);
}

async function forecastOf(
  { name, stored }: JobEntry,
  store: ReadStore,
  { config }: LoadedConfig,
  from: Date,
  until: Date,
): Promise<JobForecast> {
  const last = await lastRunOf(store, name);
  const part = config[name];
  const known = part === undefined ? undefined : await stored?.();
  const [upcoming, ending] = known === undefined ? [[], []] : await Promise.all([
    known.upcoming(store, part, from, until),
    known.ending(store, part, from, until),
  ]);
  return { job: name, last, upcoming, ending };
}

/** The last run that has observed and came to its end: it says what is known. */
async function lastRunOf(store: ReadStore, job: string): Promise<LastRun | null> {
  let last: LastRun | null = null;
  for await (const run of runsOf(store, job)) last = observedBy(run) ?? last;
  return last;
}

function observedBy({ run_id, started, finished, summary }: RunRow): LastRun | undefined {
  const { coverage } = summary as JsonObject & {
    coverage?: { planned: number; proven: number; empty?: number };
  };
  if (!coverage || finished === null || summary["undoes"] !== undefined) return undefined;
  const { planned, proven, empty = 0 } = coverage;
  return { run_id, started, planned, proven, unproven: planned - empty - proven };
}

/** All that is known, for programs; sorted by time. */
function documentOf(forecasts: readonly JobForecast[], from: Date, until: Date): JsonObject {
  return {
    schema: SCHEMA.forecast,
    as_of: from.toISOString(),
    until: until.toISOString(),
    jobs: forecasts.map(({ job, last }) => ({ job, last_run: last })),
    upcoming: forecasts.flatMap(({ job, upcoming }) =>
      upcoming.map(({ isFinal = false, ...one }) => ({ job, ...one, is_final: isFinal }))
    ).sort(byTime),
    ending: forecasts.flatMap(({ job, ending }) =>
      ending.map((one) => ({ job, ...one, targets: [...one.targets] }))
    ).sort(byTime),
  };
}

/** Said of all steps, once. */
const UNLESS =
  "if nobody does anything and apply runs. A change is not made if a run spares its target then, or if " +
  "a limit refuses the run.";

function forecastText(
  forecasts: readonly JobForecast[],
  { config }: LoadedConfig,
  { days, from, terminal }: {
    readonly days: number;
    readonly from: Date;
    readonly terminal: Terminal;
  },
): Text {
  const { command } = terminal;
  const observed = forecasts.filter(({ last }) => last !== null);
  const steps = forecasts.flatMap(({ job, upcoming }) => upcoming.map((one) => ({ job, ...one })))
    .sort(byTime);
  const nameOf = accountNames(config.organization);
  const acting = [...new Set(steps.map(({ job }) => job))];
  return [
    [{ heading: `What comes within ${counted(days, "day")}` }],
    [
      { words: observed.map(({ job, last }) => knownOf(job, last!, from)) },
      ...observed.flatMap(({ job, last }) => doubtsOf(job, last!, from)),
      observed.length === 0 ? "No run has been recorded: nothing is known of what comes." : "",
    ],
    [
      steps.length > 0
        ? `${counted(steps.length, "change")}, ${UNLESS}`
        : observed.length > 0
        ? "Nothing is known to come."
        : "",
    ],
    ...daySections(steps.slice(0, SHOWN), nameOf, from),
    steps.length > SHOWN
      ? [
        `and ${numberText(steps.length - SHOWN)} more, the last ` +
        `${dateText(new Date(steps.at(-1)!.at), from)}; --json has them all`,
      ]
      : [],
    endingSection(forecasts, from),
    [
      observed.length === 0
        ? { next: "To record one:", command: command("audit report") }
        : acting.length === 0
        ? { next: "What was done until now:", command: command("changes") }
        : {
          next: "What an apply would do now, and why:",
          command: acting.map((job) => command(`${job} plan`)),
        },
    ],
  ];
}

/** From when it is, and how much of all it is. */
function knownOf(job: string, { started, planned, proven }: LastRun, now: Date): Words {
  return [
    job,
    `seen ${relativeText(new Date(started), now)}, ` +
    `${proven} of ${counted(planned, "account-region")} proven`,
  ];
}

function doubtsOf(job: string, { started, planned, unproven }: LastRun, now: Date): Notice[] {
  const isOld = now.getTime() - Date.parse(started) > DAY_MS;
  const notice = (text: string): Notice => ({ tone: "unproven", text });
  return [
    ...(unproven > 0
      ? [notice(
        `${unproven} of ${counted(planned, "account-region")} ` +
          `${unproven === 1 ? "was" : "were"} not proven at the last run of ${job}: what happens ` +
          "there is not known.",
      )]
      : []),
    ...(isOld
      ? [notice(
        `The last run of ${job} was ${relativeText(new Date(started), now)}: what has changed ` +
          "since is not known.",
      )]
      : []),
  ];
}

/** The steps of each day, in UTC. */
function daySections(
  steps: readonly (Upcoming & { readonly job: string })[],
  nameOf: (account: string) => string,
  now: Date,
): Section[] {
  const isDue = ({ at }: Upcoming) => Date.parse(at) <= now.getTime();
  const days = Map.groupBy(steps, (one) => isDue(one) ? "" : one.at.slice(0, "2026-11-20".length));
  return [...days].map(([day, own]): Section => {
    const at = new Date(own[0]!.at);
    return [
      {
        heading: day === ""
          ? ["Due", "with the next apply"]
          : [dateText(at, now), relativeText(at, now)],
      },
      {
        columns: ["UTC", "Job", "Account", "Region", "Target", "Name", ""],
        rows: own.map((one) => ({
          cells: [
            day === "" ? "now" : one.at.slice(11, 16),
            one.job,
            nameOf(one.account),
            one.region,
            shortName(one),
            one.name,
            one.text,
          ],
          ...(one.isFinal ? { tone: "destroy" as const } : {}),
        })),
        show: SHOWN,
      },
    ];
  });
}

function endingSection(forecasts: readonly JobForecast[], now: Date): Section {
  const ending = forecasts.flatMap(({ ending }) => ending)
    .sort(byTime);
  return [{
    columns: ["Ends", "", "What", "Target"],
    rows: ending.map(({ at, targets, text }) => [
      dateText(new Date(at), now),
      { at: new Date(at) },
      text,
      targets.map((target) => shortName({ target })),
    ]),
  }];
}
