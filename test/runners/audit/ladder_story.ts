import { partsOf } from "../../../runners/core/parts.ts";
import type { Owner } from "../../../runners/audit/owners/owners.ts";
import type { AuditPlan } from "../../../runners/audit/audit_plan.ts";
import { stepsFrom } from "../../../runners/audit/ladder/ladder.ts";
import type { Sighting } from "../../../runners/audit/ladder/sightings.ts";
import { type MarkRow, markValue, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";

/** The complete ladder, with an instance in each of its states, for golden outputs. */

export const NEW = "333333333333";

export const ladderConfig = configOf({
  required: [{ key: "department", value: { oneOf: ["web", "data"] } }],
  enforce: { accounts: [DEV, NEW] },
  ladder: [
    { after: "0m", do: "mark" },
    { after: "3d", do: "stop" },
    { after: "14d", do: "terminate" },
  ],
  states: ["running", "stopping", "stopped"],
  protection: "lift",
  canary: {
    mode: "when-enforcing",
    tags: { Name: "api-canary-{region}", department: "web" },
  },
});

const hash = ruleHash(ladderConfig);
const EAST = `${DEV}/us-east-1`;
const LAUNCHED = "2026-10-28T03:00:00.000Z";

/** The row of a mark that was set then; its value is the tag. */
export function markOf(marked_at: string, part: Partial<MarkRow> = {}): MarkRow {
  const steps = stepsFrom(new Date(marked_at), ladderConfig);
  const value = markValue(steps, new Date(marked_at), hash);
  return {
    value,
    deadline: steps.stop!,
    rule_hash: hash,
    marked_at,
    run_id: "01JC0000000000000000000000",
    ...part,
  };
}

/** Seen often enough to be stopped. */
export const seen: Sighting = {
  first_seen: "2026-11-01T03:00:00.000Z",
  last_seen: YESTERDAY,
  count: 9,
  rule_hash: hash,
  spaced: { count: 9, at: YESTERDAY },
};

const TWO_WEEKS = markOf("2026-11-06T11:00:00.000Z", { stopped_at: "2026-11-09T11:30:00.000Z" });
const FOUR_DAYS = markOf("2026-11-16T11:00:00.000Z");
const ONE_DAY = markOf("2026-11-19T11:00:00.000Z");

interface OnLadder {
  readonly instance: Partial<ObservedInstance>;
  readonly mark?: MarkRow;
  readonly look?: Sighting;
}

const unprotected = { termination: false, stop: false };
const running = (
  mark: MarkRow,
  part: Partial<ObservedInstance> = {},
): Partial<ObservedInstance> => ({
  created: LAUNCHED,
  protection: unprotected,
  ...part,
  tags: { "groundskeeper-audit": mark.value, ...part.tags },
});

/** By the number of the instance. */
const onLadder: Readonly<Record<number, OnLadder>> = {
  0x22: { instance: { tags: { Name: "new" } } },
  0x23: {
    instance: running(FOUR_DAYS, { tags: { Name: "batch" } }),
    mark: FOUR_DAYS,
    look: seen,
  },
  0x24: {
    instance: running(TWO_WEEKS, { state: "stopped", tags: { Name: "web-3" } }),
    mark: TWO_WEEKS,
    look: seen,
  },
  0x25: { instance: running(ONE_DAY), mark: ONE_DAY, look: seen },
  0x26: {
    instance: running(FOUR_DAYS, { tags: { "groundskeeper-until": "2026-11-27" } }),
    mark: FOUR_DAYS,
    look: seen,
  },
  0x27: { instance: running(ONE_DAY, { tags: { department: "web" } }), mark: ONE_DAY },
  0x28: { instance: running(ONE_DAY, { tags: { Name: "forged" } }) },
  0x29: {
    instance: running(FOUR_DAYS, { protection: { termination: true, stop: true } }),
    mark: FOUR_DAYS,
    look: seen,
  },
  0x2a: { instance: running(FOUR_DAYS), mark: FOUR_DAYS },
  0x2b: {
    instance: running(FOUR_DAYS, { rootDevice: "instance-store" }),
    mark: FOUR_DAYS,
    look: seen,
  },
  0x2c: {
    instance: running(FOUR_DAYS, { state: "stopping", protection: null }),
    mark: FOUR_DAYS,
    look: seen,
  },
  0x2d: { instance: { tags: { Name: "api-canary-us-east-1", department: "web" } } },
  0x2e: { instance: { tags: { department: "data", Name: "saved" } } },
  0x2f: { instance: running(FOUR_DAYS, { protection: null }), mark: FOUR_DAYS, look: seen },
  0x30: {
    instance: running(TWO_WEEKS, {
      state: "stopped",
      protection: { termination: true, stop: false },
      tags: { Name: "guarded" },
    }),
    mark: TWO_WEEKS,
    look: seen,
  },
};

/** The number of the canary of us-east-1. */
export const CANARY = 0x20;

/** The number of the canary of the new account, which is there before it is needed. */
export const NEW_CANARY = 0x50;

function aCanary(number: number, region: string): ObservedInstance {
  return anInstance(number, {
    state: "stopped",
    created: "2026-10-01T08:00:00.000Z",
    tags: {
      Name: `api-canary-${region}`,
      department: "web",
      "groundskeeper-canary": YESTERDAY,
    },
  });
}

const canaryRow = (number: number) => ({
  instance_id: idOf(number),
  how: "created" as const,
  at: "2026-10-01T08:00:00.000Z",
});
const stampRow = (number: number) => ({ instance_id: idOf(number), value: YESTERDAY });

const numbered = Object.entries(onLadder).map(([number, part]) => ({
  instance: anInstance(Number(number), { created: LAUNCHED, ...part.instance }),
  rowId: `${EAST}/${idOf(Number(number))}`,
  ...{ mark: part.mark, look: part.look },
}));

const dev = anAccount(DEV, [
  aRegion("us-east-1", [
    aCanary(CANARY, "us-east-1"),
    ...numbered.map(({ instance }) => instance),
    ...Array.from(
      { length: 20 },
      (_, index) => anInstance(0x100 + index, { tags: { department: "web" } }),
    ),
  ]),
  aRegion("eu-west-1", [aCanary(0x21, "eu-west-1")]),
], { name: "dev", alias: "acme-dev" });

const prod = anAccount(PROD, [
  aRegion("us-east-1", [anInstance(0x40, { tags: { Name: "shop" } })]),
], { name: "prod" });

const fresh = anAccount(NEW, [
  aRegion("us-east-1", [
    aCanary(NEW_CANARY, "us-east-1"),
    anInstance(0x51, { tags: { Name: "lab" } }),
  ]),
], { name: "fresh", joined: "2026-11-18T09:00:00.000Z" });

const earlier: AuditPlanning["earlier"] = {
  ...NOTHING_EARLIER,
  sightings: new Map(numbered.flatMap(({ rowId, look }) => look ? [[rowId, look]] : [])),
  marks: new Map(numbered.flatMap(({ rowId, mark }) => mark ? [[rowId, mark]] : [])),
  lifts: new Map([[`${EAST}/${idOf(0x2e)}`, {
    protection: { termination: true, stop: false },
    at: YESTERDAY,
    run_id: "01JC0000000000000000000001",
  }]]),
  canaries: new Map([
    [EAST, canaryRow(CANARY)],
    [`${DEV}/eu-west-1`, canaryRow(0x21)],
    [`${NEW}/us-east-1`, canaryRow(NEW_CANARY)],
  ]),
  stamps: new Map([
    [EAST, stampRow(CANARY)],
    [`${DEV}/eu-west-1`, stampRow(0x21)],
    [`${NEW}/us-east-1`, stampRow(NEW_CANARY)],
  ]),
};

/** Every state of the ladder; all canaries are well, and the new account needs none yet. */
export const ladderStory: AuditPlanning = planningOf(
  partsOf([dev, prod, fresh]),
  ladderConfig,
  { earlier },
);

/** The number of the canary that answers from the past. */
export const STALE_CANARY = 0x31;

/** Canaries are asked for, and most are not there yet; one answers from the past. */
export const noCanaryStory: AuditPlanning = {
  ...ladderStory,
  observed: partsOf([
    {
      ...dev,
      regions: [...dev.regions, aRegion("us-west-2", [aCanary(STALE_CANARY, "us-west-2")])],
    },
    prod,
    fresh,
  ]),
  earlier: {
    ...earlier,
    canaries: new Map([
      [`${DEV}/us-west-2`, canaryRow(STALE_CANARY)],
      [`${NEW}/us-east-1`, canaryRow(NEW_CANARY)],
    ]),
    stamps: new Map([
      [`${DEV}/us-west-2`, {
        instance_id: idOf(STALE_CANARY),
        value: "2026-11-20T06:00:00.000Z",
      }],
      [`${NEW}/us-east-1`, stampRow(NEW_CANARY)],
    ]),
  },
};

/** A region has lost most of its instances: nothing is changed anywhere. */
export const breakerStory: AuditPlanning = {
  ...ladderStory,
  earlier: {
    ...earlier,
    levels: new Map([[`${DEV}/eu-west-1`, {
      listed: 60,
      examined: 58,
      violating: 2,
      at: YESTERDAY,
    }]]),
  },
};

/** The same, where nothing was to be done. */
export const idleBreakerStory: AuditPlanning = {
  ...breakerStory,
  observed: partsOf([{
    ...dev,
    regions: dev.regions.filter(({ region }) => region === "eu-west-1"),
  }]),
};

/** Canaries are well and nothing is to be done. */
export const tidyLadder: AuditPlanning = {
  ...ladderStory,
  observed: partsOf(
    [dev].map((account) => ({
      ...account,
      regions: account.regions.map((region) => withoutViolators(region)),
    })),
  ),
  earlier: { ...earlier, sightings: new Map(), marks: new Map(), lifts: new Map() },
};

function withoutViolators(region: typeof dev.regions[number]): typeof region {
  const { secondSource, instances, at } = region;
  const left = instances.filter(({ id, tags }) =>
    [idOf(CANARY), idOf(0x21)].includes(id) ||
    tags["department"] === "web" && !("groundskeeper-audit" in tags) && tags["Name"] === undefined
  );
  return aRegion(region.region, left, { at, ...(secondSource ? {} : { secondSource }) });
}

const alice: Owner = { name: "alice", source: "tag", confidence: "high", detail: "tag owner" };

const owners: Readonly<Record<string, Owner>> = {
  [idOf(0x22)]: {
    name: "build\u001b[31m",
    source: "cloudtrail",
    confidence: "low",
    detail: "RunInstances by role Deploy, session build, on 2026-11-19",
  },
  [idOf(0x23)]: {
    name: "data team",
    source: "stack",
    confidence: "medium",
    detail: "tag owner of stack batch",
  },
  [idOf(0x24)]: alice,
  // In the other story of an ordinary morning.
  [idOf(0x61)]: alice,
};

/** The plan with the owners of the story in its findings. */
export function owned(plan: AuditPlan): AuditPlan {
  const findings = plan.own.findings.map((finding) => ({
    ...finding,
    owner: owners[finding.id] ?? finding.owner,
  }));
  return { ...plan, own: { ...plan.own, findings } };
}
