import type { Clock } from "../core/clock.ts";
import type { Job } from "../core/job.ts";
import type { Json } from "../core/json.ts";
import type { Log } from "../core/log/log.ts";
import type { RunContext } from "../core/run/context.ts";
import { scopeOf } from "../core/run/make_plan.ts";
import type { Asked, RepoConfig, RepoSettings } from "./config.ts";
import { type Extensions, NO_EXTENSIONS } from "./extensions.ts";
import { blocklistSession } from "./filters/blocklist_role.ts";
import { repoJob } from "./job.ts";
import { loadExtensions } from "./load_extensions.ts";
import type { Observed } from "./observed.ts";
import type { Earlier } from "./planning.ts";

export type RepoContext = RunContext<RepoSettings, Observed, Earlier>;

/** A run of the job, with the filters and hooks that are ready for it. */
export type RepoRun = {
  readonly context: RepoContext;
  readonly extensions: Extensions;
};

/** What the job brings to its run. */
export type RepoRunWork = {
  readonly job: Job<RepoSettings, Observed, Earlier>;
  readonly jobConfig: RepoSettings;
  /** The part of the settings that the configuration decides: plans are held against it. */
  readonly hashed: Json;
  /** Only some roles were asked for. */
  readonly narrowed: boolean;
};

/** What a run is made with. */
export interface PreparingRun {
  readonly part: RepoConfig;
  readonly asked: Asked;
  /** What paths in the configuration are relative to. */
  readonly directory: string;
  /** Names of Groundskeeper's own roles: none of them is ever changed (design rule 11). */
  readonly ownRoles: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  /** Puts the run together with everything else that it needs. */
  context(work: RepoRunWork): Promise<RepoContext>;
}

/**
 * Prepares a run of the job with the filters and hooks that the configuration names.
 *
 * @throws ConfigError, and whatever a filter or hook cannot be prepared for: nothing is judged by
 * less than is configured
 */
export async function prepareRun(preparing: PreparingRun): Promise<RepoRun> {
  const { part, asked, directory, ownRoles, clock, log } = preparing;
  const settings: RepoSettings = { ...part, asked };
  const plugins = await loadExtensions(part, { directory, ownRoles });
  // What is ready is known once the run's sessions are; nothing is planned before.
  let extensions: Extensions = { ...NO_EXTENSIONS, permissions: plugins.permissions };
  const job = repoJob({ settings, extensions: () => extensions, clock });
  const context: RepoContext = await preparing.context({
    job: {
      ...job,
      observe: async (observing) => {
        // Whose credentials these are is known by now; that role is one of ours too.
        const caller = roleOfCaller((await (await context.sessions()).identity()).arn);
        if (caller !== null) {
          extensions = { ...extensions, ownRoles: [...extensions.ownRoles, caller] };
        }
        return await job.observe(observing);
      },
    },
    jobConfig: settings,
    // What was asked narrows a run; a plan made with it may well be applied without.
    hashed: part as unknown as Json,
    narrowed: asked.roles !== null || asked.policy !== null,
  });
  const asksAws = plugins.asks && context.options.snapshotDirectory === null &&
    context.cached === null;
  extensions = await plugins.prepare({
    accounts: asksAws ? (await scopeOf(context)).accounts : [],
    now: clock.now(),
    log,
    session: asksAws
      ? async (account) => (await context.sessions()).member(account, "observe")
      : null,
    blocklist: async () => blocklistSession(await context.sessions(), part),
  });
  return { context, extensions };
}

/** The name of the role under which a caller is, by the ARN that STS says; null: it is none. */
export function roleOfCaller(arn: string): string | null {
  return /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\/./.exec(arn)?.[1] ?? null;
}
