/** Installs pinned Python packages, once, into a virtual environment in the cache folder. */

import { join } from "node:path";

import { cacheFolder } from "./cache_folder.ts";
import { withFileLock } from "./file_lock.ts";
import { type Python, requirePython } from "./python.ts";
import { runTool } from "./run_tool.ts";

/** A virtual environment, and where it is built. */
export interface EnvironmentOptions {
  /** Names the environment's folder, and what is told of it. */
  readonly name: string;
  /** Where environments are built. Default: the folder of `cacheFolder()`. */
  readonly cache?: string;
  /** The folder of environments within the cache. Default: `local-aws`. */
  readonly room?: string;
  /** Default: `python3`. */
  readonly python?: string;
  /** The packages and their hashes, in pip's form. */
  readonly pins: string;
  /** The same of uv, which installs them. */
  readonly uvPins: string;
  /** Told what takes long, one sentence at a time. */
  readonly onProgress?: (sentence: string) => void;
}

/** Written last: an environment without it was cut off in the middle, and is made anew. */
const completeMarker = "groundskeeper-complete";

const localAwsRoom = "local-aws";

/**
 * Makes sure that an environment has what is pinned, and returns its Python. Once it has, it needs
 * no network.
 *
 * Environments are built where they stay, since they hold their own path, under a lock that the
 * kernel frees with its process; a marker file, not a rename, says that one is complete.
 *
 * @throws Error with what failed, the tool's output and what to do
 */
export async function virtualEnvironment(options: EnvironmentOptions): Promise<string> {
  const cache = options.cache ?? cacheFolder();
  const python = await requirePython(options.python ?? "python3");
  const { name, room = localAwsRoom, pins, uvPins } = options;
  return await complete(join(cache, room), name, pins, buildWithUv);

  /** The Python of an environment, which is built if there is none of the same pins yet. */
  async function complete(
    room: string,
    name: string,
    file: string,
    build: (folder: string) => Promise<void>,
  ) {
    const folder = join(room, `${name}-${await fingerprint([uvPins, file], python)}`);
    if (await exists(join(folder, completeMarker))) return pythonIn(folder);
    await Deno.mkdir(room, { recursive: true });
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

  async function buildWithUv(folder: string): Promise<void> {
    const uv = await complete(join(cache, localAwsRoom), "uv", uvPins, buildUv);
    await makeEnvironment(folder, "--without-pip");
    // Without bytecode the first start of a program compiles, and takes seconds more.
    const pip = ["-m", "uv", "pip", "install", "--quiet", "--require-hashes", "--compile-bytecode"];
    const places = ["--python", pythonIn(folder), "--cache-dir", join(cache, "uv")];
    await runTool(uv, [...pip, ...places, "-r", pins], `install ${name}`, unreachable);
  }

  async function buildUv(folder: string): Promise<void> {
    await makeEnvironment(folder);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    const args = [...pip, "--require-hashes", "-r", uvPins];
    await runTool(pythonIn(folder), args, "install uv", unreachable);
  }

  async function makeEnvironment(folder: string, ...flags: string[]): Promise<void> {
    const args = ["-m", "venv", ...flags, folder];
    await runTool(python.command, args, "make a virtual environment");
  }
}

const unreachable = "Check that the package index can be reached, then try again. " +
  "uv does not read pip's configuration: an index of your own is named in UV_DEFAULT_INDEX";

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
