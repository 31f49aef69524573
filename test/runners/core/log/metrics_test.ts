import assert from "assert";
import { createLog } from "../../../../runners/core/log/log.ts";
import { embeddedMetrics, type Metrics } from "../../../../runners/core/log/metrics.ts";
import { extractMetrics } from "./embedded_metric_format.ts";

const AT = new Date("2026-11-20T12:00:00.000Z");
const ALL: Metrics = {
  RegionsPlanned: 6,
  RegionsProven: 5,
  RegionsUnproven: 1,
  Examined: 300,
  Violating: 12,
  ChangesPlanned: 4,
  ChangesDone: 2,
  ChangesFailed: 1,
  ChangesUnknown: 1,
  Refused: 0,
  Failed: 0,
  DurationMs: 1234,
};

function lineOf(metrics: Metrics, format: "json" | "text"): string {
  const lines: string[] = [];
  const log = createLog({
    write: (line) => void lines.push(line),
    now: () => AT,
    format,
    level: "debug",
  });
  log.info("run finished", embeddedMetrics(metrics, { job: "audit", verb: "apply" }, AT));
  assert.equal(lines.length, 1);
  return lines[0]!;
}

Deno.test("CloudWatch takes every figure from the line, by job, and by job and verb", () => {
  const extracted = extractMetrics(lineOf(ALL, "json"));
  assert.deepEqual(
    Object.fromEntries(extracted.map(({ name, value }) => [name, value])),
    { ...ALL },
  );
  for (const { dimensions } of extracted) {
    assert.deepEqual(dimensions, [{ job: "audit" }, { job: "audit", verb: "apply" }]);
  }
});

Deno.test("the metrics stand at the root of one JSON line, for the instant of the run's end", () => {
  const line = lineOf(ALL, "json");
  assert.equal(line.indexOf("\n"), line.length - 1);
  const { time, level, event, _aws } = JSON.parse(line);
  assert.deepEqual([time, level, event], [AT.toISOString(), "info", "run finished"]);
  assert.equal(_aws.Timestamp, AT.getTime());
  assert.equal(_aws.CloudWatchMetrics[0].Namespace, "Groundskeeper");
});

Deno.test("a figure that is not known is left out, not 0", () => {
  const extracted = extractMetrics(lineOf({ Refused: 0, Failed: 1, DurationMs: 5 }, "json"));
  assert.deepEqual(
    extracted.map(({ name, value }) => [name, value]),
    [["Refused", 0], ["Failed", 1], ["DurationMs", 5]],
  );
});

Deno.test("a line for people holds nothing of the metrics", () => {
  assert.equal(lineOf(ALL, "text"), "run finished\n");
});
