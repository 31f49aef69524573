/*
 * The words in which a job declares a dashboard over its documents: what each panel asks, in groups,
 * measures and conditions. Neither Kibana nor Elasticsearch has them: `reports/kibana` makes Kibana's
 * panels from them, and tests make the search that a panel runs.
 */

export type Dashboard = {
  /** Stable: a second import replaces the first. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The name of the `DocumentIndex`. */
  readonly index: string;
  /** The fields that one can narrow it by, by their labels. */
  readonly controls: { readonly [label: string]: string };
  readonly rows: readonly DashboardRow[];
};

type DashboardRow = {
  /** In lines of Kibana's grid, about 20 pixels each. */
  readonly height: number;
  /** Side by side, equally wide. */
  readonly panels: readonly Panel[];
};

export type Panel = GroupPanel | NewestPanel;

type About = {
  /** Stable, and unique in its dashboard. */
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly description: string;
  /** The type of the documents that it is about. */
  readonly of: string;
  readonly where?: Where;
};

/** Of groups of documents, what they say. */
export type GroupPanel = About & {
  readonly kind: "metric" | "line" | "bars" | "table" | "heat";
  /** Outermost first, without time. "metric" adds them up; those of "heat" are x and y. */
  readonly by?: readonly Group[];
  /** "metric" takes a second one, which stands beside the first. */
  readonly measures: readonly Measure[];
  /** The column that a table is sorted by. */
  readonly sort?: readonly [label: string, direction: "asc" | "desc"];
};

/** Bars of the newest slot of each account: how many documents say what. */
export type NewestPanel = About & {
  readonly kind: "newest";
  /**
   * The type that every slot has of each account: without it, an account in which nothing is wrong any
   * more would show what was wrong last.
   */
  readonly heads: string;
  /** The fields, by what they are called. */
  readonly fields: { readonly [label: string]: string };
  /** Of numbers: the limits of the bars. */
  readonly ranges?: readonly {
    readonly key: string;
    readonly from?: number;
    readonly to?: number;
  }[];
  /** How those are called that say nothing. Absent: they are left out. */
  readonly missing?: string;
};

/** What documents must say, all of it: a value ("*" is any), one of some values, or an instant. */
export type Where = {
  readonly [field: string]: string | readonly string[] | {
    readonly gte: string;
    readonly lt: string;
  };
};

/** Groups of documents: one for each value of the field, or of the fields together. */
export type Group = {
  readonly label: string;
  readonly fields: readonly [string, ...string[]];
  /** At most so many groups. */
  readonly size: number;
  /** The groups that were seen last come first; otherwise they are in the order of the alphabet. */
  readonly newest?: true;
};

/** A number or word of a group of documents. */
export type Measure =
  & {
    readonly label: string;
    /** Absent: a number. */
    readonly type?: "date" | "string" | "list";
    readonly percent?: true;
    readonly where?: Where;
  }
  & (
    /** How many documents. */
    | { readonly op: "count"; readonly field?: undefined }
    /** "last": what the newest document says, which may be nothing. */
    | { readonly op: "sum" | "max" | "last"; readonly field: string }
  );

export const row = (height: number, panels: readonly Panel[]): DashboardRow => ({ height, panels });

type Query = Pick<GroupPanel, "description" | "where" | "by" | "measures" | "sort">;

const panelOf = (kind: GroupPanel["kind"]) =>
(
  id: string,
  title: string,
  of: string,
  query: Query,
): GroupPanel => (
  { kind, id, title, of, ...query }
);
export const metric = panelOf("metric");
export const line = panelOf("line");
export const bars = panelOf("bars");
export const table = panelOf("table");
export const heat = panelOf("heat");

export const NEWEST = "Of each account, the newest slot in the time range.";

/** Bars of the newest slots, for documents of a type. */
export const newest = (of: string, heads: string) =>
(
  id: string,
  title: string,
  fields: NewestPanel["fields"],
  { note, ...more }: Pick<NewestPanel, "missing" | "ranges"> & { readonly note?: string } = {},
): NewestPanel => {
  const description = note ? `${NEWEST} ${note}` : NEWEST;
  return { kind: "newest", id, title, description, of, heads, fields, ...more };
};

/** Groups by a field. */
export const group = (label: string, field: string, size = 1_000): Group => (
  { label, fields: [field], size }
);
/** Groups by a field, of which those are taken that were seen last. The panel has `LAST_SEEN`. */
export const seenLast = (label: string, field: string): Group => (
  { ...group(label, field), newest: true }
);

export const BY_ID = group("ID", "cloud.account.id");
export const BY_REGION = group("Region", "region", 100);
/** The ID tells accounts apart that have the same name. */
export const BY_ACCOUNT: Group = {
  ...group("Account", "account"),
  fields: ["account", "cloud.account.id"],
};
export const BY_ACCOUNT_REGION: Group = {
  ...group("Account and Region", "region", 10_000),
  fields: [...BY_ACCOUNT.fields, "region"],
};
export const BY_INSTANCE = seenLast("Instance", "cloud.instance.id");
/** Of a document of a change: what became of it. */
export const OUTCOME = "groundskeeper.change.outcome";
export const BY_OUTCOME = group("Outcome", OUTCOME, 10);

export const count = (label: string, where?: Where): Measure => (
  { label, op: "count", ...(where ? { where } : {}) }
);
export const sum = (label: string, field: string): Measure => ({ label, op: "sum", field });

/** When the newest document was written for: its slot. */
export const LAST_SEEN: Measure = {
  label: "Last seen",
  op: "max",
  field: "@timestamp",
  type: "date",
};

/** What the newest document says in some fields, by their labels. */
const said =
  (more: (field: string) => Partial<Pick<Measure, "type" | "percent" | "where">>) =>
  (fields: { readonly [label: string]: string }): Measure[] =>
    Object.entries(fields).map(([label, field]) => ({ label, op: "last", field, ...more(field) }));

export const numbers = said(() => ({}));
/** Numbers as they were known last. */
export const known = said((field) => ({ where: { [field]: "*" } }));
export const shares = said(() => ({ percent: true }));
export const words = said(() => ({ type: "string" }));
export const lists = said(() => ({ type: "list" }));
export const dates = said(() => ({ type: "date" }));

/**
 * The table of changes that were tried, of which each has one document.
 *
 * @param by the groups besides the outcomes, the actions last
 * @param sums what of the changes is added up, beside their count
 */
export function actionsTable(of: string, by: readonly Group[], {
  description = "Changes that were tried, by their outcome.",
  sums = [],
}: { readonly description?: string; readonly sums?: readonly Measure[] } = {}): GroupPanel {
  return table("actions", "Actions and what became of them, count", of, {
    description,
    by: [...by, BY_OUTCOME],
    measures: [count("Changes"), ...sums, LAST_SEEN],
    sort: ["Changes", "desc"],
  });
}
