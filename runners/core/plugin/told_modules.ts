import type { Clock } from "../clock.ts";
import { before, deadlineAfter } from "../deadline.ts";
import { ConfigError } from "../errors.ts";
import { errorField, type Log } from "../log/log.ts";
import { loadPlugin, type Plugin } from "./module.ts";

/** How long a module may take, and how often one is called that fails. */
const LONGEST_MS = 10_000;
const TRIES = 5;

/** What a module gets besides what has happened. */
export type ToldTools = { readonly log: Log; readonly signal: AbortSignal };

/**
 * Loads modules that are told of something by a function that they export; nothing of them is called.
 *
 * @param setting where the configuration names them: `dirty.auditors`
 * @param directory the folder of the configuration's file
 * @throws ConfigError if one cannot be loaded, or does not export the function
 */
export async function loadToldModules(
  paths: readonly string[],
  exported: string,
  setting: string,
  directory: string,
): Promise<readonly Plugin[]> {
  const loaded: Plugin[] = [];
  for (const [at, path] of paths.entries()) {
    const plugin = await loadPlugin(path, directory, `${setting}[${at}]`);
    if (typeof plugin.exports[exported] !== "function") {
      throw new ConfigError([`${setting}[${at}] exports no function "${exported}"`]);
    }
    loaded.push(plugin);
  }
  return loaded;
}

/**
 * Makes what tells modules of something: until all of them take it, or one has failed too often. What
 * they throw is logged.
 *
 * @returns a function that answers false if they are to be told again
 */
export function tellModules<Happened>(
  plugins: readonly Plugin[],
  exported: string,
  { clock, log, signal }: ToldTools & { readonly clock: Clock },
): (key: string, happened: Happened) => Promise<boolean> {
  const tries = new Map<string, number>();
  const tell = async ({ name, exports }: Plugin, key: string, happened: Happened) => {
    using deadline = deadlineAfter(AbortSignal.abort(), clock, LONGEST_MS);
    const cut = AbortSignal.any([signal, deadline.signal]);
    try {
      const told = exports[exported] as (happened: Happened, tools: ToldTools) => unknown;
      await before(cut, Promise.try(() => told(happened, { log, signal: cut })));
      return true;
    } catch (error) {
      log.error(`The module ${name} failed`, { told: key, error: errorField(error) });
      return false;
    }
  };
  return async (key, happened) => {
    const taken = await Promise.all(plugins.map((plugin) => tell(plugin, key, happened)));
    const failed = taken.includes(false) ? (tries.get(key) ?? 0) + 1 : 0;
    const isDone = failed === 0 || failed >= TRIES && !signal.aborted;
    if (isDone) tries.delete(key);
    else tries.set(key, failed);
    return isDone;
  };
}
