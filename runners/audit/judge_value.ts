import { durationMs } from "../core/duration.ts";
import { madeOnce } from "../core/made_once.ts";
import { matchesText } from "../core/pattern.ts";
import { shown } from "../core/shown.ts";
import { fold, isBlank, plainForm } from "../core/spelling.ts";
import type { KeyRule } from "./config.ts";
import { untilOf } from "./ladder/until.ts";
import { asksForUsers, type Listings } from "./listings.ts";

type ValueProblem = {
  /** "case-variant": it is a spelling of a right value. */
  readonly kind: "empty" | "invalid" | "unknown-principal" | "case-variant";
  /** What the tag is, for people: `is "Prod", a spelling of "prod"`. */
  readonly says: string;
};

/** Why a rule cannot be decided. */
export type Undecided = {
  readonly reason: "principals-unread" | "list-unread" | "condition-unknown";
  readonly detail: string;
};

/** What a value is held against besides its rule. */
export type ValueEvidence = {
  readonly account: string;
  readonly listings: Listings;
  readonly now: Date;
};

/**
 * Judges a value by its rule. A list and the names of IAM users are compared by their fold: no two
 * users differ in case alone (IAM user guide, "IAM name requirements"). A pattern is matched as it
 * is, since it may mean the case that it says.
 *
 * @returns null for a right value
 */
export function judgeValue(
  rule: KeyRule,
  value: string,
  evidence: ValueEvidence,
): ValueProblem | Undecided | null {
  if (isBlank(value)) {
    if (rule.allowEmpty) return null;
    const seen = shown(value);
    return { kind: "empty", says: seen === value ? "is empty" : `is empty (${seen})` };
  }
  if (!rule.value) return null;
  if ("pattern" in rule.value) return judgeByPattern(value, rule.value.pattern);
  if ("date" in rule.value) return judgeDay(value, rule.value.date, evidence.now);
  if ("principal" in rule.value) return judgePrincipal(rule, value, rule.value.principal, evidence);
  if ("valueFrom" in rule.value) {
    const file = rule.value.valueFrom;
    const values = evidence.listings.fileOf(file);
    if (values === undefined) return unreadList(file);
    return values.has(value)
      ? null
      : spellingAmong(value, values) ?? invalid(value, `which is not in ${file}`);
  }
  const { oneOf } = rule.value;
  if (oneOf.includes(value)) return null;
  return spellingAmong(value, oneOf) ?? invalid(value, `not one of ${oneOf.join(", ")}`);
}

/** A principal is right if one listing has it, whatever is not known of the other. */
function judgePrincipal(
  rule: KeyRule,
  value: string,
  { file }: { readonly file?: string },
  { account, listings }: ValueEvidence,
): ValueProblem | Undecided | null {
  const asksUsers = asksForUsers(rule, account);
  const users = asksUsers ? listings.users : NOBODY;
  const listed = file === undefined ? NOBODY : listings.fileOf(file);
  const known = [users, listed].filter((names) => names !== undefined);
  if (known.some((names) => names.has(value))) return null;
  if (users === undefined) {
    const detail = "the IAM users of the account are not known";
    return { reason: "principals-unread", detail };
  }
  if (listed === undefined) return unreadList(file!);
  const [spelled] = known.flatMap((names) => spellingAmong(value, names) ?? []);
  const none = asksUsers ? "no IAM user of the account" : "";
  const unlisted = file === undefined ? "" : `${none ? " and " : ""}not in ${file}`;
  return spelled ?? {
    kind: "unknown-principal",
    says: `is "${shown(value)}", which is ${none}${unlisted}`,
  };
}

const NOBODY: ReadonlySet<string> = new Set();

function unreadList(file: string): Undecided {
  return { reason: "list-unread", detail: `the values in "${file}" are not known` };
}

/**
 * A day that is not over, UTC. Other ways to write one that can only be read as one day are
 * spellings of it, as in requests for time.
 */
function judgeDay(
  value: string,
  { atMost }: { readonly atMost: string },
  now: Date,
): ValueProblem | null {
  const { until, problem } = untilOf(value);
  if (until === null) {
    return invalid(value, `which cannot be read as a day, YYYY-MM-DD: ${problem}`);
  }
  const day = new Date(until.getTime() - 1).toISOString().slice(0, 10);
  if (until <= now) {
    return invalid(value, `which is over since ${until.toISOString().slice(0, 10)} (UTC)`);
  }
  if (Date.parse(day) > now.getTime() + durationMs(atMost)) {
    return invalid(value, `which is more than ${atMost} ahead`);
  }
  return value === day ? null : spelling(value, day);
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
