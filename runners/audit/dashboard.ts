import {
  actionsTable,
  bars,
  BY_ACCOUNT,
  BY_ID,
  BY_INSTANCE,
  BY_REGION,
  count,
  type Dashboard,
  dates,
  group,
  heat,
  LAST_SEEN,
  line,
  lists,
  metric,
  NEWEST,
  newest,
  numbers,
  row,
  seenLast,
  shares,
  table,
  words,
} from "../core/report/dashboard.ts";
import { AUDIT_INDEX, DOC_TYPES } from "./documents.ts";

const { account: OF_ACCOUNT, instance: OF_INSTANCE, region: OF_REGION, change: OF_CHANGE } =
  DOC_TYPES;

const audit = (field: string) => `groundskeeper.tag_audit.${field}`;

const REGIONS_OK = audit("coverage.regions_ok");
const PLANNED = audit("coverage.regions_planned");
const OWNER = audit("owner.name");
const CANARY = audit("canary.status");
const REFUSED = { "event.action": ["refused", "breaker-tripped"] };

const OF_PROVEN = `${NEWEST} Of the instances of proven Regions.`;
const SEEN =
  "An instance that was not seen in the newest slot does not break the rules any more, " +
  "is gone, or is in a Region that was not proven.";

const found = newest(OF_INSTANCE, OF_REGION);

const DAY = 24 * 60;

/** Tag rules: coverage, compliance, and what was done. */
export const AUDIT_DASHBOARD: Dashboard = {
  id: "groundskeeper-audit",
  title: "Groundskeeper: tag audit",
  description: "Coverage first: what is not proven is not counted as compliant.",
  index: AUDIT_INDEX.name,
  controls: { Account: "account", Region: "region", Rules: "tag_scheme" },
  rows: [
    row(7, [
      metric("coverage", "Regions proven", OF_ACCOUNT, {
        description: `${NEWEST} A Region that both sources call empty is planned, and not proven.`,
        by: [BY_ACCOUNT],
        measures: numbers({ "Regions proven": REGIONS_OK, "of planned": PLANNED }),
      }),
      metric("compliant", "Compliant instances", OF_ACCOUNT, {
        description: OF_PROVEN,
        by: [BY_ACCOUNT],
        measures: numbers({ Compliant: audit("compliant"), of: audit("evaluated") }),
      }),
      metric("violators", "Instances that break the rules", OF_ACCOUNT, {
        description: OF_PROVEN,
        by: [BY_ACCOUNT],
        measures: numbers({ Instances: "violator_count", of: audit("evaluated") }),
      }),
      metric("refused-runs", "Refused runs, count", OF_CHANGE, {
        description:
          "Runs whose changes a limit or breaker refused, and runs in which one tripped.",
        where: REFUSED,
        measures: [count("Runs")],
      }),
    ]),
    row(14, [
      line("compliance", "Compliance of each account", OF_ACCOUNT, {
        description:
          "Compliant of the instances of proven Regions, of the newest slot of each point.",
        by: [BY_ACCOUNT],
        measures: shares({ Compliant: audit("ratio") }),
      }),
      bars("violators-over-time", "Instances that break the rules, by account", OF_ACCOUNT, {
        description:
          "Of the newest slot of each bar: a slot that repeats an instance adds nothing.",
        by: [BY_ACCOUNT],
        measures: numbers({ Instances: "violator_count" }),
      }),
    ]),
    row(14, [
      table("accounts", "Accounts", OF_ACCOUNT, {
        description: NEWEST,
        by: [BY_ID],
        measures: [
          ...words({ Account: "account" }),
          ...numbers({ "Regions proven": REGIONS_OK, planned: PLANNED }),
          ...numbers({ empty: audit("coverage.regions_empty"), Instances: audit("evaluated") }),
          ...shares({ Compliance: audit("ratio") }),
          ...numbers({ Violating: "violator_count", "In grace": audit("in_grace") }),
          ...numbers({ Exempt: audit("exempt"), Undecided: audit("undecided") }),
          LAST_SEEN,
        ],
        sort: ["Violating", "desc"],
      }),
    ]),
    row(14, [
      heat("proof", "Proof of each Region", OF_REGION, {
        description: `${NEWEST} 2: proven; 1: both sources say that it is empty; 0: not proven.`,
        by: [BY_REGION, BY_ACCOUNT],
        measures: numbers({ Proof: "groundskeeper.run.proof" }),
      }),
      table("canaries", "Regions and their canaries", OF_REGION, {
        description:
          "A canary is a stopped instance whose tags are known: where they are missing, " +
          "the API hides tags.",
        by: [BY_ID, BY_REGION],
        measures: [
          ...words({ Account: "account", Status: audit("status"), Proof: audit("proof") }),
          ...words({ Canary: CANARY }),
          { ...LAST_SEEN, label: "Canary last ok", where: { [CANARY]: "ok" } },
          LAST_SEEN,
        ],
        sort: ["Canary last ok", "asc"],
      }),
    ]),
    row(14, [
      found("findings", "Findings by key, count", {
        missing: audit("missing"),
        empty: audit("empty"),
        invalid: audit("invalid"),
      }, { note: "An instance is counted once for each key." }),
      found("stages", "Stages of the ladder, count", { stage: audit("stage") }),
      found("blocked", "What keeps instances from the next step, count", {
        reason: audit("blocked_by"),
      }, { note: "A reason to spare them, or the limit that refused the run." }),
    ]),
    row(14, [
      found("ages", "Age of the instances that break the rules, count", { age: "age" }, {
        ranges: [
          { key: "under a day", to: DAY },
          { key: "1 to 7 days", from: DAY, to: 7 * DAY },
          { key: "7 to 30 days", from: 7 * DAY, to: 30 * DAY },
          { key: "30 to 365 days", from: 30 * DAY, to: 365 * DAY },
          { key: "a year or more", from: 365 * DAY },
        ],
      }),
      found("owners", "Owners of the instances that break the rules, count", { owner: OWNER }, {
        missing: "unknown",
      }),
    ]),
    row(18, [
      table("instances", "Instances that broke the rules, the 1,000 seen last", OF_INSTANCE, {
        description: SEEN,
        by: [BY_INSTANCE],
        measures: [
          LAST_SEEN,
          ...words({ Account: "account", Region: "region", Name: "cloud.instance.name" }),
          ...words({ State: "state", Why: "event.reason", Stage: audit("stage"), Owner: OWNER }),
          ...words({ "Owner by": audit("owner.source") }),
          ...lists({ "Kept by": audit("blocked_by") }),
        ],
        sort: ["Last seen", "desc"],
      }),
    ]),
    row(14, [
      table("deadlines", "Deadlines of the next 7 days", OF_INSTANCE, {
        description: SEEN,
        where: { [audit("deadline")]: { gte: "now", lt: "now+7d" } },
        by: [BY_INSTANCE],
        measures: [
          ...dates({ Deadline: audit("deadline") }),
          ...words({ "Next step": audit("planned"), Account: "account", Region: "region" }),
          ...words({ Owner: OWNER }),
          LAST_SEEN,
        ],
        sort: ["Deadline", "asc"],
      }),
    ]),
    row(14, [
      actionsTable(OF_CHANGE, [group("Action", "event.action", 100)]),
      table("refusals", "Refusals and breakers", OF_CHANGE, {
        description: "Why a run changed nothing.",
        where: REFUSED,
        by: [seenLast("Run", "groundskeeper.run.id")],
        measures: [
          LAST_SEEN,
          ...words({ What: "event.action", Limit: "groundskeeper.run.refused.limit" }),
          ...numbers({ Changes: audit("refused_changes") }),
          ...words({ Why: "event.reason" }),
        ],
        sort: ["Last seen", "desc"],
      }),
    ]),
  ],
};
