import { ACCOUNT_CONTROL, BY_ACCOUNT, type Dashboard, LAST_SEEN, type Measure } from "../panel.ts";

const OF = "groundskeeper_change";
const OUTCOME = "groundskeeper.change.outcome";
const COUNT: Measure = { label: "Changes", op: "count" };

const word = (label: string, field: string): Measure => ({
  label,
  op: "last",
  field,
  type: "string",
});

/** One document for each change: counts are exact, however often a run is repeated. */
const ONCE = "A change is one document, in the slot of the run that announced it.";

const NOT_DONE = ["pending", "failed", "drifted", "skipped", "unknown"];

/** What all jobs changed. */
export const CHANGES_DASHBOARD: Dashboard = {
  id: "groundskeeper-changes",
  title: "Groundskeeper: changes of all jobs",
  description: "Every change that was tried, with what became of it.",
  index: "groundskeeper-changes",
  controls: [
    ACCOUNT_CONTROL,
    { label: "Region", field: "region" },
    { label: "Job", field: "groundskeeper.run.job" },
  ],
  rows: [
    {
      height: 7,
      panels: [
        {
          id: "done",
          title: "Changes done, count",
          description: ONCE,
          kind: "metric",
          of: OF,
          measures: [{ ...COUNT, label: "Done", where: { [OUTCOME]: "done" } }, {
            ...COUNT,
            label: "of",
          }],
        },
        {
          id: "open",
          title: "Outcome not known, count",
          description: "AWS is at it, or nobody saw the end: a later run asks again.",
          kind: "metric",
          of: OF,
          where: { [OUTCOME]: ["pending", "unknown"] },
          measures: [COUNT],
        },
        {
          id: "failed",
          title: "Changes that failed, count",
          description: ONCE,
          kind: "metric",
          of: OF,
          where: { [OUTCOME]: "failed" },
          measures: [COUNT],
        },
        {
          id: "not-tried",
          title: "Changes that were not made, count",
          description: "The target had changed since the plan, or the run left it out.",
          kind: "metric",
          of: OF,
          where: { [OUTCOME]: ["drifted", "skipped"] },
          measures: [COUNT],
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "by-job",
          title: "Changes by job, count",
          description: ONCE,
          kind: "bars",
          of: OF,
          measures: [COUNT],
          split: { label: "Job", fields: ["groundskeeper.run.job"], size: 20 },
        },
        {
          id: "by-outcome",
          title: "Changes by outcome, count",
          description: ONCE,
          kind: "bars",
          of: OF,
          measures: [COUNT],
          split: { label: "Outcome", fields: [OUTCOME], size: 10 },
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "actions",
          title: "Actions and what became of them, count",
          description: ONCE,
          kind: "table",
          of: OF,
          rows: [
            { label: "Job", fields: ["groundskeeper.run.job"], size: 20 },
            { label: "Action", fields: ["groundskeeper.change.action"], size: 200 },
            { label: "Outcome", fields: [OUTCOME], size: 10 },
          ],
          measures: [COUNT, LAST_SEEN],
          sort: { by: "Changes", direction: "desc" },
        },
        {
          id: "by-account",
          title: "Changes by account and action, count",
          description: ONCE,
          kind: "heat",
          of: OF,
          x: { label: "Action", fields: ["groundskeeper.change.action"], size: 200 },
          y: BY_ACCOUNT,
          measures: [COUNT],
        },
      ],
    },
    {
      height: 18,
      panels: [{
        id: "not-done",
        title: "Changes that are not done, the 1,000 newest",
        description: "A change leaves the table when its outcome is done.",
        kind: "table",
        of: OF,
        where: { [OUTCOME]: NOT_DONE },
        rows: [{
          label: "Change",
          fields: ["groundskeeper.change.id"],
          size: 1_000,
          newest: true,
        }],
        measures: [
          { ...LAST_SEEN, label: "Slot" },
          word("Account", "account"),
          word("Action", "groundskeeper.change.action"),
          word("Target", "groundskeeper.change.target"),
          word("Outcome", OUTCOME),
          word("Error", "error.code"),
          word("Why", "event.reason"),
        ],
        sort: { by: "Slot", direction: "desc" },
      }],
    },
  ],
};
