import { loadConfig } from "./config_file.ts";
import { InterruptedError } from "../core/errors.ts";
import { history } from "./history.ts";
import type { JobRequest } from "../core/program.ts";
import { programOf } from "../jobs.ts";
import type { Terminal } from "../core/cli/terminal.ts";

/** Runs a verb of a job and prints its result. @returns the exit code */
export async function runJob(request: JobRequest, terminal: Terminal): Promise<number> {
  const { host } = terminal;
  const program = await programOf(request.job);
  const loaded = await loadConfig(
    request.options,
    host,
    host.clock.now(),
    (content) => program.overlay(content, request),
  );
  if (request.verb === "history") return await history(request, loaded, terminal, program.history);
  const stop = new AbortController();
  const forget = host.onStop(() => stop.abort(new InterruptedError()));
  try {
    return await program.run({ request, loaded, terminal, signal: stop.signal });
  } finally {
    terminal.progress.clear();
    forget();
  }
}
