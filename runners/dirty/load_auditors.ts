import { ConfigError } from "../core/errors.ts";
import { loadPlugin, type Plugin } from "../core/plugin/module.ts";
import type { DirtyConfig } from "./config.ts";

/**
 * Loads the modules of `dirty.auditors`; nothing of them is called.
 *
 * @param directory the folder of the configuration's file
 * @throws ConfigError if one cannot be loaded, or exports no `marked`
 */
export async function loadAuditors(
  { auditors }: Pick<DirtyConfig, "auditors">,
  directory: string,
): Promise<readonly Plugin[]> {
  const loaded: Plugin[] = [];
  for (const [at, path] of auditors.entries()) {
    const plugin = await loadPlugin(path, directory, `dirty.auditors[${at}]`);
    if (typeof plugin.exports["marked"] !== "function") {
      throw new ConfigError([
        `dirty.auditors[${at}] exports no function "marked", which is called with each mark`,
      ]);
    }
    loaded.push(plugin);
  }
  return loaded;
}
