import { denoDisk } from "../adapters/disk/deno_disk.ts";
import { CALL_POLICY } from "../core/aws/call_policy.ts";
import { systemClock } from "../core/clock.ts";
import { before } from "../core/deadline.ts";
import { LEASE_MS } from "../core/run/run_register.ts";
import type { Host, Output } from "../core/cli/host.ts";

/** No line is wider, however wide the terminal: longer ones are hard to read. */
const MAX_WIDTH = 100;

/** The host that Deno gives the program. The only place that reads process state. */
export function denoHost(args: readonly string[]): Host {
  const env = (name: string) => Deno.env.get(name);
  const stderr = output(Deno.stderr, env);
  return {
    args,
    clock: systemClock,
    callPolicy: CALL_POLICY,
    leaseMs: LEASE_MS,
    directory: env("INIT_CWD") ?? Deno.cwd(),
    command: commandName(env),
    deno: Deno.execPath,
    env,
    disk: denoDisk,
    stdout: output(Deno.stdout, env),
    stderr,
    canAsk: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
    ask: (question, signal) => ask(question, stderr, signal),
    onStop,
  };
}

/** How the person called the program, so that a next command can be pasted as it stands. */
function commandName(env: Host["env"]): string {
  const named = env("GROUNDSKEEPER_COMMAND");
  if (named !== undefined) return named;
  // Only `deno task` sets INIT_CWD, and only `npx` says that npm's command was exec.
  if (env("INIT_CWD") === undefined) return "groundskeeper";
  const npx = env("npm_command") === "exec" ? "npx -y deno@2.9.6" : "deno";
  return `${npx} task groundskeeper`;
}

function output(
  stream: typeof Deno.stdout | typeof Deno.stderr,
  env: (name: string) => string | undefined,
): Output {
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    width: isTerminal ? Math.min(MAX_WIDTH, terminalWidth(env)) : MAX_WIDTH,
    ...textWriter((bytes) => stream.writeSync(bytes)),
  };
}

/** How long to wait before a pipe that is full is tried again, in milliseconds. */
const FULL_PIPE_MS = 10;

/**
 * Writes text so that no fault of whoever reads it stops a run.
 *
 * @param take takes bytes and answers how many; throws the system's errors
 */
export function textWriter(
  take: (bytes: Uint8Array) => number,
): Pick<Output, "write" | "lost"> {
  const encoder = new TextEncoder();
  let fault: Error | null = null;
  const writeAll = (bytes: Uint8Array) => {
    for (let written = 0; written < bytes.length;) {
      const taken = takeSome(take, bytes.subarray(written));
      if (taken === 0) throw new Error("it takes no more bytes");
      written += taken;
    }
  };
  return {
    write(text) {
      // After a fault nothing more is written: a document with a gap would be worse.
      if (fault) return;
      try {
        writeAll(encoder.encode(text));
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        fault = error;
      }
    },
    lost: () => fault instanceof Deno.errors.BrokenPipe ? null : fault,
  };
}

/** A pipe may be full: another program that shares it may have set it not to block. */
function takeSome(take: (bytes: Uint8Array) => number, bytes: Uint8Array): number {
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (true) {
    try {
      return take(bytes);
    } catch (error) {
      if (error instanceof Deno.errors.Interrupted) continue;
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(never, 0, 0, FULL_PIPE_MS);
    }
  }
}

function terminalWidth(env: (name: string) => string | undefined): number {
  const named = Number(env("COLUMNS"));
  // A terminal may not know how wide it is, and says 0.
  return Number.isInteger(named) && named >= 20
    ? named
    : Math.max(20, Deno.consoleSize().columns || MAX_WIDTH);
}

/** Not by `prompt`, which stops all of the program, signals included, and asks on stdout. */
async function ask(question: string, stderr: Output, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  stderr.write(`${question} `);
  // Nobody agrees to what could not be shown.
  if (stderr.lost()) return "";
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  try {
    let line = "";
    while (!line.includes("\n")) {
      const { value, done } = await before(signal, reader.read());
      if (done) break;
      line += value;
    }
    return line;
  } finally {
    void reader.cancel().catch(() => {});
  }
}

function onStop(stop: () => void): () => void {
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return () => {
    for (const signal of signals) {
      // A terminal and `deno task` both send Ctrl-C: the second must not end what is ending.
      Deno.addSignalListener(signal, () => {});
      Deno.removeSignalListener(signal, stop);
    }
  };
}
