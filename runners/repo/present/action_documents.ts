import type { RepoReporting } from "../repo_plan.ts";
import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { ChangeKind } from "../change/repo_change.ts";
import { roleChanges } from "./changes.ts";
import { deniedRoles, giveBackCommand } from "./denied.ts";
import { document } from "./document_frame.ts";
import type { Tried } from "./done.ts";
import { refusalSentence } from "./limits.ts";
import { roleName } from "./losses.ts";
import { accountName } from "./names.ts";

/** How documents call what the job does: stable codes. */
const EVENT_ACTIONS: Readonly<Record<ChangeKind, string>> = {
  repo: "permissions-remove",
  remove: "permissions-remove-by-name",
  restore: "policies-restore",
};

/** One document for each change that was tried, and one where the run was refused. */
export function actionDocuments(reporting: RepoReporting): ReportDocument[] {
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
  // The id of the change tells two changes of one role apart.
  return document("aws_repo_action", { account: change.account, id: change.id }, reporting, {
    event: {
      kind: "event",
      action: EVENT_ACTIONS[kind],
      type: ["change"],
      outcome: outcome === "done" ? "success" : outcome === "unknown" ? "unknown" : "failure",
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
        // What was to go is no fact of a change that was not made.
        removed: outcome === "done" ? one.removed : 0,
        restored: outcome === "done" ? change.after.gained.length : 0,
        version: change.after.version,
      },
    },
  });
}

/** What kept the run from changing anything, so that a run that a limit stops is not lost. */
function refusalDocuments(reporting: RepoReporting): ReportDocument[] {
  const { plan } = reporting;
  const sentence = refusalSentence(plan);
  if (sentence === null) return [];
  const account = plan.refused?.scope?.split("/")[0] ?? "";
  return [document("aws_repo_action", { account: "", id: "refusal" }, reporting, {
    event: { kind: "event", action: "refused", outcome: "failure", reason: `${sentence}.` },
    ...(account === ""
      ? {}
      : { cloud: { account: { id: account, name: accountName(plan, account) } } }),
    groundskeeper: { repo: { planned: plan.changes.length } },
  })];
}

/** One document for each action that a role asked for in vain after it was removed from it. */
export function deniedDocuments(reporting: RepoReporting): ReportDocument[] {
  return deniedRoles(reporting.plan).flatMap((one) =>
    one.denied.map((calls) =>
      document(
        "aws_repo_denied",
        { account: calls.account, id: `${calls.arn} ${calls.action} ${calls.removed_at}` },
        reporting,
        {
          event: {
            kind: "alert",
            action: "denied-after-removal",
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
                restore: giveBackCommand(one, PLAIN_COMMAND),
              },
            },
          },
        },
      )
    )
  );
}
