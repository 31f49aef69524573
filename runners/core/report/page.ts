/**
 * A job's part of the HTML report, as data. Every string is plain text: the renderer escapes it.
 */
export interface Page {
  /** For example "Audit of 3 accounts in 2 regions". */
  readonly title: string;
  /** The instant that the page is true for. */
  readonly asOf: Date;
  /** The line of truth at the top, in reading order: coverage first. */
  readonly headline: readonly Figure[];
  /** Sentences that must not be overlooked, such as a refusal or a region that was not proven. */
  readonly notices: readonly Notice[];
  readonly sections: readonly Section[];
}

/** A number that says of how many. A figure that is not proven is drawn hatched, never green. */
export interface Figure {
  readonly label: string;
  /** As people read it: "6 of 6", "98.4 %". */
  readonly value: string;
  readonly detail?: string;
  readonly state: "good" | "attention" | "unproven" | "neutral";
}

export interface Notice {
  readonly tone: "refused" | "unproven" | "info";
  readonly text: string;
}

/** A table that can be filtered by typing and sorted by its columns. */
export interface Section {
  readonly title: string;
  /** What the table says, in a sentence. */
  readonly lead?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
  /** Said in place of the table when it has no rows. */
  readonly empty: string;
}

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
}

export interface TableRow {
  readonly cells: readonly Cell[];
  /** A row that speaks of something unproven is hatched; one that would be destroyed is red. */
  readonly tone?: "unproven" | "destroy";
}

/** Text, a list of texts, a number (grouped for reading), or an instant (relative, exact on hover). */
export type Cell = string | number | readonly string[] | { readonly at: Date } | null;
