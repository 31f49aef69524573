import { regionOf } from "../core/limits/counts.ts";
import { instanceIdOf } from "../core/aws/arn.ts";
import { durationMs } from "../core/duration.ts";
import { knownOf } from "../core/journal/entry.ts";
import type { JsonObject } from "../core/json.ts";
import { proofOf } from "../core/plan/coverage.ts";
import { eventOutcome } from "../core/report/change_documents.ts";
import { documentFrame } from "../core/report/document_frame.ts";
import {
  BOOLEAN,
  DATE,
  type DocumentIndex,
  DOUBLE,
  FLATTENED,
  KEYWORD,
  LONG,
  TEXT,
} from "../core/report/document_index.ts";
import { NOTHING_ANYWHERE } from "../core/report/run_words.ts";
import type { ReportDocument } from "../core/report/sink.ts";
import type { ChangeOutcome } from "../core/run/run_document.ts";
import type { AuditPlan, AuditReporting, AuditRun } from "./audit_plan.ts";
import type { AuditFinding } from "./findings.ts";
import type { Action, AuditChange } from "./ladder/audit_change.ts";
import type { ObservedInstance } from "./observed.ts";
import type { FindingKind } from "./rules.ts";
import { accountName, brokenText, type NamedAccounts, ruleText } from "./present/names.ts";
import { breakerSentence, type Refusable, refusalSentence } from "./present/refused.ts";
import { blockOf } from "./present/spared.ts";

/** Where the audit's documents go, and what can be searched in them. */
export const AUDIT_INDEX = {
  name: "aws-audits",
  fields: {
    // The fields of py-awsaudit.
    tag_scheme: KEYWORD,
    violator_count: LONG,
    violators: {
      properties: { id: KEYWORD, region: KEYWORD, state: KEYWORD, age: DOUBLE, tags: KEYWORD },
    },
    /** There are more violators than the document holds. */
    violators_truncated: BOOLEAN,
    id: KEYWORD,
    state: KEYWORD,
    /** In minutes. */
    age: DOUBLE,
    /** As `key=value`. */
    tags: KEYWORD,
    rule: { properties: { id: KEYWORD, version: KEYWORD } },
    aws: {
      properties: {
        /** The values by their keys, which are the users'. */
        tags: FLATTENED,
        ec2: { properties: { created: DATE, launched: DATE } },
      },
    },
    groundskeeper: {
      properties: {
        tag_audit: {
          properties: {
            // Of an account: how many instances, of its proven Regions.
            evaluated: LONG,
            compliant: LONG,
            undecided: LONG,
            exempt: LONG,
            in_grace: LONG,
            left_out: {
              properties: {
                instances: LONG,
                by: { properties: { setting: KEYWORD, instances: LONG } },
              },
            },
            /** Compliant of evaluated, 0 to 1; null where nothing was evaluated. */
            ratio: DOUBLE,
            enforced: BOOLEAN,
            quarantined_until: DATE,
            coverage: {
              properties: {
                regions_planned: LONG,
                regions_ok: LONG,
                regions_by_canary: LONG,
                regions_by_second_source: LONG,
                /** Both sources say that they are empty: neither proven nor unproven. */
                regions_empty: LONG,
              },
            },
            /** Counted from outcomes. */
            actions: {
              properties: {
                marked: LONG,
                unmarked: LONG,
                stopped: LONG,
                terminated: LONG,
                failed: LONG,
                refused: LONG,
              },
            },
            // Of an instance.
            finding: KEYWORD,
            missing: KEYWORD,
            empty: KEYWORD,
            invalid: KEYWORD,
            stage: KEYWORD,
            /** The next step. */
            planned: KEYWORD,
            /** A reason to spare it, or the limit that refuses. */
            blocked_by: KEYWORD,
            /** When the next step is due. */
            deadline: DATE,
            owner: {
              properties: { name: KEYWORD, source: KEYWORD, confidence: KEYWORD, detail: TEXT },
            },
            note: TEXT,
            asked: TEXT,
            outlook: TEXT,
            grace_minutes: DOUBLE,
            // Of a Region.
            proof: KEYWORD,
            /** "ok", or why it is not proven. */
            status: KEYWORD,
            detail: TEXT,
            canary: { properties: { status: KEYWORD, instance: KEYWORD, detail: TEXT } },
            // Of a refusal.
            breakers: {
              properties: {
                limit: KEYWORD,
                value: DOUBLE,
                would: DOUBLE,
                scope: KEYWORD,
                detail: TEXT,
              },
            },
            refused_changes: LONG,
          },
        },
      },
    },
  },
} as const satisfies DocumentIndex;

/** The types of the documents, by what they are about. */
export const DOC_TYPES = {
  account: "aws_tag_audit",
  instance: "aws_tag_violator",
  region: "aws_tag_region",
  /** A change that was tried, or a refusal. */
  change: "aws_tag_action",
} as const;

/** What a document of the audit takes from a run. */
type Told = {
  readonly plan: Pick<AuditPlan, "plan_id" | "breakers" | "coverage"> & Refusable;
  readonly run: Pick<AuditRun, "run_id" | "slot" | "changes">;
};

/**
 * The field `account`, as py-awsaudit wrote it: the alias, if there is one. Texts and pages have the name
 * first.
 */
export function aliasOrName(plan: NamedAccounts, id: string): string {
  return plan.own.accounts.find(({ account }) => account === id)?.alias ?? accountName(plan, id);
}

/** A document of the audit. */
const document = documentFrame<Told>({
  job: "audit",
  index: AUDIT_INDEX.name,
  head: DOC_TYPES.region,
  category: "configuration",
  dataset: "groundskeeper.tag_audit",
  service: "ec2",
  accountName: aliasOrName,
});

/** Embedded violators per account document; a document of 10,000 weighs 1.6 MB. */
const VIOLATORS = 1000;

/**
 * The audit's documents: one per account, per violator, per region and per change. The
 * fields of py-awsaudit stay at the top level; everything else is ECS, or is under `groundskeeper`.
 */
export function auditDocuments(reporting: AuditReporting): ReportDocument[] {
  return [
    ...accountDocuments(reporting),
    ...violatorDocuments(reporting),
    ...regionDocuments(reporting),
    ...changeDocuments(reporting),
  ];
}

function byAccount<One extends { readonly account: string }>(all: readonly One[]) {
  return Map.groupBy(all, ({ account }) => account);
}

function accountDocuments(reporting: AuditReporting): ReportDocument[] {
  const { plan, run, config } = reporting;
  const findings = byAccount(plan.own.findings.filter(({ stage }) => stage !== "exempt"));
  const regions = byAccount(plan.coverage.regions);
  const unprovenPlaces = byAccount(plan.coverage.unproven);
  const allChanges = byAccount(run.changes);
  return plan.own.accounts.map((figures) => {
    const { account } = figures;
    const violators = findings.get(account) ?? [];
    const read = regions.get(account) ?? [];
    const unproven = unprovenPlaces.get(account) ?? [];
    const changes = allChanges.get(account) ?? [];
    const proofs = (proof: string) => read.filter((region) => region.proof === proof).length;
    const done = (action: Action) =>
      changes.filter((change) => change.outcome === "done" && change.kind === action).length;
    const outcome = unproven.length === 0 ? "success" : "failure";
    return document(
      DOC_TYPES.account,
      {
        account,
        id: "",
        alone: knownOfAccount({
          proof: proofOf(plan.coverage, account, ""),
          places: read.length + unproven.length,
          isTried: changes.some(({ outcome }) => outcome !== null),
        }),
      },
      reporting,
      () => ({
        tag_scheme: config.required.map(ruleText),
        violator_count: figures.violating,
        violators: violators.slice(0, VIOLATORS).map(seedFields),
        violators_truncated: violators.length > VIOLATORS,
        event: { kind: "metric", action: "tag-audit", outcome },
        groundskeeper: {
          tag_audit: {
            evaluated: figures.examined,
            compliant: figures.compliant,
            undecided: figures.undecided,
            exempt: figures.exempt,
            in_grace: figures.in_grace,
            left_out: figures.left_out,
            ratio: figures.examined ? (figures.compliant ?? 0) / figures.examined : null,
            enforced: figures.enforced,
            quarantined_until: figures.quarantined_until,
            coverage: {
              regions_planned: read.length + unproven.length,
              regions_ok: read.length - proofs("none"),
              regions_by_canary: proofs("canary"),
              regions_by_second_source: proofs("second-source"),
              regions_empty: proofs("none"),
            },
            actions: {
              marked: done("mark"),
              unmarked: done("unmark"),
              stopped: done("stop"),
              terminated: done("terminate"),
              failed: changes.filter(({ outcome }) =>
                outcome !== null && eventOutcome(outcome) === "failure"
              ).length,
              refused: plan.refused
                ? changes.filter(({ outcome }) => outcome === null).length
                : 0,
            },
          },
        },
      }),
    );
  });
}

/**
 * How much a document of an account knows, to be compared with another run's of the slot: first how much
 * is proven; then how much was asked for, so that a narrowed run does not hide what is unproven; then
 * whether changes were tried, so that a report does not hide what an apply did.
 */
function knownOfAccount(
  { proof, places, isTried }: {
    readonly proof: number;
    readonly places: number;
    readonly isTried: boolean;
  },
): number {
  return (proof * MORE_THAN_PLACES + places) * 2 + Number(isTried);
}

/** AWS has some 40 Regions. */
const MORE_THAN_PLACES = 1000;

/** The documents of the instances that break the rules, acted on or not. */
function violatorDocuments(reporting: AuditReporting): ReportDocument[] {
  const { plan, observed } = reporting;
  const blocked = blocks(plan);
  return [...byAccount(plan.own.findings)].flatMap(([account, findings]) => {
    const instances = observed.of(account)?.regions.flatMap(({ instances }) => instances) ?? [];
    const byId = new Map(instances.map((one) => [one.id, one]));
    return findings.map((finding) => {
      const { id } = finding;
      const { zone = "", type = "", created = null, launched = null } = byId.get(id) ?? {};
      const seen = { zone, type, created, launched };
      return violatorDocument(finding, seen, blocked.get(id) ?? [], reporting);
    });
  });
}

/** What a document says of an instance as it was observed. It keeps no part of the observation. */
type Seen = {
  readonly [Name in "zone" | "type" | "created" | "launched"]: ObservedInstance[Name] | null;
};

function violatorDocument(
  finding: AuditFinding,
  seen: Seen,
  blockedBy: readonly string[],
  reporting: AuditReporting,
): ReportDocument {
  const { plan, config } = reporting;
  // Two rules may be about one key.
  const keys = (...kinds: FindingKind[]) => [
    ...new Set(finding.broken.filter(({ kind }) => kinds.includes(kind)).map(({ key }) => key)),
  ];
  return document(DOC_TYPES.instance, finding, reporting, () => ({
    ...seedFields(finding),
    event: {
      kind: "state",
      action: "tag-violation",
      outcome: "success",
      reason: brokenText(finding),
    },
    cloud: {
      region: finding.region,
      availability_zone: seen.zone,
      instance: { id: finding.id, name: finding.tags["Name"] ?? "" },
      machine: { type: seen.type },
    },
    rule: { id: "required-tags", version: plan.own.rule_hash },
    aws: {
      tags: finding.tags,
      ec2: { created: seen.created, launched: seen.launched },
    },
    groundskeeper: {
      tag_audit: {
        finding: finding.kinds,
        missing: keys("missing"),
        empty: keys("empty"),
        invalid: keys("invalid", "unknown-principal"),
        stage: finding.stage,
        planned: finding.next,
        blocked_by: blockedBy,
        deadline: finding.deadline,
        owner: finding.owner,
        note: finding.note,
        asked: finding.asked,
        outlook: finding.outlook,
        grace_minutes: durationMs(config.grace) / 60_000,
      },
    },
  }));
}

/** What keeps each instance from its next step, by its id: a reason, or the limit that refuses. */
function blocks(plan: AuditPlan): ReadonlyMap<string, readonly string[]> {
  const { refused } = plan;
  return new Map([
    ...plan.spared.map((spared) => ({ ...spared, block: blockOf(spared) })),
    ...(refused ? plan.changes.map(({ target }) => ({ target, block: refused.limit })) : []),
  ].flatMap(({ target, block }) => block === null ? [] : [[instanceIdOf(target), [block]]]));
}

/** The fields that py-awsaudit's documents had, as they were. */
function seedFields(finding: AuditFinding): JsonObject {
  const { id, region, state, age_minutes, tags } = finding;
  return { id, region, state, age: age_minutes, tags: seedTags(tags) };
}

/** Tags as py-awsaudit wrote them: `key=value`. */
export function seedTags(tags: { readonly [key: string]: string }): string[] {
  return Object.entries(tags).map(([key, value]) => `${key}=${value}`).sort();
}

/** Said of a region in which no canary is asked for. */
const NO_CANARY = { status: "disabled", instance: null, detail: "" };

function regionDocuments(reporting: AuditReporting): ReportDocument[] {
  const { coverage, own } = reporting.plan;
  const canaries = new Map(own.canaries.map((canary) => [regionOf(canary), canary]));
  return [
    ...coverage.regions.map((region) => ({ ...region, isOk: true, reason: "ok", detail: "" })),
    ...coverage.unproven.map((region) => ({ ...region, isOk: false, proof: null })),
  ].map(({ account, region, isOk, proof, reason: status, detail }) => {
    const canary = canaries.get(regionOf({ account, region })) ?? NO_CANARY;
    const { status: health, instance, detail: why } = canary;
    return document(DOC_TYPES.region, { account, region, id: "" }, reporting, () => ({
      event: { kind: "metric", action: "tag-region", outcome: isOk ? "success" : "failure" },
      cloud: { region },
      groundskeeper: {
        tag_audit: { proof, status, detail, canary: { status: health, instance, detail: why } },
      },
    }));
  });
}

/** The stable codes of the audit's actions in documents. */
const EVENT_ACTIONS: Readonly<Record<Action, string>> = {
  mark: "tag-mark",
  unmark: "tag-unmark",
  stop: "instance-stop",
  terminate: "instance-terminate",
  restore: "protection-restore",
  start: "instance-start",
  stamp: "canary-stamp",
  "create-canary": "canary-create",
  "stop-canary": "canary-stop",
};

/** One per change that was tried, or what has refused them. */
export function changeDocuments(reporting: Told): ReportDocument[] {
  return [
    ...reporting.run.changes.filter(({ outcome }) => outcome !== null)
      .map((change) => actionDocument(change, reporting)),
    ...refusalDocuments(reporting),
  ];
}

function actionDocument(
  change: AuditChange & ChangeOutcome,
  reporting: Told,
): ReportDocument {
  const { action, target, outcome, at } = change;
  return document(DOC_TYPES.change, { ...change, alone: knownOf(outcome) }, reporting, () => ({
    event: {
      kind: "event",
      action: EVENT_ACTIONS[change.kind],
      type: [change.kind === "terminate" ? "deletion" : "change"],
      outcome: eventOutcome(outcome),
      reason: change.reason,
    },
    error: change.error,
    cloud: { region: change.region, instance: { id: instanceIdOf(target) } },
    groundskeeper: { change: { id: change.id, action, target, outcome, at } },
  }));
}

/** A refusal or a tripped breaker is a document too: such a run must leave something behind. */
function refusalDocuments(reporting: Told): ReportDocument[] {
  const { plan } = reporting;
  const sentence = refusalSentence(plan);
  if (sentence === null && plan.breakers.length === 0) return [];
  const tripped = `${plan.breakers.map(breakerSentence).join("; ")}: ${NOTHING_ANYWHERE}`;
  // Where the limit was passed or the breaker tripped; without a scope it was the complete run.
  const [account, region] = (plan.refused ?? plan.breakers[0])?.scope?.split("/") ?? [];
  return [document(DOC_TYPES.change, { account: "", id: "refusal", alone: 0 }, reporting, () => ({
    event: {
      kind: "event",
      action: sentence === null ? "breaker-tripped" : "refused",
      outcome: "failure",
      reason: `${sentence ?? tripped}.`,
    },
    cloud: {
      ...(account && { account: { id: account, name: aliasOrName(plan, account) } }),
      ...(region && { region }),
    },
    groundskeeper: { tag_audit: { breakers: plan.breakers, refused_changes: plan.changes.length } },
  }))];
}
