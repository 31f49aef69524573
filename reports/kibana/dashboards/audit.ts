import {
  ACCOUNT_CONTROL,
  BY_ACCOUNT,
  BY_REGION,
  type Dashboard,
  LAST_SEEN,
  type Measure,
  REGION_CONTROL,
  type Split,
} from "../panel.ts";

const OF_ACCOUNT = "aws_tag_audit";
const OF_INSTANCE = "aws_tag_violator";
const OF_REGION = "aws_tag_region";
const OF_CHANGE = "aws_tag_action";

const audit = (field: string) => `groundskeeper.tag_audit.${field}`;

const last = (label: string, field: string): Measure => ({ label, op: "last", field });
const word = (
  label: string,
  field: string,
): Measure => ({ ...last(label, field), type: "string" } as Measure);

const BY_INSTANCE: Split = {
  label: "Instance",
  fields: ["cloud.instance.id"],
  size: 1_000,
  newest: true,
};

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
    {
      height: 7,
      panels: [
        {
          id: "coverage",
          title: "Regions proven",
          description:
            `${NEWEST} A Region that both sources call empty is planned, and not proven.`,
          kind: "metric",
          of: OF_ACCOUNT,
          measures: [
            last("Regions proven", audit("coverage.regions_ok")),
            last("of planned", audit("coverage.regions_planned")),
          ],
          sumOver: BY_ACCOUNT,
        },
        {
          id: "compliant",
          title: "Compliant instances",
          description: `${NEWEST} Of the instances of proven Regions.`,
          kind: "metric",
          of: OF_ACCOUNT,
          measures: [last("Compliant", audit("compliant")), last("of", audit("evaluated"))],
          sumOver: BY_ACCOUNT,
        },
        {
          id: "violators",
          title: "Instances that break the rules",
          description: `${NEWEST} Of the instances of proven Regions.`,
          kind: "metric",
          of: OF_ACCOUNT,
          measures: [last("Instances", "violator_count"), last("of", audit("evaluated"))],
          sumOver: BY_ACCOUNT,
        },
        {
          id: "refused-runs",
          title: "Refused runs, count",
          description:
            "Runs whose changes a limit or breaker refused, and runs in which one tripped.",
          kind: "metric",
          of: OF_CHANGE,
          where: { "event.action": ["refused", "breaker-tripped"] },
          measures: [{ label: "Runs", op: "count" }],
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "compliance",
          title: "Compliance of each account",
          description:
            "Compliant of the instances of proven Regions, of the newest slot of each point.",
          kind: "line",
          of: OF_ACCOUNT,
          measures: [{ label: "Compliant", op: "last", field: audit("ratio"), percent: true }],
          split: BY_ACCOUNT,
        },
        {
          id: "violators-over-time",
          title: "Instances that break the rules, by account",
          description:
            "Of the newest slot of each bar: a slot that repeats an instance adds nothing.",
          kind: "bars",
          of: OF_ACCOUNT,
          measures: [last("Instances", "violator_count")],
          split: BY_ACCOUNT,
        },
      ],
    },
    {
      height: 14,
      panels: [{
        id: "accounts",
        title: "Accounts",
        description: NEWEST,
        kind: "table",
        of: OF_ACCOUNT,
        rows: [{ label: "ID", fields: ["cloud.account.id"], size: 1_000 }],
        measures: [
          word("Account", "account"),
          last("Regions proven", audit("coverage.regions_ok")),
          last("planned", audit("coverage.regions_planned")),
          last("empty", audit("coverage.regions_empty")),
          last("Instances", audit("evaluated")),
          { label: "Compliance", op: "last", field: audit("ratio"), percent: true },
          last("Violating", "violator_count"),
          last("In grace", audit("in_grace")),
          last("Exempt", audit("exempt")),
          last("Undecided", audit("undecided")),
          LAST_SEEN,
        ],
        sort: { by: "Violating", direction: "desc" },
      }],
    },
    {
      height: 14,
      panels: [
        {
          id: "proof",
          title: "Proof of each Region",
          description: `${NEWEST} 2: proven; 1: both sources say that it is empty; 0: not proven.`,
          kind: "heat",
          of: OF_REGION,
          x: BY_REGION,
          y: BY_ACCOUNT,
          measures: [last("Proof", "groundskeeper.run.proof")],
        },
        {
          id: "canaries",
          title: "Regions and their canaries",
          description:
            "A canary is a stopped instance whose tags are known: where they are missing, " +
            "the API hides tags.",
          kind: "table",
          of: OF_REGION,
          rows: [{ label: "ID", fields: ["cloud.account.id"], size: 1_000 }, BY_REGION],
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
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "findings",
          title: "Findings by key, count",
          description: `${NEWEST} An instance is counted once for each key.`,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [
            { label: "missing", field: audit("missing") },
            { label: "empty", field: audit("empty") },
            { label: "invalid", field: audit("invalid") },
          ],
        },
        {
          id: "stages",
          title: "Stages of the ladder, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "stage", field: audit("stage") }],
        },
        {
          id: "blocked",
          title: "What keeps instances from the next step, count",
          description: `${NEWEST} A reason to spare them, or the limit that refused the run.`,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "reason", field: audit("blocked_by") }],
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "ages",
          title: "Age of the instances that break the rules, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
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
          id: "owners",
          title: "Owners of the instances that break the rules, count",
          description: NEWEST,
          kind: "newest",
          of: OF_INSTANCE,
          heads: OF_REGION,
          tallies: [{ label: "owner", field: audit("owner.name"), missing: "unknown" }],
        },
      ],
    },
    {
      height: 18,
      panels: [{
        id: "instances",
        title: "Instances that broke the rules, the 1,000 seen last",
        description: SEEN,
        kind: "table",
        of: OF_INSTANCE,
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
          { label: "Kept by", op: "last", field: audit("blocked_by"), type: "list" },
        ],
        sort: { by: "Last seen", direction: "desc" },
      }],
    },
    {
      height: 14,
      panels: [{
        id: "deadlines",
        title: "Deadlines of the next 7 days",
        description: SEEN,
        kind: "table",
        of: OF_INSTANCE,
        where: { [audit("deadline")]: { from: "now", to: "now+7d" } },
        rows: [BY_INSTANCE],
        measures: [
          { label: "Deadline", op: "last", field: audit("deadline"), type: "date" },
          word("Next step", audit("planned")),
          word("Account", "account"),
          word("Region", "region"),
          word("Owner", audit("owner.name")),
          LAST_SEEN,
        ],
        sort: { by: "Deadline", direction: "asc" },
      }],
    },
    {
      height: 14,
      panels: [
        {
          id: "actions",
          title: "Actions and what became of them, count",
          description: "Changes that were tried, by their outcome.",
          kind: "table",
          of: OF_CHANGE,
          rows: [
            { label: "Action", fields: ["event.action"], size: 100 },
            { label: "Outcome", fields: ["groundskeeper.change.outcome"], size: 10 },
          ],
          measures: [{ label: "Changes", op: "count" }, LAST_SEEN],
          sort: { by: "Changes", direction: "desc" },
        },
        {
          id: "refusals",
          title: "Refusals and breakers",
          description: "Why a run changed nothing.",
          kind: "table",
          of: OF_CHANGE,
          where: { "event.action": ["refused", "breaker-tripped"] },
          rows: [{ label: "Run", fields: ["groundskeeper.run.id"], size: 1_000, newest: true }],
          measures: [
            LAST_SEEN,
            word("What", "event.action"),
            word("Limit", "groundskeeper.run.refused.limit"),
            last("Changes", audit("refused_changes")),
            word("Why", "event.reason"),
          ],
          sort: { by: "Last seen", direction: "desc" },
        },
      ],
    },
  ],
};
