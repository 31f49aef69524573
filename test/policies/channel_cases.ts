import { clientPolicy } from "../../infra/policies/client.ts";
import { eventsTrust } from "../../infra/policies/events.ts";
import { allowSenders } from "../../infra/policies/senders.ts";
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

/** By which instances and EventBridge send: the policy of clients, the bus, the role of rules. */
export function channelTables(partition: Partition): RequestTable[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const queue = `arn:${partition}:sqs:${region}:${HUB}:logins`;
  const hello = `arn:${partition}:sqs:${region}:${HUB}:hello`;
  const bus = `arn:${partition}:events:${region}:${HUB}:event-bus/groundskeeper-events`;
  const onInstance = { "aws:EC2InstanceSourceVPC": "vpc-0123456789abcdef0" };
  const sends = (resource: string, context = {}) => ({
    action: "sqs:SendMessage",
    resource,
    context,
  });
  const puts = (principal: string, context = {}, resource = bus) => ({
    principal,
    action: "events:PutEvents",
    resource,
    context,
  });
  const role = arn(MEMBER, "role/groundskeeper-events");
  const assumes = (principal: string, source?: string) => ({
    principal,
    action: "sts:AssumeRole",
    resource: role,
    context: source === undefined ? {} : { "aws:SourceArn": source },
  });
  const ruleIn = (account: string, name: string, where: string = region) =>
    `arn:${partition}:events:${where}:${account}:rule/${name}`;
  return [
    {
      name: `In ${partition}, the policy of instances that report logins`,
      policy: clientPolicy([queue, hello]),
      rows: [
        ...rowsOf("allowed", sends(queue, onInstance), sends(hello, onInstance)),
        ...rowsOf(
          "implicitDeny",
          // Whoever assumes the role elsewhere, under a session called like an instance.
          sends(queue),
          sends(hello),
          sends(queue, { "sts:RoleSessionName": "i-0123456789abcdef0" }),
          sends(`${queue}-2`, onInstance),
          sends(queue.replace(HUB, MEMBER), onInstance),
          ...["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue", "ec2:CreateTags"]
            .map((action) => ({ ...sends(queue, onInstance), action })),
        ),
      ],
    },
    {
      name: `In ${partition}, the policy of the bus for the organization`,
      policy: {
        Statement: allowSenders("events:PutEvents", {
          arn: bus,
          senders: [],
          organizationId: ORGANIZATION,
        }),
      },
      rows: [
        ...rowsOf("allowed", puts(role, { "aws:PrincipalOrgID": ORGANIZATION })),
        ...rowsOf(
          "implicitDeny",
          puts(role),
          puts(arn(STRANGER, "role/x"), { "aws:PrincipalOrgID": "o-other12345" }),
          puts(role, { "aws:PrincipalOrgID": ORGANIZATION }, `${bus}-2`),
          {
            ...puts(role, { "aws:PrincipalOrgID": ORGANIZATION }),
            action: "events:PutRule",
          },
        ),
      ],
    },
    {
      name: `In ${partition}, the policy of the bus for named accounts`,
      policy: {
        Statement: allowSenders("events:PutEvents", {
          arn: bus,
          senders: [arn(MEMBER, "root")],
          organizationId: null,
        }),
      },
      rows: [
        ...rowsOf("allowed", puts(role)),
        ...rowsOf("implicitDeny", puts(arn(STRANGER, "role/x")), puts(role, {}, `${bus}-2`)),
      ],
    },
    {
      name: `In ${partition}, the trust policy of the role of rules`,
      policy: eventsTrust(partition, "groundskeeper-events"),
      rows: [
        ...rowsOf(
          "allowed",
          assumes("events.amazonaws.com", ruleIn(MEMBER, "groundskeeper-events")),
          assumes("events.amazonaws.com", ruleIn(HUB, "groundskeeper-events", "eu-west-3")),
        ),
        ...rowsOf(
          "implicitDeny",
          assumes("events.amazonaws.com"),
          assumes("events.amazonaws.com", ruleIn(MEMBER, "groundskeeper-events-2")),
          assumes("events.amazonaws.com", ruleIn(MEMBER, "bus/groundskeeper-events")),
          assumes("events.amazonaws.com", ruleIn(MEMBER, "mine")),
          assumes("scheduler.amazonaws.com", ruleIn(MEMBER, "groundskeeper-events")),
          assumes(arn(MEMBER, "role/Administrator"), ruleIn(MEMBER, "groundskeeper-events")),
        ),
      ],
    },
  ];
}
