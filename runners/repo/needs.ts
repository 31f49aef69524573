import { durationMs } from "../core/duration.ts";
import type { Denial, JobNeeds, Permission } from "../core/needs/needs.ts";
import { queueOf } from "../core/queue/queue_url.ts";
import { STAMP_KEY } from "./change/stamp.ts";
import { type RepoConfig, repoSchema } from "./config.ts";
import { OWN_POLICIES } from "./managed/own_policies.ts";
import { PROTECTED_ROLE_ARNS, protectedByName } from "./protected_roles.ts";

const ROLES = ["arn:{partition}:iam::*:role/*"];
const POLICIES = ["arn:{partition}:iam::*:policy/*"];

/**
 * What the job needs in AWS. `{partition}` and the names of roles are filled in where it is printed.
 *
 * @param config what it never does is left out
 * @param extensions what filters and hooks of one's own say that they need
 */
export function repoNeeds(
  config: RepoConfig = repoSchema.parse({}),
  extensions: readonly Permission[] = [],
): JobNeeds {
  const serve = serveNeeds(config);
  const blocklist = blocklistNeeds(config);
  return {
    job: "repo",
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
            ],
            why: "works in each account under that account's own role",
          },
          { action: "organizations:ListAccounts", why: 'organization.accounts: "organizations"' },
          { action: "organizations:ListAccountsForParent", why: "organization.units" },
          { action: "organizations:ListOrganizationalUnitsForParent", why: "organization.units" },
          { action: "sns:Publish", resources: ["{notifyTopics}"], why: "notify: SNS topics" },
          ...blocklist.home,
          {
            action: "dynamodb:Scan",
            resources: ["arn:{partition}:dynamodb:*:*:table/repokid_roles"],
            why: "repo import-table: reads Repokid's table",
          },
          ...serve.home,
        ],
      },
      observe: {
        purpose: "Reads roles, their policies, and when they were used; changes nothing",
        kind: "observe",
        permissions: [
          {
            action: "iam:GetAccountAuthorizationDetails",
            why: "the roles, and what their policies say",
          },
          ...lastAccessed(config),
          ...denials(config),
          ...serve.observe,
          ...extensions,
        ],
      },
      apply: {
        purpose: config.managedPolicies === "apply"
          ? "Writes the inline policies of roles, and versions of managed policies"
          : "Writes the inline policies of roles",
        kind: "write",
        permissions: [
          { action: "iam:GetRole", resources: ROLES, why: "whether it is still the same role" },
          {
            action: "iam:ListRolePolicies",
            resources: ROLES,
            why: "looks again, seconds before it writes",
          },
          {
            action: "iam:GetRolePolicy",
            resources: ROLES,
            why: "looks again, seconds before it writes, and reads back",
          },
          {
            action: "iam:PutRolePolicy",
            resources: ROLES,
            why: "writes what is left of an inline policy, and puts back what was there",
          },
          {
            action: "iam:DeleteRolePolicy",
            resources: ROLES,
            why: "deletes an inline policy of which nothing is left",
          },
          ...managedPolicies(config),
          ...stamp(config),
          ...(config.checkNoNewAccess
            ? [{
              action: "access-analyzer:CheckNoNewAccess",
              why: "repo.checkNoNewAccess: a proof of its own before each write",
            }]
            : []),
        ],
        denials: [denial(config), OWN_POLICIES_DENIED],
      },
      ...blocklist.roles,
    },
  };
}

function lastAccessed({ aardvark }: RepoConfig): Permission[] {
  if (aardvark) return [];
  return [
    {
      action: "iam:GenerateServiceLastAccessedDetails",
      why: "asks IAM when a role was used; makes a report and changes nothing",
    },
    { action: "iam:GetServiceLastAccessedDetails", why: "reads that report" },
  ];
}

function denials({ watch }: RepoConfig): Permission[] {
  return durationMs(watch) === 0 ? [] : [{
    action: "cloudtrail:LookupEvents",
    why: "repo.watch: whether a call was denied that a removal has to do with",
  }];
}

/** The one object that the filter `blocklist` reads, and the role that reads it. */
function blocklistNeeds({ filters, filterConfig }: RepoConfig): {
  /** Permissions of the home role. */
  readonly home: readonly Permission[];
  readonly roles: JobNeeds["roles"];
} {
  const bucket = filterConfig.blocklist?.blocklist_bucket;
  if (!filters.includes("blocklist") || bucket === undefined) return { home: [], roles: {} };
  const { account_number, assume_role } = bucket;
  const permissions = [{
    action: "s3:GetObject",
    resources: [`arn:{partition}:s3:::${bucket.bucket}/${bucket.key}`],
    why: "repo.filterConfig.blocklist.blocklist_bucket",
  }];
  if (account_number === undefined || assume_role === undefined) {
    return { home: permissions, roles: {} };
  }
  return {
    home: [{
      action: "sts:AssumeRole",
      resources: [`arn:{partition}:iam::${account_number}:role/{blocklistRole}`],
      why: "repo.filterConfig.blocklist.blocklist_bucket: reads the list as this role",
    }],
    roles: {
      blocklist: {
        purpose: "Reads the list of roles that are left alone",
        kind: "observe",
        name: assume_role,
        permissions,
      },
    },
  };
}

function managedPolicies({ managedPolicies }: RepoConfig): Permission[] {
  if (managedPolicies === "report") return [];
  const why = 'repo.managedPolicies: "apply"';
  return [
    { action: "iam:GetPolicy", resources: POLICIES, why: `${why}: looks again before it writes` },
    { action: "iam:GetPolicyVersion", resources: POLICIES, why: `${why}: what is in force` },
    {
      action: "iam:ListEntitiesForPolicy",
      resources: POLICIES,
      why: `${why}: whether the policy is still attached to one role alone`,
    },
    {
      action: "iam:CreatePolicyVersion",
      resources: POLICIES,
      why: `${why}: puts a version in force that grants less`,
    },
    {
      action: "iam:SetDefaultPolicyVersion",
      resources: POLICIES,
      why: `${why}: puts the version before back in force, and restores`,
    },
  ];
}

function stamp({ stamp }: RepoConfig): Permission[] {
  if (stamp === "off") return [];
  const why = `repo.stamp: "${stamp}"`;
  return stamp === "description" ? [{ action: "iam:UpdateRole", resources: ROLES, why }] : [{
    action: "iam:TagRole",
    resources: ROLES,
    // Any other tag may say what a role is allowed to do.
    condition: {
      "ForAllValues:StringEquals": { "aws:TagKeys": [STAMP_KEY] },
      Null: { "aws:TagKeys": "false" },
    },
    why,
  }];
}

/**
 * Which roles a managed policy is attached to is no part of its ARN: of others than our own ones
 * only the code knows what it must leave alone.
 */
const OWN_POLICIES_DENIED: Denial = {
  actions: ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
  resources: OWN_POLICIES.map((pattern) => `arn:{partition}:iam::*:${pattern}`),
  why: "Groundskeeper's own policies",
};

/** Every write, to every role that the job leaves alone (design rule 11). */
function denial({ protectedRoles }: RepoConfig): Denial {
  const patterns = [...PROTECTED_ROLE_ARNS, ...protectedByName(protectedRoles)]
    .map(({ pattern }) => `arn:{partition}:iam::*:${pattern}`);
  return {
    actions: ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UpdateRole"],
    resources: [...new Set(patterns), "{ownRoles}"],
    why: "roles that Groundskeeper never touches, whatever its configuration says",
  };
}

/** What `repo serve` needs, by role of the job. */
type ServeNeeds = {
  readonly home: readonly Permission[];
  readonly observe: readonly Permission[];
};

/**
 * What `repo serve` needs in AWS; nothing where it is not configured. The home role uses the one
 * queue and the one topic; the observing role reads the IDs of the requestors.
 */
export function serveNeeds({ serve }: Pick<RepoConfig, "serve">): ServeNeeds {
  if (serve === null) return { home: [], observe: [] };
  const { account, name, region } = queueOf(serve.queueUrl);
  const queue = [`arn:{partition}:sqs:${region ?? "*"}:${account}:${name}`];
  return {
    home: [
      { action: "sqs:ReceiveMessage", resources: queue, why: "repo serve: reads the commands" },
      {
        action: "sqs:DeleteMessage",
        resources: queue,
        why: "repo serve: deletes what was carried out or rejected; covers the batch call",
      },
      { action: "sns:Publish", resources: [serve.topicArn], why: "repo serve: answers" },
    ],
    observe: serve.requestors.length === 0 ? [] : [{
      action: "iam:GetRole",
      resources: serve.requestors,
      why: "repo serve: the IDs by which SQS names the requestors' sessions",
    }],
  };
}
