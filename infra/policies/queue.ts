import { allowSenders, type Senders } from "./senders.ts";
import { documentOf, type PolicyDocument } from "./statement.ts";
import { denyWithoutTls } from "./without_tls.ts";

/**
 * The policy of a queue: who may send to it, always by TLS. For principals of the queue's own account
 * their own policies are enough, or the statement for the organization.
 *
 * The senders are principals and not values of `aws:PrincipalArn`, since SQS knows few keys:
 * `aws:PrincipalOrgID`, `aws:SecureTransport` and `aws:SourceArn` among them, neither
 * `aws:PrincipalArn` nor `aws:PrincipalAccount` nor `aws:SourceAccount` (SQS Developer Guide,
 * "Amazon SQS API permissions: Actions and resource reference"). So the senders must exist before
 * the queue, and a sender that is made again needs the policy to be written again.
 *
 * For the same reason a queue that instances send to does not ask for `aws:EC2InstanceSourceVPC`: a
 * condition on a key that is never there would refuse every login. `clientPolicy` asks for it.
 */
export function queuePolicy(who: Senders): PolicyDocument {
  return documentOf([...allowSenders("sqs:SendMessage", who), denyWithoutTls(who.arn, "sqs:*")]);
}

/**
 * The policy of a queue that a rule of EventBridge sends to, and nobody else (EventBridge User Guide,
 * "Using resource-based policies", Amazon SQS permissions).
 *
 * @param rule the ARN of the rule
 */
export function eventsQueuePolicy(arn: string, rule: string): PolicyDocument {
  return documentOf([
    {
      Sid: "Rule",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: arn,
      Condition: { ArnEquals: { "aws:SourceArn": rule } },
    },
    denyWithoutTls(arn, "sqs:*"),
  ]);
}

/** The policy of a dead-letter queue. SQS moves messages to it without a permission. */
export function deadLetterPolicy(arn: string): PolicyDocument {
  return documentOf([denyWithoutTls(arn, "sqs:*")]);
}
