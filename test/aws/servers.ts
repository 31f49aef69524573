/** Starts moto and MiniStack on free ports of 127.0.0.1, and ends them. */

import { fileURLToPath } from "node:url";

import { type ServerName } from "./install.ts";

export interface RunningServer extends AsyncDisposable {
  /** E.g. `http://127.0.0.1:40000`. */
  readonly address: string;
  readonly pid: number;
}

export interface ServerOptions {
  /** The Python of the server's environment. */
  readonly python: string;
  /** MiniStack evaluates IAM policies and checks signatures. */
  readonly enforceIam?: boolean;
  /** How long a start may take, in milliseconds. Default: 60,000. */
  readonly deadlineMs?: number;
  /** Shows the server's own messages, e.g. the trace of an error in moto. */
  readonly verbose?: boolean;
}

/**
 * Starts a server and waits until it answers. It ends when disposed of, and with this process,
 * however that ends: its standard input is a pipe that the kernel then closes.
 * @throws Error if it ends or does not answer in time
 */
export async function startServer(
  name: ServerName,
  options: ServerOptions,
): Promise<RunningServer> {
  const { deadlineMs = 60_000 } = options;
  const child = new Deno.Command(options.python, {
    args: ["-I", fileURLToPath(new URL("serve.py", import.meta.url)), name],
    clearEnv: true,
    env: environmentOf(name, options.enforceIam ?? false),
    stdin: "piped",
    stdout: "piped",
    stderr: options.verbose ? "inherit" : "null",
  }).spawn();
  const stop = async () => {
    await child.stdin.close();
    child.ref();
    await child.status;
  };
  try {
    const signal = AbortSignal.timeout(deadlineMs);
    const told = JSON.parse(await firstLine(child, signal)) as { port: number; error?: string };
    if (told.error !== undefined) throw new Error(told.error);
    const address = `http://127.0.0.1:${told.port}`;
    await answers(address, signal);
    // A program that is done need not wait for a server that ends with it.
    child.unref();
    return { address, pid: child.pid, [Symbol.asyncDispose]: stop };
  } catch (error) {
    try {
      child.kill("SIGKILL");
    } catch (killed) {
      // It has ended by itself.
      if (!(killed instanceof TypeError)) throw killed;
    }
    await stop();
    throw new Error(`Cannot start ${name} (deadline ${deadlineMs} ms): ${error}`, { cause: error });
  }
}

function environmentOf(name: ServerName, enforceIam: boolean): Record<string, string> {
  const inherited: Record<string, string> = {};
  for (const variable of ["PATH", "HOME", "LANG", "TMPDIR"]) {
    const value = Deno.env.get(variable);
    if (value !== undefined) inherited[variable] = value;
  }
  if (name === "moto") {
    // 1,177 images in each account and region otherwise, whose snapshots look like one's own.
    return { ...inherited, MOTO_EC2_LOAD_DEFAULT_AMIS: "false" };
  }
  return {
    ...inherited,
    // Empty: an inherited key would become the root user's.
    AWS_ACCESS_KEY_ID: "",
    LOG_LEVEL: "WARNING",
    ...(enforceIam ? { AUTH: "true" } : {}),
  };
}

async function firstLine(child: Deno.ChildProcess, signal: AbortSignal): Promise<string> {
  const lines = child.stdout.pipeThrough(new TextDecoderStream(), { signal });
  let line = "";
  for await (const text of lines) {
    line += text;
    const end = line.indexOf("\n");
    if (end >= 0) return line.slice(0, end);
  }
  throw new Error(`it ended before it told its port`);
}

/** Asks until the server answers anything at all. */
async function answers(address: string, signal: AbortSignal): Promise<void> {
  while (true) {
    try {
      const response = await fetch(address, { signal });
      await response.body?.cancel();
      return;
    } catch (error) {
      // Refused: it listens in a moment.
      if (signal.aborted || !(error instanceof TypeError)) throw error;
    }
  }
}
