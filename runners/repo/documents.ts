import { PLAIN_COMMAND } from "../core/cli/next_command.ts";
import { knownOf } from "../core/journal/entry.ts";
import { eventOutcome } from "../core/report/change_documents.ts";
import { documentFrame } from "../core/report/document_frame.ts";
import {
  BOOLEAN,
  DATE,
  type DocumentIndex,
  DOUBLE,
  KEYWORD,
  LONG,
  TEXT,
} from "../core/report/document_index.ts";
import type { ReportDocument } from "../core/report/sink.ts";
import { sumOf } from "../core/sum_of.ts";
import type { ChangeKind } from "./change/repo_change.ts";
import type { RepoReporting } from "./repo_plan.ts";
import { roleChanges } from "./present/changes.ts";
import { deniedRoles, wayBack } from "./present/denied.ts";
import { isDone, type Tried } from "./present/done.ts";
import { type AccountFigures, accountFigures, isEligible } from "./present/figures.ts";
import { refusalSentence } from "./present/limits.ts";
import { roleName } from "./present/losses.ts";
import {
  accountName,
  hasEvidence,
  hasNothingToLose,
  type Kept,
  type RoleEntry,
} from "./present/names.ts";

/** Where the documents of the job go, and what can be searched in them. */
export const REPO_INDEX = {
  name: "groundskeeper-repo",
  fields: {
    aws: {
      properties: {
        iam: {
          properties: {
            role: {
              properties: {
                arn: KEYWORD,
                id: KEYWORD,
                name: KEYWORD,
                created: DATE,
                last_used: DATE,
                instance_profiles: KEYWORD,
              },
            },
            /** What was written: the ARN of a managed policy, or the names of inline policies. */
            policy: { properties: { arn: KEYWORD, names: KEYWORD } },
          },
        },
      },
    },
    groundskeeper: {
      properties: {
        repo: {
          properties: {
            // Of an account: how many.
            roles: LONG,
            roles_eligible: LONG,
            roles_with_evidence: LONG,
            roles_unused: LONG,
            removable_of_ineligible: LONG,
            /** Removable of all permissions, 0 to 1; null where there are none. */
            ratio: DOUBLE,
            /** Counted from outcomes. */
            actions: {
              properties: {
                repoed: LONG,
                restored: LONG,
                permissions_removed: LONG,
                failed: LONG,
                refused: LONG,
              },
            },
            // Of an account, or of a role.
            permissions: LONG,
            removable: LONG,
            // Of a role.
            eligible: BOOLEAN,
            disqualified_by: KEYWORD,
            reasons: TEXT,
            mode: KEYWORD,
            unused: BOOLEAN,
            /** The last accessed data; or why there is none, as `reason` and `detail`. */
            evidence: {
              properties: {
                source: KEYWORD,
                level: KEYWORD,
                completed_at: DATE,
                speaks_until: DATE,
                services: LONG,
                reason: KEYWORD,
                detail: TEXT,
              },
            },
            removable_services: KEYWORD,
            used_services: KEYWORD,
            /** Characters of the inline policies, as IAM counts. */
            size: { properties: { before: LONG, after: LONG } },
            managed: {
              properties: {
                arn: KEYWORD,
                attachments: LONG,
                permissions: LONG,
                unused: LONG,
                unused_services: KEYWORD,
              },
            },
            notes: TEXT,
            // Of a change.
            removed: LONG,
            restored: LONG,
            /** Of the inline policies: the one that a restore brings back. */
            version: LONG,
            // Of a refusal.
            planned: LONG,
            /** Calls that were denied after a removal. */
            denied: {
              properties: {
                action: KEYWORD,
                count: LONG,
                first: DATE,
                last: DATE,
                event_id: KEYWORD,
                principal: KEYWORD,
                removed_at: DATE,
                version: LONG,
                removed_by: KEYWORD,
                by_name: BOOLEAN,
                restore: TEXT,
              },
            },
          },
        },
      },
    },
  },
} as const satisfies DocumentIndex;

/** The types of the documents, by what they are about. */
export const DOC_TYPES = {
  account: "aws_repo_account",
  role: "aws_repo_role",
  /** A change that was tried, or a refusal. */
  change: "aws_repo_action",
  /** An action that was denied to a role after it was removed. */
  denied: "aws_repo_denied",
} as const;

/** A document of the job. */
const document = documentFrame<RepoReporting>({
  job: "repo",
  index: REPO_INDEX.name,
  head: DOC_TYPES.account,
  category: "iam",
  dataset: "groundskeeper.repo",
  service: "iam",
  region: "global",
  accountName,
});

/** How many services a role's document names; a role with `*` has more than 400. */
const SERVICES = 100;

/**
 * The job's documents: one per account, per role, per change that was tried, and per action that
 * was denied to a role after its removal. They say what was found and what was done, never what was
 * planned.
 */
export function repoDocuments(reporting: RepoReporting): ReportDocument[] {
  const { plan, run } = reporting;
  const changes = Map.groupBy(roleChanges(run.changes, plan), ({ change }) => change.account);
  return [
    ...accountFigures(plan).map((figures) =>
      accountDocument(figures, changes.get(figures.account) ?? [], reporting)
    ),
    ...plan.own.roles.map((entry) => roleDocument(entry, reporting)),
    ...actionDocuments(reporting),
    ...deniedDocuments(reporting),
  ];
}

function accountDocument(
  figures: AccountFigures,
  changes: readonly Tried[],
  reporting: RepoReporting,
): ReportDocument {
  const { account, unread } = figures;
  const done = changes.filter(isDone);
  const of = (kind: string) => done.filter((one) => one.kind === kind);
  const removed = sumOf(done.filter(({ kind }) => kind !== "restore"), ({ removed }) => removed);
  return document(DOC_TYPES.account, { account, id: "" }, reporting, () => ({
    event: {
      kind: "metric",
      action: "unused-permissions",
      outcome: unread === null ? "success" : "failure",
      ...(unread === null ? {} : { reason: unread }),
    },
    groundskeeper: {
      repo: {
        roles: figures.roles,
        roles_eligible: figures.eligible,
        roles_with_evidence: figures.withEvidence,
        roles_unused: figures.unused,
        permissions: figures.permissions,
        removable: figures.removable,
        removable_of_ineligible: figures.removableElsewhere,
        ratio: figures.permissions === 0 ? null : figures.removable / figures.permissions,
        actions: {
          repoed: of("repo").length + of("remove").length,
          restored: of("restore").length,
          permissions_removed: removed,
          failed: changes.filter(({ change }) =>
            change.outcome !== null && change.outcome !== "done"
          ).length,
          refused: reporting.plan.refused
            ? changes.filter(({ change }) => change.outcome === null).length
            : 0,
        },
      },
    },
  }));
}

function roleDocument(entry: RoleEntry, reporting: RepoReporting): ReportDocument {
  const { evidence } = entry;
  return document(DOC_TYPES.role, { account: entry.account, id: entry.arn }, reporting, () => ({
    event: {
      kind: "state",
      action: "unused-permissions",
      outcome: hasEvidence(entry) ? "success" : hasNothingToLose(entry) ? "unknown" : "failure",
      ...("reason" in evidence ? { reason: evidence.detail } : {}),
    },
    aws: {
      iam: {
        role: {
          arn: entry.arn,
          id: entry.role_id,
          name: entry.role,
          created: entry.created,
          last_used: entry.last_used,
          instance_profiles: entry.instance_profiles,
        },
      },
    },
    groundskeeper: {
      repo: {
        eligible: isEligible(entry),
        disqualified_by: entry.ineligible.map(({ reason }) => reason),
        reasons: entry.ineligible.map(({ detail }) => detail),
        mode: entry.mode,
        unused: entry.unused,
        evidence,
        permissions: entry.permissions,
        removable: entry.removable,
        removable_services: servicesOf(entry.loses),
        used_services: servicesOf(entry.keeps.filter(isUsed)),
        size: { ...entry.size },
        managed: entry.managed,
        notes: entry.notes,
      },
    },
  }));
}

function isUsed({ reason }: Kept): boolean {
  return reason === "service-used" || reason === "action-used";
}

function servicesOf(permissions: readonly { readonly service: string }[]): string[] {
  return [...new Set(permissions.map(({ service }) => service))].sort().slice(0, SERVICES);
}

/** The codes of what the job does, in documents; they are stable. */
const EVENT_ACTIONS: Readonly<Record<ChangeKind, string>> = {
  repo: "permissions-remove",
  remove: "permissions-remove-by-name",
  restore: "policies-restore",
};

/** One document for each change that was tried, and one if the run was refused. */
function actionDocuments(reporting: RepoReporting): ReportDocument[] {
  const { run, plan } = reporting;
  const tried = run.changes.filter(({ outcome }) => outcome !== null);
  return [
    ...roleChanges(tried, plan).map((one) => actionDocument(one, reporting)),
    ...refusalDocuments(reporting),
  ];
}

function actionDocument(one: Tried, reporting: RepoReporting): ReportDocument {
  const { change, entry, kind, managed } = one;
  const { outcome, error } = change;
  // A role may have two changes: their ids tell them apart.
  return document(
    DOC_TYPES.change,
    {
      account: change.account,
      id: change.id,
      alone: knownOf(outcome),
    },
    reporting,
    () => ({
      event: {
        kind: "event",
        action: EVENT_ACTIONS[kind],
        type: ["change"],
        outcome: eventOutcome(outcome),
        reason: change.reason,
      },
      error,
      aws: {
        iam: {
          role: {
            arn: entry?.arn ?? (managed === null ? change.target : null),
            id: entry?.role_id ?? null,
            name: roleName(one),
          },
          policy: { arn: managed, names: Object.keys(change.after.policies) },
        },
      },
      groundskeeper: {
        change: {
          id: change.id,
          action: change.action,
          target: change.target,
          outcome,
          at: change.at,
        },
        repo: {
          // A change that was not made has removed nothing.
          removed: outcome === "done" ? one.removed : 0,
          restored: outcome === "done" ? change.after.gained.length : 0,
          version: change.after.version,
        },
      },
    }),
  );
}

/** Why the run was refused, so that such a run has a document, too. */
function refusalDocuments(reporting: RepoReporting): ReportDocument[] {
  const { plan } = reporting;
  const sentence = refusalSentence(plan);
  if (sentence === null) return [];
  const account = plan.refused?.scope?.split("/")[0] ?? "";
  return [document(DOC_TYPES.change, { account: "", id: "refusal", alone: 0 }, reporting, () => ({
    event: { kind: "event", action: "refused", outcome: "failure", reason: `${sentence}.` },
    ...(account === ""
      ? {}
      : { cloud: { account: { id: account, name: accountName(plan, account) } } }),
    groundskeeper: { repo: { planned: plan.changes.length } },
  }))];
}

/** One document for each action that was denied to a role after it was removed. */
function deniedDocuments(reporting: RepoReporting): ReportDocument[] {
  return deniedRoles(reporting.plan).flatMap((one) =>
    one.denied.map((calls) =>
      document(
        DOC_TYPES.denied,
        {
          account: calls.account,
          id: `${calls.arn} ${calls.action} ${calls.removed_at}`,
          // The run that has seen more calls knows more.
          alone: calls.count,
        },
        reporting,
        () => ({
          event: {
            kind: "alert",
            action: "denied-after-removal",
            // ECS knows no denied event of "iam".
            category: ["iam", "api"],
            type: ["denied"],
            outcome: "failure",
            reason:
              `${calls.action} was denied ${calls.count === 1 ? "once" : `${calls.count} times`}` +
              ` after it was removed`,
          },
          cloud: { region: calls.region },
          aws: { iam: { role: { arn: calls.arn, name: calls.role } } },
          groundskeeper: {
            repo: {
              denied: {
                action: calls.action,
                count: calls.count,
                first: calls.at,
                last: calls.last,
                event_id: calls.event_id,
                principal: calls.principal,
                removed_at: calls.removed_at,
                version: calls.version,
                removed_by: calls.removed_by,
                by_name: calls.by_name,
                restore: wayBack(one, calls, PLAIN_COMMAND),
              },
            },
          },
        }),
      )
    )
  );
}
