import { instanceIdOf } from "../../core/aws/arn.ts";
import { durationMs } from "../../core/duration.ts";
import type { JsonObject } from "../../core/json.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { AuditPlan, AuditReporting } from "../audit_plan.ts";
import { document } from "./document_frame.ts";
import type { AuditFinding } from "../findings.ts";
import { accountName, brokenText } from "./names.ts";
import type { ObservedInstance } from "../observed.ts";
import type { FindingKind } from "../rules.ts";
import { blockOf } from "./spared_reasons.ts";

/** The document of an instance that breaks the rules, acted on or not. */
export function violatorDocument(
  finding: AuditFinding,
  instance: ObservedInstance | undefined,
  blockedBy: readonly string[],
  reporting: AuditReporting,
): ReportDocument {
  const { plan, config } = reporting;
  const keys = (...kinds: FindingKind[]) =>
    finding.broken.filter(({ kind }) => kinds.includes(kind)).map(({ key }) => key);
  return document("aws_tag_violator", finding, reporting, {
    ...seedFields(finding),
    account: accountName(plan, finding.account),
    event: {
      kind: "state",
      action: "tag-violation",
      outcome: "success",
      reason: brokenText(finding),
    },
    cloud: {
      region: finding.region,
      availability_zone: instance?.zone ?? "",
      instance: { id: finding.id, name: finding.tags["Name"] ?? "" },
      machine: { type: instance?.type ?? "" },
    },
    rule: { id: "required-tags", version: plan.own.rule_hash },
    aws: {
      tags: finding.tags,
      ec2: { created: instance?.created ?? null, launched: instance?.launched ?? null },
    },
    groundskeeper: {
      tag_audit: {
        finding: finding.kinds,
        missing: keys("missing"),
        empty: keys("empty"),
        invalid: keys("invalid", "unknown-principal"),
        stage: finding.stage,
        planned: finding.next,
        blocked_by: blockedBy,
        deadline: finding.deadline,
        owner: finding.owner,
        note: finding.note,
        asked: finding.asked,
        outlook: finding.outlook,
        grace_minutes: durationMs(config.grace) / 60_000,
      },
    },
  });
}

/** What keeps each instance from its next step, by its id: a reason, or the limit that refuses. */
export function blocks(plan: AuditPlan): ReadonlyMap<string, readonly string[]> {
  const { refused } = plan;
  return new Map([
    ...plan.spared.flatMap((spared) => {
      const block = blockOf(spared);
      return block === null ? [] : [[instanceIdOf(spared.target), [block]] as const];
    }),
    ...(refused
      ? plan.changes.map(({ target }) => [instanceIdOf(target), [refused.limit]] as const)
      : []),
  ]);
}

/** The fields that py-awsaudit's documents had, as they were. */
export function seedFields(finding: AuditFinding): JsonObject {
  const { id, region, state, age_minutes, tags } = finding;
  return { id, region, state, age: age_minutes, tags: seedTags(tags) };
}

/** Tags as py-awsaudit wrote them: `key=value`. */
export function seedTags(tags: { readonly [key: string]: string }): string[] {
  return Object.entries(tags).map(([key, value]) => `${key}=${value}`).sort();
}
