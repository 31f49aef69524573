import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import type * as z from "zod";
import type {
  AuditPlan,
  AuditReporting,
  AuditRun,
  AuditTypes,
} from "../../../runners/audit/audit_plan.ts";
import type { LimitUse, Refusal } from "../../../runners/core/limits/limits.ts";
import { plannedOf } from "../../../runners/core/plan/document.ts";
import { type ChangeOutcome, withOutcomes } from "../../../runners/core/run/run_document.ts";
import { type AuditConfig, auditSchema, type TagRule } from "../../../runners/audit/config.ts";
import type {
  ObservedAccount,
  ObservedInstance,
  ObservedRegion,
} from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { type Evidence, judgeTags } from "../../../runners/audit/rules.ts";
import type { Tags } from "../../../runners/audit/tags.ts";

/** The instant of every test that names no other. */
export const NOW = new Date("2026-11-20T12:00:00Z");
/** One day before it: long past the default grace of an hour. */
export const YESTERDAY = "2026-11-19T12:00:00.000Z";
export const DEV = "111111111111";
export const PROD = "222222222222";

/** A checked configuration; canaries are asked for only where a test says so. */
export function configOf(part: z.input<typeof auditSchema>): AuditConfig {
  return auditSchema.parse({ canary: { mode: "off" }, ...part });
}

/**
 * What rules are held against: an instance of `DEV` in us-east-1.
 *
 * @param users the IAM users; null: they are not known
 */
export function evidenceOf(
  users: ReadonlySet<string> | null,
  part: Partial<Evidence> = {},
): Evidence {
  return {
    account: DEV,
    units: [],
    unitsAsked: [],
    region: "us-east-1",
    vpc: null,
    now: NOW,
    listings: { users: users ?? undefined, fileOf: () => undefined },
    ...part,
  };
}

/** Judges tags where nothing else matters; of undecided rules with their names alone. */
export function judgeByUsers(
  rules: readonly TagRule[],
  tags: Tags,
  users: ReadonlySet<string> | null,
) {
  const { findings, undecided } = judgeTags(rules, tags, evidenceOf(users));
  return { findings, undecided: undecided.map(({ key }) => key) };
}

/** Mark at once, stop after three days, terminate after two weeks. */
export const WHOLE_LADDER: AuditConfig["ladder"] = [
  { after: "0m", do: "mark" },
  { after: "3d", do: "stop" },
  { after: "14d", do: "terminate" },
];

/** The number as an instance ID: 7 is `i-00000000000000007`. */
export function idOf(number: number): string {
  return `i-${number.toString(16).padStart(17, "0")}`;
}

/** A running instance of yesterday without tags. */
export function anInstance(
  number: number,
  part: Partial<ObservedInstance> = {},
): ObservedInstance {
  return {
    id: idOf(number),
    state: "running",
    type: "t3.small",
    image: "ami-00000000000000001",
    zone: "us-east-1a",
    created: part.created ?? YESTERDAY,
    launched: part.launched ?? part.created ?? YESTERDAY,
    tags: {},
    // In its place, as it is read from a file.
    ...part.vpc === undefined ? {} : { vpc: part.vpc },
    managedBy: [],
    rootDevice: "ebs",
    lifecycle: null,
    protection: null,
    ...part,
  };
}

/** A region in which DescribeTags was asked about every instance and says the same. */
export function aRegion(
  region: string,
  instances: readonly ObservedInstance[],
  part: Partial<ObservedRegion> = {},
): ObservedRegion {
  return {
    region,
    failure: null,
    instances: [...instances],
    secondSource: {
      asked: instances.length === 0 ? "all" : instances.map(({ id }) => id),
      tags: Object.fromEntries(instances.map(({ id, tags }) => [id, tags])),
      at: "2026-11-20T11:59:59.000Z",
    },
    // As if EC2 had been asked about the type of all instances that tests make.
    instanceStores: { types: { "t3.small": false } },
    importsUnread: null,
    owners: [],
    at: "2026-11-20T11:59:57.000Z",
    ...part,
  };
}

/** A region that could not be read. */
export function aFailedRegion(region: string, detail = "AccessDenied: no"): ObservedRegion {
  return aRegion(region, [], {
    failure: { reason: "access-denied", detail },
    secondSource: null,
  });
}

export function anAccount(
  id: string,
  regions: readonly ObservedRegion[],
  part: Partial<ObservedAccount> = {},
): ObservedAccount {
  return {
    id,
    name: null,
    alias: null,
    partition: "aws",
    failure: null,
    joined: null,
    units: [],
    users: null,
    regions: [...regions],
    ...part,
  };
}

/** One account with one region. */
export function oneRegion(...instances: readonly ObservedInstance[]): Parts<ObservedAccount> {
  return partsOf([anAccount(DEV, [aRegion("us-east-1", instances)])]);
}

/** What an empty store knows. */
export const NOTHING_EARLIER: AuditPlanning["earlier"] = {
  sightings: new Map(),
  marks: new Map(),
  lifts: new Map(),
  canaries: new Map(),
  stamps: new Map(),
  levels: new Map(),
  listings: new Map(),
  owners: new Map(),
};

/** A planning of the observed world that knows of no earlier run. */
export function planningOf(
  observed: Parts<ObservedAccount>,
  config: AuditConfig,
  part: Partial<AuditPlanning> = {},
): AuditPlanning {
  return {
    observed,
    config,
    earlier: NOTHING_EARLIER,
    now: NOW,
    ...part,
  };
}

/** The plan of a planning, as a run works with it. */
export function documentOf(
  planning: AuditPlanning,
  part: {
    readonly refused?: Refusal;
    readonly hypothetical?: boolean;
    readonly limits?: readonly LimitUse[];
    /** What plans; the audit's own plan, unless a test tries another. */
    readonly make?: typeof plan;
  } = {},
): AuditPlan {
  return plannedOf<AuditTypes>({
    job: "audit",
    plan: (part.make ?? plan)(planning),
    observedHash: () => "sha256:observed",
    configHash: "sha256:config",
    asOf: planning.now,
    hypothetical: part.hypothetical ?? false,
    refused: part.refused ?? null,
    limits: part.limits ?? [],
    pending: [],
  });
}

/** A run of a plan, with what became of its changes; those that are not named were not tried. */
export function runOf(
  plan: AuditPlan,
  outcomes: readonly (readonly [changeId: string, ChangeOutcome])[] = [],
  slot: Date = NOW,
): AuditRun {
  return {
    run_id: "01JD0000000000000000000000",
    slot: slot.toISOString(),
    started: NOW.toISOString(),
    finished: NOW.toISOString(),
    changes: withOutcomes<AuditTypes>(plan.changes, new Map(outcomes)),
    ownWrites: [],
    settled: [],
  };
}

/** What a report is made of. */
export function reportingOf(
  planning: AuditPlanning,
  run: AuditRun | undefined = undefined,
  plan: AuditPlan = documentOf(planning),
): AuditReporting {
  return { config: planning.config, observed: planning.observed, plan, run: run ?? runOf(plan) };
}

export function outcome(
  said: NonNullable<ChangeOutcome["outcome"]>,
  message?: string,
): ChangeOutcome {
  return {
    outcome: said,
    error: message === undefined ? null : { code: said, message },
    at: "2026-11-20T12:00:05.000Z",
  };
}
