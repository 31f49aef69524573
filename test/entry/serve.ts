/**
 * The program as a server: it answers each request with a run of its own, from the command line
 * to stdout, with the arguments, the folder and the environment that the request names. A process
 * for each run would take most of its time to start.
 *
 * The first line on stdout is `{"port": N}`. It ends when its standard input is closed, as the
 * kernel does when the process that started it ends.
 */

import "./unsynced_store.ts";
import { denoHost } from "../../runners/shell/deno_host.ts";
import { main } from "../../runners/shell/groundskeeper.ts";
import { withVariables } from "./own_environment.ts";
import type { AskedRun, Left } from "./shared_program.ts";
import { testHost } from "./test_host.ts";

/** Faults that nobody caught, told to each run that goes on: they would have ended a process. */
const uncaught = new Set<(fault: unknown) => void>();

addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  for (const tell of uncaught) tell(event.reason);
});

function output(told: string[]) {
  return {
    isTerminal: false,
    width: 100,
    write: (text: string) => void told.push(text),
    lost: () => null,
  };
}

async function run({ args, directory, env }: AskedRun): Promise<Left> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const { promise, reject } = Promise.withResolvers<never>();
  uncaught.add(reject);
  try {
    const host = {
      ...denoHost(args),
      directory,
      command: "groundskeeper",
      env: (name: string) => env[name],
      stdout: output(stdout),
      stderr: output(stderr),
      canAsk: false,
      onStop: () => () => {},
    };
    const code = await Promise.race([main(testHost(host)), promise]);
    return { code, stdout: stdout.join(""), stderr: stderr.join("") };
  } catch (error) {
    return { code: 1, stdout: stdout.join(""), stderr: `${stderr.join("")}${error}\n` };
  } finally {
    uncaught.delete(reject);
  }
}

Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(JSON.stringify({ port })),
}, async (request) => {
  const asked: AskedRun = await request.json();
  return Response.json(await withVariables(asked.env, () => run(asked)));
});

for await (const _ of Deno.stdin.readable);
Deno.exit();
