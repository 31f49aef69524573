import type { CellRow, DiffLine, Notice, Table } from "../text/sections.ts";

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
  /** A program of jq that prints the numbers of `value` from the run's document. */
  readonly how: string;
  /** The file that `how` reads, where it is not the document of the page's own run. */
  readonly file?: string;
  /** What is drawn of it over the runs. */
  readonly trend?: Trend;
};

/** A figure of one run among those of other runs; null: it is not known of this one. */
export type Trend = {
  readonly title: string;
  readonly unit: "percent" | "count";
  readonly value: number | null;
};

/** A table that can be filtered by typing and sorted by its columns; or what is folded, one by one. */
export type PageSection = Omit<Table, "rows"> & {
  readonly title: string;
  /** What the table says, in a sentence. */
  readonly lead?: string;
  /** Drawn above the table, which has the same numbers for who does not see it. */
  readonly charts?: readonly Chart[];
  readonly rows: readonly CellRow[];
  /** Shown above the table, each under its title. */
  readonly folds?: readonly Fold[];
  /** Said where a text shows the section and it has no rows. A page leaves such a section out. */
  readonly empty: string;
};

/** What is shown when a reader opens it: a list to send on, or the differences of policies. */
export type Fold = {
  readonly title: string;
  /** What the reader sees before: how much there is, and of what. */
  readonly detail: string;
  /** A program of jq that prints all of it from the run's document. */
  readonly filter?: string;
  /** A command of this program that tells more. */
  readonly command?: string;
  /** As it can be pasted into a ticket, a line each. */
  readonly lines?: readonly string[];
  readonly diffs?: readonly {
    readonly title: string;
    readonly lines: readonly (DiffLine | null)[];
  }[];
  /** What is not shown of it, and where it is. */
  readonly rest?: string;
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
