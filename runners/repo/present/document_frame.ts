import type { JsonObject } from "../../core/json.ts";
import { documentId } from "../../core/report/document_id.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { RepoPlan, RepoReporting } from "../repo_plan.ts";
import { accountName } from "./names.ts";

/** What all documents of the job have in common (contracts section 6). */

/** What a document is about; empty strings where it is about more than one. */
export type Subject = {
  readonly account: string;
  /** The role's ARN, or what else tells documents of one kind and account apart. */
  readonly id: string;
};

/** IAM has no regions. */
const REGION = "global";

/** A document, with the id that is the same for the same slot and subject. */
export function document(
  type: string,
  { account, id }: Subject,
  { plan, run }: RepoReporting,
  body: JsonObject,
): ReportDocument {
  return {
    id: documentId({ job: "repo", slot: run.slot, type, account, region: REGION, instance: id }),
    type,
    body: {
      "@timestamp": run.slot,
      doc_type: type,
      ...(account === "" ? {} : { account: accountName(plan, account) }),
      region: REGION,
      ecs: { version: "9.4.0" },
      ...body,
    },
  };
}

/** ECS, "Event fields". */
export function event(kind: string, action: string): JsonObject {
  return {
    kind,
    category: ["iam"],
    type: ["info"],
    module: "groundskeeper",
    dataset: "groundskeeper.repo",
    action,
  };
}

/** ECS, "Cloud fields"; without an account where it is about more than one. */
export function cloud(plan: RepoPlan, account: string): JsonObject {
  return {
    provider: "aws",
    service: { name: "iam" },
    ...(account === "" ? {} : { account: { id: account, name: accountName(plan, account) } }),
  };
}

/** The run that a document comes from. */
export function runFields({ run, plan }: RepoReporting): JsonObject {
  return {
    id: run.run_id,
    slot: run.slot,
    plan_id: plan.plan_id,
    refused: plan.refused,
  };
}
