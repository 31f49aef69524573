import { instanceIdOf } from "../../core/aws/arn.ts";
import { NOTHING_ANYWHERE } from "../../core/report/run_words.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import type { AuditReporting } from "../audit_plan.ts";
import { regionRowId } from "../canary/canary_rows.ts";
import { document } from "./document_frame.ts";
import type { AuditAccount } from "../findings.ts";
import type { Action, AuditChange } from "../ladder/audit_change.ts";
import { accountName, ruleText } from "./names.ts";
import type { Observed, ObservedInstance } from "../observed.ts";
import { breakerSentence, refusalSentence } from "./refused.ts";
import { blocks, seedFields, violatorDocument } from "./violator_document.ts";

/** Said of a region in which no canary is asked for. */
const NO_CANARY = { status: "disabled", instance: null, detail: "" };

/** Embedded violators per account document; a document of 10,000 weighs 1.6 MB. */
const VIOLATORS = 1000;

/**
 * The audit's documents (contracts section 6): one per account, per violator, per region and per
 * change. The fields of py-awsaudit stay at the top level; everything new is ECS, or stands under
 * `groundskeeper`.
 */
export function auditDocuments(reporting: AuditReporting): ReportDocument[] {
  const { plan } = reporting;
  const { accounts, findings } = plan.own;
  const blocked = blocks(plan);
  const parts = partsByAccount(reporting);
  const instances = instancesById(reporting.observed);
  const canaries = new Map(
    plan.own.canaries.map((canary) => {
      const { status, instance, detail } = canary;
      return [regionRowId(canary), { status, instance, detail }];
    }),
  );
  const regions = [
    ...plan.coverage.regions.map((region) => ({ ...region, reason: "ok", detail: "" })),
    ...plan.coverage.unproven.map((region) => ({ ...region, proof: null })),
  ];
  return [
    ...accounts.map((account) => accountDocument(account, parts, reporting)),
    ...findings.map((finding) =>
      violatorDocument(
        finding,
        instances.get(finding.id),
        blocked.get(finding.id) ?? [],
        reporting,
      )
    ),
    ...regions.map((region) =>
      document("aws_tag_region", { ...region, id: "" }, reporting, {
        event: {
          kind: "metric",
          action: "tag-region",
          outcome: region.reason === "ok" ? "success" : "failure",
        },
        cloud: { region: region.region },
        groundskeeper: {
          tag_audit: {
            proof: region.proof,
            status: region.reason,
            detail: region.detail,
            canary: canaries.get(regionRowId(region)) ?? NO_CANARY,
          },
        },
      })
    ),
    ...actionDocuments(reporting),
  ];
}

/** What documents of accounts are made of, by account: there may be a thousand of them. */
function partsByAccount({ plan, run }: AuditReporting) {
  const group = <One extends { readonly account: string }>(items: readonly One[]) => {
    const groups = Map.groupBy(items, ({ account }) => account);
    return (account: string): readonly One[] => groups.get(account) ?? [];
  };
  return {
    findings: group(plan.own.findings.filter(({ stage }) => stage !== "exempt")),
    read: group(plan.coverage.regions),
    unproven: group(plan.coverage.unproven),
    changes: group(run.changes),
  };
}

function accountDocument(
  account: AuditAccount,
  parts: ReturnType<typeof partsByAccount>,
  reporting: AuditReporting,
): ReportDocument {
  const { plan, config } = reporting;
  const own = parts.findings(account.account);
  const read = parts.read(account.account);
  const unproven = parts.unproven(account.account);
  const changes = parts.changes(account.account);
  const proofs = (proof: string) => read.filter((region) => region.proof === proof).length;
  const done = (action: Action) =>
    changes.filter((change) => change.outcome === "done" && change.kind === action).length;
  const place = { account: account.account, region: "", id: "" };
  return document("aws_tag_audit", place, reporting, {
    tag_scheme: config.required.map(ruleText),
    violator_count: account.violating,
    violators: own.slice(0, VIOLATORS).map(seedFields),
    violators_truncated: own.length > VIOLATORS,
    event: {
      kind: "metric",
      action: "tag-audit",
      outcome: unproven.length === 0 ? "success" : "failure",
    },
    groundskeeper: {
      tag_audit: {
        evaluated: account.examined,
        compliant: account.compliant,
        undecided: account.undecided,
        exempt: account.exempt,
        in_grace: account.in_grace,
        ratio: account.examined === 0 ? null : account.compliant / account.examined,
        enforced: account.enforced,
        quarantined_until: account.quarantined_until,
        coverage: {
          regions_planned: read.length + unproven.length,
          regions_ok: read.length - proofs("none"),
          regions_by_canary: proofs("canary"),
          regions_by_second_source: proofs("second-source"),
        },
        actions: {
          marked: done("mark"),
          unmarked: done("unmark"),
          stopped: done("stop"),
          terminated: done("terminate"),
          failed: changes.filter(({ outcome }) => outcome !== null && outcome !== "done").length,
          refused: plan.refused ? changes.filter(({ outcome }) => outcome === null).length : 0,
        },
      },
    },
  });
}

/** Instance IDs are unique over all accounts and regions. */
function instancesById(observed: Observed): ReadonlyMap<string, ObservedInstance> {
  return new Map(
    observed.accounts.flatMap(({ regions }) => regions).flatMap(({ instances }) => instances)
      .map((instance) => [instance.id, instance]),
  );
}

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
function actionDocuments(reporting: AuditReporting): ReportDocument[] {
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
  const { action, target, outcome, at } = change;
  return document("aws_tag_action", change, reporting, {
    event: {
      kind: "event",
      action: EVENT_ACTIONS[change.kind],
      type: [change.kind === "terminate" ? "deletion" : "change"],
      outcome: outcome === "done" ? "success" : outcome === "unknown" ? "unknown" : "failure",
      reason: change.reason,
    },
    error: change.error,
    cloud: { region: change.region, instance: { id: instanceIdOf(target) } },
    groundskeeper: { change: { id: change.id, action, target, outcome, at } },
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
      ...(account && { account: { id: account, name: accountName(plan, account) } }),
      ...(region && { region }),
    },
    groundskeeper: {
      tag_audit: { breakers: plan.breakers, planned: plan.changes.length },
    },
  })];
}
