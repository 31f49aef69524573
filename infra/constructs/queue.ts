import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import type { Construct } from "constructs";
import type { Queue } from "../channels.ts";
import { deadLetterPolicy } from "../policies/queue.ts";
import { constructId } from "./construct_id.ts";
import { literalJson } from "./literal_json.ts";

/** How often a message is received before SQS takes it for dead. A runner gives up earlier: after six times. */
const RECEIVES = 8;

/** SQS keeps no message longer. */
const LONGEST_SECONDS = 14 * 24 * 60 * 60;

/** How old the oldest message may be. */
const OLD_SECONDS = 60 * 60;

/** Makes a queue with its dead-letter queue, and the alarms of both. */
export function queue(
  scope: Construct,
  { name, arn, policy }: Queue,
  alarmTopics: readonly string[],
): SqsQueue {
  const id = constructId("queue", name);
  const fifo = name.endsWith(".fifo");
  const deadName = fifo ? name.replace(/\.fifo$/, "-dead.fifo") : `${name}-dead`;
  const kind = {
    ...(fifo ? { fifoQueue: true } : {}),
    sqsManagedSseEnabled: true,
    messageRetentionSeconds: LONGEST_SECONDS,
  };
  // The policies are part of the queues: they are there from the first moment.
  const dead = new SqsQueue(scope, `${id}-dead`, {
    name: deadName,
    ...kind,
    policy: literalJson(deadLetterPolicy(`${arn.slice(0, -name.length)}${deadName}`)),
    redriveAllowPolicy: literalJson({ redrivePermission: "byQueue", sourceQueueArns: [arn] }),
  });
  const main = new SqsQueue(scope, id, {
    name,
    ...kind,
    policy: literalJson(policy),
    redrivePolicy: `{"deadLetterTargetArn":"${dead.arn}","maxReceiveCount":${RECEIVES}}`,
  });
  const alarm = {
    namespace: "AWS/SQS",
    statistic: "Maximum",
    period: 300,
    evaluationPeriods: 1,
    comparisonOperator: "GreaterThanThreshold",
    treatMissingData: "notBreaching",
    alarmActions: [...alarmTopics],
    okActions: [...alarmTopics],
  };
  new CloudwatchMetricAlarm(scope, `${id}-dead-letters`, {
    ...alarm,
    alarmName: `groundskeeper-${name}-dead-letters`,
    alarmDescription: `Messages of ${name} could not be handled`,
    metricName: "ApproximateNumberOfMessagesVisible",
    dimensions: { QueueName: deadName },
    threshold: 0,
  });
  new CloudwatchMetricAlarm(scope, `${id}-oldest`, {
    ...alarm,
    alarmName: `groundskeeper-${name}-oldest-message`,
    alarmDescription: `A message of ${name} waits for more than an hour`,
    metricName: "ApproximateAgeOfOldestMessage",
    dimensions: { QueueName: name },
    threshold: OLD_SECONDS,
  });
  return main;
}
