import {
  ACCOUNT_CONTROL,
  bars,
  by,
  BY_ACCOUNT,
  BY_REGION,
  count,
  type Dashboard,
  date,
  heat,
  last,
  LAST_SEEN,
  line,
  list,
  metric,
  newest,
  REGION_CONTROL,
  row,
  seenLast,
  share,
  table,
  word,
} from "../panel.ts";

const OF_ACCOUNT = "aws_tag_audit";
const OF_INSTANCE = "aws_tag_violator";
const OF_REGION = "aws_tag_region";
const OF_CHANGE = "aws_tag_action";

const audit = (field: string) => `groundskeeper.tag_audit.${field}`;

const BY_INSTANCE = seenLast("Instance", "cloud.instance.id");

const NEWEST = "Of each account, the newest slot in the time range.";
const SEEN =
  "An instance that was not seen in the newest slot does not break the rules any more, " +
  "is gone, or is in a Region that was not proven.";

const DAY = 24 * 60;

/** Tag rules: coverage, compliance, and what was done. */
export const AUDIT_DASHBOARD: Dashboard = {
  id: "groundskeeper-audit",
  title: "Groundskeeper: tag audit",
  description: "Coverage first: what is not proven is not counted as compliant.",
  index: "aws-audits",
  controls: [ACCOUNT_CONTROL, REGION_CONTROL, { label: "Rules", field: "tag_scheme" }],
  rows: [
    row(7, [
      {
        ...metric("coverage", "Regions proven", OF_ACCOUNT),
        description: `${NEWEST} A Region that both sources call empty is planned, and not proven.`,
        measures: [
          last("Regions proven", audit("coverage.regions_ok")),
          last("of planned", audit("coverage.regions_planned")),
        ],
        sumOver: BY_ACCOUNT,
      },
      {
        ...metric("compliant", "Compliant instances", OF_ACCOUNT),
        description: `${NEWEST} Of the instances of proven Regions.`,
        measures: [last("Compliant", audit("compliant")), last("of", audit("evaluated"))],
        sumOver: BY_ACCOUNT,
      },
      {
        ...metric("violators", "Instances that break the rules", OF_ACCOUNT),
        description: `${NEWEST} Of the instances of proven Regions.`,
        measures: [last("Instances", "violator_count"), last("of", audit("evaluated"))],
        sumOver: BY_ACCOUNT,
      },
      {
        ...metric("refused-runs", "Refused runs, count", OF_CHANGE),
        description:
          "Runs whose changes a limit or breaker refused, and runs in which one tripped.",
        where: { "event.action": ["refused", "breaker-tripped"] },
        measures: [count("Runs")],
      },
    ]),
    row(14, [
      {
        ...line("compliance", "Compliance of each account", OF_ACCOUNT),
        description:
          "Compliant of the instances of proven Regions, of the newest slot of each point.",
        measures: [share("Compliant", audit("ratio"))],
        split: BY_ACCOUNT,
      },
      {
        ...bars("violators-over-time", "Instances that break the rules, by account", OF_ACCOUNT),
        description:
          "Of the newest slot of each bar: a slot that repeats an instance adds nothing.",
        measures: [last("Instances", "violator_count")],
        split: BY_ACCOUNT,
      },
    ]),
    row(14, [{
      ...table("accounts", "Accounts", OF_ACCOUNT),
      description: NEWEST,
      rows: [by("ID", "cloud.account.id", 1_000)],
      measures: [
        word("Account", "account"),
        last("Regions proven", audit("coverage.regions_ok")),
        last("planned", audit("coverage.regions_planned")),
        last("empty", audit("coverage.regions_empty")),
        last("Instances", audit("evaluated")),
        share("Compliance", audit("ratio")),
        last("Violating", "violator_count"),
        last("In grace", audit("in_grace")),
        last("Exempt", audit("exempt")),
        last("Undecided", audit("undecided")),
        LAST_SEEN,
      ],
      sort: { by: "Violating", direction: "desc" },
    }]),
    row(14, [
      {
        ...heat("proof", "Proof of each Region", OF_REGION),
        description: `${NEWEST} 2: proven; 1: both sources say that it is empty; 0: not proven.`,
        x: BY_REGION,
        y: BY_ACCOUNT,
        measures: [last("Proof", "groundskeeper.run.proof")],
      },
      {
        ...table("canaries", "Regions and their canaries", OF_REGION),
        description:
          "A canary is a stopped instance whose tags are known: where they are missing, " +
          "the API hides tags.",
        rows: [by("ID", "cloud.account.id", 1_000), BY_REGION],
        measures: [
          word("Account", "account"),
          word("Status", audit("status")),
          word("Proof", audit("proof")),
          word("Canary", audit("canary.status")),
          { ...LAST_SEEN, label: "Canary last ok", where: { [audit("canary.status")]: "ok" } },
          LAST_SEEN,
        ],
        sort: { by: "Canary last ok", direction: "asc" },
      },
    ]),
    row(14, [
      {
        ...newest("findings", "Findings by key, count", OF_INSTANCE),
        description: `${NEWEST} An instance is counted once for each key.`,
        heads: OF_REGION,
        tallies: [
          { label: "missing", field: audit("missing") },
          { label: "empty", field: audit("empty") },
          { label: "invalid", field: audit("invalid") },
        ],
      },
      {
        ...newest("stages", "Stages of the ladder, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{ label: "stage", field: audit("stage") }],
      },
      {
        ...newest("blocked", "What keeps instances from the next step, count", OF_INSTANCE),
        description: `${NEWEST} A reason to spare them, or the limit that refused the run.`,
        heads: OF_REGION,
        tallies: [{ label: "reason", field: audit("blocked_by") }],
      },
    ]),
    row(14, [
      {
        ...newest("ages", "Age of the instances that break the rules, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{
          label: "age",
          field: "age",
          ranges: [
            { key: "under a day", to: DAY },
            { key: "1 to 7 days", from: DAY, to: 7 * DAY },
            { key: "7 to 30 days", from: 7 * DAY, to: 30 * DAY },
            { key: "30 to 365 days", from: 30 * DAY, to: 365 * DAY },
            { key: "a year or more", from: 365 * DAY },
          ],
        }],
      },
      {
        ...newest("owners", "Owners of the instances that break the rules, count", OF_INSTANCE),
        description: NEWEST,
        heads: OF_REGION,
        tallies: [{ label: "owner", field: audit("owner.name"), missing: "unknown" }],
      },
    ]),
    row(18, [{
      ...table("instances", "Instances that broke the rules, the 1,000 seen last", OF_INSTANCE),
      description: SEEN,
      rows: [BY_INSTANCE],
      measures: [
        LAST_SEEN,
        word("Account", "account"),
        word("Region", "region"),
        word("Name", "cloud.instance.name"),
        word("State", "state"),
        word("Why", "event.reason"),
        word("Stage", audit("stage")),
        word("Owner", audit("owner.name")),
        word("Owner by", audit("owner.source")),
        list("Kept by", audit("blocked_by")),
      ],
      sort: { by: "Last seen", direction: "desc" },
    }]),
    row(14, [{
      ...table("deadlines", "Deadlines of the next 7 days", OF_INSTANCE),
      description: SEEN,
      where: { [audit("deadline")]: { from: "now", to: "now+7d" } },
      rows: [BY_INSTANCE],
      measures: [
        date("Deadline", audit("deadline")),
        word("Next step", audit("planned")),
        word("Account", "account"),
        word("Region", "region"),
        word("Owner", audit("owner.name")),
        LAST_SEEN,
      ],
      sort: { by: "Deadline", direction: "asc" },
    }]),
    row(14, [
      {
        ...table("actions", "Actions and what became of them, count", OF_CHANGE),
        description: "Changes that were tried, by their outcome.",
        rows: [
          by("Action", "event.action", 100),
          by("Outcome", "groundskeeper.change.outcome", 10),
        ],
        measures: [count("Changes"), LAST_SEEN],
        sort: { by: "Changes", direction: "desc" },
      },
      {
        ...table("refusals", "Refusals and breakers", OF_CHANGE),
        description: "Why a run changed nothing.",
        where: { "event.action": ["refused", "breaker-tripped"] },
        rows: [seenLast("Run", "groundskeeper.run.id")],
        measures: [
          LAST_SEEN,
          word("What", "event.action"),
          word("Limit", "groundskeeper.run.refused.limit"),
          last("Changes", audit("refused_changes")),
          word("Why", "event.reason"),
        ],
        sort: { by: "Last seen", direction: "desc" },
      },
    ]),
  ],
};
