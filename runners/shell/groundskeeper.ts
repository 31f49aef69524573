import denoConfig from "../../deno.json" with { type: "json" };
import { readCommandLine } from "../core/cli/command_line.ts";
import type { CommonOptions, Request } from "../core/cli/request.ts";
import { type NextCommand, PLAIN_COMMAND, withHelp } from "../core/cli/next_command.ts";
import { nextCommands } from "../core/cli/same_again.ts";
import { createProgress, type Progress } from "../core/cli/progress.ts";
import { visible, wrapText } from "../core/text/wrap.ts";
import { textStyle } from "../core/cli/text_style.ts";
import { SCHEMA } from "../core/contract/names.ts";
import {
  EXIT,
  type ExitCode,
  faultOf,
  GroundskeeperError,
  InterruptedError,
  UsageError,
} from "../core/errors.ts";
import { systemFault } from "../core/files/file_error.ts";
import { jsonText } from "../core/json_text.ts";
import { createLog, errorField, type Log } from "../core/log/log.ts";
import type { Host } from "../core/cli/host.ts";
import type { Terminal } from "../core/cli/terminal.ts";
import type { JobEntry } from "../core/program.ts";
import { JOBS } from "../jobs.ts";

/** The version of the program, from deno.json. */
const VERSION: string = denoConfig.version;

/**
 * Runs the program.
 *
 * @param jobs the jobs that it offers
 * @returns the exit code. Nothing is thrown: what went wrong is told.
 */
export async function main(host: Host, jobs: readonly JobEntry[] = JOBS): Promise<ExitCode> {
  const exitCode = await run(host, jobs);
  const lost = host.stdout.lost();
  if (!lost) return exitCode;
  const [state, remedy] = systemFault(lost) ?? [lost.message, "Name another file"];
  const text = `Cannot write the result to stdout: ${state}. ${remedy}`;
  const undelivered = new GroundskeeperError("stdout", text, EXIT.partly, { cause: lost });
  const log = logFor(host, false, createProgress(null, () => host.clock.monotonicMs()));
  tell(undelivered, host, log, { command: PLAIN_COMMAND, json: false });
  return exitCode === EXIT.done ? EXIT.partly : exitCode;
}

async function run(host: Host, jobs: readonly JobEntry[]): Promise<ExitCode> {
  const color = (stream: Host["stdout"]) => stream.isTerminal && !host.env("NO_COLOR");
  const progress = createProgress(
    host.stderr.isTerminal ? host.stderr.write : null,
    () => host.clock.monotonicMs(),
  );
  let command = nextCommands(jobs, host.command, undefined);
  let log: Log | undefined;
  let request: Request | undefined;
  try {
    request = readCommandLine(host.args, jobs, VERSION, host.command);
    command = nextCommands(jobs, host.command, request);
    if (request.kind === "text") {
      host.stdout.write(request.text.endsWith("\n") ? request.text : `${request.text}\n`);
      return EXIT.done;
    }
    log = logFor(host, request.options.verbose, progress);
    const terminal: Terminal = {
      host,
      log,
      progress,
      style: textStyle({ color: color(host.stdout), width: host.stdout.width }),
      version: VERSION,
      command,
    };
    if (request.kind === "tool") {
      const { runTool } = await import("./tools.ts");
      return await runTool(jobs, request, terminal);
    }
    const { runJob } = await import("./run_job.ts");
    return await runJob(jobs, request, terminal);
  } catch (error) {
    progress.clear();
    // Asked of the arguments, since a misspelt command line is answered in JSON too.
    const json = host.args.includes("--json");
    const told = withVerbsHelp(error, request, host.command);
    return tell(told, host, log ?? logFor(host, false, progress), { command, json });
  }
}

/** A mistake in the command line for which it names no command yet: with the help of its verb. */
function withVerbsHelp(error: unknown, request: Request | undefined, name: string): unknown {
  if (!(error instanceof UsageError) || error.help.length > 0) return error;
  if (!request || request.kind === "text" || error.message.includes("\n")) return error;
  const verb = request.kind === "job" ? `${request.job} ${request.verb}` : request.command;
  return new UsageError(`${error.message}.\nTo see what there is:\n  ${name} ${verb} --help`, {
    cause: error.cause,
  });
}

function logFor(host: Host, verbose: CommonOptions["verbose"], progress: Progress): Log {
  return createLog({
    write: (line) => {
      progress.clear();
      host.stderr.write(line);
    },
    now: () => host.clock.now(),
    format: host.stderr.isTerminal ? "text" : "json",
    level: verbose ? "debug" : host.stderr.isTerminal ? "warn" : "info",
  });
}

/** Tells what went wrong: sentences on a terminal, a log line elsewhere, and JSON where asked for. */
function tell(
  error: unknown,
  host: Host,
  log: Log,
  { command, json }: { readonly command: NextCommand; readonly json: boolean },
): ExitCode {
  const known = error instanceof GroundskeeperError;
  const { code, message, exitCode } = faultOf(error);
  const text = known ? withHelp(message, error.help, command) : message;
  if (error instanceof InterruptedError) log.warn(text);
  else if (host.stderr.isTerminal) host.stderr.write(wrapped(text, host.stderr.width));
  else log.error(text, { code, exit_code: exitCode, ...stackOf(error, known) });
  if (json) {
    const document = { schema: SCHEMA.error, error: { code, message: text }, exit_code: exitCode };
    host.stdout.write(jsonText(document));
  }
  return exitCode;
}

/** A command is pasted, so its line is not broken. What a message quotes is escaped. */
function wrapped(text: string, width: number): string {
  return text.split("\n").map(visible)
    .flatMap((line) => line.startsWith("  ") ? line : wrapText(line, width)).join("\n") + "\n";
}

function stackOf(error: unknown, known: boolean) {
  return known
    ? (error instanceof Error && error.cause ? { cause: errorField(error.cause) } : {})
    : { error: errorField(error), stack: error instanceof Error ? error.stack ?? "" : "" };
}
