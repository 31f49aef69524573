import type { AuditReporting } from "../audit_plan.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import type { Action, AuditChange } from "../ladder/audit_change.ts";
import { cloud, document, event, runFields } from "./document_frame.ts";
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
  const deed = change.kind;
  return document("aws_tag_action", change, reporting, {
    event: {
      ...event("event", EVENT_ACTIONS[deed]),
      type: [deed === "terminate" ? "deletion" : "change"],
      outcome: change.outcome === "done"
        ? "success"
        : change.outcome === "unknown"
        ? "unknown"
        : "failure",
      reason: change.reason,
    },
    ...(change.error ? { error: { ...change.error } } : {}),
    cloud: cloud(reporting.plan, change.account, change.region, {
      instance: { id: instanceIdOf(change.target) },
    }),
    groundskeeper: {
      run: runFields(reporting),
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
  const [account, region] = scopeOf(reporting);
  return [document("aws_tag_action", { account: "", region: "", id: "refusal" }, reporting, {
    event: {
      ...event("event", sentence === null ? "breaker-tripped" : "refused"),
      outcome: "failure",
      reason: `${
        sentence ?? `${plan.breakers.map(breakerSentence).join("; ")}: ${NOTHING_ANYWHERE}`
      }.`,
    },
    cloud: cloud(plan, account, region, {}),
    groundskeeper: {
      run: runFields(reporting),
      tag_audit: {
        breakers: plan.breakers,
        planned: plan.changes.length,
      },
    },
  })];
}

/** Where a limit was passed or a breaker tripped; null where it was the whole run. */
function scopeOf({ plan }: AuditReporting): [account: string | null, region: string | null] {
  const scope = (plan.refused ?? plan.breakers[0])?.scope ?? null;
  const [account, region] = scope?.split("/") ?? [];
  return [account ?? null, region ?? null];
}
