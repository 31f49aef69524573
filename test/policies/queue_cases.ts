import { deadLetterPolicy, eventsQueuePolicy, queuePolicy } from "../../infra/policies/queue.ts";
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
const ELSEWHERE = { "aws:PrincipalOrgID": "o-other12345" };
const WITHOUT_TLS = { "aws:SecureTransport": "false" };

export function queueTables(partition: Partition): RequestTable[] {
  const arn = iamArns(partition);
  const queue = `arn:${partition}:sqs:${PARTITIONS[partition]}:${HUB}:groundskeeper-repo`;
  const other = `${queue}-2`;
  const rule = `arn:${partition}:events:${PARTITIONS[partition]}:${HUB}:rule/bus/events`;
  const bot = arn(MEMBER, "role/chat/bot");
  const desk = arn(HUB, "role/ServiceDesk");
  const asks = (
    principal: string,
    context: PolicyRequest["context"] = IN_ORGANIZATION,
    action = "sqs:SendMessage",
    resource = queue,
  ): PolicyRequest => ({
    principal,
    action,
    resource,
    context: { "aws:SecureTransport": "true", ...context },
  });
  const receiving = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:PurgeQueue"];
  const senders = [bot, desk];
  const strangers = [
    arn(MEMBER, "role/bot"),
    arn(MEMBER, "user/chat/bot"),
    arn(MEMBER, "root"),
    arn(HUB, "role/Administrator"),
    arn(STRANGER, "role/chat/bot"),
    "sns.amazonaws.com",
    "events.amazonaws.com",
  ];
  /** What holds for every queue: no TLS, no access; and it speaks of itself alone. */
  const everyRow = [
    ...rowsOf(
      "explicitDeny",
      ...["sqs:SendMessage", ...receiving].map((action) =>
        asks(bot, { ...IN_ORGANIZATION, ...WITHOUT_TLS }, action)
      ),
      asks("sns.amazonaws.com", WITHOUT_TLS),
    ),
    ...rowsOf(
      "implicitDeny",
      asks(bot, { ...IN_ORGANIZATION, ...WITHOUT_TLS }, "sqs:SendMessage", other),
      asks(bot, IN_ORGANIZATION, "sqs:SendMessage", other),
      ...receiving.map((action) => asks(bot, IN_ORGANIZATION, action)),
    ),
  ];
  return [
    {
      name: `In ${partition}, the policy of a queue with senders`,
      policy: queuePolicy({ arn: queue, senders, organizationId: ORGANIZATION }),
      rows: [
        ...everyRow,
        ...rowsOf("allowed", ...senders.map((sender) => asks(sender))),
        ...rowsOf(
          "implicitDeny",
          ...strangers.map((principal) => asks(principal)),
          ...senders.flatMap((sender) => [asks(sender, ELSEWHERE), asks(sender, {})]),
        ),
      ],
    },
    {
      name: `In ${partition}, the policy of a queue with senders of no organization`,
      policy: queuePolicy({ arn: queue, senders, organizationId: null }),
      rows: [
        ...everyRow,
        ...rowsOf("allowed", ...senders.map((sender) => asks(sender, {}))),
        ...rowsOf("implicitDeny", ...strangers.map((principal) => asks(principal, {}))),
      ],
    },
    {
      name: `In ${partition}, the policy of a queue for the organization`,
      policy: queuePolicy({ arn: queue, senders: [], organizationId: ORGANIZATION }),
      rows: [
        ...everyRow,
        ...rowsOf("allowed", asks(bot), asks(desk), asks(arn(MEMBER, "user/alice"))),
        ...rowsOf(
          "implicitDeny",
          asks(arn(STRANGER, "role/chat/bot"), ELSEWHERE),
          asks(arn(STRANGER, "role/chat/bot"), {}),
          asks("sns.amazonaws.com", {}),
        ),
      ],
    },
    {
      name: `In ${partition}, the policy of a queue for the instances of named accounts`,
      policy: queuePolicy({
        arn: queue,
        senders: [arn(MEMBER, "root")],
        organizationId: null,
      }),
      rows: [
        ...everyRow,
        ...rowsOf(
          "allowed",
          ...["role/web", "user/alice", "root"].map((who) => asks(arn(MEMBER, who), {})),
          // The client's own policy asks for this key, which SQS does not know.
          asks(arn(MEMBER, "role/web"), { "aws:EC2InstanceSourceVPC": "vpc-1" }),
        ),
        ...rowsOf(
          "implicitDeny",
          asks(arn(STRANGER, "role/web"), {}),
          asks("events.amazonaws.com", {}),
        ),
      ],
    },
    {
      name: `In ${partition}, the policy of a queue for events`,
      policy: eventsQueuePolicy(queue, rule),
      rows: [
        ...everyRow,
        ...rowsOf("allowed", asks("events.amazonaws.com", { "aws:SourceArn": rule })),
        ...rowsOf(
          "implicitDeny",
          ...[
            {},
            ...[`${rule}-2`, rule.replace("rule/bus/", "rule/"), rule.replace(HUB, MEMBER)]
              .map((other) => ({ "aws:SourceArn": other })),
          ].map((context) => asks("events.amazonaws.com", context)),
          asks("events.amazonaws.com", { "aws:SourceArn": rule }, "sqs:SendMessage", other),
          ...[bot, desk, arn(MEMBER, "root"), "sns.amazonaws.com"].map((who) =>
            asks(who, { ...IN_ORGANIZATION, "aws:SourceArn": rule })
          ),
        ),
      ],
    },
    ...[
      ["a queue of one account", queuePolicy({ arn: queue, senders: [], organizationId: null })],
      ["a dead-letter queue", deadLetterPolicy(queue)],
    ].map(([of, policy]) => ({
      name: `In ${partition}, the policy of ${of}`,
      policy: policy as ReturnType<typeof deadLetterPolicy>,
      // Principals of the account send by their own policies.
      rows: [...everyRow, ...rowsOf("implicitDeny", asks(bot), asks(desk))],
    })),
  ];
}
