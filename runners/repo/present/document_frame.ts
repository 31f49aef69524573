import type { JsonObject } from "../../core/json.ts";
import { documentId } from "../../core/report/document_id.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { RepoReporting } from "../repo_plan.ts";
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

/** What a document says, besides what all of them say. */
export type DocumentBody = {
  /** ECS, "Event fields". */
  readonly event: JsonObject & { readonly kind: string; readonly action: string };
  readonly error?: JsonObject | null;
  /** ECS, "Cloud fields". */
  readonly cloud?: JsonObject;
  readonly aws?: JsonObject;
  readonly groundskeeper: JsonObject;
};

/** A document, with the id that is the same for the same slot and subject. */
export function document(
  type: string,
  { account, id }: Subject,
  { plan, run }: RepoReporting,
  { event: { kind, ...event }, error, cloud, aws, groundskeeper }: DocumentBody,
): ReportDocument {
  const name = account === "" ? null : accountName(plan, account);
  return {
    id: documentId({ job: "repo", slot: run.slot, type, account, region: REGION, instance: id }),
    type,
    body: {
      "@timestamp": run.slot,
      doc_type: type,
      ...(name === null ? {} : { account: name }),
      region: REGION,
      ecs: { version: "9.4.0" },
      event: {
        kind,
        category: ["iam"],
        type: ["info"],
        module: "groundskeeper",
        dataset: "groundskeeper.repo",
        ...event,
      },
      ...(error ? { error } : {}),
      cloud: {
        provider: "aws",
        service: { name: "iam" },
        ...(name === null ? {} : { account: { id: account, name } }),
        ...cloud,
      },
      ...(aws ? { aws } : {}),
      groundskeeper: {
        run: { id: run.run_id, slot: run.slot, plan_id: plan.plan_id, refused: plan.refused },
        ...groundskeeper,
      },
    },
  };
}
