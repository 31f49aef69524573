import { join } from "node:path";
import { EXIT, GroundskeeperError } from "../../runners/core/errors.ts";
import type { RunRecord, Sink } from "../../runners/core/report/sink.ts";
import { renderPage } from "../html/render_page.ts";
import { fileFault } from "./file_fault.ts";
import { jsonLines } from "./json_lines.ts";
import { sheetCsv } from "./sheet_csv.ts";
import { writeWholeFiles } from "./whole_files.ts";

/** Job and run become part of a file name, so that they must not lead out of the directory. */
const FILE_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/**
 * Publishes each run as three files in `directory`, which is made when it is missing:
 * `<job>-<runId>.jsonl` (the documents, one per line), `.csv` (for a spreadsheet) and `.html` (for
 * people). Needs permission to read and write the directory; Deno asks both for a rename.
 *
 * `publish` returns the three paths in this order, and throws a GroundskeeperError with the code
 * "report" when one of them was not written. Each file is always whole: the earlier or the new one.
 *
 * @param directory relative to the current directory, or absolute
 * @param options.toolVersion stands in the page's footer
 */
export function fileSink(directory: string, options: { readonly toolVersion: string }): Sink {
  return {
    name: "files",
    async publish(record) {
      const stem = stemOf(record);
      const page = renderPage(record.page, { ...record, ...options });
      const contents = new Map([
        [join(directory, `${stem}.jsonl`), jsonLines(record.documents)],
        [join(directory, `${stem}.csv`), sheetCsv(record.sheet)],
        [join(directory, `${stem}.html`), page],
      ]);
      try {
        await Deno.mkdir(directory, { recursive: true });
        await writeWholeFiles(contents);
      } catch (error) {
        throw new GroundskeeperError(
          "report",
          `Cannot write the report ${stem} to "${directory}": ${fileFault(error, directory)}`,
          EXIT.partly,
          { cause: error },
        );
      }
      return [...contents.keys()];
    },
  };
}

function stemOf({ job, runId }: RunRecord): string {
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
