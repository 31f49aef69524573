import { documentOf, type PolicyDocument } from "./statement.ts";
import { denyWithoutTls } from "./without_tls.ts";

/**
 * The policy of a topic: principals of the organization may subscribe, and CloudWatch may publish
 * alarms of the topic's account and Region. Principals of that account publish and subscribe by
 * their own policies, without a statement here.
 *
 * SNS refuses `sns:*` in a topic's policy, so the denial names the actions ("Policy statement action
 * out of service scope"). CloudWatch User Guide, "Amazon SNS permissions", has the statement for
 * alarms.
 *
 * @param organizationId null: there is no organization, and nobody else may subscribe
 * @param alarms whether CloudWatch alarms notify it
 */
export function topicPolicy({ arn, organizationId, alarms }: {
  readonly arn: string;
  readonly organizationId: string | null;
  readonly alarms: boolean;
}): PolicyDocument {
  const [, partition, , region, account] = arn.split(":") as string[];
  return documentOf([
    ...(organizationId === null ? [] : [
      {
        Sid: "Subscribers",
        Effect: "Allow",
        Principal: "*",
        Action: "sns:Subscribe",
        Resource: arn,
        Condition: { StringEquals: { "aws:PrincipalOrgID": organizationId } },
      } as const,
    ]),
    ...(!alarms ? [] : [
      {
        Sid: "Alarms",
        Effect: "Allow",
        Principal: { Service: "cloudwatch.amazonaws.com" },
        Action: "sns:Publish",
        Resource: arn,
        Condition: {
          ArnLike: { "aws:SourceArn": `arn:${partition}:cloudwatch:${region}:${account}:alarm:*` },
          StringEquals: { "aws:SourceAccount": account! },
        },
      } as const,
    ]),
    denyWithoutTls(arn, ["sns:Publish", "sns:Subscribe"]),
  ]);
}
