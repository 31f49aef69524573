/** Installs moto and MiniStack, once, into virtual environments in the cache folder. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type EnvironmentOptions, virtualEnvironment } from "./virtual_environment.ts";

/** The servers that can be installed; each has its own environment, for they disagree on botocore. */
export type ServerName = "moto" | "ministack";

export interface InstallOptions
  extends Pick<EnvironmentOptions, "cache" | "python" | "onProgress"> {
  readonly servers: readonly ServerName[];
  /** Folder of the `requirements_*.txt`. Default: this folder. */
  readonly pins?: string;
}

/** The installed environments: the Python that runs each server. */
export type Installed = Readonly<Partial<Record<ServerName, string>>>;

/** The pins in this folder of what is named. */
export function pinsOf(name: ServerName | "uv"): string {
  return fileURLToPath(new URL(pinsFile(name), import.meta.url));
}

/**
 * Makes sure that the servers are installed, as pinned. Once they are, it needs no network.
 * @throws Error with what failed, the tool's output and what to do
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const { servers, pins, ...environment } = options;
  const at = (name: ServerName | "uv") =>
    pins === undefined ? pinsOf(name) : join(pins, pinsFile(name));
  const installed: Partial<Record<ServerName, string>> = {};
  for (const name of servers) {
    installed[name] = await virtualEnvironment({
      ...environment,
      name,
      pins: at(name),
      uvPins: at("uv"),
    });
  }
  return installed;
}

function pinsFile(name: string): string {
  return `requirements_${name}.txt`;
}
