/*
 * What a panel of a dashboard asks, in words that neither Kibana nor Elasticsearch has. `lens.ts` and
 * `vega.ts` make Kibana's panel from it; tests make the search from it that the panel runs.
 */

/** What documents must say, all of it: a value, one of some values, or an instant after now. */
export type Where = {
  readonly [field: string]: string | readonly string[] | {
    readonly from: string;
    readonly to: string;
  };
};

/** A number or word of a group of documents. */
export type Measure =
  & { readonly label: string; readonly where?: Where; readonly percent?: true }
  & (
    /** How many documents. */
    | { readonly op: "count" }
    | { readonly op: "sum" | "max"; readonly field: string; readonly type?: "date" }
    /**
     * What the newest document says, which may be nothing. With `known`, what the newest document says
     * that says something.
     */
    | {
      readonly op: "last";
      readonly field: string;
      readonly type?: "date" | "string" | "list";
      readonly known?: true;
    }
  );

/** Groups of documents: one for each value of the field, or of the fields together. */
export type Split = {
  readonly label: string;
  readonly fields: readonly [string, ...string[]];
  /** At most so many groups. Which ones: `newest`. */
  readonly size: number;
  /** The groups that were seen last come first; otherwise they are in the order of the alphabet. */
  readonly newest?: true;
};

/** What the instances or roles of the newest slot say in a field, each counted once. */
export type Tally = {
  readonly label: string;
  readonly field: string;
  /** Of numbers: the limits of the groups. */
  readonly ranges?: readonly {
    readonly key: string;
    readonly from?: number;
    readonly to?: number;
  }[];
  /** How those are called that say nothing. Absent: they are left out. */
  readonly missing?: string;
};

type Shape =
  /** One number, with a second one beside it; of groups: their sum. */
  | {
    readonly kind: "metric";
    readonly measures: readonly [Measure] | readonly [Measure, Measure];
    readonly sumOver?: Split;
  }
  | {
    readonly kind: "line" | "bars";
    readonly measures: readonly [Measure];
    readonly split: Split;
  }
  | {
    readonly kind: "table";
    readonly rows: readonly [Split, ...Split[]];
    readonly measures: readonly Measure[];
    /** The column that it is sorted by. */
    readonly sort: { readonly by: string; readonly direction: "asc" | "desc" };
  }
  | {
    readonly kind: "heat";
    readonly x: Split;
    readonly y: Split;
    readonly measures: readonly [Measure];
  }
  /**
   * Bars of the newest slot of each account. `heads` is the type that every slot has of each account:
   * without it, an account in which nothing is wrong any more would show what was wrong last.
   */
  | {
    readonly kind: "newest";
    readonly heads: string;
    readonly tallies: readonly [Tally, ...Tally[]];
  };

export type Panel = Shape & {
  /** Stable, and unique in its dashboard. */
  readonly id: string;
  readonly title: string;
  /** How to read it. */
  readonly description: string;
  /** The type of the documents that it is about. */
  readonly of: string;
  readonly where?: Where;
};

export type DashboardRow = {
  /** In lines of Kibana's grid, about 20 pixels each. */
  readonly height: number;
  /** Side by side, equally wide. */
  readonly panels: readonly Panel[];
};

export type Dashboard = {
  /** Stable: a second import replaces the first. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** The name of the `DocumentIndex`. */
  readonly index: string;
  readonly rows: readonly DashboardRow[];
  readonly controls: readonly { readonly label: string; readonly field: string }[];
};

/** The beginning of a panel of a kind. */
const panelOf =
  <Kind extends Panel["kind"]>(kind: Kind) => (id: string, title: string, of: string) => (
    { kind, id, title, of }
  );
export const metric = panelOf("metric");
export const line = panelOf("line");
export const bars = panelOf("bars");
export const table = panelOf("table");
export const heat = panelOf("heat");
export const newest = panelOf("newest");

export const row = (height: number, panels: readonly Panel[]): DashboardRow => ({ height, panels });

/** Groups by a field. */
export const by = (label: string, field: string, size = 1_000): Split => (
  { label, fields: [field], size }
);
/** Groups by a field, of which those are taken that were seen last. */
export const seenLast = (label: string, field: string): Split => ({
  ...by(label, field),
  newest: true,
});
export const BY_REGION = by("Region", "region", 100);
/** The ID tells accounts apart that have the same name. */
export const BY_ACCOUNT: Split = {
  ...by("Account", ""),
  fields: ["account", "cloud.account.id"],
};
export const BY_ACCOUNT_REGION: Split = {
  ...by("Account and Region", "", 10_000),
  fields: [...BY_ACCOUNT.fields, "region"],
};

export const count = (label: string): Measure => ({ label, op: "count" });
export const sum = (label: string, field: string): Measure => ({ label, op: "sum", field });
/** What the newest document says: a number, a share, a word, words, an instant. */
export const last = (label: string, field: string) => ({ label, field, op: "last" }) as const;
export const share = (label: string, field: string) =>
  ({ ...last(label, field), percent: true }) as const;
export const word = (label: string, field: string) =>
  ({ ...last(label, field), type: "string" }) as const;
export const list = (label: string, field: string) =>
  ({ ...last(label, field), type: "list" }) as const;
export const date = (label: string, field: string) =>
  ({ ...last(label, field), type: "date" }) as const;
/** A number as it was known last. */
export const known = (label: string, field: string) =>
  ({ ...last(label, field), known: true }) as const;
/** When the newest document was written for: its slot. */
export const LAST_SEEN: Measure = {
  label: "Last seen",
  op: "max",
  field: "@timestamp",
  type: "date",
};

export const ACCOUNT_CONTROL = { label: "Account", field: "account" };
export const REGION_CONTROL = { label: "Region", field: "region" };

/** The conditions of a panel, in Kibana's query language. */
export function kqlOf(where: Where): string {
  return Object.entries(where).map(([field, value]) => {
    if (typeof value === "string") return `${field}: ${quoted(value)}`;
    if ("from" in value) {
      return `${field} >= ${quoted(value.from)} and ${field} < ${quoted(value.to)}`;
    }
    return `${field}: (${value.map(quoted).join(" or ")})`;
  }).join(" and ");
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
}

/** The conditions of a panel that its documents be of its type, and its own. */
export function conditionsOf({ of, where }: Panel): Where {
  return { doc_type: of, ...where };
}

/** The measures of a panel with the ids of their columns. */
export function measuresOf(panel: Exclude<Panel, { kind: "newest" }>) {
  return panel.measures.map((measure, index) => ({ id: `measure-${index}`, measure }));
}

/** The groups of a panel, outermost first, with the ids of their columns; time is not among them. */
export function splitsOf(panel: Exclude<Panel, { kind: "newest" }>) {
  const splits = panel.kind === "table"
    ? panel.rows
    : panel.kind === "heat"
    ? [panel.x, panel.y]
    : panel.kind === "metric"
    ? panel.sumOver ? [panel.sumOver] : []
    : [panel.split];
  return splits.map((split, index) => ({ id: `split-${index}`, split }));
}
