import type { Account, Session } from "../core/aws/sessions.ts";
import type { Log } from "../core/log/log.ts";
import type { RepoConfig } from "./config.ts";
import type { Extensions } from "./extensions.ts";
import { loadBlocklist } from "./filters/blocklist_file.ts";
import { prepareFilters } from "./filters/prepare_filters.ts";
import { readFilterSettings } from "./filters/settings.ts";
import { judgeWithHooks } from "./hooks/calculate.ts";
import { loadPlugins, preparePlugins } from "./plugins.ts";
import { hooksOf } from "./hooks/hook.ts";

/** What filters and hooks are loaded with. */
export type LoadingExtensions = {
  /** The folder of the configuration's file, for paths in it. */
  readonly directory: string;
  /** Names of our own roles under `organization.namedRoles`. */
  readonly ownRoles: readonly string[];
};

/** Modules that were loaded, and wait for what they need of AWS. */
export interface LoadedExtensions {
  /** What they ask for in AWS. */
  readonly permissions: Extensions["permissions"];
  /** Whether preparing asks for anything outside: the accounts need not be listed for nothing. */
  readonly asks: boolean;
  /**
   * Prepares them for one run.
   *
   * @throws GroundskeeperError where one cannot be prepared: nothing is judged by less than is
   * configured
   */
  prepare(preparing: PreparingExtensions): Promise<Extensions>;
}

export interface PreparingExtensions {
  readonly accounts: readonly Account[];
  readonly now: Date;
  readonly log: Log;
  /** Opens the observing role in an account; null where the run asks AWS nothing. */
  readonly session: ((account: Account) => Promise<Session>) | null;
  /** The session that reads the blocklist. */
  readonly blocklist: () => Promise<Session>;
}

/**
 * Loads the filters and hooks that the configuration names.
 *
 * @throws ConfigError where one cannot be loaded: a filter that is not there must not be taken for
 * one that has nothing against a change
 */
export async function loadExtensions(
  config: RepoConfig,
  { directory, ownRoles }: LoadingExtensions,
): Promise<LoadedExtensions> {
  const plugins = await loadPlugins(config, directory);
  const { permissions } = plugins;
  const hooks = hooksOf(plugins.hooks);
  const { bucket } = readFilterSettings(config.filterConfig).settings.blocklist;
  const listed = config.filters.includes("blocklist") ? bucket : null;
  const prepared = [...plugins.filters.values(), ...plugins.hooks];
  return {
    permissions,
    asks: listed !== null || prepared.some(({ exports }) => exports["prepare"] !== undefined),
    prepare: async ({ blocklist: session, ...preparing }) => {
      const blocklist = listed && await loadBlocklist(await session(), listed);
      await preparePlugins(config, plugins, { ...preparing, directory });
      return {
        filters: prepareFilters(config, plugins.filters, blocklist),
        hooks,
        ownRoles,
        permissions,
        judge: (roles, planning) => judgeWithHooks(roles, hooks, planning),
      };
    },
  };
}
