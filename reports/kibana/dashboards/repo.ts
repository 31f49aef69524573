import {
  ACCOUNT_CONTROL,
  bars,
  by,
  BY_ACCOUNT,
  count,
  type Dashboard,
  date,
  last,
  LAST_SEEN,
  line,
  list,
  metric,
  newest,
  row,
  seenLast,
  share,
  sum,
  table,
  word,
} from "../panel.ts";

const OF_ACCOUNT = "aws_repo_account";
const OF_ROLE = "aws_repo_role";
const OF_CHANGE = "aws_repo_action";
const OF_DENIED = "aws_repo_denied";

const repo = (field: string) => `groundskeeper.repo.${field}`;

const NEWEST = "Of each account, the newest slot in the time range.";

/** Unused permissions: what is there, what was removed, and what was denied afterwards. */
export const REPO_DASHBOARD: Dashboard = {
  id: "groundskeeper-repo",
  title: "Groundskeeper: unused permissions",
  description: "Permissions of the inline policies of IAM roles.",
  index: "groundskeeper-repo",
  controls: [ACCOUNT_CONTROL, { label: "Region", field: "region" }],
  rows: [
    row(7, [
      {
        ...metric("removable", "Removable permissions", OF_ACCOUNT),
        description: `${NEWEST} An account that was not read has none here.`,
        measures: [last("Removable", repo("removable")), last("of", repo("permissions"))],
        sumOver: BY_ACCOUNT,
      },
      {
        ...metric("evidence", "Roles with evidence", OF_ACCOUNT),
        description: `${NEWEST} Without last accessed data nothing is removed from a role.`,
        measures: [last("With evidence", repo("roles_with_evidence")), last("of", repo("roles"))],
        sumOver: BY_ACCOUNT,
      },
      {
        ...metric("removed", "Removed permissions", OF_CHANGE),
        description: "In the time range, by removals that are done.",
        measures: [sum("Removed", repo("removed"))],
      },
      {
        ...metric("refused-runs", "Refused runs, count", OF_CHANGE),
        description: "Runs whose changes a limit or breaker refused.",
        where: { "event.action": "refused" },
        measures: [count("Runs")],
      },
    ]),
    row(14, [
      {
        ...bars("removable-over-time", "Removable permissions, by account", OF_ACCOUNT),
        description: "Of the newest slot of each bar.",
        measures: [last("Removable", repo("removable"))],
        split: BY_ACCOUNT,
      },
      {
        ...line("ratio", "Removable of all permissions, of each account", OF_ACCOUNT),
        description: "Of the newest slot of each point.",
        measures: [share("Removable", repo("ratio"))],
        split: BY_ACCOUNT,
      },
    ]),
    row(14, [{
      ...table("accounts", "Accounts", OF_ACCOUNT),
      description: `${NEWEST} Read: failure where the account could not be read.`,
      rows: [by("ID", "cloud.account.id", 1_000)],
      measures: [
        word("Account", "account"),
        word("Read", "event.outcome"),
        last("Roles", repo("roles")),
        last("Eligible", repo("roles_eligible")),
        last("With evidence", repo("roles_with_evidence")),
        last("Unused", repo("roles_unused")),
        last("Permissions", repo("permissions")),
        last("Removable", repo("removable")),
        LAST_SEEN,
      ],
      sort: { by: "Removable", direction: "desc" },
    }]),
    row(14, [
      {
        ...newest("disqualified", "Why roles are not eligible, count", OF_ROLE),
        description: `${NEWEST} A role is counted once for each reason.`,
        heads: OF_ACCOUNT,
        tallies: [{ label: "reason", field: repo("disqualified_by") }],
      },
      {
        ...newest("services", "Services with removable permissions, count of roles", OF_ROLE),
        description: `${NEWEST} Of a role, its first 100 services.`,
        heads: OF_ACCOUNT,
        tallies: [{ label: "service", field: repo("removable_services") }],
      },
    ]),
    row(18, [{
      ...table("roles", "Roles, the 1,000 seen last", OF_ROLE),
      description: "A role that was not seen in the newest slot is gone, or was not read.",
      rows: [seenLast("Role", "aws.iam.role.arn")],
      measures: [
        last("Removable", repo("removable")),
        last("Permissions", repo("permissions")),
        word("Evidence", "event.outcome"),
        list("Not eligible", repo("disqualified_by")),
        date("Last used", "aws.iam.role.last_used"),
        LAST_SEEN,
      ],
      sort: { by: "Removable", direction: "desc" },
    }]),
    row(14, [
      {
        ...table("actions", "Actions and what became of them, count", OF_CHANGE),
        description: "Changes that were tried, by their outcome.",
        rows: [
          by("Action", "event.action", 20),
          by("Outcome", "groundskeeper.change.outcome", 10),
        ],
        measures: [
          count("Changes"),
          sum("Permissions removed", repo("removed")),
          LAST_SEEN,
        ],
        sort: { by: "Changes", direction: "desc" },
      },
      {
        ...table("denied", "Calls that were denied after a removal", OF_DENIED),
        description:
          "Give back what is needed: groundskeeper repo apply --role ROLE --give-back ACTION.",
        rows: [
          by("Role", "aws.iam.role.arn", 1_000),
          by("Action", repo("denied.action"), 100),
        ],
        measures: [
          last("Calls", repo("denied.count")),
          date("Last call", repo("denied.last")),
          date("Removed", repo("denied.removed_at")),
          LAST_SEEN,
        ],
        sort: { by: "Last call", direction: "desc" },
      },
    ]),
  ],
};
