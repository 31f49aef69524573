import { ownRoleCases } from "./home_cases.ts";
import { ACCOUNT, may, mayNot, type RoleCase, type RoleTable } from "./role_cases.ts";

const ec2 = (resource: string) => `arn:{partition}:ec2:us-east-1:${ACCOUNT}:${resource}`;
const INSTANCE = ec2("instance/i-0123456789abcdef0");
const VOLUME = ec2("volume/vol-0123456789abcdef0");
const KEY_PAIR = ec2("key-pair/admin");

const MARK = "groundskeeper-audit";
const MARKED = { [`aws:ResourceTag/${MARK}`]: "gk1/stop/2026-11-24T03:00:00Z/1b2c3d4e" };
const STAMP = "groundskeeper-canary";
const STAMPED = { [`aws:ResourceTag/${STAMP}`]: "2026-11-21T00:00:00.000Z" };

const CANARY_TAGS = {
  Name: "api-canary-us-east-1",
  project: "API canary",
  created_by: "groundskeeper",
};
/** Tags as condition keys: of the instance that is there, or of the one that is asked for. */
const tagsAs = (kind: "ResourceTag" | "RequestTag", tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:${kind}/${key}`, value]));
/** The same tags, each time without one of them, and with one that says something else. */
const almost = (tags: Readonly<Record<string, string>>): Readonly<Record<string, string>>[] =>
  Object.keys(tags).flatMap((key) => {
    const { [key]: _without, ...others } = tags;
    return [others, { ...others, [key]: "x" }];
  });

const IS_CANARY = tagsAs("ResourceTag", CANARY_TAGS);
const NEW_CANARY = {
  ...tagsAs("RequestTag", { ...CANARY_TAGS, [STAMP]: "x" }),
  "ec2:InstanceType": "t3.nano",
};
const keys = (...keys: string[]) => ({ "aws:TagKeys": keys });
const creating = { "ec2:CreateAction": "RunInstances", ...keys("Name") };

const EVERYTHING = [
  "ec2:DescribeRegions",
  "ec2:DescribeInstances",
  "ec2:DescribeTags",
  "ec2:DescribeInstanceTypes",
  "ec2:DescribeConversionTasks",
  "ec2:DescribeImages",
  "iam:ListAccountAliases",
  "iam:ListUsers",
  "cloudtrail:LookupEvents",
  "autoscaling:DescribeTags",
];
const stack = (resource: string) =>
  `arn:{partition}:cloudformation:us-east-1:${ACCOUNT}:${resource}`;
const parameter = (name: string) => `arn:{partition}:ssm:us-east-1::parameter/${name}`;
const IMAGE = "aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64";

const OBSERVE: readonly RoleCase[] = [
  ...may("observe", EVERYTHING, "*"),
  ...may("observe", "ec2:DescribeInstanceAttribute", INSTANCE),
  ...mayNot("observe", "ec2:DescribeInstanceAttribute", VOLUME),
  ...may("observe", "cloudformation:DescribeStacks", stack("stack/web/1b2c3d4e")),
  ...mayNot("observe", "cloudformation:DescribeStacks", stack("stackset/web:1b2c3d4e")),
  ...may("observe", "ssm:GetParameter", parameter(IMAGE)),
  ...mayNot("observe", "ssm:GetParameter", [
    parameter("aws/service/other"),
    parameter("db/password"),
  ]),
  ...mayNot("observe", ["ec2:StopInstances", "ec2:TerminateInstances"], INSTANCE, MARKED),
  ...mayNot("observe", ["ec2:CreateTags", "ec2:DeleteTags"], INSTANCE, keys(MARK)),
];

const TAGGING = ["ec2:CreateTags", "ec2:DeleteTags"];
const ENDING = ["ec2:StopInstances", "ec2:StartInstances", "ec2:TerminateInstances"];

const APPLY: readonly RoleCase[] = [
  ...may("apply", ["ec2:DescribeInstances", "ec2:DescribeTags"], "*"),
  ...may("apply", TAGGING, INSTANCE, keys(MARK)),
  ...[keys(MARK, "owner"), keys("owner"), keys(STAMP), keys(), {}]
    .flatMap((context) => mayNot("apply", TAGGING, INSTANCE, context)),
  ...mayNot("apply", TAGGING, VOLUME, keys(MARK)),
  ...may("apply", ENDING, INSTANCE, MARKED),
  ...[{}, STAMPED, { "aws:ResourceTag/owner": "alice" }]
    .flatMap((context) => mayNot("apply", ENDING, INSTANCE, context)),
  ...mayNot("apply", ENDING, VOLUME, MARKED),
  ...mayNot("apply", "ec2:RebootInstances", INSTANCE, MARKED),
  ...mayNot("apply", "ec2:RunInstances", INSTANCE, NEW_CANARY),
  ...mayNot("apply", "ec2:DeleteVolume", VOLUME, MARKED),
];

const NEW_PARTS = [
  VOLUME,
  ec2("network-interface/*"),
  ec2("subnet/subnet-0123456789abcdef0"),
  ec2("security-group/sg-0123456789abcdef0"),
  "arn:{partition}:ec2:us-east-1::image/ami-0123456789abcdef0",
];

const CANARY: readonly RoleCase[] = [
  ...may("canary", ["ec2:DescribeInstances", "ec2:DescribeTags"], "*"),

  ...may("canary", "ec2:RunInstances", INSTANCE, NEW_CANARY),
  ...may("canary", "ec2:RunInstances", INSTANCE, { ...NEW_CANARY, "ec2:InstanceType": "t4g.nano" }),
  ...mayNot("canary", "ec2:RunInstances", INSTANCE, {
    ...NEW_CANARY,
    "ec2:InstanceType": "p5.48xlarge",
  }),
  ...mayNot("canary", "ec2:RunInstances", INSTANCE, {
    ...tagsAs("RequestTag", CANARY_TAGS),
    "ec2:InstanceType": "t3.nano",
  }),
  ...almost(CANARY_TAGS).flatMap((tags) =>
    mayNot("canary", "ec2:RunInstances", INSTANCE, {
      ...tagsAs("RequestTag", { ...tags, [STAMP]: "x" }),
      "ec2:InstanceType": "t3.nano",
    })
  ),
  ...may("canary", "ec2:RunInstances", NEW_PARTS),
  ...mayNot("canary", "ec2:RunInstances", KEY_PAIR),
  ...mayNot("canary", "ec2:RunInstances", KEY_PAIR, NEW_CANARY),

  ...may("canary", "ec2:CreateTags", [INSTANCE, VOLUME], creating),
  ...mayNot("canary", "ec2:CreateTags", [INSTANCE, VOLUME], keys("Name")),
  ...mayNot("canary", "ec2:CreateTags", [INSTANCE, VOLUME], {
    ...creating,
    "ec2:CreateAction": "CreateVolume",
  }),
  ...mayNot("canary", "ec2:CreateTags", KEY_PAIR, creating),

  ...may("canary", "ec2:CreateTags", INSTANCE, { ...keys(STAMP), ...IS_CANARY }),
  ...almost(CANARY_TAGS).flatMap((tags) =>
    mayNot("canary", "ec2:CreateTags", INSTANCE, {
      ...keys(STAMP),
      ...tagsAs("ResourceTag", tags),
    })
  ),
  ...[keys(MARK), keys(STAMP, "owner"), keys(), {}]
    .flatMap((context) =>
      mayNot("canary", "ec2:CreateTags", INSTANCE, { ...context, ...IS_CANARY })
    ),
  ...mayNot("canary", "ec2:CreateTags", VOLUME, { ...keys(STAMP), ...IS_CANARY }),
  ...mayNot("canary", "ec2:DeleteTags", INSTANCE, { ...keys(STAMP), ...IS_CANARY }),

  ...may("canary", "ec2:StopInstances", INSTANCE, { ...STAMPED, ...IS_CANARY }),
  ...[{}, MARKED, STAMPED, IS_CANARY]
    .flatMap((context) => mayNot("canary", "ec2:StopInstances", INSTANCE, context)),
  ...almost(CANARY_TAGS).flatMap((tags) =>
    mayNot("canary", "ec2:StopInstances", INSTANCE, { ...STAMPED, ...tagsAs("ResourceTag", tags) })
  ),
  ...mayNot("canary", "ec2:StartInstances", INSTANCE, { ...STAMPED, ...IS_CANARY }),
  ...mayNot("canary", "ec2:StopInstances", VOLUME, { ...STAMPED, ...IS_CANARY }),
  ...mayNot("canary", "ec2:TerminateInstances", INSTANCE, { ...STAMPED, ...IS_CANARY }),
];

const attribute = (name: string) => ({ "ec2:Attribute": name });
const PROTECTIONS = ["DisableApiTermination", "DisableApiStop"];
const OTHERS = ["UserData", "InstanceType", "InstanceInitiatedShutdownBehavior"];

const CASES = [
  ...ownRoleCases("audit", [
    "observe",
    "apply",
    "canary",
    ...["list", "plan", "report", "apply", "canary"].map((kind) => `home-${kind}`),
  ]),
  ...OBSERVE,
  ...APPLY,
  ...CANARY,
];

/** The least ladder that reads all that the job may read. */
const ladder = [
  { after: "0m", do: "mark" },
  { after: "3d", do: "stop" },
  { after: "14d", do: "terminate" },
];
const config = { required: [{ key: "owner" }], ladder, limits: {} };

export const tables: readonly RoleTable[] = [
  {
    title: "that respect protections",
    config,
    cases: [
      ...CASES,
      ...[...PROTECTIONS, ...OTHERS].flatMap((name) =>
        mayNot("apply", "ec2:ModifyInstanceAttribute", INSTANCE, attribute(name))
      ),
    ],
  },
  {
    title: "that lift protections",
    config: { ...config, protection: "lift" },
    cases: [
      ...CASES,
      ...PROTECTIONS.flatMap((name) => [
        ...may("apply", "ec2:ModifyInstanceAttribute", INSTANCE, attribute(name)),
        ...mayNot("apply", "ec2:ModifyInstanceAttribute", VOLUME, attribute(name)),
      ]),
      ...OTHERS.flatMap((name) =>
        mayNot("apply", "ec2:ModifyInstanceAttribute", INSTANCE, attribute(name))
      ),
      ...["observe", "canary"].flatMap((role) =>
        mayNot(role, "ec2:ModifyInstanceAttribute", INSTANCE, attribute("DisableApiStop"))
      ),
    ],
  },
];
