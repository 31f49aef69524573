import { AUDIT_MARK_TAG, CANARY_STAMP_TAG } from "../core/contract/names.ts";
import {
  type JobNeeds,
  onlyTagKey,
  type Permission,
  permissionsOn,
  withHome,
} from "../core/needs/needs.ts";
import { commonRuns, rowsOf } from "../core/needs/runs.ts";
import type { DeployedJob } from "../core/program.ts";
import {
  type AuditConfig,
  auditContradictions,
  auditSchema,
  placeContradictions,
  type StepName,
} from "./config.ts";

const EARLIER_ROWS = ["sighting", "mark", "lifted-protection", "owner", "level", "listing"];
/** Without what only those read who ask nothing but the store. */
const OBSERVED_ROWS = [...EARLIER_ROWS, "account", "last-owner"];
const ROWS = [...EARLIER_ROWS, "canary", "canary-stamp"];

const RUNS: JobNeeds["runs"] = {
  ...commonRuns("audit", {
    plans: ["canary plan"],
    // An apply also writes the stamps of canaries.
    writing: ["apply", "canary"],
    rows: {
      earlier: ROWS,
      // The run that --undo-run names.
      planned: ["run", "journal-by-run"],
      reported: OBSERVED_ROWS,
      settled: ["canary"],
      applied: ["canary-stamp"],
    },
  }),
  canary: {
    verbs: ["canary apply"],
    roles: ["observe", "canary"],
    starts: "by hand",
    rows: rowsOf("audit", "applies", { reads: ROWS, writes: ["canary"] }),
  },
};

const INSTANCES = ["arn:{partition}:ec2:*:*:instance/*"];

/** Only what carries the tag. */
const carries = (key: string) => ({ Null: { [`aws:ResourceTag/${key}`]: "false" } });

/** Permissions on instances alone, under a condition. */
function onInstances(
  condition: NonNullable<Permission["condition"]>,
  whys: { readonly [action: string]: string },
): Permission[] {
  return permissionsOn(INSTANCES, whys).map((one) => ({ ...one, condition }));
}

/**
 * What the audit needs in AWS. `{partition}` and the names of roles are filled in where it is
 * printed.
 *
 * Tests hold that this is complete and no more: `test/jobs/permissions_test.ts`,
 * `test/policies/roles_test.ts` and `test/rigs/installed_runs_rig_test.ts`.
 *
 * @param config what the audit never does under it is left out, such as lifting protections
 */
export function auditNeeds(
  { protection, canary, ladder, managed, mark = AUDIT_MARK_TAG }: Partial<AuditConfig> = {},
): JobNeeds {
  const comesTo = (step: StepName) => ladder === undefined || ladder.some((one) => one.do === step);
  return withHome({
    job: "audit",
    unitsFor: "organization.units, audit.enforce.units, audit.required[].when.units",
    runs: RUNS,
    marks: [{ key: mark, roles: ["apply"] }],
    roles: {
      observe: {
        purpose: "Reads instances and their tags; changes nothing",
        kind: "observe",
        permissions: [
          ...permissionsOn(null, {
            "ec2:DescribeRegions": 'organization.regions: "enabled"',
            "ec2:DescribeInstances": "the instances and their tags",
            "ec2:DescribeTags": "the second source that tags are confirmed by",
            ...(comesTo("stop") && {
              "ec2:DescribeInstanceTypes":
                "whether a stop would lose the data of instance-store volumes",
            }),
            ...((comesTo("stop") || comesTo("terminate")) && managed !== "include" && {
              "ec2:DescribeConversionTasks":
                "whether EC2 still imports what is to be stopped or terminated",
            }),
            "iam:ListAccountAliases": "names the account as its people do",
            "iam:ListUsers": "rules whose value must be an IAM user",
            "cloudtrail:LookupEvents": "who launched an instance that names no owner",
            "autoscaling:DescribeTags": "the owner of an instance's group",
            "ec2:DescribeImages": "canary plan: how large the volume of a canary would be",
          }),
          ...permissionsOn(INSTANCES, {
            "ec2:DescribeInstanceAttribute":
              "whether what is to be stopped or terminated is protected",
          }),
          ...permissionsOn(["arn:{partition}:cloudformation:*:*:stack/*/*"], {
            "cloudformation:DescribeStacks": "the owner of an instance's stack",
          }),
          ...imageParameter(canary),
        ],
      },
      apply: {
        purpose: "Marks instances, and stops and terminates what carries the mark",
        kind: "write",
        permissions: [
          ...permissionsOn(null, {
            "ec2:DescribeInstances": "reads the instances again, seconds before it writes",
            "ec2:DescribeTags": "asks the second source again, and reads back",
          }),
          ...onInstances(onlyTagKey(mark), {
            "ec2:CreateTags": "sets the mark",
            "ec2:DeleteTags": "removes the mark from what keeps the rules",
          }),
          ...onInstances(carries(mark), {
            "ec2:StopInstances": "stops what the ladder stops; nothing without the mark",
            "ec2:StartInstances":
              "apply --undo-run: starts what a run has stopped; nothing without the mark",
            "ec2:TerminateInstances":
              "terminates what the ladder terminates; nothing without the mark",
          }),
          ...(protection === "lift" ? [LIFT] : []),
        ],
      },
      canary: {
        purpose: "Makes canaries, and writes their stamps",
        kind: "write",
        permissions: [
          ...permissionsOn(null, {
            "ec2:DescribeInstances": "reads the instances again, seconds before it writes",
            "ec2:DescribeTags": "reads back what it wrote",
          }),
          ...onInstances(
            { ...onlyTagKey(CANARY_STAMP_TAG), ...hasCanaryTags("ResourceTag", canary) },
            {
              "ec2:CreateTags":
                "writes the stamp by which the next run tells an old answer; on canaries only",
            },
          ),
          ...creation(canary),
        ],
      },
    },
  });
}

/**
 * Service Authorization Reference, "Amazon EC2", ModifyInstanceAttribute. Not only on instances
 * with the mark: a protection is put back also after somebody has removed the mark.
 */
const LIFT: Permission = {
  action: "ec2:ModifyInstanceAttribute",
  resources: INSTANCES,
  condition: { StringEquals: { "ec2:Attribute": ["DisableApiTermination", "DisableApiStop"] } },
  why: 'audit.protection: "lift", and puts back what it lifted where a termination failed',
};

/** The parameter that names a canary's image, and no other: parameters may hold secrets. */
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

/** EC2 user guide, "Example policies", RunInstances: each type of resource is allowed by itself. */
function creation(canary: AuditConfig["canary"] | undefined): Permission[] {
  return [
    ...onInstances({
      StringEquals: { "ec2:InstanceType": ["t3.nano", "t4g.nano"] },
      Null: { [`aws:RequestTag/${CANARY_STAMP_TAG}`]: "false" },
      ...hasCanaryTags("RequestTag", canary),
    }, { "ec2:RunInstances": "makes a canary, of the smallest types and with its tags only" }),
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
    ...onInstances({ ...carries(CANARY_STAMP_TAG), ...hasCanaryTags("ResourceTag", canary) }, {
      "ec2:StopInstances": "stops a canary, so that it costs its volume only",
    }),
  ];
}

/** Requires the tags of a canary, of any region; without a configuration they are not known. */
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

export const part: DeployedJob<AuditConfig> = {
  name: "audit",
  schema: auditSchema,
  unconfigured: {
    say: "which tags are required",
    help: { sentence: "To plan without", words: ["audit plan", "--required", "owner,project"] },
  },
  contradictions: (config, { organization, today, says }) => [
    ...auditContradictions(config, today, says("limits")),
    ...placeContradictions(config, organization),
  ],
  needs: auditNeeds,
};
