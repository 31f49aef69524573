import { ownRoleCases } from "./home_cases.ts";
import { ACCOUNT, HUB, may, mayNot, roleArn, type RoleCase, type RoleTable } from "./role_cases.ts";

const ec2 = (resource: string) => `arn:{partition}:ec2:us-east-1:${ACCOUNT}:${resource}`;
const INSTANCE = ec2("instance/i-0123456789abcdef0");
const OTHERS = [ec2("volume/vol-0123456789abcdef0"), ec2("image/ami-0123456789abcdef0")];
const profile = (name: string) => `arn:{partition}:iam::${ACCOUNT}:instance-profile/${name}`;
const queue = (name: string, account = HUB) => `arn:{partition}:sqs:us-east-1:${account}:${name}`;
const url = (name: string) => `https://sqs.us-east-1.amazonaws.com/${HUB}/${name}`;

const TAG = "dirty";
const keys = (...keys: string[]) => ({ "aws:TagKeys": keys });
const MARKING = { ...keys(TAG), [`aws:RequestTag/${TAG}`]: "gk1:1795737600:pam" };
const TAGGING = ["ec2:CreateTags", "ec2:DeleteTags"];
const KINDS = ["list", "plan", "report", "apply", "verify", "clear", "rejected", "serve"];

const OBSERVE: readonly RoleCase[] = [
  ...may("observe", ["ec2:DescribeRegions", "ec2:DescribeInstances"], "*"),
  ...may("observe", "iam:GetInstanceProfile", [profile("web"), profile("team/web")]),
  ...mayNot("observe", "iam:GetInstanceProfile", roleArn("web")),
  ...mayNot("observe", TAGGING, INSTANCE, MARKING),
  ...mayNot("observe", "iam:AddRoleToInstanceProfile", profile("web")),
];

const MARK: readonly RoleCase[] = [
  ...may("mark", "ec2:DescribeInstances", "*"),
  ...may("mark", "ec2:CreateTags", INSTANCE, MARKING),
  ...mayNot("mark", "ec2:CreateTags", OTHERS, MARKING),
  ...[
    // Another tag, or another one besides; no tag at all.
    { ...MARKING, ...keys(TAG, "owner") },
    { ...MARKING, ...keys("owner") },
    { ...MARKING, ...keys("Dirty") },
    { ...MARKING, ...keys() },
    { [`aws:RequestTag/${TAG}`]: MARKING[`aws:RequestTag/${TAG}`]! },
    // A value that no mark has.
    keys(TAG),
    { ...MARKING, [`aws:RequestTag/${TAG}`]: "no" },
    { ...MARKING, [`aws:RequestTag/${TAG}`]: "" },
    // As the instance is made.
    { ...MARKING, "ec2:CreateAction": "RunInstances" },
  ].flatMap((context) => mayNot("mark", "ec2:CreateTags", INSTANCE, context)),
  ...mayNot("mark", "ec2:DeleteTags", INSTANCE, keys(TAG)),
  ...mayNot("mark", ["ec2:StopInstances", "ec2:TerminateInstances"], INSTANCE, {
    [`aws:ResourceTag/${TAG}`]: "gk1:1795737600:pam",
  }),
];

const CLEAR: readonly RoleCase[] = [
  ...may("clear", "ec2:DescribeInstances", "*"),
  ...may("clear", "ec2:DeleteTags", INSTANCE, keys(TAG)),
  ...mayNot("clear", "ec2:DeleteTags", OTHERS, keys(TAG)),
  ...[keys(TAG, "owner"), keys("owner"), keys("Dirty"), keys(), {}]
    .flatMap((context) => mayNot("clear", "ec2:DeleteTags", INSTANCE, context)),
  ...mayNot("clear", "ec2:CreateTags", INSTANCE, MARKING),
];

const TAKING = ["ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility"]
  .map((action) => `sqs:${action}`);
const QUEUES = [queue("logins"), queue("events")];

/** Only the task that serves takes messages, and nobody sends or purges. */
const SERVING: readonly RoleCase[] = [
  ...["home", "home-serve"].flatMap((role) => [
    ...may(role, TAKING, QUEUES),
    ...mayNot(role, TAKING, [queue("logins-dead"), queue("logins", ACCOUNT)]),
    ...mayNot(role, ["sqs:SendMessage", "sqs:PurgeQueue"], QUEUES),
  ]),
  ...KINDS.filter((kind) => kind !== "serve")
    .flatMap((kind) => mayNot(`home-${kind}`, TAKING, QUEUES)),
];

const HOMES = KINDS.map((kind) => `home-${kind}`);
const queues = { queueUrl: url("logins"), eventsQueueUrl: url("events") };

export const tables: readonly RoleTable[] = [
  {
    title: "that marks instances",
    config: queues,
    cases: [
      ...ownRoleCases("dirty", ["observe", "mark", "clear", ...HOMES]),
      ...OBSERVE,
      ...MARK,
      ...CLEAR,
      ...SERVING,
    ],
  },
  {
    title: "that keeps the ledger alone",
    config: { ...queues, tag: null },
    cases: [...ownRoleCases("dirty", ["observe", ...HOMES]), ...OBSERVE, ...SERVING],
  },
];
