import type { Jsonable } from "../core/json.ts";
import { preparePlugin, type Preparing } from "../core/plugin/module.ts";
import type { Running } from "../core/program.ts";
import type { RunContext } from "../core/run/context.ts";
import { scopeOf } from "../core/run/make_plan.ts";
import type { Asked, RepoConfig, RepoSettings } from "./config.ts";
import { type Extensions, NO_EXTENSIONS } from "./extensions.ts";
import { loadBlocklist } from "./filters/blocklist_file.ts";
import { prepareFilters } from "./filters/prepare_filters.ts";
import type { BlocklistBucket } from "./filters/settings.ts";
import { hooksOf } from "./hooks/hook.ts";
import { judgeWithHooks } from "./hooks/calculate.ts";
import { repoJob } from "./job.ts";
import type { ObservedAccount } from "./observed.ts";
import type { RepoTypes } from "./repo_plan.ts";
import { type LoadedPlugins, loadPlugins, type PluginSettings } from "./plugins.ts";

type RepoContext = RunContext<RepoTypes>;

/** A run of the job, with its filters and hooks, ready to be called. */
export type RepoRun = {
  readonly context: RepoContext;
  readonly extensions: Extensions;
};

/** What a run is opened with: the command line passes it to the program, the library makes it. */
type RunSource = Pick<
  Running<RepoConfig>,
  "config" | "directory" | "ownRoles" | "clock" | "context"
>;

/**
 * Opens a run of the job with the filters and hooks that the configuration names.
 *
 * @param cached answers what is stored of an observation, instead of AWS
 * @throws ConfigError, and the failure of a filter or hook that cannot be prepared: nothing is
 * judged by less than is configured
 */
export async function openRun(
  source: RunSource,
  asked: Asked,
  cached?: () => Promise<readonly ObservedAccount[]>,
): Promise<RepoRun> {
  const { config, directory, ownRoles, clock } = source;
  const settings: RepoSettings = { ...config, asked };
  const plugins = await loadPlugins(config, directory);
  const hooks = hooksOf(plugins.hooks);
  // Filters and hooks are made ready with the run's sessions; nothing is planned before that.
  let extensions: Extensions = { ...NO_EXTENSIONS, permissions: plugins.permissions };
  const job = repoJob({
    settings,
    extensions: () => extensions,
    clock,
    accounts: () => context.options.accounts,
  });
  let added: Promise<void> | undefined;
  // The role of these credentials is one of our own, too.
  const addCaller = async () => {
    const caller = roleOfCaller((await (await context.sessions()).identity()).arn);
    if (caller !== null) {
      extensions = { ...extensions, ownRoles: [...extensions.ownRoles, caller] };
    }
  };
  const context: RepoContext = await source.context<RepoTypes>({
    job: {
      ...job,
      observeAccount: async (account, observing) => {
        await (added ??= addCaller());
        return await job.observeAccount(account, observing);
      },
    },
    config: settings,
    // Without what was asked: it only narrows a run, and its plan may be applied by another run.
    // Plugins have settings that the type does not know.
    hashed: config as unknown as Jsonable,
    narrowed: asked.roles !== null || asked.policy !== null,
    ...(cached ? { cached } : {}),
  });
  const bucket = config.filterConfig.blocklist?.blocklist_bucket ?? null;
  const list = config.filters.includes("blocklist") ? bucket : null;
  const blocklist = list && await loadBlocklist(await listSession(context, list), list);
  const asksAws = context.options.snapshotDirectory === null && context.cached === null &&
    [...plugins.filters.values(), ...plugins.hooks].some(({ exports }) => exports["prepare"]);
  await preparePlugins(config, plugins, {
    directory,
    accounts: asksAws ? (await scopeOf(context)).accounts : [],
    now: clock.now(),
    log: context.log,
    session: asksAws
      ? async (account) => (await context.sessions()).member(account, "observe")
      : null,
  });
  extensions = {
    filters: prepareFilters(config, plugins.filters, blocklist),
    hooks,
    ownRoles,
    permissions: plugins.permissions,
    judge: (roles, planning) => judgeWithHooks(roles, hooks, planning),
  };
  return { context, extensions };
}

/** The session that reads the blocklist: of the role that the bucket names, or of the home role. */
async function listSession(
  { sessions }: RepoContext,
  { account_number, assume_role }: BlocklistBucket,
) {
  return account_number === undefined || assume_role === undefined
    ? await (await sessions()).home()
    : await (await sessions()).member({ id: account_number, name: null }, "blocklist");
}

/**
 * Calls the `prepare` of each module, one after another.
 *
 * @throws GroundskeeperError if one fails
 */
export async function preparePlugins(
  { filterConfig }: Pick<PluginSettings, "filterConfig">,
  { filters, hooks }: LoadedPlugins,
  preparing: Omit<Preparing, "settings">,
): Promise<void> {
  for (const plugin of [...filters.values(), ...hooks]) {
    const settings = Object.hasOwn(filterConfig, plugin.name)
      ? filterConfig[plugin.name]
      : undefined;
    await preparePlugin(plugin, { ...preparing, settings });
  }
}

/** The name of the caller's role, from the ARN that STS answers; null: the caller is no role. */
export function roleOfCaller(arn: string): string | null {
  return /^arn:[^:]+:sts::\d{12}:assumed-role\/([^/]+)\/./.exec(arn)?.[1] ?? null;
}
