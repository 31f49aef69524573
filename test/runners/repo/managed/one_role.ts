import { partsOf } from "../../../../runners/core/parts.ts";
import type { RepoJobPlan } from "../../../../runners/repo/repo_plan.ts";
import { type Asked, ASKED_NOTHING, repoSchema } from "../../../../runners/repo/config.ts";
import { type Extensions, NO_EXTENSIONS } from "../../../../runners/repo/extensions.ts";
import type { ManagedPolicy, ObservedRole } from "../../../../runners/repo/observed.ts";
import { plan } from "../../../../runners/repo/plan.ts";
import type { Earlier, RepoPlanning } from "../../../../runners/repo/planning.ts";
import { policyOf } from "../change/policy_sets.ts";

/** An account with one role that has used S3 lately and SQS never, and one managed policy. */

export const NOW = new Date("2026-11-20T12:00:00.000Z");
export const ACCOUNT = "111111111111";
export const OWN = `arn:aws:iam::${ACCOUNT}:policy/own`;

/** So many days before now, RFC 3339. */
export function daysAgo(days: number): string {
  return new Date(NOW.getTime() - days * 86_400_000).toISOString();
}

export const WIDE = policyOf(["s3:GetObject", "sqs:SendMessage"]);
export const NARROW = policyOf(["s3:GetObject"]);

export interface OneRole {
  readonly role?: Partial<ObservedRole>;
  readonly policy?: Partial<ManagedPolicy>;
  readonly config?: object;
  readonly asked?: Partial<Asked>;
  readonly earlier?: Partial<Earlier>;
  readonly extensions?: Partial<Extensions>;
}

export function aPolicy(part: Partial<ManagedPolicy> = {}): ManagedPolicy {
  return {
    arn: OWN,
    name: "own",
    attachments: 1,
    boundaries: 0,
    version: "v1",
    versions: { v1: daysAgo(400) },
    document: WIDE,
    ...part,
  };
}

export function planningOf({ role, policy, config, asked, earlier }: OneRole): RepoPlanning {
  const managed = aPolicy(policy);
  return {
    config: {
      ...repoSchema.parse({ managedPolicies: "apply", trustFirstScan: true, ...config }),
      asked: { ...ASKED_NOTHING, ...asked },
    },
    observed: partsOf([{
      id: ACCOUNT,
      name: "prod",
      partition: "aws",
      failure: null,
      at: NOW.toISOString(),
      whole: true,
      roles: [{
        roleId: "AROAEXAMPLE",
        arn: `arn:aws:iam::${ACCOUNT}:role/app`,
        name: "app",
        path: "/",
        created: daysAgo(400),
        lastUsed: daysAgo(3),
        description: "",
        tags: {},
        trust: "{}",
        boundary: null,
        inline: {},
        attached: [managed.arn],
        instanceProfiles: [],
        evidence: {
          source: "iam",
          level: "service",
          completedAt: NOW.toISOString(),
          services: {
            s3: { lastUsed: daysAgo(3), region: null, actions: null },
            sqs: { lastUsed: null, region: null, actions: null },
          },
        },
        ...role,
      }],
      managed: { [managed.arn]: managed },
    }]),
    earlier: {
      roles: new Map(),
      versions: new Map(),
      optOuts: new Map(),
      schedules: new Map(),
      tracked: new Map(),
      ...earlier,
    },
    now: NOW,
  };
}

export function planOf(one: OneRole): RepoJobPlan {
  return plan(planningOf(one), { ...NO_EXTENSIONS, ...one.extensions });
}
