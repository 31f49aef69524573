import {
  executionTrust,
  memberTrust,
  schedulerTrust,
  taskTrust,
} from "../../infra/policies/trust.ts";
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

type Context = PolicyRequest["context"];

const HOMES = ["groundskeeper-audit-report", "ops/AuditHome"];
const EXTERNAL_ID = "acme:1";

export function trustTables(partition: Partition): RequestTable[] {
  return [
    ...memberTables(partition),
    ...taskTables(partition),
    schedulerTable(partition),
  ];
}

function memberTables(partition: Partition): RequestTable[] {
  const arn = iamArns(partition);
  const assumes = assuming(arn(MEMBER, "role/groundskeeper-audit-apply"));
  const homes = HOMES.map((name) => arn(HUB, `role/${name}`));
  const others = [
    arn(HUB, "role/Administrator"),
    arn(HUB, "root"),
    arn(HUB, "user/groundskeeper-audit-report"),
    arn(HUB, "role/x/groundskeeper-audit-report"),
    arn(HUB, "role/AuditHome"),
    arn(HUB, "role/groundskeeper-audit-report-2"),
    arn(HUB, "role/Groundskeeper-Audit-Report"),
    `arn:${partition}:sts::${HUB}:federated-user/groundskeeper-audit-report`,
    arn(MEMBER, "role/groundskeeper-audit-report"),
    arn(MEMBER, "role/Administrator"),
    arn(STRANGER, "role/groundskeeper-audit-report"),
    "ecs-tasks.amazonaws.com",
  ];
  const right = { "sts:ExternalId": EXTERNAL_ID, "aws:PrincipalOrgID": ORGANIZATION };
  const options = { partition, hub: HUB, homes: HOMES };
  return [
    {
      name: `In ${partition}, the trust policy of a member's role`,
      policy: memberTrust({ ...options, externalId: EXTERNAL_ID, organizationId: ORGANIZATION }),
      rows: [
        ...rowsOf("allowed", ...homes.map((home) => assumes(home, right))),
        ...rowsOf(
          "implicitDeny",
          ...others.map((principal) => assumes(principal, right)),
          ...homes.flatMap((home) => [
            assumes(home),
            assumes(home, { "aws:PrincipalOrgID": ORGANIZATION }),
            assumes(home, { "sts:ExternalId": EXTERNAL_ID }),
            assumes(home, { ...right, "sts:ExternalId": "acme:2" }),
            assumes(home, { ...right, "aws:PrincipalOrgID": "o-other12345" }),
            { ...assumes(home, right), action: "sts:TagSession" },
          ]),
        ),
      ],
    },
    {
      name: `In ${partition}, the trust policy of a member's role of no organization`,
      policy: memberTrust({ ...options, externalId: null, organizationId: null }),
      rows: [
        ...rowsOf("allowed", ...homes.flatMap((home) => [assumes(home), assumes(home, right)])),
        ...rowsOf("implicitDeny", ...others.map((principal) => assumes(principal))),
      ],
    },
  ];
}

function taskTables(partition: Partition): RequestTable[] {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const assumes = assuming(arn(HUB, "role/groundskeeper-audit-report"));
  const source = (account: string, of = region as string, service = "ecs") => ({
    "aws:SourceArn": `arn:${partition}:${service}:${of}:${account}:task/groundskeeper/0123`,
    "aws:SourceAccount": account,
  });
  const tasks = "ecs-tasks.amazonaws.com";
  const taskRows = [
    ...rowsOf("allowed", assumes(tasks, source(HUB))),
    ...rowsOf(
      "implicitDeny",
      assumes(tasks),
      assumes(tasks, source(MEMBER)),
      assumes(tasks, source(HUB, "ap-south-1")),
      assumes(tasks, source(HUB, region, "batch")),
      assumes(tasks, { ...source(HUB), "aws:SourceAccount": MEMBER }),
      assumes(tasks, { "aws:SourceAccount": HUB }),
      assumes(tasks, { "aws:SourceArn": source(HUB)["aws:SourceArn"] }),
      assumes("ec2.amazonaws.com", source(HUB)),
      assumes("lambda.amazonaws.com", source(HUB)),
      assumes(arn(HUB, "role/Administrator"), source(HUB)),
      assumes(arn(HUB, "root"), source(HUB)),
    ),
  ];
  const sso = "role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Operators_";
  const operators = [arn(HUB, "role/Operator"), arn(STRANGER, `${sso}*`)];
  const options = { partition, hub: HUB, region };
  return [
    {
      name: `In ${partition}, the trust policy of a task's role`,
      policy: taskTrust({ ...options, operators: [], tasks: true }),
      rows: [...taskRows, ...rowsOf("implicitDeny", assumes(arn(HUB, "role/Operator")))],
    },
    {
      name: `In ${partition}, the trust policy of the execution role`,
      policy: executionTrust(HUB),
      rows: [
        ...rowsOf("allowed", assumes(tasks, { "aws:SourceAccount": HUB })),
        ...rowsOf(
          "implicitDeny",
          assumes(tasks, { "aws:SourceAccount": MEMBER }),
          assumes(tasks, {}),
          assumes("ec2.amazonaws.com", { "aws:SourceAccount": HUB }),
          assumes(arn(HUB, "role/Operator"), { "aws:SourceAccount": HUB }),
        ),
      ],
    },
    {
      name: `In ${partition}, the trust policy of a home role with operators`,
      policy: taskTrust({ ...options, operators, tasks: true }),
      rows: [
        ...taskRows,
        ...rowsOf(
          "allowed",
          assumes(arn(HUB, "role/Operator")),
          assumes(arn(STRANGER, `${sso}0123456789abcdef`)),
        ),
        ...rowsOf(
          "implicitDeny",
          assumes(arn(HUB, "role/x/Operator")),
          assumes(arn(HUB, "user/Operator")),
          assumes(arn(HUB, `${sso}0123456789abcdef`)),
          assumes(arn(STRANGER, "role/Operator")),
          assumes(arn(STRANGER, "role/Administrator")),
          assumes(arn(MEMBER, "role/Operator")),
        ),
      ],
    },
  ];
}

function schedulerTable(partition: Partition): RequestTable {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const assumes = assuming(arn(HUB, "role/groundskeeper-scheduler"));
  const scheduler = "scheduler.amazonaws.com";
  const source = (
    account: string,
    group = "schedule-group/groundskeeper",
    of = region as string,
  ) => ({
    "aws:SourceArn": `arn:${partition}:scheduler:${of}:${account}:${group}`,
    "aws:SourceAccount": account,
  });
  return {
    name: `In ${partition}, the trust policy of Scheduler's role`,
    policy: schedulerTrust({ partition, hub: HUB, region, group: "groundskeeper" }),
    rows: [
      ...rowsOf("allowed", assumes(scheduler, source(HUB))),
      ...rowsOf(
        "implicitDeny",
        assumes(scheduler),
        assumes(scheduler, source(MEMBER)),
        assumes(scheduler, source(HUB, "schedule-group/default")),
        assumes(scheduler, source(HUB, "schedule-group/groundskeeper-2")),
        assumes(scheduler, source(HUB, "schedule/groundskeeper/audit")),
        assumes(scheduler, source(HUB, undefined, "ap-south-1")),
        assumes(scheduler, { ...source(HUB), "aws:SourceAccount": MEMBER }),
        assumes(scheduler, { "aws:SourceAccount": HUB }),
        assumes(scheduler, { "aws:SourceArn": source(HUB)["aws:SourceArn"] }),
        assumes("events.amazonaws.com", source(HUB)),
        assumes(arn(HUB, "role/Administrator"), source(HUB)),
      ),
    ],
  };
}

const assuming = (role: string) => (principal: string, context: Context = {}): PolicyRequest => ({
  action: "sts:AssumeRole",
  resource: role,
  principal,
  context,
});
