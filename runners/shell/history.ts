import type { LoadedConfig } from "./config_file.ts";
import { EXIT, type ExitCode } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type RunRow, runsOf } from "../core/run/run_register.ts";
import type { HistoryColumn, JobEntry, JobRequest } from "../core/program.ts";
import { jsonText } from "../core/json_text.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { closing } from "../core/store/store.ts";
import type { Table } from "../core/text/sections.ts";
import { openStoreToList } from "./open_store.ts";

/** How many runs are shown to people; --json has all. */
const SHOWN = 30;

/** Lists the runs of a job, oldest first. */
export async function history(
  request: JobRequest,
  loaded: LoadedConfig,
  terminal: Terminal,
  entry: JobEntry,
): Promise<ExitCode> {
  const { host, command } = terminal;
  const { signal } = new AbortController();
  const runs = await closing(
    await openStoreToList({ loaded, terminal, jobs: [entry], signal }),
    (store) => Array.fromAsync(runsOf(store, request.job)),
  );
  if (request.options.json) host.stdout.write(jsonText(runs));
  else {
    say(terminal, [[
      runs.length === 0
        ? {
          next: "No run has been recorded. Record one:",
          command: command(`${request.job} report`),
        }
        : runsTable(runs, entry.history ?? []),
    ]]);
  }
  return EXIT.done;
}

function runsTable(runs: readonly RunRow[], own: readonly HistoryColumn[]): Table {
  const right = (title: string) => ({ title, align: "right" }) as const;
  return {
    columns: [
      "Run",
      "Verb",
      "When",
      right("Coverage"),
      ...own.map(({ title }) => right(title)),
      right("Done"),
      "",
    ],
    rows: runs.slice(-SHOWN).map((run) => {
      const { coverage, outcomes } = run.summary as JsonObject & {
        coverage?: { planned: number; proven: number; empty?: number };
        outcomes?: { done: number };
      };
      return [
        run.run_id,
        run.verb,
        { at: new Date(run.started) },
        coverage ? `${coverage.proven} of ${coverage.planned - (coverage.empty ?? 0)}` : null,
        ...own.map(({ value }) => coverage ? value(run.summary) : null),
        outcomes?.done ?? null,
        endText(run),
      ];
    }),
    show: SHOWN,
    total: runs.length,
    rest: "--json has the older ones too",
  };
}

function endText({ finished, summary, exit_code }: RunRow): string {
  if (finished === null) return "did not finish";
  if (summary["died"]) return "died; its changes were settled by a later run";
  const { undoes } = summary;
  return [
    ...(typeof undoes === "string" ? [`undoes run ${undoes}`] : []),
    ...(exit_code === EXIT.refused ? ["refused by a limit"] : []),
    ...(exit_code === EXIT.partly ? ["done in part"] : []),
  ].join(", ");
}
