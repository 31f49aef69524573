import { instanceIdOf } from "../../core/aws/arn.ts";
import { type Sheet, sheetOf } from "../../core/report/sink.ts";
import type { AuditPlan } from "../audit_plan.ts";
import { seedTags } from "../documents.ts";
import type { AuditFinding } from "../findings.ts";
import { accountName, brokenText } from "./names.ts";

/** One row per violator, for a spreadsheet. */
export function auditSheet(plan: AuditPlan): Sheet {
  const spared = new Map(plan.spared.map(({ target, reason }) => [instanceIdOf(target), reason]));
  return sheetOf<AuditFinding>({
    account: ({ account }) => account,
    account_name: ({ account }) => accountName(plan, account),
    region: ({ region }) => region,
    instance: ({ id }) => id,
    name: ({ tags }) => tags["Name"] ?? "",
    state: ({ state }) => state,
    age_minutes: ({ age_minutes }) => age_minutes,
    kinds: ({ kinds }) => kinds.join(" "),
    details: brokenText,
    stage: ({ stage }) => stage,
    next: ({ next }) => next,
    deadline: ({ deadline }) => deadline,
    spared: ({ id }) => spared.get(id) ?? "",
    owner: ({ owner }) => owner?.name ?? null,
    owner_source: ({ owner }) => owner?.source ?? null,
    note: ({ note }) => note,
    tags: ({ tags }) => seedTags(tags).join("; "),
  }, plan.own.findings);
}
