import type { Json, JsonObject } from "../json.ts";
import { shortHash } from "../plan/canonical.ts";
import type { Planned } from "../plan/document.ts";
import type { RunResult } from "../run/run_document.ts";
import type { ReportDocument } from "./sink.ts";

/** What a document is about; empty strings where it is about more than one. */
type DocumentPlace = {
  readonly account: string;
  readonly region?: string;
  /** The instance or role, or what else tells documents of one kind and place apart. */
  readonly id: string;
};

/** What a document says, besides what all of them say. */
type DocumentBody = {
  /** ECS, "Event fields". */
  readonly event: JsonObject & { readonly kind: string; readonly action: string };
  readonly error?: JsonObject | null;
  /** ECS, "Cloud fields", besides the account that it is about. */
  readonly cloud?: JsonObject;
  readonly groundskeeper: JsonObject;
  readonly [key: string]: Json | undefined;
};

type DocumentsOf<Plan> = {
  readonly job: string;
  /** ECS `event.category` and `event.dataset`. */
  readonly category: string;
  readonly dataset: string;
  /** The AWS service that they are about. */
  readonly service: string;
  /** The region of a service that has none: "global". */
  readonly region?: string;
  readonly accountName: (plan: Plan, id: string) => string;
};

/**
 * Makes the documents of a job, by the Elastic Common Schema (ECS), each with an id that is the same
 * for the same slot and place.
 */
export function documentFrame<
  Reporting extends {
    readonly plan: Pick<Planned, "plan_id" | "refused">;
    readonly run: Pick<RunResult, "run_id" | "slot">;
  },
>(
  { job, category, dataset, service, region: only = "", accountName }: DocumentsOf<
    Reporting["plan"]
  >,
) {
  return (
    type: string,
    { account, region = only, id }: DocumentPlace,
    { plan, run }: Reporting,
    { event: { kind, ...event }, error, cloud, groundskeeper, ...more }: DocumentBody,
  ): ReportDocument => {
    const name = account === "" ? null : accountName(plan, account);
    return {
      id: shortHash({ job, slot: run.slot, type, account, region, instance: id }, 32),
      type,
      body: {
        "@timestamp": run.slot,
        doc_type: type,
        ...(name === null ? {} : { account: name }),
        ...(region === "" ? {} : { region }),
        ecs: { version: "9.4.0" },
        ...more as JsonObject,
        event: {
          kind,
          category: [category],
          type: ["info"],
          module: "groundskeeper",
          dataset,
          ...event,
        },
        ...(error ? { error } : {}),
        cloud: {
          provider: "aws",
          service: { name: service },
          ...(name === null ? {} : { account: { id: account, name } }),
          ...cloud,
        },
        groundskeeper: {
          run: { id: run.run_id, slot: run.slot, plan_id: plan.plan_id, refused: plan.refused },
          ...groundskeeper,
        },
      },
    };
  };
}
