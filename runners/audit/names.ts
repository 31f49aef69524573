import type { Refusal } from "../core/limits/limits.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { TagRule } from "./config.ts";
import type { AuditAccount, AuditFinding, SinceLastLook } from "./findings.ts";

/** How the audit calls what stands in its plan, the same in text, page and documents. */

/** The job's own keys of a plan document, with their types. */
export function auditKeys(plan: PlanDocument): {
  readonly findings: readonly AuditFinding[];
  readonly accounts: readonly AuditAccount[];
  readonly since: SinceLastLook;
} {
  return {
    since: plan["since"] as SinceLastLook,
    findings: plan["findings"] as readonly AuditFinding[],
    accounts: plan["accounts"] as readonly AuditAccount[],
  };
}

/** What the account is called in this plan. */
export function accountName(plan: PlanDocument, id: string): string {
  return auditKeys(plan).accounts.find(({ account }) => account === id)?.name ?? id;
}

/** One rule in a few words: `created_by (an IAM user)`. */
export function ruleText(rule: TagRule): string {
  const { key, value } = rule;
  if (!value) return key;
  if ("oneOf" in value) return `${key} (${value.oneOf.join("|")})`;
  if ("pattern" in value) return `${key} (${value.pattern})`;
  return `${key} (an IAM user)`;
}

/** The limit as its path in the configuration, or as the option. */
export function limitName({ limit }: Refusal): string {
  return limit.startsWith("--") ? limit : `audit.${limit}`;
}
