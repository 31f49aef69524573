import type { JsonObject } from "../../runners/core/json.ts";
import {
  conditionsOf,
  kqlOf,
  type Measure,
  measuresOf,
  type Panel,
  type Split,
  splitsOf,
} from "./panel.ts";

type LensPanel = Exclude<Panel, { kind: "newest" }>;

/** Every panel has one layer. */
export const LAYER = "layer";

/** What the reference of a layer to its data view is called. */
export const LAYER_REFERENCE = `indexpattern-datasource-layer-${LAYER}`;

/** The attributes of a Lens panel, as of Kibana 8.9. */
export function lensAttributes(panel: LensPanel, dataView: string): JsonObject {
  const columns = columnsOf(panel);
  const { type, state } = VISUALIZATIONS[panel.kind](panel as never);
  return {
    title: panel.title,
    description: panel.description,
    type: "lens",
    visualizationType: type,
    references: [{ type: "index-pattern", id: dataView, name: LAYER_REFERENCE }],
    state: {
      visualization: state,
      query: { query: kqlOf(conditionsOf(panel)), language: "kuery" },
      filters: [],
      datasourceStates: {
        formBased: {
          layers: {
            [LAYER]: {
              columns,
              columnOrder: Object.keys(columns),
              incompleteColumns: {},
              sampling: 1,
            },
          },
        },
      },
      internalReferences: [],
      adHocDataViews: {},
    },
  };
}

function columnsOf(panel: LensPanel): { readonly [id: string]: JsonObject } {
  const splits = splitsOf(panel).map(({ id, split }) => [id, splitColumn(split)] as const);
  const newest = splitsOf(panel).some(({ split }) => split.newest);
  const time = panel.kind === "line" || panel.kind === "bars"
    ? [["time", TIME_COLUMN] as const]
    : [];
  const measures = measuresOf(panel).map(({ id, measure }) =>
    [id, measureColumn(measure)] as const
  );
  if (newest && !measures.some(([id]) => id === newestColumn(panel))) {
    throw new Error(`${panel.id} is ordered by what was seen last, and has no such column`);
  }
  return Object.fromEntries([...splits, ...time, ...measures].map(([id, column]) => [
    id,
    id.startsWith("split-") && newest ? orderedBy(column, newestColumn(panel)) : column,
  ]));
}

/** The column with the newest slot of a group. */
function newestColumn(panel: LensPanel): string | undefined {
  return measuresOf(panel).find(({ measure }) =>
    measure.op === "max" && measure.field === "@timestamp" && !measure.where
  )?.id;
}

function orderedBy(column: JsonObject, columnId: string | undefined): JsonObject {
  return {
    ...column,
    params: {
      ...column["params"] as JsonObject,
      orderBy: { type: "column", columnId: columnId! },
      orderDirection: "desc",
    },
  };
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

function splitColumn({ label, fields: [field, ...others], size }: Split): JsonObject {
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
      orderBy: { type: "alphabetical", fallback: false },
      orderDirection: "asc",
      // "Other" would be a sum of newest values, which Kibana cannot make.
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: others.length > 0 ? "multi_terms" : "terms" },
      ...(others.length > 0 ? { secondaryFields: others } : {}),
    },
  };
}

function measureColumn(measure: Measure): JsonObject {
  const conditions = [
    ...(measure.where ? [kqlOf(measure.where)] : []),
    ...(measure.op === "last" && measure.known ? [`${measure.field}: *`] : []),
  ];
  const format = measure.percent ? { format: { id: "percent", params: { decimals: 1 } } } : {};
  const common = {
    label: measure.label,
    customLabel: true,
    isBucketed: false,
    scale: "ratio",
    ...(conditions.length > 0
      ? { filter: { query: conditions.join(" and "), language: "kuery" } }
      : {}),
  };
  if (measure.op === "count") {
    return {
      ...common,
      dataType: "number",
      operationType: "count",
      sourceField: "___records___",
      // 0 is said, and not left out.
      params: { emptyAsNull: false },
    };
  }
  if (measure.op !== "last") {
    return {
      ...common,
      dataType: measure.type ?? "number",
      operationType: measure.op,
      sourceField: measure.field,
      params: { emptyAsNull: true, ...format },
    };
  }
  const { type = "number" } = measure;
  const isWord = type === "string" || type === "list";
  return {
    ...common,
    scale: isWord ? "ordinal" : type === "date" ? "interval" : "ratio",
    dataType: isWord ? "string" : type,
    operationType: "last_value",
    sourceField: measure.field,
    params: { sortField: "@timestamp", showArrayValues: type === "list", ...format },
  };
}

type Visualization = { readonly type: string; readonly state: JsonObject };

const IN_LAYER = { layerId: LAYER, layerType: "data" };

/** The visualizations of Lens, by the kinds of panels. */
const VISUALIZATIONS: {
  readonly [Kind in LensPanel["kind"]]: (
    panel: Extract<LensPanel, { kind: Kind }>,
  ) => Visualization;
} = {
  metric: ({ measures, sumOver }) => ({
    type: "lnsMetric",
    state: {
      ...IN_LAYER,
      metricAccessor: "measure-0",
      ...(measures.length === 2
        ? { secondaryMetricAccessor: "measure-1", secondaryPrefix: measures[1].label }
        : {}),
      ...(sumOver ? { breakdownByAccessor: "split-0", collapseFn: "sum" } : {}),
    },
  }),
  line: () => timeChart("line"),
  bars: () => timeChart("bar_stacked"),
  table: (panel) => {
    const columns = [...splitsOf(panel), ...measuresOf(panel)].map(({ id }) => id);
    return {
      type: "lnsDatatable",
      state: {
        ...IN_LAYER,
        columns: columns.map((columnId) => ({ columnId, isTransposed: false })),
        sorting: { columnId: sortedColumn(panel), direction: panel.sort.direction },
        paging: { enabled: true, size: 20 },
      },
    };
  },
  heat: () => ({
    type: "lnsHeatmap",
    state: {
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
    },
  }),
};

function timeChart(seriesType: "line" | "bar_stacked"): Visualization {
  return {
    type: "lnsXY",
    state: {
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
    },
  };
}

/** @throws Error where no column has the label that the table is sorted by */
function sortedColumn(panel: Extract<LensPanel, { kind: "table" }>): string {
  const labels = [
    ...splitsOf(panel).map(({ id, split }) => ({ id, label: split.label })),
    ...measuresOf(panel).map(({ id, measure }) => ({ id, label: measure.label })),
  ];
  const column = labels.find(({ label }) => label === panel.sort.by);
  if (!column) {
    throw new Error(`${panel.id} is sorted by "${panel.sort.by}", and has no such column`);
  }
  return column.id;
}
