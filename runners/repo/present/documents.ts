import type { RepoReporting } from "../repo_plan.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import { sumOf } from "../../core/sum_of.ts";
import { actionDocuments, deniedDocuments } from "./action_documents.ts";
import { roleChanges } from "./changes.ts";
import { document } from "./document_frame.ts";
import { isDone, type Tried } from "./done.ts";
import { type AccountFigures, accountFigures, isEligible } from "./figures.ts";
import { hasEvidence, hasNothingToLose, repoKeys, type RoleEntry } from "./names.ts";

/** Services that are named in a role's document; a role of `*` has more than 400. */
const SERVICES = 100;

/**
 * The job's documents (contracts section 6): one per account, per role, per change that was
 * tried, and per action that a role asked for in vain after its removal. They say what was found and
 * what was done, never what was meant to be.
 */
export function repoDocuments(reporting: RepoReporting): ReportDocument[] {
  const { plan, run } = reporting;
  const changes = Map.groupBy(roleChanges(run.changes, plan), ({ change }) => change.account);
  return [
    ...accountFigures(plan).map((figures) =>
      accountDocument(figures, changes.get(figures.account) ?? [], reporting)
    ),
    ...repoKeys(plan).roles.map((entry) => roleDocument(entry, reporting)),
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
  return document("aws_repo_account", { account, id: "" }, reporting, {
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
  });
}

function roleDocument(entry: RoleEntry, reporting: RepoReporting): ReportDocument {
  const { evidence } = entry;
  const unused = new Set(entry.loses.map(({ service }) => service));
  const used = entry.keeps.filter(({ reason }) =>
    reason === "service-used" || reason === "action-used"
  )
    .map(({ service }) => service);
  return document("aws_repo_role", { account: entry.account, id: entry.arn }, reporting, {
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
        removable_services: [...unused].sort().slice(0, SERVICES),
        used_services: [...new Set(used)].sort().slice(0, SERVICES),
        size: { ...entry.size },
        managed: entry.managed,
        notes: entry.notes,
      },
    },
  });
}
