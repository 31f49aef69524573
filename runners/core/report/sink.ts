import type { JsonObject } from "../json.ts";
import type { Store } from "../store/store.ts";
import type { Page } from "./page.ts";

/**
 * A document for a search engine. Its id is derived from job, slot, kind, account, region and
 * instance, so that writing it twice changes nothing.
 */
export type ReportDocument = {
  readonly id: string;
  /** For example `aws_tag_violator`; stands in the body as `doc_type` too. */
  readonly type: string;
  /** The index that it goes to: `aws-audits-2026.11.01`. */
  readonly index: string;
  /**
   * Documents of one part stand or go together: those of another run for the same slot take their place
   * if that run has proved more, and never otherwise. The body has it as `groundskeeper.run.part` and
   * `groundskeeper.run.proof`.
   */
  readonly part: {
    /** The id of the document that heads the part. */
    readonly id: string;
    readonly proof: number;
  };
  /** May be made anew each time it is asked for: whoever goes through many keeps none. */
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
   * @param store of the run, for what the sink must know later
   * @returns where a person finds what was written: paths or addresses.
   * @throws Error when not everything was written.
   */
  publish(record: RunRecord, store: Store): Promise<readonly string[]>;
}
