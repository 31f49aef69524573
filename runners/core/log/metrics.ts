import type { LogFields } from "./log.ts";

/** What every metric stands under in CloudWatch. */
const NAMESPACE = "Groundskeeper";

/** Figures by name, in their order. One that is not known is left out: 0 would be an answer. */
export type Metrics = { readonly [name: string]: number };

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
  return {
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [{
        Namespace: NAMESPACE,
        Dimensions: [["job"], ["job", "verb"]],
        Metrics: Object.keys(metrics).map((Name) => ({
          Name,
          Unit: Name.endsWith("Ms") ? "Milliseconds" : "Count",
        })),
      }],
    },
    ...dimensions,
    ...metrics,
  };
}
