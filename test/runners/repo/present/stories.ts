import type { Asked, RepoSettings } from "../../../../runners/repo/config.ts";
import { makeChange } from "../../../../runners/core/plan/change.ts";
import type { Kept, RoleEntry } from "../../../../runners/repo/present/names.ts";
import {
  actions,
  aRole,
  DATA,
  daysAgo,
  edit,
  kept,
  loss,
  planOf,
  policy,
  PROD,
  restore,
  roleChange,
  settings,
} from "./plan_fixture.ts";

/** The role of the sketch: everything that one role can have. */
export const checkout: RoleEntry = aRole("checkout-api", {
  loses: [
    loss("rds", 29, { last_used: daysAgo(133) }),
    loss("sns", 20, { last_used: null }),
    loss("sqs", 12),
  ],
  keeps: [
    kept("kms", 14),
    kept("s3", 176, { last_used: daysAgo(1) }),
    kept("iam", 1, { reason: "never-tracked", actions: ["iam:PassRole"], last_used: null }),
    kept("foo", 1, { reason: "unknown-action", actions: ["foo:DoThing"], last_used: null }),
    kept("ecr", 1, {
      reason: "new-permission",
      actions: ["ecr:BatchGetImage"],
      last_used: null,
      until: daysAgo(-9),
    }),
  ],
  edits: [edit(), edit({ name: "old-queue", before: policy("sqs:Receive*"), after: null })],
  managed: [{
    arn: "arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
    attachments: 4,
    permissions: 430,
    unused: 412,
    unused_services: ["autoscaling", "cloudwatch", "elasticloadbalancing"],
  }],
});

const stack = 'tagged aws:cloudformation:stack-name "network"';

/** Two accounts, one of everything. */
export const roles: readonly RoleEntry[] = [
  checkout,
  aRole("billing-export", {
    loses: [loss("dynamodb", 40), loss("glue", 120, { last_used: null }), loss("kms", 3)],
    keeps: [kept("s3", 12)],
    edits: [edit({ name: "billing" })],
  }),
  aRole("ci-deploy", {
    loses: [loss("ec2", 826, { last_used: daysAgo(91) }), loss("elasticbeanstalk", 47)],
    keeps: [kept("ecs", 61), kept("iam", 1, { reason: "pinned", actions: ["iam:PassRole"] })],
    edits: [edit({ name: "deploy" })],
    notes: [
      'Action "*" becomes a list; services that are launched after the catalogue of 2026-09-26 ' +
      "would not be in it.",
    ],
  }),
  aRole("network-admin", {
    account: DATA,
    mode: "propose",
    loses: [loss("ec2", 210)],
    keeps: [kept("route53", 20)],
    edits: [edit()],
    notes: [stack],
  }),
  aRole("payments", {
    ineligible: [
      {
        reason: "opted-out",
        detail: "alice has opted it out until the end of 2027-01-31: audit, OPS-2231",
      },
      { reason: "too-young", detail: "it was created 12 days ago, repo.minimumAge is 90d" },
    ],
    created: daysAgo(12),
    loses: [loss("sqs", 4)],
    keeps: [kept("s3", 2)],
  }),
  aRole("batch-new", {
    account: DATA,
    ineligible: [
      { reason: "too-young", detail: "it was created 3 days ago, repo.minimumAge is 90d" },
    ],
    created: daysAgo(3),
    keeps: [kept("s3", 40)],
  }),
  aRole("legacy-worker", {
    account: DATA,
    last_used: null,
    unused: true,
    instance_profiles: ["legacy-worker-profile"],
    ineligible: [{
      reason: "exclusive",
      detail: "no pattern of repo.filterConfig.exclusive names it",
    }],
    keeps: [kept("s3", 90, { last_used: null, reason: "service-not-in-report" })],
    managed: [{
      arn: "arn:aws:iam::222222222222:policy/worker",
      attachments: 1,
      permissions: 300,
      unused: 300,
      unused_services: ["ec2", "s3", "sqs", "swf"],
    }],
  }),
];

export const wholePlan = planOf(roles, {
  limits: [{ limit: "limits.perRun.count", value: 50, would: 3 }],
  schedules: [
    { account: PROD, role: "billing-export", arn: roles[1]!.arn, due: daysAgo(1), actions: 3 },
    { account: PROD, role: "ci-deploy", arn: roles[2]!.arn, due: daysAgo(-6), actions: 800 },
  ],
  over_time: [
    { date: daysAgo(60), roles: 7, permissions: 2400, removable: 1500 },
    { date: daysAgo(30), roles: 7, permissions: 2100, removable: 1300 },
    { date: daysAgo(0), roles: 7, permissions: 1747, removable: 1097 },
  ],
  since: { at: daysAgo(1), appeared: [roles[5]!.arn], gone: ["arn:aws:iam::111111111111:role/x"] },
});

/** Where some things could not be read. */
export const partlyPlan = planOf([
  checkout,
  aRole("no-proof", {
    evidence: { reason: "report-incomplete", detail: "page 3 of the report was missing" },
    ineligible: [{ reason: "evidence-missing", detail: "page 3 of the report was missing" }],
    keeps: [kept("s3", 90, { reason: "service-not-in-report", last_used: null })],
  }),
], {
  unproven: [{
    account: DATA,
    region: "global",
    reason: "access-denied",
    detail: 'Cannot assume role "arn:aws:iam::222222222222:role/groundskeeper-repo-observe": ' +
      "AccessDenied. Deploy the member stack to this account, or leave it out with " +
      "organization.exclude.",
  }],
});

const fresh = (service: string, count: number, otherwise: Kept["otherwise"] = null): Kept =>
  kept(service, count, {
    reason: "new-permission",
    until: daysAgo(-14),
    otherwise,
    last_used: otherwise ? daysAgo(200) : daysAgo(2),
  });
const unseen = { first_seen: null, version: null };

/** The first plan that anybody makes: two accounts, and nothing stored. */
export const firstRoles: readonly RoleEntry[] = [
  aRole("checkout-api", {
    ...unseen,
    keeps: [fresh("s3", 176), fresh("sqs", 12, "service-unused"), fresh("rds", 29)],
  }),
  aRole("ci-deploy", { ...unseen, keeps: [fresh("ec2", 826, "service-unused"), fresh("ecs", 61)] }),
  aRole("orders", { ...unseen, keeps: [fresh("dynamodb", 57)] }),
  aRole("AWSServiceRoleForECS", {
    ...unseen,
    ineligible: [{ reason: "service-linked", detail: "a service-linked role: AWS owns it" }],
  }),
  aRole("etl", {
    ...unseen,
    account: DATA,
    keeps: [fresh("glue", 120, "service-unused"), fresh("s3", 90)],
  }),
  aRole("old-import", {
    ...unseen,
    account: DATA,
    last_used: null,
    unused: true,
    instance_profiles: ["old-import"],
    keeps: [fresh("s3", 12, "service-unused")],
  }),
];
export const firstPlan = planOf(firstRoles);

/** One role only was asked about. */
export function askedFor(
  entry: RoleEntry,
  asked: Partial<Asked> = {},
  part: object = {},
): RepoSettings {
  return settings(part, { roles: [{ account: entry.account, name: entry.role }], ...asked });
}

export const onePlan = planOf([checkout]);
export const restorePlan = planOf([checkout], { changes: [restore(checkout)] });

/** Takes a run back that has changed four roles, of which one has its policies again. */
export const restoreRunPlan = planOf([checkout, roles[1]!, roles[2]!], {
  changes: [restore(checkout, { undoes: "01JD4S8D00Q5WZ3V6Y7X8K9M2N" })],
  spared: [
    {
      account: PROD,
      region: "global",
      target: roles[1]!.arn,
      reason: "changed-since-run",
      detail:
        "its policies have been changed since that run; it had version 2 before. To restore " +
        "that version: groundskeeper repo apply --restore 2 --role 111111111111/billing-export",
    },
    {
      account: PROD,
      region: "global",
      target: `arn:aws:iam::${PROD}:role/nightly-export`,
      reason: "role-gone",
      detail: "the role is gone",
    },
  ],
  restore_run: {
    run_id: "01JD4S8D00Q5WZ3V6Y7X8K9M2N",
    changed: [
      checkout.arn,
      roles[1]!.arn,
      roles[2]!.arn,
      `arn:aws:iam::${PROD}:role/nightly-export`,
    ],
    restored_already: [roles[2]!.arn],
  },
});

/** What that plan was asked for. */
export const restoreRunAsked = { restoreRun: "01JD4S8D00Q5WZ3V6Y7X8K9M2N" };

/** A customer's managed policy that is attached once, made smaller by a new version. */
const managedChange = makeChange("repo", {
  kind: "managed" as const,
  account: DATA,
  region: "global",
  action: "iam:CreatePolicyVersion",
  target: "arn:aws:iam::222222222222:policy/team/worker",
  reason: "4 of its services were not used within 90 days",
  before: {
    role_id: roles[6]!.role_id,
    role_arn: roles[6]!.arn,
    policy: "worker",
    version: "v1",
    policies: { worker: policy("ec2:*", "s3:Get*") },
  },
  after: {
    kind: "repo" as const,
    policies: { worker: policy("s3:Get*") },
    removed: actions("ec2", 210),
    gained: [],
    version: null,
    permissions: 0,
  },
}, {});

/** A plan by name, with a managed policy, and a role that loses all policies. */
export const removePlan = planOf(roles, {
  changes: [
    managedChange,
    roleChange(roles[1]!, "iam:DeleteRolePolicy", {
      kind: "remove",
      policies: { billing: null },
      removed: actions("sqs", 43),
    }),
  ],
});
