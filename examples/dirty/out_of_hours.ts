/**
 * An auditor of one's own: tells of logins at night and at the weekend. It writes a line into the log
 * that CloudWatch also counts as a metric (embedded metric format), so that an alarm can page somebody.
 * In the configuration: `"auditors": ["./out_of_hours.ts"]`.
 */

/** From when to when somebody works, in hours UTC. */
const WORK = { from: 7, to: 18 };

const METRIC = "LoginsOutOfHours";

export function marked(
  mark: {
    readonly account: string;
    readonly instance_id: string;
    readonly event: string;
    /** When it came to the queue, RFC 3339: the clock of the instance may be wrong. */
    readonly received_at: string;
    readonly who: { readonly user: string | null; readonly principalArn: string | null };
  },
  { log }: {
    readonly log: { warn(event: string, fields: { readonly [key: string]: unknown }): void };
  },
): void {
  const { account, instance_id, event, received_at, who } = mark;
  const at = new Date(received_at);
  const isWeekend = at.getUTCDay() % 6 === 0;
  const isWork = at.getUTCHours() >= WORK.from && at.getUTCHours() < WORK.to;
  if (isWork && !isWeekend) return;
  log.warn("Somebody was on an instance out of hours", {
    ...{ account, instance_id, mark: event, received_at, by: who.user ?? who.principalArn },
    _aws: {
      Timestamp: at.getTime(),
      CloudWatchMetrics: [{
        Namespace: "Acme",
        Dimensions: [["account"]],
        Metrics: [{ Name: METRIC, Unit: "Count" }],
      }],
    },
    [METRIC]: 1,
  });
}
