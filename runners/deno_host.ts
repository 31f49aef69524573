import { CALL_POLICY } from "./core/aws/clients.ts";
import { systemClock } from "./core/clock.ts";
import { LEASE_MS } from "./core/run/run_register.ts";
import type { Host, Output } from "./host.ts";

/** No line is wider, however wide the terminal: longer ones are hard to read. */
const MAX_WIDTH = 100;

/** The host that Deno gives the program. The only place that reads process state. */
export function denoHost(args: readonly string[]): Host {
  const env = (name: string) => Deno.env.get(name);
  return {
    args,
    clock: systemClock,
    callPolicy: CALL_POLICY,
    leaseMs: LEASE_MS,
    directory: env("INIT_CWD") ?? Deno.cwd(),
    command: commandName(env),
    env,
    stdout: output(Deno.stdout, env),
    stderr: output(Deno.stderr, env),
    canAsk: Deno.stdin.isTerminal() && Deno.stderr.isTerminal(),
    ask,
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
  const encoder = new TextEncoder();
  const isTerminal = stream.isTerminal();
  return {
    isTerminal,
    width: isTerminal ? Math.min(MAX_WIDTH, terminalWidth(env)) : MAX_WIDTH,
    write(text) {
      const bytes = encoder.encode(text);
      for (let written = 0; written < bytes.length;) {
        written += stream.writeSync(bytes.subarray(written));
      }
    },
  };
}

function terminalWidth(env: (name: string) => string | undefined): number {
  const named = Number(env("COLUMNS"));
  return Number.isInteger(named) && named >= 20 ? named : Math.max(20, Deno.consoleSize().columns);
}

/** `prompt` stops the whole program, signals included, and asks on stdout. */
async function ask(question: string, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  Deno.stderr.writeSync(new TextEncoder().encode(`${question} `));
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  const cut = Promise.withResolvers<never>();
  const onAbort = () => cut.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    let line = "";
    while (!line.includes("\n")) {
      const { value, done } = await Promise.race([reader.read(), cut.promise]);
      if (done) break;
      line += value;
    }
    return line;
  } finally {
    signal.removeEventListener("abort", onAbort);
    void reader.cancel().catch(() => {});
  }
}

function onStop(stop: () => void): () => void {
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  };
}
