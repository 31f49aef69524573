import type { LogFields } from "./log.ts";

/** What every metric stands under in CloudWatch. */
const NAMESPACE = "Groundskeeper";

/** The figures of a run, with CloudWatch's unit of each. */
const UNITS = {
  RegionsPlanned: "Count",
  RegionsProven: "Count",
  RegionsUnproven: "Count",
  Examined: "Count",
  Violating: "Count",
  ChangesPlanned: "Count",
  ChangesDone: "Count",
  ChangesFailed: "Count",
  ChangesUnknown: "Count",
  Refused: "Count",
  Failed: "Count",
  DurationMs: "Milliseconds",
} as const;

export type MetricName = keyof typeof UNITS;

/** Figures by name. One that is not known is left out: 0 would be an answer. */
export type Metrics = { readonly [Name in MetricName]?: number };

/**
 * The members of a log line that make CloudWatch Logs take metrics from it, without any agent:
 * "Specification: Embedded metric format" in the CloudWatch User Guide. They stand at the root of
 * the line, and each metric and dimension that `_aws` names stands there too.
 *
 * @param at the instant that the metrics are for
 */
export function embeddedMetrics(
  metrics: Metrics,
  dimensions: { readonly job: string; readonly verb: string },
  at: Date,
): LogFields {
  const names = Object.keys(UNITS) as MetricName[];
  const known = names.filter((name) => metrics[name] !== undefined);
  return {
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [{
        Namespace: NAMESPACE,
        Dimensions: [["job"], ["job", "verb"]],
        Metrics: known.map((Name) => ({ Name, Unit: UNITS[Name] })),
      }],
    },
    ...dimensions,
    ...Object.fromEntries(known.map((name) => [name, metrics[name]!])),
  };
}
