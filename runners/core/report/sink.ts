import type { JsonObject } from "../json.ts";
import type { Page } from "./page.ts";

/**
 * A document for a search engine. Its id is derived from job, slot, kind, account, region and
 * instance, so that writing it twice changes nothing.
 */
export type ReportDocument = {
  readonly id: string;
  /** For example `aws_tag_violator`; stands in the body as `doc_type` too. */
  readonly type: string;
  readonly body: JsonObject;
};

/** A table that a spreadsheet can open, one per run. */
export type Sheet = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number | null)[])[];
};

type SheetCell = Sheet["rows"][number][number];

/** What a sheet says of each thing, by the title of its column. */
export type SheetColumns<Thing> = Readonly<Record<string, (thing: Thing) => SheetCell>>;

export function sheetOf<Thing>(columns: SheetColumns<Thing>, things: readonly Thing[]): Sheet {
  const cells = Object.values(columns);
  return {
    columns: Object.keys(columns),
    rows: things.map((thing) => cells.map((cell) => cell(thing))),
  };
}

/** Everything a run has to tell, rendered by nobody yet. */
export type RunRecord = {
  readonly job: string;
  readonly runId: string;
  /** The scheduled instant that the run stands for. */
  readonly slot: Date;
  readonly documents: readonly ReportDocument[];
  readonly sheet: Sheet;
  readonly page: Page;
};

/**
 * Where records go. Publishing the same record again changes nothing.
 *
 * @example A sink that keeps how many documents a run had
 * ```ts
 * import assert from "assert";
 *
 * const counts = new Map();
 * const sink = {
 *   name: "counts",
 *   publish: async ({ runId, documents }) => {
 *     counts.set(runId, documents.length);
 *     return [`memory:${runId}`];
 *   },
 * };
 * assert.deepEqual(await sink.publish({ runId: "01M8", documents: [] }), ["memory:01M8"]);
 * assert.deepEqual([...counts], [["01M8", 0]]);
 * ```
 */
export interface Sink {
  readonly name: string;
  /**
   * @returns where a person finds what was written: paths or addresses.
   * @throws Error when not everything was written.
   */
  publish(record: RunRecord): Promise<readonly string[]>;
}
