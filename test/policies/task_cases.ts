import { executionPolicy, schedulerPolicy } from "../../infra/policies/tasks.ts";
import type { PolicyRequest } from "./evaluate.ts";
import { HUB, iamArns, MEMBER, type Partition, PARTITIONS } from "./organization.ts";
import { type RequestTable, rowsOf } from "./request_table.ts";

const PULLING = [
  "ecr:BatchCheckLayerAvailability",
  "ecr:BatchGetImage",
  "ecr:GetDownloadUrlForLayer",
];
const LOGGING = ["logs:CreateLogStream", "logs:PutLogEvents"];

export function taskTables(partition: Partition): RequestTable[] {
  return [...executionTables(partition), schedulerTable(partition)];
}

/** Requests for each of the actions on each of the resources. */
function asking(actions: readonly string[], resources: readonly string[]): PolicyRequest[] {
  return actions.flatMap((action) => resources.map((resource) => ({ action, resource })));
}

function executionTables(partition: Partition): RequestTable[] {
  const region = PARTITIONS[partition];
  const inHub = (service: string, resource: string) =>
    `arn:${partition}:${service}:${region}:${HUB}:${resource}`;
  const domain = partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const image = `${HUB}.dkr.ecr.${region}.${domain}/tools/groundskeeper@sha256:0123`;
  const secret = (name: string) => inHub("secretsmanager", `secret:${name}-AbCdEf`);
  const parameter = (name: string) => inHub("ssm", `parameter/${name}`);
  const stream = (group: string) => inHub("logs", `log-group:${group}:log-stream:task/1`);
  const secrets = [secret("elastic"), secret("smtp"), parameter("elastic"), parameter("a/smtp")];
  const options = {
    partition,
    hub: HUB,
    region,
    logGroups: ["/groundskeeper/audit", "/groundskeeper/repo"],
  };
  const repository = inHub("ecr", "repository/tools/groundskeeper");
  const common = [
    ...rowsOf(
      "allowed",
      ...asking(LOGGING, options.logGroups.map(stream)),
    ),
    ...rowsOf(
      "implicitDeny",
      ...asking(LOGGING, [
        stream("/groundskeeper/audit-2"),
        stream("/app"),
        stream("/groundskeeper/audit").replace(HUB, MEMBER),
        stream("/groundskeeper/audit").replace(region, "ap-south-1"),
      ]),
      ...asking(["logs:CreateLogGroup", "logs:GetLogEvents"], [stream("/groundskeeper/audit")]),
      ...asking(["secretsmanager:GetSecretValue"], [secret("database"), parameter("elastic")]),
      ...asking(["ssm:GetParameters"], [parameter("database"), secret("elastic")]),
      ...asking(["ssm:GetParameter", "ssm:PutParameter"], [parameter("elastic")]),
      ...asking(PULLING, [
        inHub("ecr", "repository/tools/other"),
        inHub("ecr", "repository/tools/groundskeeper-2"),
        repository.replace(HUB, MEMBER),
      ]),
      ...asking(["ecr:PutImage"], [repository]),
    ),
  ];
  return [
    {
      name: `In ${partition}, the execution role with an image of ECR and secrets`,
      policy: executionPolicy({
        ...options,
        image,
        // A key of the JSON, its stage and its version may follow.
        secrets: secrets.map((arn) => arn === secret("smtp") ? `${arn}:password::` : arn),
      }),
      rows: [
        ...common,
        ...rowsOf(
          "allowed",
          ...asking(["ecr:GetAuthorizationToken"], ["*"]),
          ...asking(PULLING, [repository]),
          ...asking(["secretsmanager:GetSecretValue"], [secret("elastic"), secret("smtp")]),
          ...asking(["ssm:GetParameters"], [parameter("elastic"), parameter("a/smtp")]),
        ),
      ],
    },
    {
      name: `In ${partition}, the execution role with an image of another registry`,
      policy: executionPolicy({
        ...options,
        image: "registry.example.com/groundskeeper:0.2.0",
        secrets: [],
      }),
      rows: [
        ...common,
        ...rowsOf(
          "implicitDeny",
          ...asking(["ecr:GetAuthorizationToken"], ["*"]),
          ...asking(PULLING, [repository]),
          ...asking(["secretsmanager:GetSecretValue"], [secret("elastic")]),
          ...asking(["ssm:GetParameters"], [parameter("elastic")]),
        ),
      ],
    },
  ];
}

function schedulerTable(partition: Partition): RequestTable {
  const arn = iamArns(partition);
  const region = PARTITIONS[partition];
  const ofEcs = (resource: string, account = HUB, of = region as string) =>
    `arn:${partition}:ecs:${of}:${account}:${resource}`;
  const inCluster = { "ecs:cluster": ofEcs("cluster/groundskeeper") };
  const families = ["groundskeeper-audit-report", "groundskeeper-repo-report"];
  const roles = ["groundskeeper-audit-report", "ops/RepoHome", "groundskeeper-execution"];
  const starts = (resource: string, context: PolicyRequest["context"] = inCluster) => ({
    action: "ecs:RunTask",
    resource,
    context,
  });
  const passes = (role: string, context: PolicyRequest["context"] = TO_TASKS) => ({
    action: "iam:PassRole",
    resource: arn(HUB, `role/${role}`),
    context,
  });
  const tags = (resource: string, by: string | null = "RunTask") => ({
    action: "ecs:TagResource",
    resource,
    context: by === null ? {} : { "ecs:CreateAction": by },
  });
  const task = ofEcs("task-definition/groundskeeper-audit-report:3");
  return {
    name: `In ${partition}, the role of Scheduler`,
    policy: schedulerPolicy({
      partition,
      hub: HUB,
      region,
      cluster: "groundskeeper",
      families,
      roles,
    }),
    rows: [
      ...rowsOf(
        "allowed",
        ...families.map((family) => starts(ofEcs(`task-definition/${family}:3`))),
        ...roles.map((role) => passes(role)),
        tags(ofEcs("task/groundskeeper/0123456789abcdef")),
      ),
      ...rowsOf(
        "implicitDeny",
        starts(task, {}),
        starts(task, { "ecs:cluster": ofEcs("cluster/default") }),
        starts(task, { "ecs:cluster": ofEcs("cluster/groundskeeper", MEMBER) }),
        starts(ofEcs("task-definition/groundskeeper-audit-report-2:3")),
        starts(ofEcs("task-definition/app:1")),
        starts(ofEcs("task-definition/groundskeeper-audit-report:3", MEMBER)),
        starts(ofEcs("task-definition/groundskeeper-audit-report:3", HUB, "ap-south-1")),
        { ...starts(task), action: "ecs:RegisterTaskDefinition" },
        { ...starts(task), action: "ecs:StopTask" },
        tags(ofEcs("task/groundskeeper/0123456789abcdef"), null),
        tags(ofEcs("task/groundskeeper/0123456789abcdef"), "StartTask"),
        tags(ofEcs("task/default/0123456789abcdef")),
        tags(ofEcs("task/groundskeeper/0123456789abcdef", MEMBER)),
        tags(ofEcs("cluster/groundskeeper")),
        { ...tags(ofEcs("task/groundskeeper/0123456789abcdef")), action: "ecs:UntagResource" },
        passes("groundskeeper-scheduler"),
        passes("RepoHome"),
        passes("Administrator"),
        passes("groundskeeper-audit-report", {}),
        passes("groundskeeper-audit-report", { "iam:PassedToService": "lambda.amazonaws.com" }),
        passes("groundskeeper-audit-report", { "iam:PassedToService": "ec2.amazonaws.com" }),
        { ...passes("groundskeeper-audit-report"), action: "sts:AssumeRole" },
      ),
    ],
  };
}

const TO_TASKS = { "iam:PassedToService": "ecs-tasks.amazonaws.com" };
