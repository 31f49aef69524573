import { instanceIdOf } from "../../core/aws/arn.ts";
import { dayText, relativeText } from "../../core/cli/words.ts";
import { madeOnce } from "../../core/made_once.ts";
import type { Place } from "../../core/plan/change.ts";
import type { Cell } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import { alternativesOf, type KeyRule, type TagRule } from "../config.ts";
import type { AuditAccount, AuditFinding } from "../findings.ts";
import type { AuditChange } from "../ladder/audit_change.ts";
import { type Owner, SOURCE_NAMES } from "../owners/owners.ts";
import { conditionText } from "../when.ts";

/** A plan, or the part of it that has the names that text, page and documents use. */
type Named = Pick<AuditPlan, "own">;

/** A plan, as far as it names accounts. */
export type NamedAccounts = {
  readonly own: { readonly accounts: readonly Pick<AuditAccount, "account" | "name" | "alias">[] };
};

const namesById = madeOnce((accounts: NamedAccounts["own"]["accounts"]) =>
  new Map(accounts.map(({ account, name }) => [account, name]))
);

/** What the account is called in this plan. */
export function accountName({ own }: NamedAccounts, id: string): string {
  return namesById(own.accounts).get(id) ?? id;
}

/** "dev us-east-1". */
export function placeName(plan: NamedAccounts, { account, region }: Place): string {
  return `${accountName(plan, account)} ${region}`;
}

/** The columns that say where an instance is. */
export const WHERE = ["Account", "Region", "Instance", "Name"] as const;

/** The cells of these columns. */
export function whereCells(plan: Named, { account, region }: Place, id: string): readonly Cell[] {
  const name = findingsById(plan).get(id)?.tags["Name"] ?? null;
  return [accountName(plan, account), region, id, name];
}

const byId = madeOnce((findings: readonly AuditFinding[]) =>
  new Map(findings.map((finding) => [finding.id, finding]))
);

/** The violators by instance ID, which is unique over all accounts and regions. */
export function findingsById({ own }: Named): ReadonlyMap<string, AuditFinding> {
  return byId(own.findings);
}

/** What is wrong with a violator, in one line. */
export function brokenText({ broken }: Pick<AuditFinding, "broken">): string {
  return broken.map(({ detail }) => detail).join("; ");
}

/** Why a change is made, without the instants that differ between changes of one cause. */
export function causeOf(change: AuditChange, plan: Named): string {
  const finding = findingsById(plan).get(instanceIdOf(change.target));
  return finding && "mark" in change.before ? brokenText(finding) : change.reason;
}

/** What else is said of a violator. */
export function remarksOf({ note, asked, outlook }: AuditFinding): string[] {
  return [note, asked, outlook].filter((said) => said !== null);
}

/** One rule in a few words: `created_by (an IAM user) where env is prod`. */
export function ruleText(rule: TagRule): string {
  const when = rule.when ? ` ${conditionText(rule.when)}` : "";
  return wantedText(rule) + when;
}

/** What a rule asks for, in a few words: `created_by (an IAM user)`, `owner or team`. */
export function wantedText(rule: TagRule): string {
  return alternativesOf(rule).map(({ key, value }) => value ? `${key} (${valueText(value)})` : key)
    .join(" or ");
}

function valueText(value: NonNullable<KeyRule["value"]>): string {
  if ("oneOf" in value) return value.oneOf.join("|");
  if ("pattern" in value) return value.pattern;
  if ("date" in value) return `a day, YYYY-MM-DD, at most ${value.date.atMost} ahead`;
  if ("valueFrom" in value) return `a value in ${value.valueFrom}`;
  const { users, file } = value.principal;
  const listed = file === undefined ? "" : `a principal in ${file}`;
  return [...(users ? ["an IAM user"] : []), ...(listed ? [listed] : [])].join(" or ");
}

/** The limit or breaker as its path in the configuration, or as the option. */
export function limitName({ limit }: { readonly limit: string }): string {
  return limit.startsWith("--") ? limit : `audit.${limit}`;
}

/** "alice (tag)", "perhaps alice (CloudTrail)". */
export function ownerText({ name, source, confidence }: Owner): string {
  const said = `${name} (${SOURCE_NAMES[source]})`;
  return confidence === "low" ? `perhaps ${said}` : said;
}

/** "7 Nov 03:00 (3 days ago)". */
export function whenText(instant: Date | string, now: Date): string {
  const at = new Date(instant);
  return `${dayText(at, now)} (${relativeText(at, now)})`;
}

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;

/**
 * A sentence of the audit with its exact instants as people read them. Not for sentences that hold
 * tags: what somebody wrote is shown as it is.
 */
export function readInstants(sentence: string, now: Date): string {
  return sentence.replaceAll(INSTANT, (text) => {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? text : dayText(instant, now);
  });
}
