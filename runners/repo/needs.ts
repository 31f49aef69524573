import { queueArn } from "../core/contract/queue_url.ts";
import { durationMs } from "../core/duration.ts";
import {
  type ChannelNeed,
  type Denial,
  type JobNeeds,
  onlyTagKey,
  type Permission,
  permissionsOn,
  type RoleNeed,
  withHome,
} from "../core/needs/needs.ts";
import { servePermissions } from "../core/needs/runs.ts";
import type { DeployedJob } from "../core/program.ts";
import { STAMP_KEY } from "./change/stamp.ts";
import { type RepoConfig, repoContradictions, repoSchema, watchContradictions } from "./config.ts";
import { OWN_POLICIES } from "./managed/own_policies.ts";
import { PROTECTED_ROLE_ARNS, protectedByName } from "./protected_roles.ts";
import { repoRuns } from "./runs.ts";

const ROLES = ["arn:{partition}:iam::*:role/*"];
const POLICIES = ["arn:{partition}:iam::*:policy/*"];

/**
 * What the job needs in AWS. `{partition}` and the names of roles are filled in where it is
 * printed.
 *
 * Tests: `test/jobs/permissions_test.ts` (the verbs call exactly this), `test/jobs/needs_test.ts`,
 * `test/policies/roles_test.ts` (what its policies allow), `test/runners/repo/needs_test.ts`.
 *
 * @param config what it never does is left out
 * @param extensions what the user's own filters and hooks need
 */
export function repoNeeds(
  config: RepoConfig = repoSchema.parse({}),
  extensions: readonly Permission[] = [],
): JobNeeds {
  const serve = serveNeeds(config);
  const blocklist = blocklistNeeds(config);
  return withHome({
    job: "repo",
    unitsFor: "organization.units",
    queues: serve.queues,
    topics: serve.topics,
    runs: repoRuns({
      observing: ["observe", ...blocklist.assumed],
      blocklist: blocklist.home,
      // A module that makes a client of its own has the credentials of the process, which are those
      // of this role in a service.
      serve: config.serve === null ? [] : [...serve.home, ...extensions],
    }),
    roles: {
      observe: {
        purpose: "Reads roles, their policies, and when they were used; changes nothing",
        kind: "observe",
        permissions: [
          ...permissionsOn(null, {
            "iam:GetAccountAuthorizationDetails": "the roles, and what their policies say",
          }),
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
          ...permissionsOn(ROLES, {
            "iam:GetRole": "whether it is still the same role",
            "iam:ListRolePolicies": "reads the role again, seconds before it writes",
            "iam:GetRolePolicy": "reads the policy again, seconds before it writes, and after it",
            "iam:PutRolePolicy":
              "writes what is left of an inline policy, and puts back what was there",
            "iam:DeleteRolePolicy": "deletes an inline policy of which nothing is left",
          }),
          ...managedPolicies(config),
          ...stamp(config),
          ...(config.checkNoNewAccess
            ? permissionsOn(null, {
              "access-analyzer:CheckNoNewAccess":
                "repo.checkNoNewAccess: a proof of its own before each write",
            })
            : []),
        ],
        denials: [denial(config), OWN_POLICIES_DENIED],
      },
      ...blocklist.roles,
    },
  });
}

function lastAccessed({ aardvark }: RepoConfig): Permission[] {
  return aardvark ? [] : [
    ...permissionsOn(ROLES, {
      "iam:GenerateServiceLastAccessedDetails":
        "asks IAM when a role was used; makes a report and changes nothing",
    }),
    ...permissionsOn(null, { "iam:GetServiceLastAccessedDetails": "reads that report" }),
  ];
}

function denials({ watch }: RepoConfig): Permission[] {
  return durationMs(watch) === 0 ? [] : permissionsOn(null, {
    "cloudtrail:LookupEvents":
      "repo.watch: whether a call was denied that a removal has to do with",
  });
}

/** The one object that the filter `blocklist` reads, and the role that reads it. */
function blocklistNeeds({ filters, filterConfig }: RepoConfig): {
  /** Permissions of the home role. */
  readonly home: readonly Permission[];
  readonly roles: { readonly [role: string]: RoleNeed };
  /** The role, if runs assume it. */
  readonly assumed: readonly string[];
} {
  const none = { home: [], roles: {}, assumed: [] };
  const bucket = filterConfig.blocklist?.blocklist_bucket;
  if (!filters.includes("blocklist") || bucket === undefined) return none;
  const { account_number, assume_role } = bucket;
  const why = "repo.filterConfig.blocklist.blocklist_bucket";
  const object = `arn:{partition}:s3:::${bucket.bucket}/${bucket.key}`;
  const permissions = permissionsOn([object], { "s3:GetObject": why });
  if (assume_role === undefined) return { ...none, home: permissions };
  // Without an account nobody assumes it; it is one of Groundskeeper's own all the same.
  return {
    home: account_number === undefined ? permissions : [],
    assumed: account_number === undefined ? [] : ["blocklist"],
    roles: {
      blocklist: {
        purpose: "Reads the list of roles that are left alone",
        kind: "observe",
        name: assume_role,
        ...account_number === undefined ? {} : { account: account_number },
        permissions,
      },
    },
  };
}

function managedPolicies({ managedPolicies }: RepoConfig): Permission[] {
  if (managedPolicies === "report") return [];
  const why = 'repo.managedPolicies: "apply"';
  return permissionsOn(POLICIES, {
    "iam:GetPolicy": `${why}: reads the policy again before it writes`,
    "iam:GetPolicyVersion": `${why}: what is in force`,
    "iam:ListEntitiesForPolicy": `${why}: whether the policy is still attached to one role alone`,
    "iam:CreatePolicyVersion": `${why}: puts a version in force that grants less`,
    "iam:SetDefaultPolicyVersion": `${why}: puts the version before back in force, and restores`,
  });
}

function stamp({ stamp }: RepoConfig): Permission[] {
  if (stamp === "off") return [];
  const why = `repo.stamp: "${stamp}"`;
  return stamp === "description" ? [{ action: "iam:UpdateRole", resources: ROLES, why }] : [{
    action: "iam:TagRole",
    resources: ROLES,
    // Other tags may decide what a role is allowed to do.
    condition: onlyTagKey(STAMP_KEY),
    why,
  }];
}

/**
 * A policy's ARN does not say which roles it is attached to. So only our own policies are denied
 * here; of all others the code must know what to leave alone.
 */
const OWN_POLICIES_DENIED: Denial = {
  actions: ["iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"],
  resources: OWN_POLICIES.map((pattern) => `arn:{partition}:iam::*:${pattern}`),
  why: "Groundskeeper's own policies",
};

/** Denies every write to roles that the job never changes, also by a fault of its code. */
function denial({ protectedRoles }: RepoConfig): Denial {
  const patterns = [...PROTECTED_ROLE_ARNS, ...protectedByName(protectedRoles)]
    .map(({ pattern }) => `arn:{partition}:iam::*:${pattern}`);
  return {
    actions: ["iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:TagRole", "iam:UpdateRole"],
    resources: [...new Set(patterns), "{ownRoles}"],
    why: "roles that Groundskeeper never touches, whatever its configuration says",
  };
}

/**
 * What `repo serve` needs in AWS; nothing if it is not configured. The home role uses the queue and
 * the topic; the observing role reads the IDs of the requestors.
 */
export function serveNeeds({ serve }: Pick<RepoConfig, "serve">): {
  readonly queues: readonly ChannelNeed[];
  readonly topics: readonly ChannelNeed[];
  readonly home: readonly Permission[];
  readonly observe: readonly Permission[];
} {
  if (serve === null) return { queues: [], topics: [], home: [], observe: [] };
  const queue = queueArn(serve.queueUrl);
  return {
    queues: [{ arn: queue, purpose: "repo serve: takes the commands", senders: serve.requestors }],
    topics: [{ arn: serve.topicArn, purpose: "repo serve: answers" }],
    home: [
      ...servePermissions("repo", [queue]),
      ...permissionsOn([serve.topicArn], { "sns:Publish": "repo serve: answers" }),
    ],
    observe: serve.requestors.length === 0 ? [] : permissionsOn(serve.requestors, {
      "iam:GetRole": "repo serve: the IDs by which SQS names the requestors' sessions",
    }),
  };
}

export const part: DeployedJob<RepoConfig> = {
  name: "repo",
  schema: repoSchema,
  contradictions: (config, { retention }) => [
    ...repoContradictions(config),
    ...watchContradictions(config, retention),
  ],
  needs: repoNeeds,
  modulePermissions: async (config, directory) => {
    const { loadPlugins } = await import("./plugins.ts");
    return (await loadPlugins(config, directory)).permissions;
  },
};
