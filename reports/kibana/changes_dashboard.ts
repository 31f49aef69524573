import { CHANGE as OF } from "../../runners/core/report/change_documents.ts";
import {
  actionsTable,
  bars,
  BY_ACCOUNT,
  BY_OUTCOME,
  count,
  type Dashboard,
  group,
  heat,
  LAST_SEEN,
  metric,
  OUTCOME,
  row,
  seenLast,
  table,
  words,
} from "../../runners/core/report/dashboard.ts";
import { CHANGES_INDEX } from "../../runners/core/report/document_index.ts";

const ACTION = "groundskeeper.change.action";

const BY_JOB = group("Job", "groundskeeper.run.job", 20);
const BY_ACTION = group("Action", ACTION, 200);

/** One document for each change: counts are exact, however often a run is repeated. */
const ONCE = "A change is one document, in the slot of the run that announced it.";
const COUNTED = { description: ONCE, measures: [count("Changes")] };

/** What all jobs changed. */
export const CHANGES_DASHBOARD: Dashboard = {
  id: "groundskeeper-changes",
  title: "Groundskeeper: changes of all jobs",
  description: "Every change that was tried, with what became of it.",
  index: CHANGES_INDEX.name,
  controls: { Account: "account", Region: "region", Job: "groundskeeper.run.job" },
  rows: [
    row(7, [
      metric("done", "Changes done, count", OF, {
        description: ONCE,
        measures: [count("Done", { [OUTCOME]: "done" }), count("of")],
      }),
      metric("open", "Outcome not known, count", OF, {
        ...COUNTED,
        description: "AWS is at it, or nobody saw the end: a later run asks again.",
        where: { [OUTCOME]: ["pending", "unknown"] },
      }),
      metric("failed", "Changes that failed, count", OF, {
        ...COUNTED,
        where: { [OUTCOME]: "failed" },
      }),
      metric("not-tried", "Changes that were not made, count", OF, {
        ...COUNTED,
        description: "The target had changed since the plan, or the run left it out.",
        where: { [OUTCOME]: ["drifted", "skipped"] },
      }),
    ]),
    row(14, [
      bars("by-job", "Changes by job, count", OF, { ...COUNTED, by: [BY_JOB] }),
      bars("by-outcome", "Changes by outcome, count", OF, { ...COUNTED, by: [BY_OUTCOME] }),
    ]),
    row(14, [
      actionsTable(OF, [BY_JOB, BY_ACTION], { description: ONCE }),
      heat("by-account", "Changes by account and action, count", OF, {
        ...COUNTED,
        by: [BY_ACTION, BY_ACCOUNT],
      }),
    ]),
    row(18, [
      table("not-done", "Changes that are not done, the 1,000 newest", OF, {
        description: "A change leaves the table when its outcome is done.",
        where: { [OUTCOME]: ["pending", "failed", "drifted", "skipped", "unknown"] },
        by: [seenLast("Change", "groundskeeper.change.id")],
        measures: [
          { ...LAST_SEEN, label: "Slot" },
          ...words({ Account: "account", Action: ACTION, Target: "groundskeeper.change.target" }),
          ...words({ Outcome: OUTCOME, Error: "error.code", Why: "event.reason" }),
        ],
        sort: ["Slot", "desc"],
      }),
    ]),
  ],
};
