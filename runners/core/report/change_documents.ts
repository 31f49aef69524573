import type { Job } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import { knownOf, type Outcome } from "../journal/entry.ts";
import type { Planned } from "../plan/document.ts";
import type { RunResult, SettledChange } from "../run/run_document.ts";
import { documentFrame } from "./document_frame.ts";
import { CHANGES_INDEX } from "./document_index.ts";
import type { ReportDocument } from "./sink.ts";

/** A change of an earlier run, with the slot of that run: its document stands there. */
export type EarlierChange = SettledChange & { readonly slot: string };

/** The type of a document of a change. */
export const CHANGE = "groundskeeper_change";

type Announced = Omit<SettledChange, "since"> & { readonly since: string | null };

type Told<T extends JobTypes> = {
  readonly plan: Planned<T>;
  readonly run: Pick<RunResult<T>, "run_id" | "slot">;
};

/**
 * A document for each change of a run that was tried, and for those of earlier runs whose outcome it
 * has learned. The id is that of the run that announced the change: the outcome takes the place of
 * what was said of it before, if it says more.
 */
export function changeDocuments<T extends JobTypes>(
  { name, accountName = (_plan, id) => id }: Pick<Job<T>, "name" | "accountName">,
  plan: Planned<T>,
  { changes, ...run }: Pick<RunResult<T>, "run_id" | "slot" | "changes">,
  earlier: readonly EarlierChange[],
): ReportDocument[] {
  const document = documentFrame<Told<T>>({
    job: name,
    index: CHANGES_INDEX.name,
    head: CHANGE,
    category: "configuration",
    dataset: "groundskeeper.changes",
    service: "",
    accountName,
  });
  const changeDocument = (change: Announced, told: Told<T>) => {
    const { id, account, region, action, target, reason, outcome, error, at } = change;
    const { run_id, since } = change;
    return document(CHANGE, { account, region, id, alone: knownOf(outcome) }, told, () => ({
      event: {
        kind: "event",
        action,
        type: ["change"],
        outcome: eventOutcome(outcome),
        reason,
      },
      error,
      cloud: {
        service: { name: action.slice(0, action.indexOf(":")) },
        ...(region === "global" ? {} : { region }),
      },
      groundskeeper: {
        change: { id, action, target, outcome, at, run_id, since },
      },
    }));
  };
  const { run_id } = run;
  return [
    ...changes.filter(({ outcome }) => outcome !== null)
      .map((one) => changeDocument({ ...one, run_id, since: null }, { plan, run })),
    ...earlier.map(({ slot, ...one }) =>
      // What refuses this run has refused no change of an earlier one.
      changeDocument(one, { plan: { ...plan, refused: null }, run: { run_id, slot } })
    ),
  ];
}

/** ECS, `event.outcome`: what AWS is still at is not known yet. */
export function eventOutcome(outcome: Outcome | null): "success" | "failure" | "unknown" {
  if (outcome === "done") return "success";
  return outcome === "pending" || outcome === "unknown" ? "unknown" : "failure";
}
