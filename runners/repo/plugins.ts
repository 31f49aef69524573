import leven from "leven";
import type { Permission } from "../core/needs/needs.ts";
import { isModulePath, loadPlugin, type Plugin, pluginName } from "../core/plugin/module.ts";
import { ConfigError } from "../core/errors.ts";
import { hooksOf } from "./hooks/hook.ts";
import { type FilterConfig, FILTERS } from "./filters/settings.ts";

/** The part of the configuration that names filters and hooks. */
export type PluginSettings = {
  readonly filters: readonly string[];
  readonly filterConfig: FilterConfig;
  readonly hooks: readonly string[];
};

const BUILT_IN: readonly string[] = FILTERS;

/** What is wrong with the names, paths and settings of filters and hooks, as sentences. */
export function pluginContradictions(config: PluginSettings): string[] {
  return [
    ...config.filters.flatMap((name, index) => wrongFilter(name, `repo.filters[${index}]`)),
    ...config.hooks.flatMap((path, index) => wrongHook(path, `repo.hooks[${index}]`)),
    ...twice(config.filters, "repo.filters"),
    ...twice(config.hooks, "repo.hooks"),
    ...unreadSettings(config),
  ];
}

function wrongFilter(name: string, path: string): string[] {
  if (BUILT_IN.includes(name)) return [];
  if (isModulePath(name)) return notAFile(name, path).concat(nameOfAnother(name, path));
  if (/^[\w.]+:\w+$/.test(name)) {
    return [
      `${path} is "${name}", a class in Python. "groundskeeper repo import-config" says what ` +
      "becomes of Repokid's filters",
    ];
  }
  const near = BUILT_IN.find((one) => leven(one, name.toLowerCase()) <= 2);
  const advice = near
    ? `Did you mean "${near}"?`
    : `There are ${BUILT_IN.join(", ")}, and modules of one's own by path, such as "./filter.ts"`;
  return [`${path} is "${name}", which is no filter. ${advice}`];
}

function wrongHook(path: string, setting: string): string[] {
  return isModulePath(path)
    ? notAFile(path, setting)
    : [`${setting} must be the path of a module, such as "./hook.ts", found "${path}"`];
}

function notAFile(path: string, setting: string): string[] {
  return /^[a-z][a-z+.-]+:/i.test(path)
    ? [`${setting} must be the path of a file on this machine, found "${path}"`]
    : [];
}

function nameOfAnother(path: string, setting: string): string[] {
  const name = pluginName(path);
  return BUILT_IN.includes(name)
    ? [`${setting} has the name of the filter ${name}, which is built in: rename its file`]
    : [];
}

/** Two modules of one name would share their settings and could not be told apart in reasons. */
function twice(paths: readonly string[], setting: string): string[] {
  const names = paths.map(pluginName);
  return names.flatMap((name, index) =>
    names.indexOf(name) < index ? [`${setting}[${index}] names ${name} a second time`] : []
  );
}

/** Settings without their filter: nobody would notice that a blocklist is not used. */
function unreadSettings({ filters, filterConfig, hooks }: PluginSettings): string[] {
  const names = [...filters, ...hooks].map(pluginName);
  return Object.keys(filterConfig).filter((name) => !names.includes(name)).map((name) =>
    BUILT_IN.includes(name)
      ? `repo.filterConfig.${name} is set, and repo.filters does not name "${name}"`
      : `repo.filterConfig.${name} belongs to no filter or hook. There are ${
        names.length === 0 ? "none" : names.join(", ")
      }`
  );
}

/** The user's own modules that the configuration names, loaded; nothing of them was called. */
export type LoadedPlugins = {
  /** By the path in `repo.filters`. */
  readonly filters: ReadonlyMap<string, Plugin>;
  readonly hooks: readonly Plugin[];
  /** What all of them need in AWS. */
  readonly permissions: readonly Permission[];
};

/**
 * Loads them all.
 *
 * @param directory the folder of the configuration's file
 * @throws ConfigError if one cannot be loaded, or exports no filter or hook
 */
export async function loadPlugins(
  { filters, hooks }: PluginSettings,
  directory: string,
): Promise<LoadedPlugins> {
  const byPath = new Map<string, Plugin>();
  for (const [index, path] of filters.entries()) {
    if (BUILT_IN.includes(path)) continue;
    const setting = `repo.filters[${index}]`;
    const plugin = await loadPlugin(path, directory, setting);
    filterIn(plugin, setting);
    byPath.set(path, plugin);
  }
  const loaded: Plugin[] = [];
  for (const [index, path] of hooks.entries()) {
    loaded.push(await loadPlugin(path, directory, `repo.hooks[${index}]`));
  }
  hooksOf(loaded);
  const asked = [...byPath.values(), ...loaded].flatMap((plugin) => plugin.permissions);
  return { filters: byPath, hooks: loaded, permissions: await asAwsSpells(asked) };
}

/**
 * The filter that a module exports: its default export, or its export `filter`.
 *
 * @param setting where the configuration names it, for messages: `repo.filters[0]`
 * @throws ConfigError if it exports none
 */
export function filterIn(
  { path, exports }: Plugin,
  setting: string,
): (role: unknown, settings: unknown) => unknown {
  const filter = exports["default"] ?? exports["filter"];
  if (typeof filter === "function") return filter as ReturnType<typeof filterIn>;
  throw new ConfigError([
    `${setting} is "${path}", which exports no filter: its default export, or "filter", must be a ` +
    "function (role, settings) => string | null",
  ]);
}

/** The actions as AWS spells them. The catalogue is loaded only for this. */
async function asAwsSpells(permissions: readonly Permission[]): Promise<readonly Permission[]> {
  if (permissions.length === 0) return permissions;
  const { spelled } = await import("./catalogue/spelling.ts");
  return permissions.map((one) => ({ ...one, action: spelled(one.action) }));
}
