import assert from "assert";
import * as z from "zod";

/** CloudWatch's units that this project uses (CloudWatch API Reference, MetricDatum). */
const unit = z.enum(["Count", "Milliseconds", "Seconds", "Percent", "Bytes", "None"]);

/** The JSON schema of "Specification: Embedded metric format" (CloudWatch User Guide). */
const root = z.looseObject({
  _aws: z.strictObject({
    Timestamp: z.int(),
    CloudWatchMetrics: z.array(
      z.strictObject({
        Namespace: z.string().min(1).max(1024),
        Dimensions: z.array(z.array(z.string().min(1).max(250)).max(30)).min(1),
        Metrics: z.array(
          z.strictObject({ Name: z.string().min(1).max(1024), Unit: unit.optional() }),
        ).max(100),
      }),
    ).min(1),
  }),
});

/** A metric as CloudWatch takes it from a log line. */
export interface ExtractedMetric {
  readonly name: string;
  readonly value: number;
  readonly dimensions: readonly Readonly<Record<string, string>>[];
}

/**
 * Takes the metrics from a log line as CloudWatch Logs does.
 *
 * @throws Error where the line breaks a rule of the specification
 */
export function extractMetrics(line: string): ExtractedMetric[] {
  assert.ok(line.length < 256 * 1024, "a log event is at most 256 KB");
  const event = root.parse(JSON.parse(line));
  return event._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) => {
    const dimensions = Dimensions.map((set) =>
      Object.fromEntries(set.map((name) => [name, z.string().min(1).parse(event[name])]))
    );
    const names = Metrics.map(({ Name }) => Name);
    assert.equal(new Set(names).size, names.length, "a metric is defined twice");
    return names.map((name) => ({ name, value: z.number().parse(event[name]), dimensions }));
  });
}
