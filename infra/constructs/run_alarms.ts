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

/** What is wrong with runs, by the metric that says it; each run that reads accounts writes all of them. */
const ALARMS = [
  {
    metric: "Failed",
    name: "failed",
    says: "failed, or did not start",
    // A run that never started writes no metric.
    noticesAbsence: true,
    ofAccounts: false,
  },
  {
    metric: "RegionsUnproven",
    name: "regions-unproven",
    says: "could not read or prove accounts or Regions",
    noticesAbsence: false,
    ofAccounts: true,
  },
  {
    metric: "Refused",
    name: "refused",
    says: "was refused by a limit or a breaker",
    noticesAbsence: false,
    ofAccounts: true,
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
  const reads = tasks.some(({ reads }) => reads);
  const interval = Math.min(...schedules.map(longestSeconds));
  for (
    const { metric, name, says, noticesAbsence } of ALARMS.filter((one) => reads || !one.ofAccounts)
  ) {
    new CloudwatchMetricAlarm(scope, `${job}-${name}`, {
      alarmName: `groundskeeper-${job}-${name}`,
      alarmDescription: `A run of ${job} ${says}`,
      namespace: "Groundskeeper",
      metricName: metric,
      dimensions: { job },
      statistic: "Sum",
      period: Math.min(2 * interval, LONGEST_SECONDS),
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: noticesAbsence && interval < LONGEST_SECONDS ? "breaching" : "notBreaching",
      alarmActions: [...alarmTopics],
      okActions: [...alarmTopics],
    });
  }
}

/** How long there may be between the runs of a schedule. */
function longestSeconds(schedule: string): number {
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(schedule) ?? [];
  if (count !== undefined) return Number(count) * UNIT_SECONDS[unit]!;
  if (EACH_DAY.test(schedule)) return DAY_SECONDS;
  return EACH_WEEK.test(schedule) ? 6 * DAY_SECONDS : Infinity;
}

/** A cron expression by which a run starts on each day, or on some days of each week. */
const EACH_DAY = /^cron\(\S+ \S+ (\* \* \?|\? \* \*) \*\)$/;
const EACH_WEEK = /^cron\(\S+ \S+ \? \* (?!\S*[#L])\S+ \*\)$/;
