import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import type { Construct } from "constructs";
import type { Task } from "../installation.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** A week: CloudWatch looks back no longer. */
const LONGEST_SECONDS = 7 * DAY_SECONDS;

const UNIT_SECONDS: { readonly [unit: string]: number } = {
  minute: 60,
  hour: 60 * 60,
  day: DAY_SECONDS,
};

/** What is wrong with runs, by the metric that says it; each run writes all of them. */
const ALARMS = [
  {
    metric: "Failed",
    name: "failed",
    says: "failed, or did not start",
    // A run that never started writes no metric.
    missing: "breaching",
  },
  {
    metric: "RegionsUnproven",
    name: "regions-unproven",
    says: "could not read or prove accounts or Regions",
    missing: "notBreaching",
  },
  {
    metric: "Refused",
    name: "refused",
    says: "was refused by a limit or a breaker",
    missing: "notBreaching",
  },
];

/** Makes the alarms on the runs of a job that start by a schedule; without such runs it has none. */
export function runAlarms(
  scope: Construct,
  job: string,
  tasks: readonly Task[],
  alarmTopics: readonly string[],
): void {
  const schedules = tasks.flatMap(({ starts }) =>
    typeof starts === "object" ? [starts.schedule] : []
  );
  if (schedules.length === 0) return;
  const period = Math.min(...schedules.map(periodSeconds));
  for (const { metric, name, says, missing } of ALARMS) {
    new CloudwatchMetricAlarm(scope, `${job}-${name}`, {
      alarmName: `groundskeeper-${job}-${name}`,
      alarmDescription: `A run of ${job} ${says}`,
      namespace: "Groundskeeper",
      metricName: metric,
      dimensions: { job },
      statistic: "Sum",
      period,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: missing,
      alarmActions: [...alarmTopics],
      okActions: [...alarmTopics],
    });
  }
}

/**
 * How long no run need be seen: twice the interval of a rate. Between the runs of a cron expression
 * may lie a weekend or more, so an alarm waits as long as it can.
 */
function periodSeconds(schedule: string): number {
  const [, count = "", unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  const interval = Number(count) * (UNIT_SECONDS[unit] ?? 0);
  return interval === 0 ? LONGEST_SECONDS : Math.min(2 * interval, LONGEST_SECONDS);
}
