import type { Permission } from "../../core/needs/needs.ts";
import { queueOf } from "../../core/queue/queue_url.ts";
import type { RepoConfig } from "../config.ts";

/** What `repo serve` needs, by role of the job. */
export type ServeNeeds = {
  readonly home: readonly Permission[];
  readonly observe: readonly Permission[];
};

/**
 * What `repo serve` needs in AWS; nothing where it is not configured. The home role uses the one
 * queue and the one topic; the observing role reads the IDs of the requestors.
 */
export function serveNeeds({ serve }: Pick<RepoConfig, "serve">): ServeNeeds {
  if (serve === null) return { home: [], observe: [] };
  const { account, name, region } = queueOf(serve.queueUrl);
  const queue = [`arn:{partition}:sqs:${region ?? "*"}:${account}:${name}`];
  return {
    home: [
      { action: "sqs:ReceiveMessage", resources: queue, why: "repo serve: reads the commands" },
      {
        action: "sqs:DeleteMessage",
        resources: queue,
        why: "repo serve: deletes what was carried out or rejected; covers the batch call",
      },
      { action: "sns:Publish", resources: [serve.topicArn], why: "repo serve: answers" },
    ],
    observe: serve.requestors.length === 0 ? [] : [{
      action: "iam:GetRole",
      resources: serve.requestors,
      why: "repo serve: the IDs by which SQS names the requestors' sessions",
    }],
  };
}
