import type { AuditConfig, TagRule } from "./config.ts";
import { UNTIL_TAG } from "../core/contract/names.ts";
import { fold } from "../core/spelling.ts";
import type { Tags } from "./tags.ts";
import { ConfigError } from "../core/errors.ts";

/** What can be wrong with a required tag. */
export type FindingKind =
  | "missing"
  | "empty"
  | "invalid"
  | "unknown-principal"
  /** The key is there under a configured old name. Reported, never acted on. */
  | "alias-used"
  /** It carries the canary's tags and is not the canary. Reported, never exempt. */
  | "canary-copy"
  /** The key is there in another case or with spaces around it. Reported, never acted on. */
  | "case-variant";

/** One rule that an instance breaks. */
export interface Finding {
  /** The key that the rule requires. */
  readonly key: string;
  readonly kind: FindingKind;
  /** For people: `owner is "mallory", which is no IAM user`. */
  readonly detail: string;
}

/** What the rules say of a set of tags. */
export interface Verdict {
  readonly findings: readonly Finding[];
  /** Keys whose rule could not be decided, because the IAM users are not known. Not violations. */
  readonly undecided: readonly string[];
}

/** Kinds that are reported while no required value is wrong. */
const REPORTED_ONLY: ReadonlySet<FindingKind> = new Set([
  "alias-used",
  "case-variant",
  "canary-copy",
]);

/** Whether the findings break no rule outright; then nothing is ever done about them. */
export function isReportedOnly(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => REPORTED_ONLY.has(kind));
}

/**
 * Judges tags by the rules.
 *
 * @param users the IAM users of the account; null where they are not known, which is no violation
 */
export function judgeTags(
  rules: readonly TagRule[],
  tags: Tags,
  users: ReadonlySet<string> | null,
): Verdict {
  const findings: Finding[] = [];
  const undecided: string[] = [];
  for (const rule of rules) {
    const result = judgeRule(rule, tags, users);
    if (result === "undecided") undecided.push(rule.key);
    else if (result) findings.push(result);
  }
  return { findings, undecided };
}

/** A place where a rule's value may stand, and what it means that it stands there. */
interface Source {
  readonly key: string;
  readonly spelling: "alias-used" | "case-variant" | null;
}

/**
 * The best of all places decides, so that adding a tag never makes a violation: a right value under
 * the key itself, then under an old name, then under a variant.
 */
function judgeRule(
  rule: TagRule,
  tags: Tags,
  users: ReadonlySet<string> | null,
): Finding | "undecided" | null {
  const present = sourcesOf(rule, tags).filter(({ key }) => Object.hasOwn(tags, key));
  const first = present[0];
  if (!first) return { key: rule.key, kind: "missing", detail: `${rule.key} is missing` };
  const problems = present.map((source) => ({
    source,
    problem: valueProblem(rule, source.key, tags[source.key]!, users),
  }));
  const right = problems.find(({ problem }) => problem === null);
  if (right) return spellingFinding(rule, right.source);
  if (problems.some(({ problem }) => problem === "undecided")) return "undecided";
  return problems[0]!.problem as Finding;
}

function sourcesOf(rule: TagRule, tags: Tags): Source[] {
  const variants = Object.keys(tags).filter((key) =>
    key !== rule.key && fold(key) === fold(rule.key)
  )
    .sort();
  const insensitive = rule.match === "insensitive";
  return [
    { key: rule.key, spelling: null },
    ...(insensitive ? variants.map((key) => ({ key, spelling: null })) : []),
    ...rule.aliases.map((key) => ({ key, spelling: "alias-used" as const })),
    ...(insensitive ? [] : variants.map((key) => ({ key, spelling: "case-variant" as const }))),
  ];
}

function spellingFinding(rule: TagRule, { key, spelling }: Source): Finding | null {
  if (spelling === null) return null;
  const detail = spelling === "alias-used"
    ? `${rule.key} stands under its old name "${key}"`
    : `${rule.key} is written "${key}"`;
  return { key: rule.key, kind: spelling, detail };
}

function valueProblem(
  rule: TagRule,
  key: string,
  value: string,
  users: ReadonlySet<string> | null,
): Finding | "undecided" | null {
  const finding = (kind: FindingKind, detail: string): Finding => ({ key: rule.key, kind, detail });
  if (value.trim() === "") {
    return rule.allowEmpty ? null : finding("empty", `${key} is empty`);
  }
  if (!rule.value) return null;
  if ("oneOf" in rule.value) {
    return rule.value.oneOf.includes(value)
      ? null
      : finding("invalid", `${key} is "${value}", not one of ${rule.value.oneOf.join(", ")}`);
  }
  if ("pattern" in rule.value) {
    return new RegExp(rule.value.pattern, "u").test(value)
      ? null
      : finding("invalid", `${key} is "${value}", which does not match ${rule.value.pattern}`);
  }
  if (users === null) return "undecided";
  return users.has(value)
    ? null
    : finding("unknown-principal", `${key} is "${value}", which is no IAM user of the account`);
}

/** Whether any rule asks for the IAM users. */
export function asksForUsers(rules: readonly TagRule[]): boolean {
  return rules.some(({ value }) => value !== undefined && "principal" in value);
}

/**
 * The keys that the rules and the exemptions speak of, folded: what the evidence of a finding
 * consists of.
 */
export function relevantKeys(
  { required, mark, exempt = [] }: Pick<AuditConfig, "required" | "mark"> & {
    readonly exempt?: AuditConfig["exempt"];
  },
): ReadonlySet<string> {
  return new Set([
    mark,
    UNTIL_TAG,
    ...required.flatMap((rule) => [rule.key, ...rule.aliases]),
    ...exempt.flatMap(({ match }) => "tag" in match ? [match.tag.key] : []),
  ].map(fold));
}

/** Those of an instance's tags that the rules speak of, sorted by key. */
export function relevantTags(tags: Tags, keys: ReadonlySet<string>): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => keys.has(fold(key))).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/**
 * Tries the rules on two instances that do not exist: one has all tags, one has none. A rule that
 * cannot tell them apart would condemn everything (research, audit.md section 0, bug b).
 *
 * @throws ConfigError when they are judged wrongly
 */
export function selfTest(rules: readonly TagRule[]): void {
  const user = "groundskeeper-self-test";
  const tagged = Object.fromEntries(rules.map((rule) => [rule.key, exampleValue(rule, user)]));
  // A value that a pattern matches cannot be made up; its presence is tried without it.
  const tried = rules.map((rule) =>
    rule.value && "pattern" in rule.value ? { ...rule, value: undefined } : rule
  ) as readonly TagRule[];
  const complete = judgeTags(tried, tagged, new Set([user])).findings;
  const bare = judgeTags(rules, {}, new Set([user])).findings;
  if (complete.length > 0 || bare.length !== rules.length) {
    throw new ConfigError([
      "audit.required fails its self-test: an instance with every tag must pass and one without " +
      `must break every rule; ${complete.length} and ${bare.length} of ${rules.length} were broken`,
    ]);
  }
}

function exampleValue(rule: TagRule, user: string): string {
  if (rule.value && "oneOf" in rule.value) {
    return rule.value.oneOf.find((value) => value.trim() !== "") ?? "";
  }
  return rule.value && "principal" in rule.value ? user : "example";
}
