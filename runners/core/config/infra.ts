import * as z from "zod";
import type { OrganizationConfig, StoreConfig } from "./organization.ts";
import { schedule } from "./schedule.ts";
import { accountId, regionName } from "./values.ts";

/** How many accounts get a Terraform stack of their own; of more, a StackSet takes care. */
const NAMED_ACCOUNTS_MAX = 50;

const roleArn = z.string().regex(
  /^arn:aws(-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  "must be the ARN of a role, with its path if it has one",
);

/** A principal that a guard lets through: `*` stands for any account, or for the end of a name. */
const principalArn = z.string().regex(
  /^arn:aws(-[a-z]+)*:iam::(\d{12}|\*):(root|role\/[\w+=,.@/-]+\*?)$/,
  'must be the ARN of a role, or of the root user of an account; the account may be "*"',
);

/** Tagging AWS Resources User Guide, "Tag naming limits and requirements". */
function tagText(least: number, most: number) {
  return z.string().min(least).max(most).regex(
    /^(?!aws:)[\p{L}\p{Z}\p{N}_.:/=+@-]*$/iu,
    'must be of letters, digits, spaces and _ . : / = + @ -, and not begin with "aws:"',
  );
}

const subnetId = z.string().regex(/^subnet-([0-9a-f]{8}|[0-9a-f]{17})$/, "must be a subnet ID");
const groupId = z.string().regex(/^sg-([0-9a-f]{8}|[0-9a-f]{17})$/, "must be a security group ID");

/** What `infra` makes in AWS, and where. */
export const infraSchema = z.strictObject({
  // Organizations API Reference, "Organization": Id.
  organizationId: z.string().regex(/^o-[a-z0-9]{10,32}$/, "must be the ID of an organization, o-…")
    .nullable().default(null).meta({
      description: "The organization that roles and queues are bound to; null: there is none",
    }),
  hub: z.strictObject({
    account: accountId,
    region: regionName,
  }).meta({ description: "Where the table, the queues, the topics and the tasks are" }),
  // Docker, "docker image tag": a name with a tag or a digest.
  image: z.string().regex(
    /^[a-z0-9][a-z0-9.:/_-]*(:[\w.-]{1,128}|@sha256:[0-9a-f]{64})$/,
    "must be the name of an image, with a tag or a digest",
  ).nullable().default(null).meta({
    description: "The image that ECS runs; null: no tasks, Groundskeeper runs on hosts of yours",
  }),
  subnetIds: z.array(subnetId).default([]).meta({ description: "Where the tasks run" }),
  securityGroupIds: z.array(groupId).default([]).meta({
    description: "The tasks' security groups; none: the default one of the VPC",
  }),
  assignPublicIp: z.boolean().default(false).meta({
    description: "Whether a task has a public address, as it needs in a subnet without NAT",
  }),
  schedules: z.record(
    z.string().regex(/^[a-z]+-[a-z]+$/, 'must be a job and a kind of run such as "audit-report"'),
    schedule.nullable(),
  ).default({}).meta({
    description: "When a kind of run starts, as EventBridge Scheduler writes it; null: never. " +
      "Left out: as the job proposes, and never if it changes accounts",
  }),
  operators: z.array(roleArn).default([]).meta({
    description: "Roles of people and hosts that may assume the home roles; of no member account",
  }),
  deployRole: z.string().regex(/^[\w+=,.@/-]{1,512}$/, "must be the name of a role")
    .default("groundskeeper-deploy").meta({
      description: "The role in each account by which Terraform deploys; it alone may change the " +
        "roles of Groundskeeper",
    }),
  guards: z.strictObject({
    targets: z.array(
      z.string().regex(
        /^(ou-[0-9a-z]{4,32}-[0-9a-z]{8,32}|r-[0-9a-z]{4,32}|\d{12})$/,
        "must be the ID of a unit, of the root, or of an account",
      ),
    ).default([]).meta({ description: "What the service control policies are attached to" }),
    exempt: z.array(principalArn).default([]).meta({
      description: "Principals that no guard binds, such as a break-glass role",
    }),
    // CloudFormation API Reference, CreateStackSet: StackSetName.
    stackSets: z.array(
      z.string().regex(/^[A-Za-z][A-Za-z0-9-]{0,127}$/, "must be the name of a StackSet"),
    ).default([]).meta({
      description:
        "StackSets with service-managed permissions besides that of Groundskeeper: nobody " +
        "in an account may change their stacks, which work under a role that no guard binds",
    }),
    attached: z.int().min(0).max(5).default(1).meta({
      description: "How many policies each target has already; FullAWSAccess is one",
    }),
  }).prefault({}),
  client: z.strictObject({ roles: z.array(roleArn).default([]) }).prefault({}).meta({
    description: "Roles of instances that report logins",
  }),
  secrets: z.record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "must be the name of a variable"),
    z.string().regex(
      /^arn:aws(-[a-z]+)*:(secretsmanager:[a-z0-9-]+:\d{12}:secret|ssm:[a-z0-9-]+:\d{12}:parameter)[:/][\w+=,.@/:-]+$/,
      "must be the ARN of a secret or of a parameter",
    ),
  ).default({}).meta({
    description: "Where ECS finds the value of an environment variable that is a secret",
  }),
  existing: z.array(
    z.string().regex(
      /^arn:aws(-[a-z]+)*:(sqs|sns):[a-z0-9-]+:\d{12}:[\w-]{1,256}(\.fifo)?$/,
      "must be the ARN of a queue or of a topic",
    ),
  ).default([]).meta({
    description:
      "Queues and topics of the hub that are there already: they are not made, not changed " +
      "and not deleted",
  }),
  backend: z.strictObject({
    // Amazon S3 User Guide, "General purpose bucket naming rules".
    bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be the name of a bucket"),
    region: regionName,
    prefix: z.string().regex(/^[\w./-]{0,512}$/, "must be the start of a key").default(
      "groundskeeper/",
    ),
  }).nullable().default(null).meta({
    description: "The S3 bucket of Terraform's state, which locks it too; null: a local file",
  }),
  tags: z.record(tagText(1, 128), tagText(0, 256)).default({}).meta({
    description: "Tags of everything that is made",
  }),
  deletionProtection: z.boolean().default(true).meta({
    description: "Whether AWS refuses to delete the table; false before a removal",
  }),
});

export type InfraConfig = z.infer<typeof infraSchema>;

/** What is wrong with the settings together. Answers sentences that begin with a path. */
export function infraContradictions(
  infra: InfraConfig,
  organization: OrganizationConfig,
  store: StoreConfig,
): string[] {
  const { organizationId, hub, image, subnetIds, guards } = infra;
  const { accounts, homeRole, roles } = organization;
  const problems: (string | false)[] = [
    roles === null &&
    'organization.roles is null, and infra makes roles: name them, such as "groundskeeper-{job}-{role}"',
    homeRole !== null &&
    "organization.homeRole must be left out where infra gives each kind of run a home role of its " +
      "own, which a task has already, and which a person assumes first",
    accounts === "organizations" && organizationId === null &&
    'infra.organizationId must be said with organization.accounts: "organizations"',
    Array.isArray(accounts) && accounts.length > NAMED_ACCOUNTS_MAX &&
    `organization.accounts names ${accounts.length} accounts. infra deploys up to ` +
      `${NAMED_ACCOUNTS_MAX} one by one: say "organizations", and a StackSet deploys all`,
    guards.targets.length > 0 && organizationId === null &&
    "infra.guards.targets takes effect with infra.organizationId only",
    store.kind === "dynamodb" && store.region !== hub.region &&
    `store.region must be infra.hub.region, found "${store.region}" and "${hub.region}"`,
    image !== null && store.kind === "sqlite" &&
    'store.kind must be "dynamodb" where infra.image is said: a task has no disk that stays',
    image !== null && subnetIds.length === 0 &&
    "infra.subnetIds must name the subnets of the tasks, since infra.image is said",
  ];
  return problems.filter((problem) => problem !== false);
}
