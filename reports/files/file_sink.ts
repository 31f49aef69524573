import { join } from "node:path";
import { EXIT, GroundskeeperError } from "../../runners/core/errors.ts";
import type { Disk } from "../../runners/core/files/disk.ts";
import { FileError } from "../../runners/core/files/file_error.ts";
import { writeFiles } from "../../runners/core/files/write_files.ts";
import { jsonPieces } from "../../runners/core/json_text.ts";
import type { ReportDocument, RunRecord, Sink } from "../../runners/core/report/sink.ts";
import { INDEX, renderIndex, renderPage } from "../html/render_page.ts";
import { allRuns, entryFile, indexPage, runsOf } from "./run_index.ts";
import { sheetCsv } from "./sheet_csv.ts";

/** Job and run become part of a file name, so that they must not lead out of the directory. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** As far as the user's umask lets others read: reports are for sharing. */
const READABLE = 0o666;

/**
 * Publishes each run as four files in `directory`, which is made when it is missing:
 * `<job>-<runId>.jsonl` (the documents, one per line), `.csv` (for a spreadsheet), `.html` (for
 * people) and `.json` (what `--json` prints). Then `index.html` leads to the pages of all runs. Needs
 * permission to read and write the directory; Deno asks both for a rename.
 *
 * `publish` returns the five paths in this order, and throws a GroundskeeperError with the code
 * "report" when one of them was not written; where that is the index alone, it names the four.
 *
 * @param directory relative to the current directory, or absolute
 * @param options.toolVersion stands in the page's footer
 */
export function fileSink(
  directory: string,
  { disk, toolVersion }: { readonly disk: Disk; readonly toolVersion: string },
): Sink {
  return {
    name: "files",
    async publish(record) {
      const stem = stemOf(record);
      const file = (type: string, text: string | Iterable<string>) => ({
        path: join(directory, `${stem}.${type}`),
        text,
        mode: READABLE,
      });
      const failed = (what: string) => (error: unknown) => {
        if (!(error instanceof FileError)) throw error;
        throw new GroundskeeperError(
          "report",
          `Cannot write ${what}: ${error.fault}, or name another directory with reports.directory`,
          EXIT.partly,
          { cause: error.cause },
        );
      };
      const write = async () => {
        const earlier = (await runsOf(directory, record.job)).find((id) => id < record.runId);
        const before = earlier === undefined ? null : `${record.job}-${earlier}.html`;
        const files = [
          file("jsonl", jsonLines(record.documents)),
          file("csv", sheetCsv(record.sheet)),
          file("html", renderPage(record.page, { ...record, toolVersion, before })),
          file("json", jsonPieces(record.run)),
        ];
        await writeFiles(disk, [...files, { ...entryFile(directory, record), mode: READABLE }]);
        return files.map(({ path }) => path);
      };
      const written = await write().catch(failed(`the report ${stem} to "${directory}"`));
      const index = await writeIndex(directory, disk, toolVersion).catch(
        failed(`the index of the runs in "${directory}" (${written.join(", ")} are written)`),
      );
      return [...written, index];
    },
  };
}

/** The file in `directory` that has the documents of a run. @throws as `publish` for a wrong name */
export function documentsFile(directory: string, record: Pick<RunRecord, "job" | "runId">): string {
  return join(directory, `${stemOf(record)}.jsonl`);
}

/**
 * Writes the index of the runs that have an entry. If another run came in the meantime, again: so the
 * index that is written last has the entries of both, whichever of them writes it.
 */
async function writeIndex(directory: string, disk: Disk, toolVersion: string): Promise<string> {
  const path = join(directory, INDEX);
  let runs = await allRuns(directory);
  for (;;) {
    const text = renderIndex(await indexPage(directory, runs), { toolVersion });
    await writeFiles(disk, [{ path, text, mode: READABLE }]);
    const now = await allRuns(directory);
    if (`${now}` === `${runs}`) return path;
    runs = now;
  }
}

function stemOf({ job, runId }: Pick<RunRecord, "job" | "runId">): string {
  for (const [name, value] of [["job", job], ["run", runId]] as const) {
    if (FILE_NAME.test(value)) continue;
    throw new GroundskeeperError(
      "report",
      `Cannot name a report after the ${name} ${JSON.stringify(value)}: ` +
        `it may hold letters, digits, ".", "_" and "-" only. This is a defect of Groundskeeper`,
      EXIT.partly,
    );
  }
  return `${job}-${runId}`;
}

/** Legal inside JSON, but many readers take them for the end of a line. */
const LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** Documents as JSON lines: one per line, each with its `_id` and `_index` first. */
export function* jsonLines(documents: readonly ReportDocument[]): Generator<string> {
  for (const { id, index, body: { _id: _, _index: __, ...fields } } of documents) {
    const line = JSON.stringify({ _id: id, _index: index, ...fields });
    const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, "0")}`;
    yield `${line.replace(LINE_ENDS, escaped)}\n`;
  }
}
