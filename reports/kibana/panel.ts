import type { Where } from "./conditions.ts";
import type { Group } from "./groups.ts";
import type { Measure } from "./measures.ts";

/*
 * What a panel of a dashboard asks, in words that neither Kibana nor Elasticsearch has. `lens.ts` and
 * `vega.ts` make Kibana's panel from it; tests make the search from it that the panel runs.
 */

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
export type LensPanel = About & {
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

export type Panel = LensPanel | NewestPanel;

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
  /** The fields that one can narrow it by, by their labels. */
  readonly controls: { readonly [label: string]: string };
  readonly rows: readonly DashboardRow[];
};

export const row = (height: number, panels: readonly Panel[]): DashboardRow => ({ height, panels });

const lens = (kind: LensPanel["kind"]) =>
(
  id: string,
  title: string,
  of: string,
  query: Pick<LensPanel, "description" | "where" | "by" | "measures" | "sort">,
): LensPanel => ({ kind, id, title, of, ...query });
export const metric = lens("metric");
export const line = lens("line");
export const bars = lens("bars");
export const table = lens("table");
export const heat = lens("heat");

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

/** The conditions of a panel that its documents be of its type, and its own. */
export function conditionsOf({ of, where }: Panel): Where {
  return { doc_type: of, ...where };
}

/** The groups of a panel, outermost first, with the ids of their columns; time is not among them. */
export function groupsOf({ by = [] }: LensPanel) {
  return by.map((group, index) => [`split-${index}`, group] as const);
}

/** The measures of a panel with the ids of their columns. */
export function measuresOf({ measures }: LensPanel) {
  return measures.map((measure, index) => [`measure-${index}`, measure] as const);
}

export const isOverTime = ({ kind }: Panel): boolean => kind === "line" || kind === "bars";
