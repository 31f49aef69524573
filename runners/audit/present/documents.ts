import type { Action } from "../ladder/audit_change.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Place } from "../../core/plan/change.ts";
import type { ReportDocument } from "../../core/report/sink.ts";
import type { AuditPlan, AuditReporting } from "../audit_plan.ts";
import { actionDocuments } from "./action_documents.ts";
import { document } from "./document_frame.ts";
import type { AuditAccount } from "../findings.ts";
import { canaryOf, ruleText } from "./names.ts";
import type { Observed, ObservedInstance } from "../observed.ts";
import { blocks, seedFields, violatorDocument } from "./violator_document.ts";

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
            canary: canaryFields(plan, region),
          },
        },
      })
    ),
    ...actionDocuments(reporting),
  ];
}

/** How the region's canary is. */
function canaryFields(plan: AuditPlan, place: Place): JsonObject {
  const { status, instance, detail } = canaryOf(plan, place) ??
    { status: "disabled", instance: null, detail: "" };
  return { status, instance, detail };
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
