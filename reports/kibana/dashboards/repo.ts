import { ACCOUNT_CONTROL, BY_ACCOUNT, type Dashboard, LAST_SEEN, type Measure } from "../panel.ts";

const OF_ACCOUNT = "aws_repo_account";
const OF_ROLE = "aws_repo_role";
const OF_CHANGE = "aws_repo_action";
const OF_DENIED = "aws_repo_denied";

const repo = (field: string) => `groundskeeper.repo.${field}`;

const last = (label: string, field: string): Measure => ({ label, op: "last", field });
const word = (label: string, field: string): Measure => ({
  label,
  op: "last",
  field,
  type: "string",
});

const NEWEST = "Of each account, the newest slot in the time range.";

/** Unused permissions: what is there, what was removed, and what was denied afterwards. */
export const REPO_DASHBOARD: Dashboard = {
  id: "groundskeeper-repo",
  title: "Groundskeeper: unused permissions",
  description: "Permissions of the inline policies of IAM roles.",
  index: "groundskeeper-repo",
  controls: [ACCOUNT_CONTROL, { label: "Region", field: "region" }],
  rows: [
    {
      height: 7,
      panels: [
        {
          id: "removable",
          title: "Removable permissions",
          description: `${NEWEST} An account that was not read has none here.`,
          kind: "metric",
          of: OF_ACCOUNT,
          measures: [last("Removable", repo("removable")), last("of", repo("permissions"))],
          sumOver: BY_ACCOUNT,
        },
        {
          id: "evidence",
          title: "Roles with evidence",
          description: `${NEWEST} Without last accessed data nothing is removed from a role.`,
          kind: "metric",
          of: OF_ACCOUNT,
          measures: [last("With evidence", repo("roles_with_evidence")), last("of", repo("roles"))],
          sumOver: BY_ACCOUNT,
        },
        {
          id: "removed",
          title: "Removed permissions",
          description: "In the time range, by removals that are done.",
          kind: "metric",
          of: OF_CHANGE,
          measures: [{ label: "Removed", op: "sum", field: repo("removed") }],
        },
        {
          id: "refused-runs",
          title: "Refused runs, count",
          description: "Runs whose changes a limit or breaker refused.",
          kind: "metric",
          of: OF_CHANGE,
          where: { "event.action": "refused" },
          measures: [{ label: "Runs", op: "count" }],
        },
      ],
    },
    {
      height: 14,
      panels: [
        {
          id: "removable-over-time",
          title: "Removable permissions, by account",
          description: "Of the newest slot of each bar.",
          kind: "bars",
          of: OF_ACCOUNT,
          measures: [last("Removable", repo("removable"))],
          split: BY_ACCOUNT,
        },
        {
          id: "ratio",
          title: "Removable of all permissions, of each account",
          description: "Of the newest slot of each point.",
          kind: "line",
          of: OF_ACCOUNT,
          measures: [{ label: "Removable", op: "last", field: repo("ratio"), percent: true }],
          split: BY_ACCOUNT,
        },
      ],
    },
    {
      height: 14,
      panels: [{
        id: "accounts",
        title: "Accounts",
        description: `${NEWEST} Read: failure where the account could not be read.`,
        kind: "table",
        of: OF_ACCOUNT,
        rows: [{ label: "ID", fields: ["cloud.account.id"], size: 1_000 }],
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
      }],
    },
    {
      height: 14,
      panels: [
        {
          id: "disqualified",
          title: "Why roles are not eligible, count",
          description: `${NEWEST} A role is counted once for each reason.`,
          kind: "newest",
          of: OF_ROLE,
          heads: OF_ACCOUNT,
          tallies: [{ label: "reason", field: repo("disqualified_by") }],
        },
        {
          id: "services",
          title: "Services with removable permissions, count of roles",
          description: `${NEWEST} Of a role, its first 100 services.`,
          kind: "newest",
          of: OF_ROLE,
          heads: OF_ACCOUNT,
          tallies: [{ label: "service", field: repo("removable_services") }],
        },
      ],
    },
    {
      height: 18,
      panels: [{
        id: "roles",
        title: "Roles, the 1,000 seen last",
        description: "A role that was not seen in the newest slot is gone, or was not read.",
        kind: "table",
        of: OF_ROLE,
        rows: [{ label: "Role", fields: ["aws.iam.role.arn"], size: 1_000, newest: true }],
        measures: [
          last("Removable", repo("removable")),
          last("Permissions", repo("permissions")),
          word("Evidence", "event.outcome"),
          { label: "Not eligible", op: "last", field: repo("disqualified_by"), type: "list" },
          { label: "Last used", op: "last", field: "aws.iam.role.last_used", type: "date" },
          LAST_SEEN,
        ],
        sort: { by: "Removable", direction: "desc" },
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
            { label: "Action", fields: ["event.action"], size: 20 },
            { label: "Outcome", fields: ["groundskeeper.change.outcome"], size: 10 },
          ],
          measures: [
            { label: "Changes", op: "count" },
            { label: "Permissions removed", op: "sum", field: repo("removed") },
            LAST_SEEN,
          ],
          sort: { by: "Changes", direction: "desc" },
        },
        {
          id: "denied",
          title: "Calls that were denied after a removal",
          description:
            "Give back what is needed: groundskeeper repo apply --role ROLE --give-back ACTION.",
          kind: "table",
          of: OF_DENIED,
          rows: [
            { label: "Role", fields: ["aws.iam.role.arn"], size: 1_000 },
            { label: "Action", fields: [repo("denied.action")], size: 100 },
          ],
          measures: [
            last("Calls", repo("denied.count")),
            { label: "Last call", op: "last", field: repo("denied.last"), type: "date" },
            { label: "Removed", op: "last", field: repo("denied.removed_at"), type: "date" },
            LAST_SEEN,
          ],
          sort: { by: "Last call", direction: "desc" },
        },
      ],
    },
  ],
};
