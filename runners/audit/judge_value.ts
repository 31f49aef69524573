import { madeOnce } from "../core/made_once.ts";
import { matchesText } from "../core/pattern.ts";
import { shown } from "../core/shown.ts";
import { fold, isBlank, plainForm } from "../core/spelling.ts";
import type { TagRule } from "./config.ts";

type ValueProblem = {
  /** "case-variant": it is a spelling of a right value. */
  readonly kind: "empty" | "invalid" | "unknown-principal" | "case-variant";
  /** What the tag is, for people: `is "Prod", a spelling of "prod"`. */
  readonly says: string;
};

/**
 * Judges a value by its rule. A list and the names of IAM users are compared by their fold: no two
 * users differ in case alone (IAM user guide, "IAM name requirements"). A pattern is matched as it
 * is, since it may mean the case that it says.
 *
 * @param users the IAM users of the account; null where they are not known, which decides nothing
 * @returns null for a right value
 */
export function judgeValue(
  rule: TagRule,
  value: string,
  users: ReadonlySet<string> | null,
): ValueProblem | "undecided" | null {
  if (isBlank(value)) {
    if (rule.allowEmpty) return null;
    const seen = shown(value);
    return { kind: "empty", says: seen === value ? "is empty" : `is empty (${seen})` };
  }
  if (!rule.value) return null;
  if ("pattern" in rule.value) return judgeByPattern(value, rule.value.pattern);
  if ("oneOf" in rule.value) {
    const { oneOf } = rule.value;
    if (oneOf.includes(value)) return null;
    return spellingAmong(value, oneOf) ?? invalid(value, `not one of ${oneOf.join(", ")}`);
  }
  if (users === null) return "undecided";
  if (users.has(value)) return null;
  return spellingAmong(value, users) ?? {
    kind: "unknown-principal",
    says: `is "${shown(value)}", which is no IAM user of the account`,
  };
}

function judgeByPattern(value: string, pattern: string): ValueProblem | null {
  if (matchesText(pattern, value)) return null;
  const plain = plainForm(value);
  return matchesText(pattern, plain)
    ? spelling(value, plain)
    : invalid(value, `which does not match ${pattern}`);
}

/** The values of a list or the users of an account by their folds: thousands are judged by one. */
const byFold = madeOnce((right: Iterable<string>) =>
  new Map(Array.from(right, (one) => [fold(one), one]))
);

function spellingAmong(value: string, right: Iterable<string>): ValueProblem | undefined {
  const meant = byFold(right).get(fold(value));
  return meant === undefined ? undefined : spelling(value, meant);
}

function spelling(value: string, meant: string): ValueProblem {
  return { kind: "case-variant", says: `is "${shown(value)}", a spelling of "${shown(meant)}"` };
}

function invalid(value: string, why: string): ValueProblem {
  return { kind: "invalid", says: `is "${shown(value)}", ${why}` };
}
