import type { JsonObject } from "../../core/json.ts";
import { documentId } from "../../core/report/document_id.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { AuditPlan, AuditReporting } from "../audit_plan.ts";
import { accountName } from "./names.ts";

/** What all documents of the audit have in common (contracts section 6). */

/** What a document is about; empty strings where it is about more than one. */
export type Subject = {
  readonly account: string;
  readonly region: string;
  /** The instance, or what else tells documents of one kind and place apart. */
  readonly id: string;
};

/** A document, with the id that is the same for the same slot and subject. */
export function document(
  type: string,
  { account, region, id }: Subject,
  { plan, run }: AuditReporting,
  body: JsonObject,
): ReportDocument {
  return {
    id: documentId({ job: "audit", slot: run.slot, type, account, region, instance: id }),
    type,
    body: {
      "@timestamp": run.slot,
      doc_type: type,
      ...(account === "" ? {} : { account: accountName(plan, account) }),
      ...(region === "" ? {} : { region }),
      ecs: { version: "9.4.0" },
      ...body,
    },
  };
}

/** ECS, "Event fields". */
export function event(kind: string, action: string): JsonObject {
  return {
    kind,
    category: ["configuration"],
    type: ["info"],
    module: "groundskeeper",
    dataset: "groundskeeper.tag_audit",
    action,
  };
}

/** ECS, "Cloud fields"; without an account where it is about more than one. */
export function cloud(
  plan: AuditPlan,
  account: string | null,
  region: string | null,
  more: JsonObject,
): JsonObject {
  return {
    provider: "aws",
    service: { name: "ec2" },
    ...(account === null ? {} : { account: { id: account, name: accountName(plan, account) } }),
    ...(region === null ? {} : { region }),
    ...more,
  };
}

/** The run that a document comes from. */
export function runFields({ run, plan }: AuditReporting): JsonObject {
  return {
    id: run.run_id,
    slot: run.slot,
    plan_id: plan.plan_id,
    refused: plan.refused,
  };
}
