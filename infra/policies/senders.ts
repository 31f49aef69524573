import type { Statement } from "./statement.ts";

/** Who may send to a queue or a bus. */
export type Senders = {
  /** Of the queue or the bus. */
  readonly arn: string;
  /** ARNs of roles, or of root users for their accounts; none: every principal of the organization. */
  readonly senders: readonly string[];
  /** To which senders must belong; null: there is no organization. */
  readonly organizationId: string | null;
};

/** Allows it to the senders. Those of its own account need no statement, and without others there is none. */
export function allowSenders(
  Action: string,
  { arn, senders, organizationId }: Senders,
): Statement[] {
  return senders.length === 0 && organizationId === null ? [] : [{
    Sid: "Senders",
    Effect: "Allow",
    Principal: senders.length === 0 ? "*" : { AWS: senders },
    Action,
    Resource: arn,
    ...organizationId === null
      ? {}
      : { Condition: { StringEquals: { "aws:PrincipalOrgID": organizationId } } },
  }];
}
