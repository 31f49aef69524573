import { documentOf, type PolicyDocument } from "./statement.ts";
import { denyWithoutTls } from "./without_tls.ts";

/**
 * The policy of a queue: who may send to it, always by TLS. Principals of the queue's own account
 * need no statement: their own policies are enough.
 *
 * The senders are principals and not values of `aws:PrincipalArn`, since SQS knows few keys:
 * `aws:PrincipalOrgID`, `aws:SecureTransport` and `aws:SourceArn` among them, neither
 * `aws:PrincipalArn` nor `aws:PrincipalAccount` nor `aws:SourceAccount` (SQS Developer Guide,
 * "Amazon SQS API permissions: Actions and resource reference"). So the senders must exist before
 * the queue, and a sender that is made again needs the policy to be written again.
 *
 * @param senders ARNs of roles; none: every principal of the organization may send
 * @param organizationId to which senders must belong; null: there is no organization
 */
export function queuePolicy({ arn, senders, organizationId }: {
  readonly arn: string;
  readonly senders: readonly string[];
  readonly organizationId: string | null;
}): PolicyDocument {
  if (senders.length === 0 && organizationId === null) return deadLetterPolicy(arn);
  return documentOf([
    {
      Sid: "Senders",
      Effect: "Allow",
      Principal: senders.length === 0 ? "*" : { AWS: senders },
      Action: "sqs:SendMessage",
      Resource: arn,
      ...(organizationId === null ? {} : {
        Condition: { StringEquals: { "aws:PrincipalOrgID": organizationId } },
      }),
    },
    denyWithoutTls(arn, "sqs:*"),
  ]);
}

/** The policy of a dead-letter queue. SQS moves messages to it without a permission. */
export function deadLetterPolicy(arn: string): PolicyDocument {
  return documentOf([denyWithoutTls(arn, "sqs:*")]);
}
