/**
 * Text as data: what a job says to people, in plain strings and numbers.
 *
 * A job says what stands where, and nothing else. It never escapes, wraps, aligns, colours or counts
 * what does not fit: `terminalText` does that for a terminal, and `reports/html` for the page. No
 * block can hold markup or colour, so nothing that came from outside can reach a terminal unescaped.
 *
 * A text is a list of sections, with an empty line between them; a section is a list of blocks, each
 * on lines of its own. An empty string is no block, nor is a list or a table without entries, and a
 * section without blocks is no section, so that a function may return "" where there is nothing to say.
 *
 *     const text: Text = [
 *       [{ heading: "Audit of 3 accounts" }, "rules: owner, project"],
 *       [{ words: [["Coverage", "6 of 6 account-regions proven"]] }],
 *       [{ columns: ["Account", "Instances"], rows: [["prod", 312], ["data", 140]] }],
 *       ["Would do", { items: [{ name: ["stop", 2], blocks: [{ items: […] }] }] }],
 *       [{ next: "Nothing was changed. To do exactly this:", command: command("audit apply") }],
 *     ];
 *
 * Every list shows its first 20 entries, and then says how many more there are and where they are
 * (`Capped`). A page shows the first 5,000 rows of a table.
 */
export type Text = readonly Section[];

export type Section = readonly Block[];

export type Block =
  /** A paragraph. */
  | string
  /** A sentence that stands out; or a name that does, and beside it what is said with it. */
  | { readonly heading: string | readonly string[] }
  /** What is told and need not be read. */
  | { readonly quiet: string }
  /** A sentence that must not be overlooked. The page has them at its top. */
  | Notice
  /** A word and beside it a text, in the column that all sections share. A number is a word, too. */
  | { readonly words: readonly Words[] } & Capped
  /** A word and beside it a text, in a column of their own, two spaces in. */
  | { readonly facts: readonly Words[] } & Capped
  /** Things that are named one by one, two spaces in. */
  | { readonly items: readonly Item[] } & Capped
  | Table
  /** What to type next, ready to paste: its lines are never broken. `next` says what it does. */
  | { readonly next?: string; readonly command: string | readonly string[] }
  /** The lines of a text that differ, and those around them; null where lines are left out. */
  | { readonly diff: readonly (DiffLine | null)[]; readonly rest?: string };

export type Words = readonly [word: string | number, text: string];

/** How a list goes on where not all of it is shown. */
export type Capped = {
  /** How many a terminal shows. @default 20 */
  readonly show?: number;
  /** How many there are, where the list holds only the first of them. */
  readonly total?: number;
  /** Where the others are. @default "--json has them all" */
  readonly rest?: string;
};

export type Notice = {
  readonly tone: "refused" | "unproven" | "info";
  readonly text: string;
};

export type Item = {
  /** What it is called: one text, or several in columns that the names of a list share. */
  readonly name: string | readonly (string | number)[];
  /** It would be destroyed, or was: red. Or the first part of its name stands out. */
  readonly tone?: "destroy" | "strong";
  /** What is said of it, below its name, two spaces further in. */
  readonly blocks?: readonly Block[];
};

export type Table = Capped & {
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
};

/** A title, written as for the page: "Account". Columns of numbers stand to the right. */
type Column = string | {
  readonly title: string;
  readonly align?: "left" | "right";
  /** The only place where the column stands. */
  readonly on?: "terminal" | "page";
};

export type Row = readonly Cell[] | CellRow;

export type CellRow = {
  readonly cells: readonly Cell[];
  /** A row of something that is not proven is hatched; of what would be destroyed, red. */
  readonly tone?: "unproven" | "destroy";
  /** Nothing is wrong with it: a page folds it away below the others. */
  readonly calm?: boolean;
  /** On a page: what it is called in an address, and the file to which its first cell leads. */
  readonly link?: { readonly id: string; readonly after: string | null; readonly file: string };
};

/** Text, a list of texts, a number (grouped for reading), or an instant (relative). */
export type Cell = string | number | readonly string[] | { readonly at: Date } | null;

export type DiffLine = { readonly sign: "-" | "+" | " "; readonly text: string };

/** Where the rest of a list is, where the list does not say it. */
export const REST = "--json has them all";

/** How many entries of a list a terminal shows, where the list does not say it. */
export const LISTED = 20;

/** How many rows of a table a page shows: a browser is slow with more, and nobody reads them. */
export const MOST_ROWS = 5_000;

/** The rows of the first things of a list, as many as any table shows, and how many there are. */
export function tableRows<Thing>(
  things: readonly Thing[],
  row: (thing: Thing) => Row,
): { readonly rows: readonly CellRow[]; readonly total: number } {
  return {
    rows: things.slice(0, MOST_ROWS).map((thing) => rowOf(row(thing))),
    total: things.length,
  };
}

/** The same of things that are named one by one: as many as any list shows, whatever its `show`. */
export function listItems<Thing>(
  things: readonly Thing[],
  item: (thing: Thing) => Item,
): { readonly items: readonly Item[]; readonly total: number } {
  return { items: things.slice(0, LISTED).map(item), total: things.length };
}

/** The facts that have a text. */
export function knownFacts(
  facts: readonly (readonly [word: string, text: string | null | undefined | false])[],
): Words[] {
  return facts.flatMap(([word, text]): Words[] => text ? [[word, text]] : []);
}

/** An array has an "at" too, its method, so that asking for the key would not tell. */
export function isList(cell: Cell): cell is readonly string[] {
  return Array.isArray(cell);
}

/** The cells of a row, with its tone where it has one. */
function rowOf(row: Row): CellRow {
  return "cells" in row ? row : { cells: row };
}

/** A table as it stands in one place: its first rows, without the columns of the other place. */
export function tableOn(place: "terminal" | "page", table: Table): {
  readonly columns: readonly { readonly title: string; readonly align: "left" | "right" }[];
  readonly rows: readonly CellRow[];
  /** How many rows there are besides. */
  readonly left: number;
} {
  const { rows, show = LISTED } = table;
  const all = rows.slice(0, place === "page" ? MOST_ROWS : show).map(rowOf);
  const columns = table.columns.map((column): Exclude<Column, string> =>
    typeof column === "string" ? { title: column } : column
  );
  const here = <One>(ones: readonly One[]) =>
    ones.filter((_, index) => (columns[index]?.on ?? place) === place);
  return {
    columns: here(columns.map(({ title, align }, index) => (
      { title, align: align ?? (isOfNumbers(all, index) ? "right" : "left") }
    ))),
    rows: all.map((row) => ({ ...row, cells: here(row.cells) })),
    left: (table.total ?? rows.length) - all.length,
  };
}

function isOfNumbers(rows: readonly CellRow[], index: number): boolean {
  const cells = rows.map(({ cells }) => cells[index] ?? null).filter((cell) => cell !== null);
  return cells.length > 0 && cells.every((cell) => typeof cell === "number");
}
