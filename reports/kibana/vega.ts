import type { Json, JsonObject } from "../../runners/core/json.ts";
import type { NewestPanel } from "../../runners/core/report/dashboard.ts";
import { conditionsOf, filterOf } from "./conditions.ts";

/*
 * Lens cannot ask for the newest slot of each account. Vega sends a search of our own, and Kibana puts
 * the time, the filters and the controls of the dashboard where the words in percent signs are (Kibana
 * guide, "Vega: Writing Elasticsearch queries in Vega").
 */

/** The Vega-Lite chart of a panel of the newest slot, as strict JSON. */
export function vegaSpec(panel: NewestPanel, indices: string): JsonObject {
  const labels = Object.keys(panel.fields);
  // Groups of numbers stand in their own order, everything else by how many there are.
  const sort = panel.ranges?.map(({ key }) => key) ?? "-x";
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v5.json",
    data: {
      url: {
        index: indices,
        body: newestQuery(panel, {
          must: ["%dashboard_context-must_clause%"],
          must_not: ["%dashboard_context-must_not_clause%"],
          filter: [
            "%dashboard_context-filter_clause%",
            { range: { "@timestamp": { "%timefilter%": true } } },
          ],
        }),
      },
      format: { property: "aggregations.accounts.buckets" },
    },
    transform: [
      ...labels.map((label) => ({
        calculate: `datum.slot.buckets[0].documents[${JSON.stringify(label)}].buckets`,
        as: label,
      })),
      { fold: labels, as: ["what", "bucket"] },
      { flatten: ["bucket"] },
      { calculate: "datum.bucket.key", as: "value" },
      { calculate: "datum.bucket.doc_count", as: "found" },
      {
        aggregate: [{ op: "sum", field: "found", as: "count" }],
        groupby: ["what", "value"],
      },
    ],
    mark: { type: "bar", tooltip: true },
    encoding: {
      y: { field: "value", type: "nominal", sort, title: null },
      x: { field: "count", type: "quantitative", title: "count", axis: { tickMinStep: 1 } },
      ...(labels.length > 1
        ? { color: { field: "what", type: "nominal", title: null, sort: labels } }
        : {}),
    },
  };
}

/**
 * The search of a panel of the newest slot: of each account its newest slot, and in it what the
 * documents say, each once.
 *
 * @param bool what else the documents must be
 */
export function newestQuery(
  panel: NewestPanel,
  { filter, ...bool }: { readonly filter: readonly Json[]; readonly [clause: string]: Json },
): JsonObject {
  const { heads, of, fields } = panel;
  return {
    size: 0,
    query: { bool: { ...bool, filter: [...filter, ...filterOf({ doc_type: [heads, of] })] } },
    aggs: {
      accounts: {
        terms: { field: "cloud.account.id", size: 10_000 },
        aggs: {
          slot: {
            terms: { field: "@timestamp", size: 1, order: { _key: "desc" } },
            aggs: {
              documents: {
                filter: { bool: { filter: filterOf(conditionsOf(panel)) } },
                aggs: Object.fromEntries(
                  Object.entries(fields).map(([label, field]) => [label, barsOf(panel, field)]),
                ),
              },
            },
          },
        },
      },
    },
  };
}

function barsOf({ ranges, missing }: NewestPanel, field: string): JsonObject {
  if (ranges) return { range: { field, ranges } };
  return { terms: { field, size: 1_000, ...(missing === undefined ? {} : { missing }) } };
}
