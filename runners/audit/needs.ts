import { AUDIT_MARK_TAG, CANARY_STAMP_TAG } from "../core/contract/names.ts";
import type { JobNeeds, Permission } from "../core/needs/needs.ts";
import type { AuditConfig, StepName } from "./config.ts";

const INSTANCES = ["arn:{partition}:ec2:*:*:instance/*"];

/** Only this tag key. Without the second condition a request with no tag key at all would pass. */
const onlyKey = (key: string) => ({
  "ForAllValues:StringEquals": { "aws:TagKeys": [key] },
  Null: { "aws:TagKeys": "false" },
});

/** Only what carries the tag. */
const carries = (key: string) => ({ Null: { [`aws:ResourceTag/${key}`]: "false" } });

/**
 * What the audit needs in AWS. `{partition}` and the names of roles are filled in where it is
 * printed.
 *
 * @param config what it never does is left out: lifting protections, unless it says so
 */
export function auditNeeds(
  { protection, canary, ladder, managed, mark = AUDIT_MARK_TAG }: Partial<AuditConfig> = {},
): JobNeeds {
  const comesTo = (step: StepName) => ladder === undefined || ladder.some((one) => one.do === step);
  return {
    job: "audit",
    roles: {
      home: {
        purpose: "Lists the accounts of the organization and assumes the roles in them",
        kind: "home",
        permissions: [
          {
            action: "sts:AssumeRole",
            resources: [
              "arn:{partition}:iam::*:role/{observeRole}",
              "arn:{partition}:iam::*:role/{applyRole}",
              "arn:{partition}:iam::*:role/{canaryRole}",
            ],
            why: "works in each account under that account's own role",
          },
          { action: "organizations:ListAccounts", why: 'organization.accounts: "organizations"' },
          {
            action: "organizations:ListAccountsForParent",
            why: "organization.units, audit.enforce.units",
          },
          {
            action: "organizations:ListOrganizationalUnitsForParent",
            why: "organization.units, audit.enforce.units",
          },
          { action: "sns:Publish", resources: ["{notifyTopics}"], why: "notify: SNS topics" },
        ],
      },
      observe: {
        purpose: "Reads instances and their tags; changes nothing",
        kind: "observe",
        permissions: [
          { action: "ec2:DescribeRegions", why: 'organization.regions: "enabled"' },
          { action: "ec2:DescribeInstances", why: "the instances and their tags" },
          { action: "ec2:DescribeTags", why: "the second source that tags are confirmed by" },
          {
            action: "ec2:DescribeInstanceAttribute",
            why: "whether what is to be stopped or terminated is protected",
          },
          ...(comesTo("stop") ? [STORES] : []),
          ...((comesTo("stop") || comesTo("terminate")) && managed !== "include" ? [IMPORTS] : []),
          { action: "iam:ListAccountAliases", why: "names the account as its people do" },
          { action: "iam:ListUsers", why: "rules whose value must be an IAM user" },
          {
            action: "cloudtrail:LookupEvents",
            why: "who launched an instance that names no owner",
          },
          { action: "autoscaling:DescribeTags", why: "the owner of an instance's group" },
          { action: "cloudformation:DescribeStacks", why: "the owner of an instance's stack" },
          {
            action: "ec2:DescribeImages",
            why: "canary plan: how large the volume of a canary would be",
          },
          ...imageParameter(canary),
        ],
      },
      apply: {
        purpose: "Marks instances, and stops and terminates what carries the mark",
        kind: "write",
        permissions: [
          { action: "ec2:DescribeInstances", why: "looks again, seconds before it writes" },
          { action: "ec2:DescribeTags", why: "asks the second source again, and reads back" },
          {
            action: "ec2:CreateTags",
            resources: INSTANCES,
            condition: onlyKey(mark),
            why: "sets the mark",
          },
          {
            action: "ec2:DeleteTags",
            resources: INSTANCES,
            condition: onlyKey(mark),
            why: "takes the mark away from what keeps the rules",
          },
          {
            action: "ec2:StopInstances",
            resources: INSTANCES,
            condition: carries(mark),
            why: "stops what the ladder stops; nothing without the mark",
          },
          {
            action: "ec2:TerminateInstances",
            resources: INSTANCES,
            condition: carries(mark),
            why: "terminates what the ladder terminates; nothing without the mark",
          },
          ...(protection === "lift" ? [LIFT] : []),
        ],
      },
      canary: {
        purpose: "Makes canaries, and writes their stamps",
        kind: "write",
        permissions: [
          { action: "ec2:DescribeInstances", why: "looks again, seconds before it writes" },
          { action: "ec2:DescribeTags", why: "reads back what it wrote" },
          {
            action: "ec2:CreateTags",
            resources: INSTANCES,
            condition: { ...onlyKey(CANARY_STAMP_TAG), ...hasCanaryTags("ResourceTag", canary) },
            why: "writes the stamp by which the next run tells an old answer; on canaries only",
          },
          ...creation(canary),
        ],
      },
    },
  };
}

/** Only where the ladder stops: else nothing would ever ask. */
const STORES: Permission = {
  action: "ec2:DescribeInstanceTypes",
  why: "whether a stop would lose the data of instance-store volumes",
};

const IMPORTS: Permission = {
  action: "ec2:DescribeConversionTasks",
  why: "whether EC2 still imports what is to be stopped or terminated",
};

/**
 * Service Authorization Reference, "Amazon EC2", ModifyInstanceAttribute. Not only of what carries
 * the mark: what was lifted is put back also where the mark has been taken away since.
 */
const LIFT: Permission = {
  action: "ec2:ModifyInstanceAttribute",
  resources: INSTANCES,
  condition: { StringEquals: { "ec2:Attribute": ["DisableApiTermination", "DisableApiStop"] } },
  why: 'audit.protection: "lift", and puts back what it lifted where a termination failed',
};

/** The parameter that names a canary's image, and no other: parameters may hold anything. */
function imageParameter(canary: AuditConfig["canary"] | undefined): Permission[] {
  const image = canary?.image ?? "ssm:/aws/service/*";
  return image.startsWith("ssm:")
    ? [{
      action: "ssm:GetParameter",
      resources: [`arn:{partition}:ssm:*:*:parameter${image.slice("ssm:".length)}`],
      why: "canary plan: the image that a canary would be made of",
    }]
    : [];
}

/** EC2 user guide, "Example policies", RunInstances: each kind of resource is allowed by itself. */
function creation(canary: AuditConfig["canary"] | undefined): Permission[] {
  return [
    {
      action: "ec2:RunInstances",
      resources: INSTANCES,
      condition: {
        StringEquals: { "ec2:InstanceType": ["t3.nano", "t4g.nano"] },
        Null: { [`aws:RequestTag/${CANARY_STAMP_TAG}`]: "false" },
        ...hasCanaryTags("RequestTag", canary),
      },
      why: "makes a canary, of the smallest types and with its tags only",
    },
    {
      action: "ec2:RunInstances",
      resources: [
        "arn:{partition}:ec2:*:*:volume/*",
        "arn:{partition}:ec2:*:*:network-interface/*",
        "arn:{partition}:ec2:*:*:subnet/*",
        "arn:{partition}:ec2:*:*:security-group/*",
        "arn:{partition}:ec2:*::image/*",
      ],
      why: "what an instance consists of",
    },
    {
      action: "ec2:CreateTags",
      resources: [...INSTANCES, "arn:{partition}:ec2:*:*:volume/*"],
      condition: { StringEquals: { "ec2:CreateAction": "RunInstances" } },
      why: "tags a canary as it is made",
    },
    {
      action: "ec2:StopInstances",
      resources: INSTANCES,
      condition: { ...carries(CANARY_STAMP_TAG), ...hasCanaryTags("ResourceTag", canary) },
      why: "stops a canary, so that it costs its volume only",
    },
  ];
}

/** With the tags of a canary, in whatever region; without a configuration it is not known which. */
function hasCanaryTags(
  kind: "ResourceTag" | "RequestTag",
  canary: AuditConfig["canary"] | undefined,
): { readonly StringLike?: { readonly [key: string]: string } } {
  if (!canary) return {};
  const tags = Object.entries(canary.tags).map(([key, value]) => [
    `aws:${kind}/${key}`,
    value.replaceAll("{region}", "*"),
  ]);
  return { StringLike: Object.fromEntries(tags) };
}
