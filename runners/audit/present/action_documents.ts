import type { AuditReporting } from "../audit_plan.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import type { Action, AuditChange } from "../ladder/audit_change.ts";
import { document } from "./document_frame.ts";
import { accountName } from "./names.ts";
import { NOTHING_ANYWHERE } from "../../core/report/run_words.ts";
import { breakerSentence, refusalSentence } from "./refused.ts";

/** How documents call what the audit does: stable codes. */
const EVENT_ACTIONS: Readonly<Record<Action, string>> = {
  mark: "tag-mark",
  unmark: "tag-unmark",
  stop: "instance-stop",
  terminate: "instance-terminate",
  restore: "protection-restore",
  stamp: "canary-stamp",
};

/** One document for each change that was tried, and one where the run was refused. */
export function actionDocuments(reporting: AuditReporting): ReportDocument[] {
  return [
    ...reporting.run.changes.filter(({ outcome }) => outcome !== null)
      .map((change) => actionDocument(change, reporting)),
    ...refusalDocuments(reporting),
  ];
}

function actionDocument(
  change: AuditChange & ChangeOutcome,
  reporting: AuditReporting,
): ReportDocument {
  const action = change.kind;
  return document("aws_tag_action", change, reporting, {
    event: {
      kind: "event",
      action: EVENT_ACTIONS[action],
      type: [action === "terminate" ? "deletion" : "change"],
      outcome: change.outcome === "done"
        ? "success"
        : change.outcome === "unknown"
        ? "unknown"
        : "failure",
      reason: change.reason,
    },
    error: change.error,
    cloud: { region: change.region, instance: { id: instanceIdOf(change.target) } },
    groundskeeper: {
      change: {
        id: change.id,
        action: change.action,
        target: change.target,
        outcome: change.outcome,
        at: change.at,
      },
    },
  });
}

/**
 * What kept the run from changing anything is a document too: else a run that a limit stops leaves
 * nothing behind (research, audit.md row 11). So is a breaker that tripped for nothing.
 */
function refusalDocuments(reporting: AuditReporting): ReportDocument[] {
  const { plan } = reporting;
  const sentence = refusalSentence(plan);
  if (sentence === null && plan.breakers.length === 0) return [];
  // Where a limit was passed or a breaker tripped; nowhere where it was the whole run.
  const [account, region] = (plan.refused ?? plan.breakers[0])?.scope?.split("/") ?? [];
  return [document("aws_tag_action", { account: "", region: "", id: "refusal" }, reporting, {
    event: {
      kind: "event",
      action: sentence === null ? "breaker-tripped" : "refused",
      outcome: "failure",
      reason: `${
        sentence ?? `${plan.breakers.map(breakerSentence).join("; ")}: ${NOTHING_ANYWHERE}`
      }.`,
    },
    cloud: {
      ...(account === undefined
        ? {}
        : { account: { id: account, name: accountName(plan, account) } }),
      ...(region === undefined ? {} : { region }),
    },
    groundskeeper: {
      tag_audit: {
        breakers: plan.breakers,
        planned: plan.changes.length,
      },
    },
  })];
}
