import {
  alternativesOf,
  type AuditConfig,
  type KeyRule,
  ruleName,
  type TagRule,
  testedTags,
} from "./config.ts";
import { UNTIL_TAG } from "../core/contract/names.ts";
import { ConfigError } from "../core/errors.ts";
import { compareText } from "../core/plan/canonical.ts";
import { madeOnce } from "../core/made_once.ts";
import { looksLike, shown } from "../core/shown.ts";
import { fold, hasInvisible, isBlank } from "../core/spelling.ts";
import { sumOf } from "../core/sum_of.ts";
import { judgeValue, type Undecided, type ValueEvidence } from "./judge_value.ts";
import { asksForUsers } from "./listings.ts";
import { spellingsOf, tagOf, type Tags } from "./tags.ts";
import { applies, isLeftOutByTags, type Whereabouts } from "./when.ts";

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

/** What rules are held against: the tags of an instance, and where it is. */
export type Evidence = ValueEvidence & Omit<Whereabouts, "tags">;

/** What the rules say of an instance. */
export type Verdict = {
  readonly findings: readonly Finding[];
  /** The rules that could not be decided, by their names. Not violations. */
  readonly undecided: readonly (Undecided & { readonly key: string })[];
  /** The indexes of the rules that do not apply for its tags or its VPC. */
  readonly leftOut: readonly number[];
};

const REPORTED_ONLY = new Set<FindingKind>(["alias-used", "case-variant", "canary-copy"]);

/** Whether all findings are only reported: then nothing is ever done about the instance. */
export function isReportedOnly(findings: readonly Finding[]): boolean {
  return findings.every(({ kind }) => REPORTED_ONLY.has(kind));
}

/** Judges the tags of an instance by the rules that apply to it. */
export function judgeTags(rules: readonly TagRule[], tags: Tags, evidence: Evidence): Verdict {
  const findings: Finding[] = [];
  const undecided: Verdict["undecided"][number][] = [];
  const leftOut: number[] = [];
  for (const [index, rule] of rules.entries()) {
    const result = judgeWhere(rule, index, tags, evidence);
    if (result === "left-out") leftOut.push(index);
    else if (result === null || result === "elsewhere") continue;
    else if ("reason" in result) undecided.push({ key: ruleName(rule), ...result });
    else findings.push(result);
  }
  return { findings, undecided, leftOut };
}

/**
 * Judges the tags of an instance by one rule; null: it is kept, also if nobody knows whether it
 * applies. "left-out": it does not apply for the instance's tags or its VPC, "elsewhere": for
 * another reason.
 *
 * @param index of the rule in `audit.required`
 */
export function judgeWhere(
  rule: TagRule,
  index: number,
  tags: Tags,
  evidence: Evidence,
): Finding | Undecided | "left-out" | "elsewhere" | null {
  const result = judgeRule(rule, tags, evidence);
  if (rule.when === undefined) return result;
  const where = { ...evidence, tags };
  const isWanted = applies(rule.when, where);
  if (isWanted === false) return isLeftOutByTags(rule.when, where) ? "left-out" : "elsewhere";
  if (isWanted === true || result === null) return result;
  const detail = `whether audit.required[${index}] applies is not known: ${isWanted.unknown}`;
  return { reason: "condition-unknown", detail };
}

/** A key of an instance that may hold a rule's value, and what is odd about the key. */
type Source = {
  readonly key: string;
  readonly spelling: "alias-used" | "case-variant" | null;
};

/** The best alternative decides, in the same order as the best tag of one. */
function judgeRule(rule: TagRule, tags: Tags, evidence: Evidence): Finding | Undecided | null {
  if (!("anyOf" in rule)) return judgeKey(rule, tags, evidence);
  const judged = rule.anyOf.map((one) => judgeKey(one, tags, evidence));
  const key = ruleName(rule);
  if (judged.includes(null)) return null;
  const problems = judged.filter((one) => one !== null);
  const findings = problems.filter((one) => "key" in one);
  const spelling = findings.find((finding) => isReportedOnly([finding]));
  if (spelling) return { ...spelling, key };
  const unknown = problems.find((one) => "reason" in one);
  if (unknown) return unknown;
  const { kind } = findings.find((one) => one.kind !== "missing") ?? findings[0]!;
  const details =
    findings.length > 1 && findings.every(({ detail, key }) => detail === missingText(key))
      ? [missingText(key)]
      : new Set(findings.map(({ detail }) => detail));
  return { key, kind, detail: [...details].join(", and ") };
}

/**
 * The best tag decides, so that a tag more never makes a violation. The order is: a right value
 * under the key itself, under an old name, under a spelling of the key; then a spelling of a right
 * value.
 */
function judgeKey(rule: KeyRule, tags: Tags, evidence: Evidence): Finding | Undecided | null {
  const judged = sourcesOf(rule, tags).map((source) => ({
    source,
    problem: judgeValue(rule, tagOf(tags, source.key)!, evidence),
  }));
  const right = judged.find(({ problem }) => problem === null);
  if (right) return spellingFinding(rule, right.source);
  const problems = judged.flatMap(({ source, problem }) =>
    problem === null || "reason" in problem
      ? []
      : { key: rule.key, kind: problem.kind, detail: `${shown(source.key)} ${problem.says}` }
  );
  const spelling = problems.find(({ kind }) => kind === "case-variant");
  if (spelling) return spelling;
  const unknown = judged.flatMap(({ problem }) => problem && "reason" in problem ? [problem] : []);
  return unknown[0] ?? problems[0] ?? missing(rule, tags);
}

/** The keys of the tags that a rule may mean, the best first. */
function sourcesOf(rule: KeyRule, tags: Tags): Source[] {
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
function isTaken(rule: KeyRule, spelling: string): boolean {
  return rule.match === "insensitive" && !hasInvisible(spelling);
}

function spellingFinding(rule: KeyRule, { key, spelling }: Source): Finding | null {
  if (spelling === null) return null;
  const detail = spelling === "alias-used"
    ? `${rule.key} stands under its old name "${shown(key)}"`
    : `${rule.key} is written "${shown(key)}"`;
  return { key: rule.key, kind: spelling, detail };
}

function missing(rule: KeyRule, tags: Tags): Finding {
  const alike = Object.keys(tags).filter((key) => looksLike(key, rule.key)).sort(compareText);
  const hint = alike.length === 0 ? "" : `: "${shown(alike[0]!)}" only looks like it`;
  return { key: rule.key, kind: "missing", detail: missingText(rule.key) + hint };
}

function missingText(key: string): string {
  return `${key} is missing`;
}

/** The folded keys of rules, their conditions and exemptions, whose tags are the evidence of a finding. */
export const relevantKeys = madeOnce((
  { required, mark, exempt = [] }: Pick<AuditConfig, "required" | "mark"> & {
    readonly exempt?: AuditConfig["exempt"];
  },
): ReadonlySet<string> => {
  const ruled = required.flatMap((rule) => [
    ...alternativesOf(rule).flatMap(({ key, aliases }) => [key, ...aliases]),
    ...testedTags(rule).map(({ key }) => key),
  ]);
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
 * cannot tell them apart would terminate everything, or nothing. A rule for some instances is tried
 * by itself, as if it applied.
 *
 * @throws ConfigError when they are judged wrongly
 */
export function selfTest(rules: readonly TagRule[]): void {
  const groups = [
    rules.filter(({ when }) => !when),
    ...rules.filter(({ when }) => when).map((rule) => [rule]),
  ].map((group) => group.map(({ when: _when, ...rule }) => testable(rule)));
  const broken = (tagsFor: (rule: KeyRule) => [key: string, value: string][]) =>
    sumOf(groups, (group) => {
      const tags = Object.fromEntries(
        group.flatMap((rule) => tagsFor(alternativesOf(rule)[0]!)),
      );
      return judgeTags(group, tags, NOWHERE).findings.length;
    });
  const complete = broken((rule) => [[rule.key, exampleValue(rule)]]);
  const bare = broken(() => []);
  if (complete > 0 || bare !== rules.length) {
    throw new ConfigError([
      "audit.required fails its self-test: an instance with every tag must pass and one without " +
      `must break every rule; ${complete} and ${bare} of ${rules.length} were broken`,
    ]);
  }
}

const SELF_TEST_USER = "groundskeeper-self-test";

/** An instance that does not exist, in an account with one user. */
const NOWHERE: Evidence = {
  account: "",
  units: [],
  unitsAsked: [],
  region: null,
  vpc: null,
  now: new Date(0),
  listings: { users: new Set([SELF_TEST_USER]), fileOf: () => undefined },
};

/** No value can be derived from a pattern, a day or a file: these rules are tried without it. */
function testable(rule: TagRule): TagRule {
  const withExample = ({ value, ...any }: KeyRule): KeyRule => {
    const hasExample = value && ("oneOf" in value || asksForUsers({ ...any, value }, ""));
    return hasExample ? { ...any, value } : any;
  };
  return "anyOf" in rule ? { anyOf: rule.anyOf.map(withExample) } : withExample(rule);
}

function exampleValue({ value }: KeyRule): string {
  if (value && "oneOf" in value) return value.oneOf.find((one) => !isBlank(one)) ?? "";
  return value ? SELF_TEST_USER : "example";
}
