import type { AuditConfig, TagRule } from "./config.ts";
import { UNTIL_TAG } from "../core/contract/names.ts";
import { ConfigError } from "../core/errors.ts";
import { compareText } from "../core/plan/canonical.ts";
import { madeOnce } from "../core/made_once.ts";
import { looksLike, shown } from "../core/shown.ts";
import { fold, hasInvisible, isBlank } from "../core/spelling.ts";
import { judgeValue } from "./judge_value.ts";
import { spellingsOf, tagOf, type Tags } from "./tags.ts";

/** What can be wrong with a required tag. */
export type FindingKind =
  | "missing"
  | "empty"
  | "invalid"
  | "unknown-principal"
  /** The key is written under a configured old name. Reported, never acted on. */
  | "alias-used"
  /** It carries the canary's tags and is not the canary. Reported, never exempt. */
  | "canary-copy"
  /** The key or the value is a spelling of the right one. Reported, never acted on. */
  | "case-variant";

/** One rule that an instance breaks. */
export type Finding = {
  /** The key that the rule requires. */
  readonly key: string;
  readonly kind: FindingKind;
  /** For people: `owner is "mallory", which is no IAM user`. */
  readonly detail: string;
};

/** What the rules say of a set of tags. */
export type Verdict = {
  readonly findings: readonly Finding[];
  /** Keys whose rule could not be decided, because the IAM users are not known. Not violations. */
  readonly undecided: readonly string[];
};

const REPORTED_ONLY = new Set<FindingKind>(["alias-used", "case-variant", "canary-copy"]);

/** Whether all findings are only reported: then nothing is ever done about the instance. */
export function isReportedOnly(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => REPORTED_ONLY.has(kind));
}

/** Judges tags by the rules; `users` null: the IAM users are not known, which is no violation. */
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

/** A key of an instance that may hold a rule's value, and what is odd about the key. */
type Source = {
  readonly key: string;
  readonly spelling: "alias-used" | "case-variant" | null;
};

/**
 * The best tag decides, so that a tag more never makes a violation. The order is: a right value
 * under the key itself, under an old name, under a spelling of the key; then a spelling of a right
 * value.
 */
function judgeRule(
  rule: TagRule,
  tags: Tags,
  users: ReadonlySet<string> | null,
): Finding | "undecided" | null {
  const judged = sourcesOf(rule, tags).map((source) => ({
    source,
    problem: judgeValue(rule, tagOf(tags, source.key)!, users),
  }));
  const right = judged.find(({ problem }) => problem === null);
  if (right) return spellingFinding(rule, right.source);
  const problems = judged.flatMap(({ source, problem }) =>
    problem === null || problem === "undecided"
      ? []
      : { key: rule.key, kind: problem.kind, detail: `${shown(source.key)} ${problem.says}` }
  );
  const spelling = problems.find(({ kind }) => kind === "case-variant");
  if (spelling) return spelling;
  if (problems.length < judged.length) return "undecided";
  return problems[0] ?? missing(rule, tags);
}

/** The keys of the tags that a rule may mean, the best first. */
function sourcesOf(rule: TagRule, tags: Tags): Source[] {
  const spellings = spellingsOf(tags, rule.key)
    .map((key): Source => ({ key, spelling: isTaken(rule, key) ? null : "case-variant" }));
  return [
    ...(Object.hasOwn(tags, rule.key) ? [{ key: rule.key, spelling: null }] : []),
    ...spellings.filter(({ spelling }) => spelling === null),
    ...rule.aliases.flatMap((alias) => [
      ...(Object.hasOwn(tags, alias) ? [alias] : []),
      ...spellingsOf(tags, alias),
    ]).map((key) => ({ key, spelling: "alias-used" as const })),
    ...spellings.filter(({ spelling }) => spelling !== null),
  ];
}

/** Whether a rule accepts a spelling of its key; never one with invisible characters. */
function isTaken(rule: TagRule, spelling: string): boolean {
  return rule.match === "insensitive" && !hasInvisible(spelling);
}

function spellingFinding(rule: TagRule, { key, spelling }: Source): Finding | null {
  if (spelling === null) return null;
  const detail = spelling === "alias-used"
    ? `${rule.key} stands under its old name "${shown(key)}"`
    : `${rule.key} is written "${shown(key)}"`;
  return { key: rule.key, kind: spelling, detail };
}

function missing(rule: TagRule, tags: Tags): Finding {
  const alike = Object.keys(tags).filter((key) => looksLike(key, rule.key)).sort(compareText);
  const hint = alike.length === 0 ? "" : `: "${shown(alike[0]!)}" only looks like it`;
  return { key: rule.key, kind: "missing", detail: `${rule.key} is missing${hint}` };
}

/** Whether any rule asks for the IAM users. */
export function asksForUsers(rules: readonly TagRule[]): boolean {
  return rules.some(({ value }) => value !== undefined && "principal" in value);
}

/** The folded keys of rules and exemptions, whose tags are the evidence of a finding. */
export const relevantKeys = madeOnce((
  { required, mark, exempt = [] }: Pick<AuditConfig, "required" | "mark"> & {
    readonly exempt?: AuditConfig["exempt"];
  },
): ReadonlySet<string> => {
  const ruled = required.flatMap((rule) => [rule.key, ...rule.aliases]);
  const exempted = exempt.flatMap(({ match }) => "tag" in match ? [match.tag.key] : []);
  return new Set([mark, UNTIL_TAG, ...ruled, ...exempted].map(fold));
});

/** Those of an instance's tags that have one of the keys, sorted by key. */
export function relevantTags(tags: Tags, keys: ReadonlySet<string>): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => keys.has(fold(key))).sort(([a], [b]) => a < b ? -1 : 1),
  );
}

/**
 * Tries the rules on two instances that do not exist: one has all tags, one has none. A rule that
 * cannot tell them apart would terminate everything, or nothing.
 *
 * @throws ConfigError when they are judged wrongly
 */
export function selfTest(rules: readonly TagRule[]): void {
  const user = "groundskeeper-self-test";
  const tagged = Object.fromEntries(rules.map((rule) => [rule.key, exampleValue(rule, user)]));
  // No value can be derived from a pattern: these rules are tried without it.
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
    return rule.value.oneOf.find((value) => !isBlank(value)) ?? "";
  }
  return rule.value && "principal" in rule.value ? user : "example";
}
