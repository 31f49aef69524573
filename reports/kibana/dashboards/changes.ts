import {
  ACCOUNT_CONTROL,
  bars,
  by,
  BY_ACCOUNT,
  count,
  type Dashboard,
  heat,
  LAST_SEEN,
  type Measure,
  metric,
  row,
  seenLast,
  table,
  word,
} from "../panel.ts";

const OF = "groundskeeper_change";
const OUTCOME = "groundskeeper.change.outcome";
const COUNT: Measure = count("Changes");

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
    row(7, [
      {
        ...metric("done", "Changes done, count", OF),
        description: ONCE,
        measures: [{ ...COUNT, label: "Done", where: { [OUTCOME]: "done" } }, {
          ...COUNT,
          label: "of",
        }],
      },
      {
        ...metric("open", "Outcome not known, count", OF),
        description: "AWS is at it, or nobody saw the end: a later run asks again.",
        where: { [OUTCOME]: ["pending", "unknown"] },
        measures: [COUNT],
      },
      {
        ...metric("failed", "Changes that failed, count", OF),
        description: ONCE,
        where: { [OUTCOME]: "failed" },
        measures: [COUNT],
      },
      {
        ...metric("not-tried", "Changes that were not made, count", OF),
        description: "The target had changed since the plan, or the run left it out.",
        where: { [OUTCOME]: ["drifted", "skipped"] },
        measures: [COUNT],
      },
    ]),
    row(14, [
      {
        ...bars("by-job", "Changes by job, count", OF),
        description: ONCE,
        measures: [COUNT],
        split: by("Job", "groundskeeper.run.job", 20),
      },
      {
        ...bars("by-outcome", "Changes by outcome, count", OF),
        description: ONCE,
        measures: [COUNT],
        split: by("Outcome", OUTCOME, 10),
      },
    ]),
    row(14, [
      {
        ...table("actions", "Actions and what became of them, count", OF),
        description: ONCE,
        rows: [
          by("Job", "groundskeeper.run.job", 20),
          by("Action", "groundskeeper.change.action", 200),
          by("Outcome", OUTCOME, 10),
        ],
        measures: [COUNT, LAST_SEEN],
        sort: { by: "Changes", direction: "desc" },
      },
      {
        ...heat("by-account", "Changes by account and action, count", OF),
        description: ONCE,
        x: by("Action", "groundskeeper.change.action", 200),
        y: BY_ACCOUNT,
        measures: [COUNT],
      },
    ]),
    row(18, [{
      ...table("not-done", "Changes that are not done, the 1,000 newest", OF),
      description: "A change leaves the table when its outcome is done.",
      where: { [OUTCOME]: NOT_DONE },
      rows: [seenLast("Change", "groundskeeper.change.id")],
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
    }]),
  ],
};
