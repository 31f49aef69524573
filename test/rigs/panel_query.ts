import { conditionsOf, filterOf } from "../../reports/kibana/conditions.ts";
import { groupsOf, isOverTime, measuresOf } from "../../reports/kibana/lens.ts";
import { newestQuery } from "../../reports/kibana/vega.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import type { Group, Measure, Panel } from "../../runners/core/report/dashboard.ts";

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
    measuresOf(panel).flatMap(([id, measure]) => {
      const agg = measureAgg(measure);
      return agg === null ? [] : [[id, agg]];
    }),
  );
  const inGroup = isOverTime(panel)
    ? {
      time: {
        date_histogram: { field: "@timestamp", fixed_interval: interval, min_doc_count: 1 },
        aggs: leaves,
      },
    }
    : leaves;
  const aggs = groupsOf(panel).reduceRight<JsonObject>(
    (inner, [id, group]) => groupAgg(id, group, inner),
    inGroup,
  );
  return { size: 0, track_total_hits: true, query: { bool: { filter } }, aggs };
}

const NEWEST_FIRST: JsonObject = { "@timestamp": { order: "desc" } };

/** null: how many documents there are, every answer says. */
function measureAgg(measure: Measure): JsonObject | null {
  const filters = filterOf(measure.where ?? {});
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

function groupAgg(id: string, { fields, size, newest }: Group, aggs: JsonObject): JsonObject {
  return fields.reduceRight<JsonObject>((inner, field, index) => ({
    [`${id}-${index}`]: {
      terms: { field, size, order: newest ? { newest: "desc" } : { _key: "asc" } },
      aggs: { ...inner, ...(newest ? { newest: { max: { field: "@timestamp" } } } : {}) },
    },
  }), aggs);
}
