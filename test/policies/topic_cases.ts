import { topicPolicy } from "../../infra/policies/topic.ts";
import type { PolicyRequest } from "./evaluate.ts";
import {
  HUB,
  iamArns,
  MEMBER,
  ORGANIZATION,
  type Partition,
  PARTITIONS,
  STRANGER,
} from "./organization.ts";
import { type RequestTable, rowsOf } from "./request_table.ts";

const IN_ORGANIZATION = { "aws:PrincipalOrgID": ORGANIZATION };

export function topicTables(partition: Partition): RequestTable[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const topic = `arn:${partition}:sns:${region}:${HUB}:groundskeeper-alarms`;
  const member = arn(MEMBER, "role/app");
  const asks = (
    principal: string,
    action: "sns:Publish" | "sns:Subscribe" | "sns:DeleteTopic",
    context: PolicyRequest["context"] = {},
    resource = topic,
  ): PolicyRequest => ({
    principal,
    action,
    resource,
    context: { "aws:SecureTransport": "true", ...context },
  });
  const source = (
    account: string,
    resource = "alarm:groundskeeper-failed",
    of = region as string,
  ) => ({
    "aws:SourceArn": `arn:${partition}:cloudwatch:${of}:${account}:${resource}`,
    "aws:SourceAccount": account,
  });
  const cloudwatch = "cloudwatch.amazonaws.com";
  const subscribing = asks(member, "sns:Subscribe", IN_ORGANIZATION);
  const alarm = asks(cloudwatch, "sns:Publish", source(HUB));
  const other = `${topic}-2`;
  const withoutTls = { ...IN_ORGANIZATION, "aws:SecureTransport": "false" };
  const everyRow = [
    ...rowsOf(
      "explicitDeny",
      asks(member, "sns:Subscribe", withoutTls),
      asks(arn(HUB, "role/groundskeeper-audit-report"), "sns:Publish", withoutTls),
      asks(cloudwatch, "sns:Publish", { ...source(HUB), "aws:SecureTransport": "false" }),
    ),
    ...rowsOf(
      "implicitDeny",
      asks(member, "sns:Publish", IN_ORGANIZATION),
      asks(member, "sns:DeleteTopic", IN_ORGANIZATION),
      asks(member, "sns:Subscribe", IN_ORGANIZATION, other),
      asks(member, "sns:Subscribe", withoutTls, other),
      asks(arn(STRANGER, "role/app"), "sns:Subscribe"),
      asks(arn(STRANGER, "role/app"), "sns:Subscribe", { "aws:PrincipalOrgID": "o-other12345" }),
      asks(cloudwatch, "sns:Subscribe", source(HUB)),
      asks(cloudwatch, "sns:Publish"),
      asks(cloudwatch, "sns:Publish", source(MEMBER)),
      asks(cloudwatch, "sns:Publish", source(HUB, "dashboard/1")),
      asks(cloudwatch, "sns:Publish", source(HUB, undefined, "ap-south-1")),
      asks(cloudwatch, "sns:Publish", { ...source(HUB), "aws:SourceAccount": MEMBER }),
      asks(cloudwatch, "sns:Publish", { "aws:SourceAccount": HUB }),
      asks(cloudwatch, "sns:Publish", { "aws:SourceArn": source(HUB)["aws:SourceArn"] }),
      asks(cloudwatch, "sns:Publish", source(HUB), other),
      asks("events.amazonaws.com", "sns:Publish", source(HUB)),
    ),
  ];
  return [
    {
      name: `In ${partition}, the policy of a topic for alarms`,
      policy: topicPolicy({ arn: topic, organizationId: ORGANIZATION, alarms: true }),
      rows: [...everyRow, ...rowsOf("allowed", subscribing, alarm)],
    },
    {
      name: `In ${partition}, the policy of a topic for answers`,
      policy: topicPolicy({ arn: topic, organizationId: ORGANIZATION, alarms: false }),
      rows: [...everyRow, ...rowsOf("allowed", subscribing), ...rowsOf("implicitDeny", alarm)],
    },
    {
      name: `In ${partition}, the policy of a topic of one account`,
      policy: topicPolicy({ arn: topic, organizationId: null, alarms: false }),
      rows: [...everyRow, ...rowsOf("implicitDeny", subscribing, alarm)],
    },
  ];
}
