import type { CellRow, Notice, Table } from "../text/sections.ts";

/**
 * A job's part of the HTML report, as data. Every string is plain text: the renderer escapes it.
 */
export type Page = {
  /** For example "Audit of 3 accounts in 2 regions". */
  readonly title: string;
  /** The instant that the page is true for. */
  readonly asOf: Date;
  /** The line of truth at the top, in reading order: coverage first. */
  readonly headline: readonly Figure[];
  /** Sentences that must not be overlooked, such as a refusal or a region that was not proven. */
  readonly notices: readonly Notice[];
  readonly sections: readonly PageSection[];
};

/** A number that says of how many. A figure that is not proven is drawn hatched, never green. */
export type Figure = {
  readonly label: string;
  /** As people read it: "6 of 6", "98.4 %". */
  readonly value: string;
  readonly detail?: string;
  readonly state: "good" | "attention" | "unproven" | "neutral";
};

/** A table that can be filtered by typing and sorted by its columns. */
export type PageSection = Omit<Table, "rows"> & {
  readonly title: string;
  /** What the table says, in a sentence. */
  readonly lead?: string;
  /** Drawn above the table, which has the same numbers for who does not see it. */
  readonly chart?: Chart;
  readonly rows: readonly CellRow[];
  /** Said in place of the table when it has no rows. */
  readonly empty: string;
};

/** Counts over time, as lines from 0. Of fewer than two instants nothing is drawn. */
export type Chart = {
  /** What is drawn, in a few words. */
  readonly title: string;
  /** In the order of time. */
  readonly at: readonly Date[];
  /** Each with a value for every instant; null where it is not known. */
  readonly lines: readonly ChartLine[];
};

export type ChartLine = {
  readonly title: string;
  readonly values: readonly (number | null)[];
};
