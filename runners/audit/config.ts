import * as z from "zod";
import { AUDIT_MARK_TAG, CANARY_STAMP_TAG, UNTIL_TAG } from "../core/contract/names.ts";
import type { OrganizationConfig } from "../core/config/organization.ts";
import { durationMs } from "../core/duration.ts";
import { fold, isBlank } from "../core/spelling.ts";
import { accountId, bound, countBound, duration, shareOfOne } from "../core/config/values.ts";
import {
  canary,
  exemption,
  ladder,
  ladderProblem,
  managerTag,
  type StepName,
  tagKey,
  tagRule,
} from "./config_parts.ts";

/** The audit's settings. At least one rule; everything else has a default. */
export const auditSchema = z.strictObject({
  required: z.array(tagRule).min(1, "needs at least one rule").meta({
    description: "The tags that every instance must have",
  }),
  states: z.array(z.enum(["running", "stopping", "stopped"])).min(1).default([
    "running",
    "stopped",
  ]),
  grace: duration.default("60m").meta({
    description: "How long after its start an instance may be without its tags",
  }),
  clock: z.enum(["created", "launched"]).default("created").meta({
    description: '"created": the attachment of the primary network interface, which a restart ' +
      'does not renew. "launched": the last start',
  }),
  mark: tagKey.default(AUDIT_MARK_TAG).meta({ description: "The key of the tag that marks" }),
  looks: z.strictObject({
    count: z.int().min(1).max(1000).default(2),
    spacing: duration.default("30m"),
  }).prefault({}).meta({
    description: "How often, and how far apart, an instance must be seen breaking the rules " +
      "before it is stopped or terminated",
  }),
  extension: duration.default("14d").meta({
    description: `How much time an owner may ask for with the tag ${UNTIL_TAG}: YYYY-MM-DD`,
  }),
  enforce: z.strictObject({
    accounts: z.array(accountId).default([]),
    units: z.array(
      z.string().regex(/^(ou-[0-9a-z-]+|r-[0-9a-z]+)$/, "must be the ID of a unit, ou-…"),
    ).default([]),
    quarantine: duration.default("14d").meta({
      description: "For how long an account that joined the organization is only reported",
    }),
  }).prefault({}).meta({ description: "Where apply may change anything. Empty: report only" }),
  ladder: ladder.default([{ after: "0m", do: "mark" }]).meta({
    description: "What happens to a violating instance, and how long after it was first seen; " +
      "between two steps at least the time between them passes",
  }),
  canary: canary.prefault({}),
  protection: z.enum(["respect", "lift"]).default("respect").meta({
    description: "What becomes of an instance with termination or stop protection",
  }),
  instanceStore: z.enum(["spare", "stop"]).default("spare").meta({
    description:
      "What becomes of an instance whose type has instance-store volumes when it is to be " +
      'stopped. "stop": it is stopped, and the data on these volumes is lost',
  }),
  managed: z.enum(["report", "include"]).default("report").meta({
    description: "What becomes of instances of Auto Scaling groups, clusters and spot requests, " +
      'which would be replaced. "report": they are only reported',
  }),
  managedTags: z.array(managerTag).default([]).meta({
    description:
      "Tags that show, with any value, that something manages an instance, besides the " +
      'known ones: a key, or {"prefix": "…"}',
  }),
  exempt: z.array(exemption).default([]),
  limits: z.strictObject({
    perRun: bound({ count: 10, percent: 10 }),
    perAccount: bound({ count: 5 }),
    perRegion: bound({}),
    rollingDay: countBound(20),
    minPopulation: z.int().min(0).default(20).meta({
      description: "A percentage of fewer instances than this does not bind",
    }),
    stop: stepLimits(10),
    terminate: stepLimits(5),
  }).prefault({}),
  breakers: z.strictObject({
    canaryFailShare: shareOfOne(0.2).meta({
      description: "More than this share of the canaries is not well: nothing is changed anywhere",
    }),
    ratioJump: shareOfOne(0.25).meta({
      description: "The share of violating instances has grown by more than this",
    }),
    tagDisagree: shareOfOne(0.01).meta({
      description: "DescribeInstances and DescribeTags differ on more than this share",
    }),
    populationDrop: shareOfOne(0.5).meta({
      description: "More than this share of a region's instances is not there any more",
    }),
  }).prefault({}),
});

/** The bounds of one step. Those of all changes bind too. */
function stepLimits(count: number) {
  return z.strictObject({
    perRun: bound({ count }),
    perAccount: bound({}),
    perRegion: bound({}),
    rollingDay: countBound(),
  }).prefault({});
}

export { type StepName, STEPS } from "./config_parts.ts";
export type AuditConfig = z.infer<typeof auditSchema>;
export type TagRule = AuditConfig["required"][number];
export type Exemption = AuditConfig["exempt"][number];

/** The keys that Groundskeeper sets or reads itself. */
const OWN_KEYS = [UNTIL_TAG, CANARY_STAMP_TAG] as const;

/** Scripts and services may tag an instance some minutes after they have launched it. */
const GRACE_FLOOR_MS = 15 * 60_000;

/**
 * Contradictions that no single setting shows. Answers sentences that begin with a path.
 *
 * @param limitsSaid whether the file says `audit.limits` itself
 */
export function auditContradictions(
  config: AuditConfig,
  today: Date,
  limitsSaid: boolean,
): string[] {
  return [
    ...ruleContradictions(config),
    ...exemptionContradictions(config, today),
    ...ladderContradictions(config, limitsSaid),
    ...canaryContradictions(config),
    ...managedContradictions(config),
  ];
}

/** A key that compliant or marked instances carry would keep all of them from the ladder. */
function managedContradictions({ managedTags, required, mark }: AuditConfig): string[] {
  const keys = [mark, ...OWN_KEYS, ...required.flatMap(({ key, aliases }) => [key, ...aliases])];
  return managedTags.flatMap((tag, index) => {
    const caught = keys.find((key) =>
      typeof tag === "string" ? fold(tag) === fold(key) : fold(key).startsWith(fold(tag.prefix))
    );
    return caught === undefined ? [] : [
      `audit.managedTags[${index}] takes in "${caught}", which the audit uses itself: every ` +
      "instance with it would only be reported",
    ];
  });
}

function ruleContradictions(config: AuditConfig): string[] {
  const problems = OWN_KEYS.filter((own) => fold(config.mark) === fold(own))
    .map((own) => `audit.mark is "${own}", which Groundskeeper keeps for another purpose`);
  const names: { key: string; insensitive: boolean; path: string }[] = [];
  config.required.forEach((rule, index) => {
    const path = `audit.required[${index}]`;
    for (const key of [rule.key, ...rule.aliases]) {
      const insensitive = rule.match === "insensitive";
      const earlier = names.find((name) =>
        name.key === key || (insensitive || name.insensitive) && fold(name.key) === fold(key)
      );
      if (earlier) {
        problems.push(`${path} uses the key "${key}", which ${earlier.path} uses already`);
      }
      names.push({ key, insensitive, path });
      if (fold(key) === fold(config.mark)) {
        problems.push(`${path} requires "${key}", which audit.mark sets itself`);
      }
      if (OWN_KEYS.some((own) => fold(key) === fold(own))) {
        problems.push(`${path} requires "${key}", which Groundskeeper keeps for itself`);
      }
    }
    if (rule.allowEmpty && rule.value) {
      problems.push(`${path} allows an empty value and also says what the value must be`);
    }
  });
  return problems;
}

function exemptionContradictions({ exempt }: AuditConfig, today: Date): string[] {
  const latest = new Date(
    Date.UTC(today.getUTCFullYear() + 1, today.getUTCMonth(), today.getUTCDate()),
  );
  return exempt.flatMap(({ until }, index) =>
    new Date(until) > latest
      ? [`audit.exempt[${index}].until must be within a year, found "${until}"`]
      : []
  );
}

function ladderContradictions(
  { ladder, grace, states }: AuditConfig,
  limitsSaid: boolean,
): string[] {
  const does = (step: StepName) => ladder.some((one) => one.do === step);
  // Not a check of the schema, which would also be given values that are wrong by themselves.
  const order = ladderProblem(ladder);
  if (order) return [`audit.ladder ${order}`];
  const checks: readonly [isWrong: boolean, says: string][] = [
    [
      (does("stop") || does("terminate")) && !limitsSaid,
      "audit.limits must be written out where audit.ladder stops or terminates: say how many " +
      'a run may stop and terminate at most, such as {"stop": {"perRun": {"count": 10}}, ' +
      '"terminate": {"perRun": {"count": 5}}}',
    ],
    [
      does("stop") && does("terminate") && !states.includes("stopped"),
      'audit.states must have "stopped" where audit.ladder stops and then terminates, or what ' +
      "was stopped would not be read any more",
    ],
    [
      does("terminate") && durationMs(grace) < GRACE_FLOOR_MS,
      `audit.grace must be at least 15m where audit.ladder terminates, found "${grace}": tags ` +
      "may come minutes after the instance",
    ],
  ];
  return checks.flatMap(([isWrong, says]) => isWrong ? [says] : []);
}

/** Whether the configuration makes canaries count anywhere. */
export function usesCanaries({ canary, enforce }: AuditConfig): boolean {
  return canary.mode === "required" ||
    canary.mode === "when-enforcing" && enforce.accounts.length + enforce.units.length > 0;
}

function canaryContradictions(config: AuditConfig): string[] {
  const { canary, required, mark } = config;
  const keys = Object.keys(canary.tags);
  const own = [mark, ...OWN_KEYS].filter((key) => keys.some((one) => fold(one) === fold(key)))
    .map((key) => `audit.canary.tags sets "${key}", which Groundskeeper keeps for itself`);
  if (!usesCanaries(config)) return own;
  const has = ({ key, match }: TagRule) =>
    keys.some((one) =>
      (one === key || match === "insensitive" && fold(one) === fold(key)) &&
      !isBlank(canary.tags[one]!)
    );
  const lacking = required.filter((rule) => !has(rule))
    .map(({ key }) =>
      `audit.canary.tags lacks "${key}", which audit.required asks for: a canary has every ` +
      'required tag. Add it, or say audit.canary.mode: "off"'
    );
  return [...own, ...lacking];
}

/** To enforce an account that no run reads would be a silent mistake. */
export function enforcementContradictions(
  { enforce: { accounts: enforced, units } }: AuditConfig,
  { accounts, exclude }: Pick<OrganizationConfig, "accounts" | "exclude">,
): string[] {
  const problems = enforced.flatMap((id, index) => {
    const found = `audit.enforce.accounts[${index}] is ${id}`;
    if (exclude.includes(id)) return [`${found}, which organization.exclude leaves out`];
    const isUnnamed = Array.isArray(accounts) && !accounts.some((account) => account.id === id);
    return isUnnamed ? [`${found}, which organization.accounts does not name`] : [];
  });
  return units.length === 0 || accounts === "organizations" ? problems : [
    'audit.enforce.units takes effect with organization.accounts: "organizations" only; name ' +
    "the accounts in audit.enforce.accounts",
    ...problems,
  ];
}
