import { documentOf, type PolicyDocument } from "./statement.ts";

export const CLIENT_DESCRIPTION =
  "Lets an instance report logins to Groundskeeper, and nothing else";

/**
 * The managed policy of instances that report logins. Whoever assumes the role elsewhere, and calls
 * his session like an instance, cannot send: only credentials that EC2 hands to an instance have the
 * key (IAM User Guide, "AWS global condition context keys"). For a queue's policy see `queuePolicy`.
 *
 * @param queues their ARNs, at least one
 */
export function clientPolicy(queues: readonly string[]): PolicyDocument {
  return documentOf([{
    Sid: "ReportsLogins",
    Effect: "Allow",
    Action: "sqs:SendMessage",
    Resource: queues,
    Condition: { Null: { "aws:EC2InstanceSourceVPC": "false" } },
  }]);
}
