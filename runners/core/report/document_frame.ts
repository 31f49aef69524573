import type { Json, JsonObject } from "../json.ts";
import { shortHash } from "../plan/canonical.ts";
import { type Coverage, proofOf } from "../plan/coverage.ts";
import type { Planned } from "../plan/document.ts";
import type { RunResult } from "../run/run_document.ts";
import { indexOfSlot } from "./document_index.ts";
import type { ReportDocument } from "./sink.ts";

/** What a document is about; empty strings where it is about more than one. */
type DocumentPlace = {
  readonly account: string;
  readonly region?: string;
  /** The instance or role, or what else tells documents of one kind and place apart. */
  readonly id: string;
  /**
   * The document is a part by itself, which one that knows more replaces: how much it knows. Absent: it
   * belongs to the part that the document of its place heads.
   */
  readonly alone?: number;
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
  /** The indices that they go to: the name of their `DocumentIndex`. */
  readonly index: string;
  /** The type of the document that heads the others of its place. */
  readonly head: string;
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
    readonly plan: Pick<Planned, "plan_id" | "refused"> & { readonly coverage: Coverage };
    readonly run: Pick<RunResult, "run_id" | "slot">;
  },
>(
  { job, index, head, category, dataset, service, region: only = "", accountName }: DocumentsOf<
    Reporting["plan"]
  >,
) {
  const idOf = (slot: string, type: string, account: string, region: string, instance: string) =>
    shortHash({ job, slot, type, account, region, instance }, 32);
  return (
    type: string,
    { account, region = only, id: instance, alone }: DocumentPlace,
    { plan, run }: Reporting,
    said: () => DocumentBody,
  ): ReportDocument => {
    const name = account === "" ? null : accountName(plan, account);
    const { run_id, slot } = run;
    const id = idOf(slot, type, account, region, instance);
    const part = alone === undefined
      ? {
        id: idOf(slot, head, account, region, ""),
        proof: proofOf(plan.coverage, account, region),
      }
      : { id, proof: alone };
    const bodyOf = (
      { event: { kind, ...event }, error, cloud, groundskeeper, ...more }: DocumentBody,
    ): JsonObject => ({
      "@timestamp": slot,
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
        run: {
          ...{ job, id: run_id, slot, plan_id: plan.plan_id, refused: plan.refused },
          ...{ part: part.id, proof: part.proof },
        },
        ...groundskeeper,
      },
    });
    return {
      id,
      type,
      index: indexOfSlot(index, slot),
      part,
      // Made when it is written: those of a large organization are larger than all that it was made of.
      get body() {
        return bodyOf(said());
      },
    };
  };
}
