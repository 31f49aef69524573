import type { Json, JsonObject } from "../../runners/core/json.ts";
import {
  conditionsOf,
  type Measure,
  measuresOf,
  type Panel,
  type Split,
  splitsOf,
  type Tally,
  type Where,
} from "./panel.ts";

/** The time that a panel shows, and the width of its bars. */
export type TimeRange = {
  /** RFC 3339, inclusive and exclusive. */
  readonly from: string;
  readonly to: string;
  /** As Elasticsearch writes it: "1h". */
  readonly interval: string;
};

/**
 * The search that a panel runs. Kibana asks for the newest value with `top_metrics`, and for groups of
 * several fields with `multi_terms`; this asks the same with `top_hits` and with groups in groups, which
 * every server has.
 */
export function panelQuery(panel: Panel, { from, to, interval }: TimeRange): JsonObject {
  const time: JsonObject = { range: { "@timestamp": { gte: from, lt: to } } };
  if (panel.kind === "newest") return newestQuery(panel, { filter: [time] });
  const filter = [time, ...filterOf(conditionsOf(panel))];
  const leaves = Object.fromEntries(
    measuresOf(panel).flatMap(({ id, measure }) => {
      const agg = measureAgg(measure);
      return agg === null ? [] : [[id, agg]];
    }),
  );
  const inGroup = panel.kind === "line" || panel.kind === "bars"
    ? {
      time: {
        date_histogram: { field: "@timestamp", fixed_interval: interval, min_doc_count: 1 },
        aggs: leaves,
      },
    }
    : leaves;
  const aggs = splitsOf(panel).reduceRight<JsonObject>(
    (inner, { id, split }) => splitAgg(id, split, inner),
    inGroup,
  );
  return { size: 0, track_total_hits: true, query: { bool: { filter } }, aggs };
}

/** Conditions as Elasticsearch's filters. */
export function filterOf(where: Where): JsonObject[] {
  return Object.entries(where).map(([field, value]): JsonObject => {
    if (typeof value === "string") return { term: { [field]: value } };
    if ("from" in value) return { range: { [field]: { gte: value.from, lt: value.to } } };
    return { terms: { [field]: [...value] } };
  });
}

const NEWEST_FIRST: JsonObject = { "@timestamp": { order: "desc" } };

/** null: how many documents there are, every answer says. */
function measureAgg(measure: Measure): JsonObject | null {
  const { where = {} } = measure;
  const filters = [
    ...filterOf(where),
    ...(measure.op === "last" && measure.known ? [{ exists: { field: measure.field } }] : []),
  ];
  const agg: JsonObject | null = measure.op === "count" ? null : measure.op === "last"
    ? {
      top_hits: {
        ...{ size: 1, sort: [NEWEST_FIRST], _source: false },
        docvalue_fields: [measure.field],
      },
    }
    : { [measure.op]: { field: measure.field } };
  if (filters.length === 0) return agg;
  return { filter: { bool: { filter: filters } }, ...(agg ? { aggs: { value: agg } } : {}) };
}

function splitAgg(id: string, { fields, size, newest }: Split, aggs: JsonObject): JsonObject {
  return fields.reduceRight<JsonObject>((inner, field, index) => ({
    [`${id}-${index}`]: {
      terms: { field, size, order: newest ? { newest: "desc" } : { _key: "asc" } },
      aggs: { ...inner, ...(newest ? { newest: { max: { field: "@timestamp" } } } : {}) },
    },
  }), aggs);
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
