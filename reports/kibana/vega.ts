import type { Json, JsonObject } from "../../runners/core/json.ts";
import type { Panel, Tally, Where } from "./panel.ts";

/*
 * Lens cannot ask for the newest slot of each account. Vega sends a search of our own, and Kibana puts
 * the time, the filters and the controls of the dashboard where the words in percent signs are (Kibana
 * guide, "Vega: Writing Elasticsearch queries in Vega").
 */

/** The Vega-Lite chart of a panel of the newest slot, as strict JSON. */
export function vegaSpec(panel: Extract<Panel, { kind: "newest" }>, indices: string): JsonObject {
  const labels = panel.tallies.map(({ label }) => label);
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
      y: { field: "value", type: "nominal", sort: orderOf(panel), title: null },
      x: { field: "count", type: "quantitative", title: "count", axis: { tickMinStep: 1 } },
      ...(labels.length > 1
        ? { color: { field: "what", type: "nominal", title: null, sort: labels } }
        : {}),
    },
  };
}

/** Groups of numbers stand in their own order, everything else by how many there are. */
function orderOf({ tallies: [{ ranges }] }: Extract<Panel, { kind: "newest" }>) {
  return ranges ? ranges.map(({ key }) => key) : "-x";
}

/**
 * The search of a panel of the newest slot: of each account its newest slot, and in it what the
 * documents say, each once.
 *
 * @param bool what else the documents must be
 */
export function newestQuery(
  { heads, of, where = {}, tallies }: Extract<Panel, { kind: "newest" }>,
  { filter, ...bool }: { readonly filter: readonly Json[]; readonly [clause: string]: Json },
): JsonObject {
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
                filter: { bool: { filter: filterOf({ doc_type: of, ...where }) } },
                aggs: Object.fromEntries(tallies.map((tally) => [tally.label, tallyAgg(tally)])),
              },
            },
          },
        },
      },
    },
  };
}

function tallyAgg({ field, ranges, missing }: Tally): JsonObject {
  if (ranges) return { range: { field, ranges: ranges.map((range) => ({ ...range })) } };
  return { terms: { field, size: 1_000, ...(missing === undefined ? {} : { missing }) } };
}

/** Conditions as Elasticsearch's filters. */
export function filterOf(where: Where): JsonObject[] {
  return Object.entries(where).map(([field, value]): JsonObject => {
    if (typeof value === "string") return { term: { [field]: value } };
    if ("from" in value) return { range: { [field]: { gte: value.from, lt: value.to } } };
    return { terms: { [field]: [...value] } };
  });
}
