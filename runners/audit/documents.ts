import { instanceIdOf } from "../core/aws/arn.ts";
import { durationMs } from "../core/duration.ts";
import type { Reporting } from "../core/job.ts";
import type { Json, JsonObject } from "../core/json.ts";
import { hashOf } from "../core/plan/canonical.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import type { ReportDocument, Sheet } from "../core/report/sink.ts";
import type { AuditConfig } from "./config.ts";
import type { Observed, ObservedInstance } from "./observed.ts";
import type { AuditAccount, AuditFinding } from "./findings.ts";
import type { FindingKind } from "./rules.ts";
import { accountName, auditKeys, ruleText } from "./names.ts";

type AuditReporting = Reporting<AuditConfig, Observed>;

/** Embedded violators per account document; a document of 10,000 weighs 1.6 MB. */
const VIOLATORS = 1000;

/**
 * The audit's documents (contracts section 6): one per account, per violator, per region and per
 * change. The fields of py-awsaudit stay at the top level; everything new is ECS, or stands under
 * `groundskeeper`.
 */
export function auditDocuments(reporting: AuditReporting): ReportDocument[] {
  const { plan, run } = reporting;
  const { accounts, findings } = auditKeys(plan);
  const spared = sparedReasons(plan);
  const instances = instancesById(reporting.observed);
  const regions = [
    ...plan.coverage.regions.map((region) => ({ ...region, reason: "ok", detail: "" })),
    ...plan.coverage.unproven.map((region) => ({ ...region, proof: null })),
  ];
  return [
    ...accounts.map((account) => accountDocument(account, reporting)),
    ...findings.map((finding) =>
      violatorDocument(finding, instances.get(finding.id), spared.get(finding.id), reporting)
    ),
    ...regions.map((region) =>
      document("aws_tag_region", { ...region, id: "" }, reporting, {
        event: {
          ...event("metric", "tag-region"),
          outcome: region.reason === "ok" ? "success" : "failure",
        },
        cloud: cloud(plan, region.account, region.region, {}),
        groundskeeper: {
          run: runFields(reporting),
          tag_audit: { proof: region.proof, status: region.reason, detail: region.detail },
        },
      })
    ),
    ...run.changes.filter(({ outcome }) => outcome !== null).map((change) =>
      document("aws_tag_action", { ...change, id: change.id }, reporting, {
        event: {
          ...event("event", "tag-mark"),
          type: ["change"],
          outcome: change.outcome === "done"
            ? "success"
            : change.outcome === "unknown"
            ? "unknown"
            : "failure",
          reason: change.reason,
        },
        ...(change.error ? { error: { ...change.error } } : {}),
        cloud: cloud(plan, change.account, change.region, {
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
      })
    ),
  ];
}

function accountDocument(account: AuditAccount, reporting: AuditReporting): ReportDocument {
  const { plan, run, config } = reporting;
  const own = auditKeys(plan).findings.filter((finding) =>
    finding.account === account.account && finding.stage !== "exempt"
  );
  const inAccount = <T extends { account: string }>(items: readonly T[]) =>
    items.filter((item) => item.account === account.account);
  const read = inAccount(plan.coverage.regions);
  const unproven = inAccount(plan.coverage.unproven);
  const changes = inAccount(run.changes);
  const place = { account: account.account, region: "", id: "" };
  return document("aws_tag_audit", place, reporting, {
    tag_scheme: config.required.map(ruleText),
    violator_count: account.violating,
    violators: own.slice(0, VIOLATORS).map(seedFields),
    violators_truncated: own.length > VIOLATORS,
    event: {
      ...event("metric", "tag-audit"),
      outcome: unproven.length === 0 ? "success" : "failure",
    },
    cloud: cloud(plan, account.account, null, {}),
    groundskeeper: {
      run: runFields(reporting),
      tag_audit: {
        evaluated: account.examined,
        compliant: account.compliant,
        undecided: account.undecided,
        exempt: account.exempt,
        in_grace: account.in_grace,
        ratio: account.examined === 0 ? null : account.compliant / account.examined,
        enforced: account.enforced,
        coverage: {
          regions_planned: read.length + unproven.length,
          regions_ok: read.filter(({ proof }) => proof !== "none").length,
        },
        actions: {
          marked: changes.filter(({ outcome }) => outcome === "done").length,
          failed: changes.filter(({ outcome }) => outcome !== null && outcome !== "done").length,
          refused: plan.refused ? changes.length : 0,
        },
      },
    },
  });
}

function violatorDocument(
  finding: AuditFinding,
  instance: ObservedInstance | undefined,
  blockedBy: string | undefined,
  reporting: AuditReporting,
): ReportDocument {
  const { plan, config } = reporting;
  const keys = (...kinds: FindingKind[]) =>
    finding.broken.filter(({ kind }) => kinds.includes(kind)).map(({ key }) => key);
  return document("aws_tag_violator", finding, reporting, {
    ...seedFields(finding),
    account: accountName(plan, finding.account),
    event: {
      ...event("state", "tag-violation"),
      outcome: "success",
      reason: brokenText(finding),
    },
    cloud: cloud(plan, finding.account, finding.region, {
      availability_zone: instance?.zone ?? "",
      instance: { id: finding.id, name: finding.tags["Name"] ?? "" },
      machine: { type: instance?.type ?? "" },
    }),
    rule: { id: "required-tags", version: String(plan["rule_hash"]) },
    aws: {
      tags: finding.tags,
      ec2: { created: instance?.created ?? null, launched: instance?.launched ?? null },
    },
    groundskeeper: {
      run: runFields(reporting),
      tag_audit: {
        finding: finding.kinds,
        missing: keys("missing"),
        empty: keys("empty"),
        invalid: keys("invalid", "unknown-principal"),
        stage: finding.stage,
        planned: blockedBy === undefined ? "mark" : null,
        blocked_by: blockedBy === undefined ? [] : [blockedBy],
        deadline: finding.deadline,
        grace_minutes: durationMs(config.grace) / 60_000,
      },
    },
  });
}

function brokenText({ broken }: AuditFinding): string {
  return broken.map(({ detail }) => detail).join("; ");
}

/** One row per violator, for a spreadsheet. */
export function auditSheet(plan: PlanDocument): Sheet {
  const spared = sparedReasons(plan);
  return {
    columns: [
      "account",
      "account_name",
      "region",
      "instance",
      "name",
      "state",
      "age_minutes",
      "kinds",
      "details",
      "stage",
      "deadline",
      "spared",
      "tags",
    ],
    rows: auditKeys(plan).findings.map((finding) => [
      finding.account,
      accountName(plan, finding.account),
      finding.region,
      finding.id,
      finding.tags["Name"] ?? "",
      finding.state,
      finding.age_minutes,
      finding.kinds.join(" "),
      brokenText(finding),
      finding.stage,
      finding.deadline,
      spared.get(finding.id) ?? "",
      seedTags(finding.tags).join("; "),
    ]),
  };
}

/** The fields that py-awsaudit's documents had, as they were. */
function seedFields(finding: AuditFinding): JsonObject {
  const { id, region, state, age_minutes, tags } = finding;
  return { id, region, state, age: age_minutes, tags: seedTags(tags) };
}

function seedTags(tags: { readonly [key: string]: string }): string[] {
  return Object.entries(tags).map(([key, value]) => `${key}=${value}`).sort();
}

/** Instance IDs are unique over all accounts and regions. */
function instancesById(observed: Observed): ReadonlyMap<string, ObservedInstance> {
  return new Map(
    observed.accounts.flatMap(({ regions }) => regions).flatMap(({ instances }) => instances)
      .map((instance) => [instance.id, instance]),
  );
}

function sparedReasons(plan: PlanDocument): ReadonlyMap<string, string> {
  return new Map(plan.spared.map(({ target, reason }) => [instanceIdOf(target), reason]));
}

function document(
  type: string,
  place: { readonly account: string; readonly region: string; readonly id: string },
  { plan, run }: AuditReporting,
  body: JsonObject,
): ReportDocument {
  const { account, region, id } = place;
  return {
    id: hashOf({ job: "audit", slot: run.slot, type, account, region, instance: id })
      .slice("sha256:".length, "sha256:".length + 32),
    type,
    body: {
      "@timestamp": run.slot,
      doc_type: type,
      account: accountName(plan, account),
      ...(region === "" ? {} : { region }),
      ecs: { version: "9.4.0" },
      ...body,
    },
  };
}

function event(kind: string, action: string): JsonObject {
  return {
    kind,
    category: ["configuration"],
    type: ["info"],
    module: "groundskeeper",
    dataset: "groundskeeper.tag_audit",
    action,
  };
}

function cloud(
  plan: PlanDocument,
  account: string,
  region: string | null,
  more: JsonObject,
): JsonObject {
  return {
    provider: "aws",
    service: { name: "ec2" },
    account: { id: account, name: accountName(plan, account) },
    ...(region === null ? {} : { region }),
    ...more,
  };
}

function runFields({ run, plan }: AuditReporting): JsonObject {
  return {
    id: run.run_id,
    slot: run.slot,
    plan_id: plan.plan_id,
    refused: plan.refused as unknown as Json,
  };
}
