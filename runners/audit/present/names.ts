import { instanceIdOf } from "../../core/aws/arn.ts";
import { dayText } from "../../core/cli/words.ts";
import type { Change, Place } from "../../core/plan/change.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import type { AuditCanary } from "../canary/canary.ts";
import type { TagRule } from "../config.ts";
import type { AuditAccount, AuditFinding, SinceLastRun } from "../findings.ts";
import type { Owner } from "../owners/owners.ts";

/** How the audit calls what stands in its plan, the same in text, page and documents. */

/** A plan, or the part of it that names are taken from: a run document has the same keys. */
type Named = Pick<PlanDocument, "coverage">;

/** The job's own keys of a plan document, with their types. */
export function auditKeys(plan: Named): {
  readonly findings: readonly AuditFinding[];
  readonly accounts: readonly AuditAccount[];
  readonly canaries: readonly AuditCanary[];
  readonly since: SinceLastRun;
} {
  const own = plan as { readonly [key: string]: unknown };
  return {
    since: own["since"] as SinceLastRun,
    findings: own["findings"] as readonly AuditFinding[],
    accounts: own["accounts"] as readonly AuditAccount[],
    canaries: own["canaries"] as readonly AuditCanary[],
  };
}

/** What the account is called in this plan. */
export function accountName(plan: Named, id: string): string {
  return auditKeys(plan).accounts.find(({ account }) => account === id)?.name ?? id;
}

/** "dev us-east-1". */
export function placeName(plan: Named, { account, region }: Place): string {
  return `${accountName(plan, account)} ${region}`;
}

/** The violators by instance ID, which is unique over all accounts and regions. */
export type Findings = ReadonlyMap<string, AuditFinding>;

export function findingsById(plan: Named): Findings {
  return new Map(auditKeys(plan).findings.map((finding) => [finding.id, finding]));
}

/** What is wrong with a violator, in one line. */
export function brokenText({ broken }: Pick<AuditFinding, "broken">): string {
  return broken.map(({ detail }) => detail).join("; ");
}

/** Why a change is made, without the instants that differ between changes of one cause. */
export function causeOf(change: Change, findings: Findings): string {
  const finding = findings.get(instanceIdOf(change.target));
  return finding && change.before["mark"] !== undefined ? brokenText(finding) : change.reason;
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

/** "alice (tag)"; a name of which little is known is said to be one. */
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

const INSTANT = /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z/g;

/**
 * The exact instants in a sentence of the audit's own, as people read them. Not for sentences that
 * hold tags: what somebody wrote is shown as it is.
 */
export function readInstants(sentence: string, now: Date): string {
  return sentence.replaceAll(INSTANT, (text) => {
    const instant = new Date(text);
    return Number.isNaN(instant.getTime()) ? text : dayText(instant, now);
  });
}
