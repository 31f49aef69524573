import { openStoreToRead } from "./compose.ts";
import type { LoadedConfig } from "./config_file.ts";
import { textTable } from "../core/cli/table.ts";
import { relativeText } from "../core/cli/words.ts";
import { EXIT } from "../core/errors.ts";
import type { JsonObject } from "../core/json.ts";
import { type RunRow, runsOf } from "../core/run/run_register.ts";
import type { HistoryColumn, JobRequest } from "../core/program.ts";
import { jsonText } from "./run_verb.ts";
import type { Terminal } from "../core/cli/terminal.ts";

/** How many runs are shown to people; --json has all. */
const SHOWN = 30;

/** Lists the runs of a job, oldest first. @returns the exit code */
export async function history(
  request: JobRequest,
  loaded: LoadedConfig,
  { host, style, command }: Terminal,
  own: readonly HistoryColumn[],
): Promise<number> {
  const store = openStoreToRead(loaded, host);
  try {
    const runs: RunRow[] = [];
    for await (const run of runsOf(store, request.job)) runs.push(run);
    host.stdout.write(
      request.options.json
        ? jsonText(runs)
        : runs.length === 0
        ? `No run has been recorded. Record one:\n  ${command(`${request.job} report`)}\n`
        : historyText(runs, own, host.clock.now(), style),
    );
    return EXIT.done;
  } finally {
    store.close();
  }
}

function historyText(
  runs: readonly RunRow[],
  own: readonly HistoryColumn[],
  now: Date,
  style: Terminal["style"],
): string {
  const columns = [
    { title: "run" },
    { title: "verb" },
    { title: "when" },
    { title: "coverage", align: "right" },
    ...own.map(({ title }) => ({ title, align: "right" }) as const),
    { title: "done", align: "right" },
    { title: "" },
  ] as const;
  const rows = runs.slice(-SHOWN).map((run) => {
    const { coverage, outcomes } = run.summary as JsonObject & {
      coverage?: { planned: number; proven: number };
      outcomes?: { done: number };
    };
    return [
      run.run_id,
      run.verb,
      relativeText(new Date(run.started), now),
      coverage ? `${coverage.proven} of ${coverage.planned}` : "-",
      ...own.map(({ value }) => coverage ? value(run.summary) : "-"),
      outcomes ? String(outcomes.done) : "-",
      endText(run),
    ];
  });
  return `${textTable(columns, rows, style, "")}\n`;
}

function endText({ finished, summary, exit_code }: RunRow): string {
  if (finished === null) return "did not finish";
  if (summary["died"]) return "died; its changes were settled by a later run";
  if (exit_code === EXIT.refused) return "refused by a limit";
  return exit_code === EXIT.partly ? "done in part" : "";
}
