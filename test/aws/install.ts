/** Installs moto and MiniStack, once, into virtual environments in the cache folder. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { withFileLock } from "./file_lock.ts";
import { type Python, requirePython } from "./python.ts";
import { runTool } from "./run_tool.ts";

/** The servers that can be installed; each has its own environment, for they disagree on botocore. */
export type ServerName = "moto" | "ministack";

export interface InstallOptions {
  readonly servers: readonly ServerName[];
  /** Default: `$GROUNDSKEEPER_CACHE`, `$XDG_CACHE_HOME/groundskeeper` or `~/.cache/groundskeeper`. */
  readonly cache?: string;
  /** Default: `python3`. */
  readonly python?: string;
  /** Folder of the `requirements_*.txt`. Default: this folder. */
  readonly pins?: string;
  /** Told what takes long, one sentence at a time. */
  readonly onProgress?: (sentence: string) => void;
}

/** The installed environments: the Python that runs each server. */
export type Installed = Readonly<Partial<Record<ServerName, string>>>;

/** Written last: an environment without it was cut off in the middle, and is made anew. */
const completeMarker = "groundskeeper-complete";

/**
 * Makes sure that the servers are installed, as pinned. Once they are, it needs no network.
 *
 * Environments are built where they stay, since they hold their own path, under a lock that the
 * kernel frees with its process; a marker file, not a rename, says that one is complete.
 *
 * @throws Error with what failed, the tool's output and what to do
 */
export async function install(options: InstallOptions): Promise<Installed> {
  const cache = options.cache ?? cacheFolder();
  const pins = options.pins ?? fileURLToPath(new URL(".", import.meta.url));
  const python = await requirePython(options.python ?? "python3");
  const installed: Partial<Record<ServerName, string>> = {};
  for (const server of options.servers) {
    installed[server] = await complete(server, (folder) => buildServer(folder, server));
  }
  return installed;

  /** The Python of an environment, which is built if there is none of the same pins yet. */
  async function complete(name: string, build: (folder: string) => Promise<void>) {
    const identity = await fingerprint([pinsFile("uv"), pinsFile(name)], python);
    const folder = join(cache, "local-aws", `${name}-${identity}`);
    if (await exists(join(folder, completeMarker))) return pythonIn(folder);
    await Deno.mkdir(join(cache, "local-aws"), { recursive: true });
    await withFileLock(`${folder}.lock`, async () => {
      // Another process may have done it while this one waited.
      if (await exists(join(folder, completeMarker))) return;
      if (await exists(folder)) await Deno.remove(folder, { recursive: true });
      options.onProgress?.(`Installing ${name} into ${folder}`);
      await build(folder);
      await Deno.writeTextFile(join(folder, completeMarker), "");
    });
    return pythonIn(folder);
  }

  function pinsFile(name: string): string {
    return join(pins, `requirements_${name}.txt`);
  }

  async function buildServer(folder: string, server: ServerName): Promise<void> {
    const uv = await complete("uv", buildUv);
    await makeEnvironment(folder, "--without-pip");
    // Without bytecode the first start of a server compiles, and takes seconds more.
    const pip = ["-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"];
    const places = ["--python", pythonIn(folder), "--cache-dir", join(cache, "uv")];
    const args = [...pip, ...places, "-r", pinsFile(server)];
    await runTool(uv, args, `install ${server}`, unreachable);
  }

  async function buildUv(folder: string): Promise<void> {
    await makeEnvironment(folder);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const args = [...pip, "--require-hashes", "-r", pinsFile("uv")];
    await runTool(pythonIn(folder), args, "install uv", unreachable);
  }

  async function makeEnvironment(folder: string, ...flags: string[]): Promise<void> {
    const args = ["-m", "venv", ...flags, folder];
    await runTool(python.command, args, "make a virtual environment");
  }
}

const unreachable = "Check that the package index can be reached, then try again. " +
  "uv does not read pip's configuration: an index of your own is named in UV_DEFAULT_INDEX";

/** The folder that keeps what was installed. Throws an Error if no variable tells one. */
export function cacheFolder(env: (name: string) => string | undefined = Deno.env.get): string {
  const own = env("GROUNDSKEEPER_CACHE");
  if (own) return own;
  const shared = env("XDG_CACHE_HOME");
  if (shared) return join(shared, "groundskeeper");
  const home = env("HOME") ?? env("USERPROFILE");
  if (home) return join(home, ".cache", "groundskeeper");
  throw new Error(
    "Cannot find a cache folder: neither HOME nor XDG_CACHE_HOME is set. Set GROUNDSKEEPER_CACHE",
  );
}

function pythonIn(folder: string): string {
  return join(folder, "bin", "python");
}

/** Other pins, another Python or another machine sharing the folder: another environment. */
async function fingerprint(files: readonly string[], python: Python): Promise<string> {
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
  const content = new TextEncoder().encode([...texts, python.identity].join("\0"));
  const digest = await crypto.subtle.digest("SHA-256", content);
  return new Uint8Array(digest).toHex().slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
