/** The client's programs as they are installed: the real bundles with their permission sets. */

import clientConfig from "../../client/deno.json" with { type: "json" };
import { denoArguments } from "../../client/install.ts";
import { DEFAULT_SPOOL } from "../../client/spool.ts";
import rootConfig from "../../deno.json" with { type: "json" };
import { ROOT } from "../architecture/module_graph.ts";

/** How a program ended. */
export type Ended = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type Running = {
  /** What it runs with; nothing else is in its environment. */
  readonly env?: { readonly [name: string]: string };
  /** The folder that stands for the machine's: client.json and the spool are in it. */
  readonly folder: string;
  /** Origins of this machine that stand for AWS's. */
  readonly local?: readonly string[];
};

let bundles: Promise<string> | undefined;

/** The folder of the bundles, made once per process by the task itself. */
export function bundleFolder(): Promise<string> {
  return bundles ??= (async () => {
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-client-" });
    const command = rootConfig.tasks.bundle.command.replaceAll("out/client", folder);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "-q", "--eval", command],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(`Cannot bundle: ${new TextDecoder().decode(stderr)}`);
    addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
    return folder;
  })();
}

/** The words that start a program with its set, whose paths are moved into `folder`. */
export async function commandOf(
  name: "login" | "client",
  args: readonly string[],
  { folder, local = [] }: Running,
): Promise<string[]> {
  const set = clientConfig.permissions[name];
  // The machine's own spool is not for tests.
  const moved = (paths: readonly string[]) => [
    ...paths.filter((path) => path !== DEFAULT_SPOOL),
    folder,
  ];
  const flags = denoArguments({
    ...set,
    read: moved(set.read),
    ...("write" in set ? { write: moved(set.write) } : {}),
    // Tests reach this machine alone.
    net: local.map((origin) => new URL(origin).host),
  });
  const bundle = `${await bundleFolder()}/groundskeeper-${name}.js`;
  return [...flags, bundle, ...args, "--config", `${folder}/client.json`];
}

/** Runs a program to its end, as a child with nothing but its environment. */
export async function run(
  name: "login" | "client",
  args: readonly string[],
  running: Running,
): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: await commandOf(name, args, running),
    clearEnv: true,
    env: { DENO_NO_UPDATE_CHECK: "1", ...running.env },
    cwd: "/",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
