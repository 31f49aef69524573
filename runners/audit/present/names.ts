import { instanceIdOf } from "../../core/aws/arn.ts";
import { dayText, relativeText } from "../../core/cli/words.ts";
import { madeOnce } from "../../core/made_once.ts";
import type { Place } from "../../core/plan/change.ts";
import type { Cell } from "../../core/text/sections.ts";
import type { AuditPlan } from "../audit_plan.ts";
import type { TagRule } from "../config.ts";
import type { AuditAccount, AuditFinding } from "../findings.ts";
import type { AuditChange } from "../ladder/audit_change.ts";
import type { Owner } from "../owners/owners.ts";

/** What text, page and documents call the things of a plan. */

/** A plan, or the part of it that has the names. */
type Named = Pick<AuditPlan, "own">;

const namesById = madeOnce((accounts: readonly AuditAccount[]) =>
  new Map(accounts.map(({ account, name }) => [account, name]))
);

/** What the account is called in this plan. */
export function accountName({ own }: Named, id: string): string {
  return namesById(own.accounts).get(id) ?? id;
}

/** "dev us-east-1". */
export function placeName(plan: Named, { account, region }: Place): string {
  return `${accountName(plan, account)} ${region}`;
}

/** The columns that say where an instance is. */
export const WHERE = ["Account", "Region", "Instance", "Name"] as const;

/** The cells of these columns. */
export function whereCells(
  plan: Named,
  { account, region }: Place,
  id: string,
  finding?: AuditFinding,
): readonly Cell[] {
  return [accountName(plan, account), region, id, finding?.tags["Name"] ?? null];
}

/** The violators by instance ID, which is unique over all accounts and regions. */
export type Findings = ReadonlyMap<string, AuditFinding>;

const byId = madeOnce((findings: readonly AuditFinding[]): Findings =>
  new Map(findings.map((finding) => [finding.id, finding]))
);

export function findingsById({ own }: Named): Findings {
  return byId(own.findings);
}

/** What is wrong with a violator, in one line. */
export function brokenText({ broken }: Pick<AuditFinding, "broken">): string {
  return broken.map(({ detail }) => detail).join("; ");
}

/** Why a change is made, without the instants that differ between changes of one cause. */
export function causeOf(change: AuditChange, findings: Findings): string {
  const finding = findings.get(instanceIdOf(change.target));
  return finding && "mark" in change.before ? brokenText(finding) : change.reason;
}

/** One rule in a few words: `created_by (an IAM user)`. */
export function ruleText(rule: TagRule): string {
  const { key, value } = rule;
  if (!value) return key;
  if ("oneOf" in value) return `${key} (${value.oneOf.join("|")})`;
  if ("pattern" in value) return `${key} (${value.pattern})`;
  return `${key} (an IAM user)`;
}

/** The limit or breaker as its path in the configuration, or as the option. */
export function limitName({ limit }: { readonly limit: string }): string {
  return limit.startsWith("--") ? limit : `audit.${limit}`;
}

const OWNER_SOURCES: Readonly<Record<Owner["source"], string>> = {
  tag: "tag",
  cloudtrail: "CloudTrail",
  group: "Auto Scaling group",
  stack: "stack",
};

/** "alice (tag)", "perhaps alice (CloudTrail)". */
export function ownerText({ name, source, confidence }: Owner): string {
  const said = `${name} (${OWNER_SOURCES[source]})`;
  return confidence === "low" ? `perhaps ${said}` : said;
}

/** Why an account is not enforced, or undefined where it is. */
export function reportOnlyText(
  { enforced, quarantined_until }: AuditAccount,
  date: (instant: Date) => string,
): string | undefined {
  if (enforced) return undefined;
  return quarantined_until === null
    ? "report only"
    : `new: report only until ${date(new Date(quarantined_until))}`;
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
