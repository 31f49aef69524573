import type { CallPolicy } from "../aws/call_policy.ts";
import { findCaller } from "../aws/caller.ts";
import { RateBudget, type Rates } from "../aws/rate_budget.ts";
import type { Session, Sessions } from "../aws/session.ts";
import { AwsSessions } from "../aws/sessions.ts";
import { ulid } from "../contract/ulid.ts";
import type { JobTypes } from "../job_types.ts";
import type { Jsonable } from "../json.ts";
import { hashOf } from "../plan/canonical.ts";
import type { Notifier } from "../report/notifier.ts";
import { DEFAULT_OPTIONS, type JobWork, type RunContext, type RunOptions } from "./context.ts";

type Made =
  | "job"
  | "config"
  | "configHash"
  | "options"
  | "runId"
  | "sessions"
  | "cached"
  | "openStore"
  | "openStoreToRead";

/** What a run of any job is put together from. */
export interface RunParts<T extends JobTypes> extends Omit<RunContext<T>, Made | "notifiers"> {
  readonly options: Partial<RunOptions>;
  /** The environment, which says who the caller is. */
  readonly env: (name: string) => string | undefined;
  readonly callPolicy: CallPolicy;
  /** Absent: what AWS's documentation says that it bears. */
  readonly rates?: Rates;
  /** @param runId stands in the names of role sessions */
  readonly openStoreToRead: (runId: string) => ReturnType<RunContext<T>["openStoreToRead"]>;
  readonly openStore: (runId: string) => ReturnType<RunContext<T>["openStore"]>;
  /** @param openHome opens a home session, whose calls the signal cuts and not the run's own */
  readonly notifiers: (
    openHome: (signal: AbortSignal) => Promise<Session>,
  ) => readonly Notifier[];
}

/** A notice has seconds, not minutes: the waits between more attempts would not fit. */
const NOTICE_ATTEMPTS = 3;

/** Puts a run together. Nothing is opened or asked before the run does it. */
export function makeContext<T extends JobTypes>(
  { job, config, hashed, narrowed = false, cached }: JobWork<T>,
  { env, callPolicy, rates, notifiers, options, ...parts }: RunParts<T>,
): RunContext<T> {
  const { clock, organization, signal } = parts;
  const runId = ulid(clock.now().getTime());
  const open = async (until: AbortSignal, policy: CallPolicy): Promise<Sessions> =>
    new AwsSessions({
      caller: await findCaller({ get: env }),
      organization,
      needs: job.needs(config),
      runId,
      clock,
      budget: new RateBudget(clock, rates),
      policy,
      signal: until,
    });
  const openHome = async (until: AbortSignal) =>
    await (await open(until, { ...callPolicy, attempts: NOTICE_ATTEMPTS })).home();
  let sessions: Promise<Sessions> | undefined;
  return {
    ...parts,
    job,
    config,
    configHash: hashOf({ organization, [job.name]: hashed ?? config as Jsonable }),
    options: { ...DEFAULT_OPTIONS, ...options, narrowed },
    runId,
    sessions: () => sessions ??= open(signal, callPolicy),
    cached: cached ?? null,
    openStoreToRead: () => parts.openStoreToRead(runId),
    openStore: () => parts.openStore(runId),
    notifiers: () => notifiers(openHome),
  };
}
