import type { Plugin } from "../../core/plugin/module.ts";
import { ConfigError } from "../../core/errors.ts";
import type { PluginSettings } from "../plugins.ts";
import type { BlocklistFile } from "./blocklist_file.ts";
import { builtInFilter } from "./built_in.ts";
import type { RoleFilter } from "./filter.ts";
import { ownFilter } from "./own_filter.ts";
import { type FilterName, FILTERS, readFilterSettings } from "./settings.ts";

/**
 * Makes the filters that the configuration names, in its order.
 *
 * @param plugins the modules of one's own, by path as the configuration says it
 * @param blocklist the list in S3, where one is configured
 * @throws ConfigError where one is not there whole: never fewer filters than are named
 */
export function prepareFilters(
  config: PluginSettings,
  plugins: ReadonlyMap<string, Plugin>,
  blocklist: BlocklistFile | null,
): readonly RoleFilter[] {
  const { settings, problems } = readFilterSettings(config.filterConfig);
  if (problems.length > 0) throw new ConfigError(problems);
  if (config.filters.includes("blocklist") && settings.blocklist.bucket && blocklist === null) {
    throw new ConfigError(["repo.filterConfig.blocklist.blocklist_bucket was not read"]);
  }
  return config.filters.map((name, index) => {
    if (isBuiltIn(name)) return builtInFilter(name, settings, blocklist);
    const plugin = plugins.get(name);
    if (!plugin) throw new ConfigError([`repo.filters[${index}] "${name}" was not loaded`]);
    const own = Object.hasOwn(config.filterConfig, plugin.name)
      ? config.filterConfig[plugin.name]
      : undefined;
    return ownFilter(plugin, own, `repo.filters[${index}]`);
  });
}

function isBuiltIn(name: string): name is FilterName {
  return (FILTERS as readonly string[]).includes(name);
}
