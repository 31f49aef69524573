import type { Json, JsonObject } from "../../runners/core/json.ts";
import type { Dashboard, Panel } from "../../runners/core/report/dashboard.ts";
import { LAYER_REFERENCE, lensAttributes } from "./lens.ts";
import { vegaSpec } from "./vega.ts";

type Reference = { readonly type: string; readonly id: string; readonly name: string };

/** An object as Kibana imports it. */
export type SavedObject = {
  readonly id: string;
  readonly type: "index-pattern" | "dashboard";
  readonly attributes: JsonObject;
  readonly references: readonly Reference[];
  readonly coreMigrationVersion: string;
  readonly typeMigrationVersion: string;
};

/*
 * Kibana brings objects of older versions up to its own, and refuses those of newer ones. These are the
 * oldest versions that have what is used here, so that 8.19 and 9.x take the same file.
 */
const CORE_VERSION = "8.8.0";
const VERSIONS = { dashboard: "8.9.0", "index-pattern": "8.0.0" } as const;

/** The width of Kibana's grid. */
export const GRID_WIDTH = 48;

/** All that Kibana imports: the data views, then the dashboards. */
export function savedObjects(dashboards: readonly Dashboard[]): SavedObject[] {
  const indices = [...new Set(dashboards.map(({ index }) => index))];
  return [...indices.map(dataView), ...dashboards.map(dashboardObject)];
}

/** One object a line, with sorted keys: the same declarations make the same file. */
export function ndjson(objects: readonly SavedObject[]): string {
  return objects.map((object) => `${JSON.stringify(sorted(object))}\n`).join("");
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  // Columns and panels have an order of their own, which Kibana keeps beside them.
  return Object.fromEntries(
    Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1).map((
      [key, one],
    ) => [key, sorted(one)]),
  );
}

const NO_SEARCH = { query: { query: "", language: "kuery" }, filter: [] };

const dataViewId = (index: string) => `groundskeeper-data-view-${index}`;

function dataView(index: string): SavedObject {
  return {
    id: dataViewId(index),
    type: "index-pattern",
    attributes: {
      title: `${index}-*`,
      name: `Groundskeeper: ${index}`,
      timeFieldName: "@timestamp",
      // A job that has not run yet has no index.
      allowNoIndex: true,
    },
    references: [],
    coreMigrationVersion: CORE_VERSION,
    typeMigrationVersion: VERSIONS["index-pattern"],
  };
}

function dashboardObject(dashboard: Dashboard): SavedObject {
  const { id, title, description, index, controls } = dashboard;
  const view = dataViewId(index);
  const panels = placed(dashboard);
  const fields = Object.entries(controls).map(([label, field], order) => (
    { control: `control-${order}`, label, field, order }
  ));
  return {
    id,
    type: "dashboard",
    attributes: {
      title,
      description,
      kibanaSavedObjectMeta: { searchSourceJSON: text(NO_SEARCH) },
      timeRestore: true,
      timeFrom: "now-30d",
      timeTo: "now",
      optionsJSON: text({
        useMargins: true,
        syncColors: false,
        syncCursor: true,
        syncTooltips: false,
        hidePanelTitles: false,
      }),
      controlGroupInput: {
        chainingSystem: "HIERARCHICAL",
        controlStyle: "oneLine",
        ignoreParentSettingsJSON: text({
          ignoreFilters: false,
          ignoreQuery: false,
          ignoreTimerange: false,
          ignoreValidations: false,
        }),
        panelsJSON: text(Object.fromEntries(fields.map(({ control, label, field, order }) => [
          control,
          {
            order,
            width: "medium",
            grow: true,
            type: "optionsListControl",
            explicitInput: { id: control, fieldName: field, title: label, enhancements: {} },
          },
        ]))),
      },
      panelsJSON: text(panels.map(({ panel, grid }) => panelObject(panel, grid, index))),
      version: 1,
    },
    references: [
      ...panels.filter(({ panel }) => panel.kind !== "newest").map(({ panel }) =>
        reference(`${panel.id}:${LAYER_REFERENCE}`, view)
      ),
      ...fields.map(({ control }) =>
        reference(`controlGroup_${control}:optionsListDataView`, view)
      ),
    ],
    coreMigrationVersion: CORE_VERSION,
    typeMigrationVersion: VERSIONS.dashboard,
  };
}

function text(value: Json): string {
  return JSON.stringify(sorted(value));
}

const reference = (name: string, id: string): Reference => ({ type: "index-pattern", id, name });

type Grid = { readonly x: number; readonly y: number; readonly w: number; readonly h: number };

/** The panels of a dashboard, row under row. */
function placed({ rows }: Dashboard): { readonly panel: Panel; readonly grid: Grid }[] {
  let y = 0;
  return rows.flatMap(({ height, panels }) => {
    const width = GRID_WIDTH / panels.length;
    const row = panels.map((panel, index) => ({
      panel,
      grid: { x: index * width, y, w: width, h: height },
    }));
    y += height;
    return row;
  });
}

function panelObject(panel: Panel, grid: Grid, index: string): JsonObject {
  const { id, title, description } = panel;
  return {
    version: VERSIONS.dashboard,
    type: panel.kind === "newest" ? "visualization" : "lens",
    panelIndex: id,
    gridData: { ...grid, i: id },
    title,
    embeddableConfig: {
      enhancements: {},
      hidePanelTitles: false,
      ...(panel.kind === "newest"
        ? {
          savedVis: {
            title,
            description,
            type: "vega",
            params: { spec: text(vegaSpec(panel, `${index}-*`)) },
            uiState: {},
            data: { aggs: [], searchSource: NO_SEARCH },
          },
        }
        : { description, attributes: lensAttributes(panel, dataViewId(index)) }),
    },
  };
}
