import type { JsonObject } from "../../runners/core/json.ts";
import type { Group, GroupPanel, Measure } from "../../runners/core/report/dashboard.ts";
import { conditionsOf, kqlOf } from "./conditions.ts";

/** Every panel has one layer. */
const LAYER = "layer";

/** What the reference of a layer to its data view is called. */
export const LAYER_REFERENCE = `indexpattern-datasource-layer-${LAYER}`;

/** The attributes of a Lens panel, as of Kibana 8.9. */
export function lensAttributes(panel: GroupPanel, dataView: string): JsonObject {
  const columns = columnsOf(panel);
  const layer = {
    columns,
    columnOrder: Object.keys(columns),
    incompleteColumns: {},
    sampling: 1,
  };
  const [visualizationType, visualization] = VISUALIZATIONS[panel.kind](panel);
  return {
    title: panel.title,
    description: panel.description,
    type: "lens",
    visualizationType,
    references: [{ type: "index-pattern", id: dataView, name: LAYER_REFERENCE }],
    state: {
      visualization,
      query: kuery(kqlOf(conditionsOf(panel))),
      filters: [],
      datasourceStates: { formBased: { layers: { [LAYER]: layer } } },
      internalReferences: [],
      adHocDataViews: {},
    },
  };
}

/** The groups of a panel, outermost first, with the ids of their columns; time is not among them. */
export function groupsOf({ by = [] }: GroupPanel) {
  return by.map((group, index) => [`split-${index}`, group] as const);
}

/** The measures of a panel with the ids of their columns. */
export function measuresOf({ measures }: GroupPanel) {
  return measures.map((measure, index) => [`measure-${index}`, measure] as const);
}

export const isOverTime = ({ kind }: GroupPanel): boolean => kind === "line" || kind === "bars";

const kuery = (query: string) => ({ query, language: "kuery" });

function columnsOf(panel: GroupPanel): { readonly [id: string]: JsonObject } {
  const measures = measuresOf(panel);
  const [lastSeen = ""] = measures.find(([, { op, where }]) => op === "max" && !where) ?? [];
  return Object.fromEntries([
    ...groupsOf(panel).map(([id, group]) => [id, groupColumn(group, lastSeen)]),
    ...(isOverTime(panel) ? [["time", TIME_COLUMN]] : []),
    ...measures.map(([id, measure]) => [id, measureColumn(measure)]),
  ]);
}

const TIME_COLUMN: JsonObject = {
  label: "Slot",
  customLabel: true,
  dataType: "date",
  operationType: "date_histogram",
  sourceField: "@timestamp",
  isBucketed: true,
  scale: "interval",
  params: { interval: "auto", includeEmptyRows: true, dropPartials: false },
};

/** @param lastSeen the column that has the newest slot of a group */
function groupColumn(
  { label, fields: [field, ...others], size, newest }: Group,
  lastSeen: string,
): JsonObject {
  return {
    label,
    customLabel: true,
    dataType: "string",
    operationType: "terms",
    sourceField: field,
    isBucketed: true,
    scale: "ordinal",
    params: {
      size,
      orderBy: newest
        ? { type: "column", columnId: lastSeen }
        : { type: "alphabetical", fallback: false },
      orderDirection: newest ? "desc" : "asc",
      // "Other" would be a sum of newest values, which Kibana cannot make.
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: others.length > 0 ? "multi_terms" : "terms" },
      ...(others.length > 0 ? { secondaryFields: others } : {}),
    },
  };
}

function measureColumn({ label, op, field, type, percent, where }: Measure): JsonObject {
  const isWord = type === "string" || type === "list";
  const scale = isWord ? "ordinal" : type === "date" ? "interval" : "ratio";
  return {
    label,
    customLabel: true,
    isBucketed: false,
    dataType: isWord ? "string" : type ?? "number",
    scale: op === "last" ? scale : "ratio",
    operationType: op === "last" ? "last_value" : op,
    sourceField: field ?? "___records___",
    ...(where ? { filter: kuery(kqlOf(where)) } : {}),
    params: {
      ...(op === "last"
        ? { sortField: "@timestamp", showArrayValues: type === "list" }
        // A count of 0 is said, and not left out.
        : { emptyAsNull: op !== "count" }),
      ...(percent ? { format: { id: "percent", params: { decimals: 1 } } } : {}),
    },
  };
}

const IN_LAYER = { layerId: LAYER, layerType: "data" };

/** The visualizations of Lens and their state, by the kinds of panels. */
const VISUALIZATIONS: {
  readonly [Kind in GroupPanel["kind"]]: (panel: GroupPanel) => readonly [string, JsonObject];
} = {
  metric: ({ measures: [, second], by }) => ["lnsMetric", {
    ...IN_LAYER,
    metricAccessor: "measure-0",
    ...(second ? { secondaryMetricAccessor: "measure-1", secondaryPrefix: second.label } : {}),
    ...(by ? { breakdownByAccessor: "split-0", collapseFn: "sum" } : {}),
  }],
  line: () => timeChart("line"),
  bars: () => timeChart("bar_stacked"),
  table: (panel) => {
    const columns = [...groupsOf(panel), ...measuresOf(panel)];
    const [by, direction] = panel.sort ?? ["", "asc"];
    const [sorted = ""] = columns.find(([, { label }]) => label === by) ?? [];
    return ["lnsDatatable", {
      ...IN_LAYER,
      columns: columns.map(([columnId]) => ({ columnId, isTransposed: false })),
      sorting: { columnId: sorted, direction },
      paging: { enabled: true, size: 20 },
    }];
  },
  heat: () => ["lnsHeatmap", {
    ...IN_LAYER,
    shape: "heatmap",
    xAccessor: "split-0",
    yAccessor: "split-1",
    valueAccessor: "measure-0",
    legend: { type: "heatmap_legend", isVisible: true, position: "right" },
    gridConfig: {
      type: "heatmap_grid",
      isCellLabelVisible: true,
      isXAxisLabelVisible: true,
      isXAxisTitleVisible: false,
      isYAxisLabelVisible: true,
      isYAxisTitleVisible: false,
    },
  }],
};

const timeChart = (seriesType: "line" | "bar_stacked") =>
  ["lnsXY", {
    preferredSeriesType: seriesType,
    legend: { isVisible: true, position: "right" },
    valueLabels: "hide",
    // A slot that is missing is a gap, and not a straight line to the next.
    fittingFunction: "None",
    layers: [{
      ...IN_LAYER,
      seriesType,
      xAccessor: "time",
      splitAccessor: "split-0",
      accessors: ["measure-0"],
      position: "top",
      showGridlines: false,
    }],
  }] as const;
