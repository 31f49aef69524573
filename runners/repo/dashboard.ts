import {
  actionsTable,
  bars,
  BY_ACCOUNT,
  BY_ID,
  count,
  type Dashboard,
  dates,
  group,
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
  sum,
  table,
  words,
} from "../core/report/dashboard.ts";
import { DOC_TYPES, REPO_INDEX } from "./documents.ts";

const { account: OF_ACCOUNT, role: OF_ROLE, change: OF_CHANGE, denied: OF_DENIED } = DOC_TYPES;

const repo = (field: string) => `groundskeeper.repo.${field}`;

const EVIDENCE = repo("roles_with_evidence");

const found = newest(OF_ROLE, OF_ACCOUNT);

/** Unused permissions: what is there, what was removed, and what was denied afterwards. */
export const REPO_DASHBOARD: Dashboard = {
  id: "groundskeeper-repo",
  title: "Groundskeeper: unused permissions",
  description: "Permissions of the inline policies of IAM roles.",
  index: REPO_INDEX.name,
  controls: { Account: "account", Region: "region" },
  rows: [
    row(7, [
      metric("removable", "Removable permissions", OF_ACCOUNT, {
        description: `${NEWEST} An account that was not read has none here.`,
        by: [BY_ACCOUNT],
        measures: numbers({ Removable: repo("removable"), of: repo("permissions") }),
      }),
      metric("evidence", "Roles with evidence", OF_ACCOUNT, {
        description: `${NEWEST} Without last accessed data nothing is removed from a role.`,
        by: [BY_ACCOUNT],
        measures: numbers({ "With evidence": EVIDENCE, of: repo("roles") }),
      }),
      metric("removed", "Removed permissions", OF_CHANGE, {
        description: "In the time range, by removals that are done.",
        measures: [sum("Removed", repo("removed"))],
      }),
      metric("refused-runs", "Refused runs, count", OF_CHANGE, {
        description: "Runs whose changes a limit or breaker refused.",
        where: { "event.action": "refused" },
        measures: [count("Runs")],
      }),
    ]),
    row(14, [
      bars("removable-over-time", "Removable permissions, by account", OF_ACCOUNT, {
        description: "Of the newest slot of each bar.",
        by: [BY_ACCOUNT],
        measures: numbers({ Removable: repo("removable") }),
      }),
      line("ratio", "Removable of all permissions, of each account", OF_ACCOUNT, {
        description: "Of the newest slot of each point.",
        by: [BY_ACCOUNT],
        measures: shares({ Removable: repo("ratio") }),
      }),
    ]),
    row(14, [
      table("accounts", "Accounts", OF_ACCOUNT, {
        description: `${NEWEST} Read: failure where the account could not be read.`,
        by: [BY_ID],
        measures: [
          ...words({ Account: "account", Read: "event.outcome" }),
          ...numbers({ Roles: repo("roles"), Eligible: repo("roles_eligible") }),
          ...numbers({ "With evidence": EVIDENCE, Unused: repo("roles_unused") }),
          ...numbers({ Permissions: repo("permissions"), Removable: repo("removable") }),
          LAST_SEEN,
        ],
        sort: ["Removable", "desc"],
      }),
    ]),
    row(14, [
      found("disqualified", "Why roles are not eligible, count", {
        reason: repo("disqualified_by"),
      }, { note: "A role is counted once for each reason." }),
      found("services", "Services with removable permissions, count of roles", {
        service: repo("removable_services"),
      }, { note: "Of a role, its first 100 services." }),
    ]),
    row(18, [
      table("roles", "Roles, the 1,000 seen last", OF_ROLE, {
        description: "A role that was not seen in the newest slot is gone, or was not read.",
        by: [seenLast("Role", "aws.iam.role.arn")],
        measures: [
          ...numbers({ Removable: repo("removable"), Permissions: repo("permissions") }),
          ...words({ Evidence: "event.outcome" }),
          ...lists({ "Not eligible": repo("disqualified_by") }),
          ...dates({ "Last used": "aws.iam.role.last_used" }),
          LAST_SEEN,
        ],
        sort: ["Removable", "desc"],
      }),
    ]),
    row(14, [
      actionsTable(OF_CHANGE, [group("Action", "event.action", 20)], {
        sums: [sum("Permissions removed", repo("removed"))],
      }),
      table("denied", "Calls that were denied after a removal", OF_DENIED, {
        description:
          "Give back what is needed: groundskeeper repo apply --role ROLE --give-back ACTION.",
        by: [group("Role", "aws.iam.role.arn"), group("Action", repo("denied.action"), 100)],
        measures: [
          ...numbers({ Calls: repo("denied.count") }),
          ...dates({ "Last call": repo("denied.last"), Removed: repo("denied.removed_at") }),
          LAST_SEEN,
        ],
        sort: ["Last call", "desc"],
      }),
    ]),
  ],
};
