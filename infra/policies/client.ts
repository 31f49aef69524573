import { documentOf, type PolicyDocument } from "./statement.ts";

export const CLIENT_DESCRIPTION =
  "Lets an instance report logins to Groundskeeper, and nothing else";

/**
 * The managed policy of instances that report logins: they may send, and do nothing else.
 *
 * The condition keeps out whoever assumes the role elsewhere and calls his session like an instance:
 * only credentials that EC2 hands to an instance have the key (IAM User Guide, "AWS global condition
 * context keys"). An identity's policy knows it; for a queue's policy see `queuePolicy`.
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
