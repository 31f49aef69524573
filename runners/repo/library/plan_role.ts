import { parseArn } from "../../core/aws/arn.ts";
import { UsageError } from "../../core/errors.ts";
import { partsOf } from "../../core/parts.ts";
import type { Change, Spared } from "../../core/plan/change.ts";
import { ASKED_NOTHING } from "../config.ts";
import { type Extensions, NO_EXTENSIONS } from "../extensions.ts";
import type { ManagedPolicy, ObservedRole } from "../observed.ts";
import { plan } from "../plan.ts";
import type { Earlier } from "../planning.ts";
import type { RoleEntry } from "../present/names.ts";
import type { RepoInput } from "./library.ts";
import { askedToRemove, readRepoConfig } from "./settings.ts";

/** What a role is judged by, besides what was observed of it. */
export type PlanRoleOptions = {
  /** The instant to judge for, UTC. */
  readonly now: Date;
  /** Default: the settings that a file without `repo` has. */
  readonly repo?: RepoInput;
  /**
   * What earlier runs know of it. Without it, the role was never seen, and each of its permissions
   * is new (`protectNew`) unless `trustFirstScan` is set.
   */
  readonly earlier?: Partial<Earlier>;
  /** Takes these actions whatever the evidence says, as `--remove` does. */
  readonly remove?: readonly string[];
  /** With `remove`: denies the actions and keeps the policies that grant them, as `--deny` does. */
  readonly deny?: boolean;
  /** The managed policies that are attached to it, to show what is unused in them. */
  readonly managed?: readonly ManagedPolicy[];
  /** Filters and hooks, ready to be called. Needed if `repo` names some. */
  readonly extensions?: Extensions;
};

/** What is planned for one role. */
export type PlannedRole = {
  /**
   * What it would lose and keep and why, whether it is eligible, and its policies before and after.
   */
  readonly entry: RoleEntry;
  /** The change that a run would make; null: none. It is data: only a run makes changes. */
  readonly change: Change | null;
  /** All reasons why nothing is changed. */
  readonly spared: readonly Spared[];
};

const NOTHING: Earlier = {
  roles: new Map(),
  versions: new Map(),
  optOuts: new Map(),
  schedules: new Map(),
  tracked: new Map(),
};

/**
 * Plans one role from what was observed of it and of its use. Pure: it makes no call to AWS.
 *
 * @param role with its inline policies and its evidence; a role with a reason instead of evidence
 * keeps everything
 * @throws ConfigError if settings are wrong
 * @throws UsageError if `remove` names no action, if `deny` comes without it, and if `repo` names
 * filters or hooks and `extensions` is missing: no role is judged by less than is configured
 *
 * @example Plan a role that has not used SQS for 200 days
 * ```ts
 * import assert from "assert";
 * import { planRole } from "./runners/repo/mod.ts";
 *
 * const role = {
 *   roleId: "AROAEXAMPLE",
 *   arn: "arn:aws:iam::111111111111:role/checkout-api",
 *   name: "checkout-api",
 *   path: "/",
 *   created: "2024-01-01T00:00:00Z",
 *   lastUsed: "2026-11-19T00:00:00Z",
 *   description: "",
 *   tags: {},
 *   trust: "{}",
 *   boundary: null,
 *   inline: {
 *     app: JSON.stringify({
 *       Version: "2012-10-17",
 *       Statement: [{ Effect: "Allow", Action: ["s3:GetObject", "sqs:SendMessage"], Resource: "*" }],
 *     }),
 *   },
 *   attached: [],
 *   instanceProfiles: [],
 *   evidence: {
 *     source: "iam",
 *     level: "service",
 *     completedAt: "2026-11-20T00:00:00Z",
 *     services: {
 *       s3: { lastUsed: "2026-11-19T00:00:00Z", region: "us-east-1", actions: null },
 *       sqs: { lastUsed: "2026-05-04T00:00:00Z", region: "us-east-1", actions: null },
 *     },
 *   },
 * };
 * const now = new Date("2026-11-20T12:00:00Z");
 * const { entry, change } = planRole(role, { now, repo: { trustFirstScan: true } });
 * assert.deepEqual(entry.loses.map(({ service, actions }) => [service, actions]), [
 *   ["sqs", ["sqs:SendMessage"]],
 * ]);
 * assert.equal(change.action, "iam:PutRolePolicy");
 * ```
 */
export function planRole(role: ObservedRole, options: PlanRoleOptions): PlannedRole {
  const { now, earlier = {}, deny = false, managed = [], extensions } = options;
  const config = readRepoConfig(options.repo ?? {});
  if (!extensions && config.filters.length + config.hooks.length > 0) {
    throw new UsageError(
      "Cannot plan the role: repo names filters or hooks, and options.extensions has none that are " +
        "ready. Hand them in, or leave them out",
    );
  }
  const asked = askedToRemove(options.remove, deny);
  const { account, partition } = parseArn(role.arn);
  const made = plan({
    config: { ...config, asked: { ...ASKED_NOTHING, ...asked } },
    observed: partsOf([{
      id: account,
      name: null,
      partition,
      failure: null,
      at: now.toISOString(),
      whole: false,
      roles: [role],
      managed: Object.fromEntries(managed.map((policy) => [policy.arn, policy])),
    }]),
    earlier: { ...NOTHING, ...earlier },
    now,
  }, extensions ?? NO_EXTENSIONS);
  const [entry] = made.own.roles;
  return { entry: entry!, change: made.changes[0] ?? null, spared: made.spared };
}
