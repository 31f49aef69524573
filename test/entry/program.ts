import { ROOT } from "../architecture/module_graph.ts";

/** The environment variable that names a running program to other processes, by its address. */
export const programVariable = "GROUNDSKEEPER_PROGRAM";

/** The program as a server; see `serve.ts`. */
export interface RunningProgram extends AsyncDisposable {
  readonly address: string;
}

/**
 * Starts the program with the permissions of the people's set. It ends with this process.
 *
 * @param env put over this process's environment
 */
export async function startProgram(
  env: Readonly<Record<string, string>> = {},
): Promise<RunningProgram> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-q",
      "--cached-only",
      `--config=${ROOT}deno.json`,
      "-P=groundskeeper",
      `${ROOT}test/entry/serve.ts`,
    ],
    env: { ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { port } = JSON.parse((await reader.read()).value ?? "null") as { port: number };
  reader.releaseLock();
  // A program that is done need not wait for one that ends with it.
  child.unref();
  return {
    address: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => {
      await child.stdin.close();
      child.ref();
      await child.status;
    },
  };
}
