import * as z from "zod";
import { AUDIT_MARK_TAG, CANARY_STAMP_TAG, UNTIL_TAG } from "../core/contract/names.ts";
import type { NamedAccount, OrganizationConfig } from "../core/config/organization.ts";
import { unknownRegion } from "../core/aws/region_names.ts";
import { durationMs } from "../core/duration.ts";
import { matchesText } from "../core/pattern.ts";
import { fold, isBlank } from "../core/spelling.ts";
import {
  accountId,
  bound,
  countBound,
  duration,
  shareOfOne,
  unitId,
} from "../core/config/values.ts";
import {
  allExcept,
  canary,
  type Conditions,
  exemption,
  type KeyRule,
  ladder,
  ladderProblem,
  managerTag,
  type StepName,
  tagKey,
  tagRule,
  type TagTest,
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
    accounts: z.union([z.array(accountId), allExcept]).default([]).meta({
      description: 'The accounts by their IDs; {"allExcept": [...]}: all that are read but these',
    }),
    units: z.array(unitId).default([]),
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
}).meta({
  instead: {
    policies: '"required": a rule for each tag that every instance must have',
    filters: '"required": a rule for each tag that every instance must have',
    tags: '"required": a rule for each tag that every instance must have',
    actions: '"ladder": what happens to an instance that breaks a rule, and when',
  },
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

export {
  type Conditions,
  type KeyRule,
  type StepName,
  STEPS,
  type TagTest,
  type When,
} from "./config_parts.ts";
export type AuditConfig = z.infer<typeof auditSchema>;
export type TagRule = AuditConfig["required"][number];
export type Exemption = AuditConfig["exempt"][number];

/** The keys that a rule is about: mostly one, else alternatives. */
export function alternativesOf(rule: TagRule): readonly KeyRule[] {
  return "anyOf" in rule ? rule.anyOf : [rule];
}

/** What a rule is called: its key, or "owner or team". */
export function ruleName(rule: TagRule): string {
  return [...new Set(alternativesOf(rule).map(({ key }) => key))].join(" or ");
}

/** The tags that a rule's `when` reads. */
export function testedTags({ when }: TagRule): readonly TagTest[] {
  return [when?.tag, when?.not?.tag].filter((tag) => tag !== undefined);
}

/** Whether a list of accounts takes in this one. */
export function takesIn(
  accounts: readonly string[] | { readonly allExcept: readonly string[] },
  id: string,
): boolean {
  return "allExcept" in accounts ? !accounts.allExcept.includes(id) : accounts.includes(id);
}

/** Whether anything may be enforced anywhere. */
export function enforcesAnything({ accounts, units }: AuditConfig["enforce"]): boolean {
  return "allExcept" in accounts || accounts.length + units.length > 0;
}

/** The units that accounts must be told apart by. */
export function unitsAsked({ enforce, required }: AuditConfig): readonly string[] {
  const asked = required.flatMap(({ when }) => [
    ...when?.units ?? [],
    ...when?.not?.units ?? [],
  ]);
  return [...new Set([...enforce.units, ...asked])];
}

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
  const ruled = required.flatMap(alternativesOf).flatMap(({ key, aliases }) => [key, ...aliases]);
  const keys = [mark, ...OWN_KEYS, ...ruled];
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
  const names: { key: string; insensitive: boolean; rule: TagRule; path: string }[] = [];
  config.required.forEach((rule, index) => {
    const path = `audit.required[${index}]`;
    problems.push(...testContradictions(config, rule.when?.tag, `${path}.when.tag`));
    problems.push(...testContradictions(config, rule.when?.not?.tag, `${path}.when.not.tag`));
    alternativesOf(rule).forEach((one, number) => {
      const at = "anyOf" in rule ? `${path}.anyOf[${number}]` : path;
      const insensitive = one.match === "insensitive";
      // Alternatives may be about one key, and so may rules for different instances.
      const others = names.filter((name) => name.rule !== rule && !name.rule.when && !rule.when);
      const own = new Set<string>();
      for (const key of [one.key, ...one.aliases]) {
        const earlier = others.find((name) =>
          name.key === key || (insensitive || name.insensitive) && fold(name.key) === fold(key)
        ) ?? (own.has(insensitive ? fold(key) : key) ? { path: at } : undefined);
        if (earlier) {
          problems.push(`${at} uses the key "${key}", which ${earlier.path} uses already`);
        }
        own.add(insensitive ? fold(key) : key);
        names.push({ key, insensitive, rule, path: at });
        if (fold(key) === fold(config.mark)) {
          problems.push(`${at} requires "${key}", which audit.mark sets itself`);
        }
        if (
          OWN_KEYS.some((own) =>
            fold(key) === fold(own)
          )
        ) {
          problems.push(`${at} requires "${key}", which Groundskeeper keeps for itself`);
        }
      }
      if (one.allowEmpty && one.value) {
        problems.push(`${at} allows an empty value and also says what the value must be`);
      }
    });
  });
  return problems;
}

/** If a run's own tags decided what the run is about, each mark would undo its own reason. */
function testContradictions({ mark }: AuditConfig, tag: TagTest | undefined, path: string) {
  return [mark, ...OWN_KEYS].filter((own) => tag !== undefined && fold(tag.key) === fold(own))
    .map((own) => `${path} reads "${own}", which Groundskeeper sets and reads itself`);
}

function exemptionContradictions(config: AuditConfig, today: Date): string[] {
  const latest = new Date(
    Date.UTC(today.getUTCFullYear() + 1, today.getUTCMonth(), today.getUTCDate()),
  );
  const ruled = config.required.flatMap(alternativesOf)
    .flatMap(({ key, aliases }) => [key, ...aliases]).map(fold);
  return config.exempt.flatMap(({ match, until }, index) => {
    const path = `audit.exempt[${index}]`;
    const tag = "tag" in match ? match.tag : undefined;
    return [
      ...(new Date(until) > latest
        ? [`${path}.until must be within a year, found "${until}"`]
        : []),
      ...testContradictions(config, tag, `${path}.match.tag`),
      ...(tag && takesAnyValue(tag) && ruled.includes(fold(tag.key))
        ? [
          `${path}.match.tag takes in every instance that has "${tag.key}", which audit.required ` +
          "asks for: say which values are exempt, with value, oneOf or pattern",
        ]
        : []),
    ];
  });
}

/** What no pattern matches that says anything of a value: each printable character, and others. */
const ODD_VALUE = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index))
  .join("") + "\u00e4\u6f22";

/** Whether a test says nothing of the value: `^.*$` is the key alone, and so is `^.+$`. */
function takesAnyValue({ value, oneOf, pattern }: TagTest): boolean {
  return pattern === undefined
    ? value === undefined && oneOf === undefined
    : matchesText(pattern, ODD_VALUE);
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
    canary.mode === "when-enforcing" && enforcesAnything(enforce);
}

function canaryContradictions(config: AuditConfig): string[] {
  const { canary, required, mark } = config;
  const keys = Object.keys(canary.tags);
  const own = [mark, ...OWN_KEYS].filter((key) => keys.some((one) => fold(one) === fold(key)))
    .map((key) => `audit.canary.tags sets "${key}", which Groundskeeper keeps for itself`);
  if (!usesCanaries(config)) return own;
  const has = ({ key, match }: KeyRule) =>
    keys.some((one) =>
      (one === key || match === "insensitive" && fold(one) === fold(key)) &&
      !isBlank(canary.tags[one]!)
    );
  // A rule for some instances need not be one for canaries, which no rule judges.
  const lacking = required.filter((rule) => !rule.when && !alternativesOf(rule).some(has))
    .map((rule) =>
      `audit.canary.tags lacks "${ruleName(rule)}", which audit.required asks for: a canary has ` +
      'every required tag. Add it, or say audit.canary.mode: "off"'
    );
  return [...own, ...lacking];
}

/**
 * The accounts that settings name to make a difference between accounts. Those of
 * `audit.enforce.accounts` itself are not among them: one that is not there changes nothing.
 */
export function namedAccounts({ enforce, required }: AuditConfig): NamedAccount[] {
  const at = (path: string, ids: readonly string[] = []) =>
    ids.map((id, index) => ({ path: `${path}[${index}]`, id }));
  return [
    ...("allExcept" in enforce.accounts
      ? at("audit.enforce.accounts.allExcept", enforce.accounts.allExcept)
      : []),
    ...required.flatMap((rule, index) => {
      const path = `audit.required[${index}]`;
      return [
        ...at(`${path}.when.accounts`, rule.when?.accounts),
        ...at(`${path}.when.not.accounts`, rule.when?.not?.accounts),
        ...alternativesOf(rule).flatMap(({ value }, number) => {
          const of = "anyOf" in rule ? `${path}.anyOf[${number}]` : path;
          const users = value && "principal" in value ? value.principal.users : undefined;
          return typeof users === "object"
            ? at(`${of}.value.principal.users.allExcept`, users.allExcept)
            : [];
        }),
      ];
    }),
  ];
}

/** To name an account or a Region that no run reads would be a silent mistake. */
export function placeContradictions(
  config: AuditConfig,
  organization: Pick<OrganizationConfig, "accounts" | "exclude" | "regions">,
): string[] {
  const { accounts: enforced, units } = config.enforce;
  const { accounts, exclude } = organization;
  const isUnnamed = ({ id }: { readonly id: string }) =>
    Array.isArray(accounts) && !accounts.some((account) => account.id === id);
  const unnamed = ({ path, id }: NamedAccount) =>
    `${path} is ${id}, which organization.accounts does not name`;
  const listed = "allExcept" in enforced
    ? []
    : enforced.map((id, index) => ({ path: `audit.enforce.accounts[${index}]`, id }));
  return [
    ...(units.length > 0 ? unitProblems("audit.enforce", organization) : []),
    ...(units.length > 0 && "allExcept" in enforced
      ? [
        "audit.enforce.units has no effect beside audit.enforce.accounts.allExcept, which takes " +
        "in all accounts but these: leave it out",
      ]
      : []),
    ...listed.flatMap((one) =>
      exclude.includes(one.id)
        ? [`${one.path} is ${one.id}, which organization.exclude leaves out`]
        : isUnnamed(one)
        ? [unnamed(one)]
        : []
    ),
    ...namedAccounts(config).filter(isUnnamed).map(unnamed),
    ...config.required.flatMap(({ when }, index) => {
      const path = `audit.required[${index}].when`;
      return [...whenProblems(when, path), ...whenProblems(when?.not, `${path}.not`)];
    }),
  ];

  function whenProblems(said: Conditions | undefined, path: string): string[] {
    return [
      ...(said?.units ? unitProblems(path, organization) : []),
      ...(said?.regions ?? []).flatMap((region, index) => {
        const problem = regionProblem(region);
        return problem ? [`${path}.regions[${index}]${problem}`] : [];
      }),
    ];
  }

  function regionProblem(region: string): string | null {
    const { regions } = organization;
    const unknown = unknownRegion(region);
    if (unknown) return `: "${region}" ${unknown}`;
    if (regions === "enabled") return null;
    if (Array.isArray(regions)) {
      return regions.includes(region)
        ? null
        : ` is ${region}, which organization.regions does not name`;
    }
    return regions.allExcept.includes(region)
      ? ` is ${region}, which organization.regions leaves out`
      : null;
  }
}

function unitProblems(path: string, { accounts }: Pick<OrganizationConfig, "accounts">): string[] {
  return accounts === "organizations" ? [] : [
    `${path}.units takes effect with organization.accounts: "organizations" only; name the ` +
    `accounts in ${path}.accounts`,
  ];
}
