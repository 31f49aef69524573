import { partsOf } from "../../../runners/core/parts.ts";
import fc from "fast-check";
import { CANARY_STAMP_TAG, UNTIL_TAG } from "../../../runners/core/contract/names.ts";
import { canaryTags } from "../../../runners/audit/canary/canary.ts";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { stepsFrom } from "../../../runners/audit/ladder/ladder.ts";
import type { Sighting } from "../../../runners/audit/ladder/sightings.ts";
import { type MarkRow, markValue, ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type {
  ObservedInstance,
  ObservedList,
  ObservedRegion,
} from "../../../runners/audit/observed.ts";
import type { AuditPlanning, Earlier } from "../../../runners/audit/planning.ts";
import { anAccount, anInstance, aRegion, configOf, DEV, NOW, PROD, YESTERDAY } from "./world.ts";

/**
 * Worlds of every kind: what is right, what is broken, what could not be read or is not believed,
 * on each step of the ladder, with canaries that are well and that are not.
 */

const KEYS = ["owner", "Owner", "team", "project", "Name", "groundskeeper-audit", "__proto__"];
const UNIT = "ou-ab12-cdef3456";
/** The VPC of some instances; of others it is another, or not known. */
export const VPC = "vpc-0123456789abcdef0";
const HOUR_MS = 3_600_000;
const ago = (hours: number) => new Date(NOW.getTime() - hours * HOUR_MS);

const tags = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.constant({ owner: "alice", project: "shop" }) },
  {
    weight: 1,
    arbitrary: fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 5 }).chain((keys) =>
      fc.tuple(...keys.map(() => fc.constantFrom("", " ", "alice", "mallory", "shop")))
        .map((values) => Object.fromEntries(keys.map((key, index) => [key, values[index]!])))
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant({ Name: "api-canary-us-east-1", owner: "nobody", project: "canary" }),
  },
);

const instant = fc.constantFrom(YESTERDAY, "2026-01-05T08:00:00.000Z", "2026-11-20T11:30:00.000Z");

/** What the store knows of an instance, and what the instance carries. */
const ROWS = [
  "none",
  "looked at",
  "marked",
  "marked",
  "marked",
  "stopped",
  "stopped",
  "lifted",
  "row only",
  "altered",
  "forged",
  "of old rules",
  "of 0.1.0",
] as const;

const rowPart = fc.record({
  kind: fc.constantFrom(...ROWS),
  /** When it was marked, in hours. */
  age: fc.constantFrom(1, 13, 40, 100),
  /** When it was stopped. */
  stopped: fc.constantFrom(0.5, 30, 90),
  looks: fc.constantFrom(1, 3),
  lookedAt: fc.constantFrom(0.1, 2),
});

const instancePart = fc.record({
  state: fc.constantFrom(
    "running",
    "running",
    "running",
    "stopped",
    "stopped",
    "terminated",
    "pending",
  ),
  created: instant,
  launched: instant,
  vpc: fc.constantFrom(VPC, "vpc-0123456789abcdef1", null),
  image: fc.constantFrom("ami-00000000000000001", "ami-00000000000000002"),
  managedBy: fc.constantFrom<string[]>([], [], [], [], [], ["Auto Scaling group web"]),
  rootDevice: fc.constantFrom("ebs", "ebs", "ebs", "instance-store"),
  lifecycle: fc.constantFrom(null, null, null, "spot"),
  protection: fc.constantFrom(
    { termination: false, stop: false },
    { termination: false, stop: false },
    { termination: true, stop: false },
    { termination: false, stop: true },
    null,
  ),
  tags,
  until: fc.constantFrom(null, null, null, "2026-11-20", "2026-11-30", "2026-11-31", "soon"),
  row: rowPart,
});

const CANARIES = ["ok", "ok", "none", "absent", "running", "bare", "stale"] as const;

const regionPart = fc.record({
  instances: fc.array(instancePart, { maxLength: 5 }),
  canary: fc.constantFrom(...CANARIES),
  level: fc.constantFrom(null, null, "more", "cleaner", "believed"),
  answer: fc.constantFrom(
    "agrees",
    "agrees",
    "agrees",
    "agrees",
    "agrees",
    "differs",
    "failed",
    "one source",
  ),
});

const LISTS: readonly ObservedList[][] = [
  [{ file: "names.txt", values: ["alice"] }],
  [{ file: "names.txt", values: [] }],
  [{ file: "names.txt", reason: "missing", detail: "there is no such file" }],
  [],
];

const USERS = [null, { names: ["alice"] }, { reason: "throttled", detail: "Throttling: slow" }];

const accountPart = fc.record({
  users: fc.constantFrom(...USERS),
  joined: fc.constantFrom(null, null, "2026-01-01T00:00:00.000Z", "2026-11-15T00:00:00.000Z"),
  units: fc.constantFrom<string[]>([], [], [UNIT]),
  unitsAsked: fc.constantFrom<string[]>([UNIT], []),
  lists: fc.constantFrom(...LISTS),
  regions: fc.record({ "us-east-1": regionPart, "eu-west-1": regionPart }),
});

const LADDERS: readonly AuditConfig["ladder"][] = [
  [{ after: "0m", do: "mark" }],
  [{ after: "12h", do: "mark" }],
  [
    { after: "0m", do: "mark" },
    { after: "12h", do: "stop" },
    { after: "36h", do: "terminate" },
  ],
  [
    { after: "1h", do: "mark" },
    { after: "12h", do: "stop" },
    { after: "36h", do: "terminate" },
  ],
  [{ after: "0m", do: "mark" }, { after: "12h", do: "terminate" }],
  [{ after: "0m", do: "mark" }, { after: "12h", do: "stop" }],
];

const config = fc.record({
  required: fc.constantFrom<AuditConfig["required"]>(
    configOf({ required: [{ key: "owner" }] }).required,
    configOf({ required: [{ key: "owner", match: "insensitive", aliases: ["team"] }] }).required,
    configOf({
      required: [{ key: "owner", value: { principal: { users: true } } }, { key: "project" }],
    }).required,
    configOf({
      required: [
        {
          anyOf: [
            { key: "owner", value: { principal: { users: true, file: "names.txt" } } },
            { key: "team" },
          ],
        },
        { key: "project", when: { tag: { key: "Name", value: "shop" } } },
      ],
    }).required,
    configOf({
      required: [
        { key: "owner", value: { valueFrom: "names.txt" }, when: { not: { units: [UNIT] } } },
        { key: "project", when: { vpcs: [VPC] } },
      ],
    }).required,
  ),
  grace: fc.constantFrom("0m", "60m", "3d"),
  clock: fc.constantFrom("created" as const, "launched" as const),
  managed: fc.constantFrom("report" as const, "include" as const),
  protection: fc.constantFrom("respect" as const, "lift" as const),
  looks: fc.record({ count: fc.constantFrom(1, 2), spacing: fc.constant("30m") }),
  ladder: fc.constantFrom(...LADDERS),
  enforce: fc.record({
    accounts: fc.subarray([DEV, PROD]),
    units: fc.subarray([UNIT]),
    quarantine: fc.constantFrom("14d", "1d"),
  }),
  canary: fc.record({
    mode: fc.constantFrom(
      "off" as const,
      "off" as const,
      "when-enforcing" as const,
      "required" as const,
    ),
    tags: fc.constant({ Name: "api-canary-{region}", owner: "nobody", project: "canary" }),
  }),
  limits: fc.record({ minPopulation: fc.constantFrom(0, 3, 20) }),
  exempt: fc.constantFrom<AuditConfig["exempt"]>(
    [],
    [],
    [{ match: { imageId: "ami-00000000000000002" }, reason: "vendor", until: "2026-11-20" }],
    [{ match: { tag: { key: "Name", value: "shop" } }, reason: "vendor", until: "2026-11-19" }],
  ),
}).map(configOf);

type RegionPart = typeof regionPart extends fc.Arbitrary<infer Part> ? Part : never;
type AccountPart = typeof accountPart extends fc.Arbitrary<infer Part> ? Part : never;
type RowPart = typeof rowPart extends fc.Arbitrary<infer Part> ? Part : never;

/** What the store knows, while it is being made up. */
type Known = { readonly [Kind in keyof Earlier]: Map<string, MapValue<Earlier[Kind]>> };
type MapValue<Rows> = Rows extends ReadonlyMap<string, infer Value> ? Value : never;

/** Any world, the rules that judge it, and what earlier runs know of it. */
export const anyPlanning: fc.Arbitrary<AuditPlanning> = fc.tuple(
  config,
  fc.record({ [DEV]: accountPart, [PROD]: accountPart }),
).map(([config, parts]) => planningFrom(config, parts));

/**
 * Worlds in which much is believed, enforced and due, so that many instances are stopped and
 * terminated in them.
 */
export const latePlanning: fc.Arbitrary<AuditPlanning> = fc.tuple(
  config,
  fc.constantFrom(...LADDERS.filter(({ length }) => length > 1)),
  fc.boolean(),
  fc.record({ [DEV]: accountPart, [PROD]: accountPart }),
).map(([config, ladder, everywhere, parts]) => {
  const accounts = everywhere ? [DEV, PROD] : config.enforce.accounts;
  const enforce = { ...config.enforce, accounts };
  const canary = { ...config.canary, mode: "off" as const };
  const calm = ({ canary: _canary, ...region }: RegionPart): RegionPart => ({
    ...region,
    answer: region.answer === "differs" ? "differs" : "agrees",
    canary: "none",
    level: null,
  });
  const regionsOf = ({ regions, ...account }: AccountPart): AccountPart => ({
    ...account,
    regions: { "us-east-1": calm(regions["us-east-1"]), "eu-west-1": calm(regions["eu-west-1"]) },
  });
  return planningFrom(
    { ...config, ladder, enforce, canary, grace: "0m" },
    { [DEV]: regionsOf(parts[DEV]!), [PROD]: regionsOf(parts[PROD]!) },
  );
});

function planningFrom(
  config: AuditConfig,
  parts: Readonly<Record<string, AccountPart>>,
): AuditPlanning {
  let number = 0;
  const earlier: Known = {
    sightings: new Map(),
    marks: new Map(),
    lifts: new Map(),
    canaries: new Map(),
    stamps: new Map(),
    levels: new Map(),
    listings: new Map(),
    owners: new Map(),
  };
  const accounts = Object.entries(parts).map((
    [id, { users, joined, units, unitsAsked, lists, regions }],
  ) =>
    anAccount(
      id,
      Object.entries(regions).map(([region, part]) => {
        const made = part.instances.map(({ row, until, vpc, ...rest }) => {
          const tags = until === null ? rest.tags : { ...rest.tags, [UNTIL_TAG]: until };
          const where = vpc === null ? {} : { vpc };
          const instance = anInstance(++number, { ...rest, ...where, tags });
          return withRow(instance, row, `${id}/${region}/${instance.id}`, config, earlier);
        });
        const all = withCanary(
          made,
          part.canary,
          { id, region, number: ++number },
          config,
          earlier,
        );
        withLevel(made.length, part.level, `${id}/${region}`, earlier);
        return answering(aRegion(region, all), part.answer);
      }),
      { users, joined, units, unitsAsked, lists },
    )
  );
  return { config, observed: partsOf(accounts), earlier, now: NOW };
}

function withRow(
  instance: ObservedInstance,
  { kind, age, stopped, looks, lookedAt }: RowPart,
  rowId: string,
  config: AuditConfig,
  earlier: Known,
): ObservedInstance {
  const hash = ruleHash(config);
  const markedAt = ago(age);
  // 0.1.0 knew no other step than the mark.
  const known = kind === "of 0.1.0" ? { ...config, ladder: config.ladder.slice(0, 1) } : config;
  const steps = stepsFrom(markedAt, known);
  const value = markValue(steps, markedAt, ruleHash(known));
  const mark: MarkRow = {
    value,
    deadline: Object.values(steps)[0] ?? markedAt.toISOString(),
    rule_hash: ruleHash(known),
    marked_at: markedAt.toISOString(),
    run_id: "run",
    ...(kind === "stopped" || kind === "lifted"
      ? { stopped_at: ago(Math.min(stopped, age)).toISOString() }
      : {}),
  };
  const at = ago(lookedAt).toISOString();
  const look: Sighting = {
    first_seen: ago(age).toISOString(),
    last_seen: at,
    count: looks,
    rule_hash: hash,
    ...(kind === "of 0.1.0" ? {} : { spaced: { count: looks, at } }),
  };
  const tagged = (text: string) => ({
    ...instance,
    tags: { ...instance.tags, "groundskeeper-audit": text },
  });
  if (kind !== "none") earlier.sightings.set(rowId, look);
  switch (kind) {
    case "none":
    case "looked at":
      return instance;
    case "forged":
      return tagged(value);
    case "row only":
      earlier.marks.set(rowId, mark);
      return instance;
    case "altered":
      earlier.marks.set(rowId, mark);
      return tagged(`${value}0`);
    case "of old rules":
      earlier.marks.set(rowId, { ...mark, rule_hash: "0ldru1e5" });
      return tagged(value);
    case "lifted":
      earlier.lifts.set(rowId, {
        protection: { termination: true, stop: false },
        at: ago(1).toISOString(),
        run_id: "run",
      });
      earlier.marks.set(rowId, mark);
      return tagged(value);
    default:
      earlier.marks.set(rowId, mark);
      return tagged(value);
  }
}

function withCanary(
  instances: readonly ObservedInstance[],
  kind: RegionPart["canary"],
  { id, region, number }: { readonly id: string; readonly region: string; readonly number: number },
  config: AuditConfig,
  { canaries, stamps }: Known,
): ObservedInstance[] {
  if (kind === "none") return [...instances];
  const place = `${id}/${region}`;
  const stamp = ago(1).toISOString();
  const canary = anInstance(number, {
    state: kind === "running" ? "running" : "stopped",
    tags: kind === "bare" ? {} : {
      ...canaryTags(config, region),
      [CANARY_STAMP_TAG]: kind === "stale" ? ago(3).toISOString() : stamp,
    },
  });
  canaries.set(place, { instance_id: canary.id, how: "created", at: YESTERDAY });
  stamps.set(place, { instance_id: canary.id, value: stamp });
  return kind === "absent" ? [...instances] : [canary, ...instances];
}

function withLevel(
  count: number,
  kind: RegionPart["level"],
  place: string,
  { levels }: Known,
): void {
  if (kind === null) return;
  const listed = kind === "cleaner" ? count : count * 4 + 4;
  const level = { listed, examined: listed, violating: 0, at: YESTERDAY };
  // It was doubted for figures that are far worse than now, so that this is the same doubt.
  const doubt = {
    doubted_since: YESTERDAY,
    doubted: { listed: count, examined: count, violating: count },
  };
  // A region that has been enforced for long, so that marks count.
  const enforced = { since: new Date(0).toISOString(), until: YESTERDAY };
  levels.set(place, { ...level, enforced, ...(kind === "believed" ? doubt : {}) });
}

function answering(region: ObservedRegion, answer: RegionPart["answer"]): ObservedRegion {
  if (answer === "failed") {
    // A region that failed is not believed, whatever else is known of it.
    return { ...region, failure: { reason: "throttled", detail: "slow" } };
  }
  if (answer === "one source") return { ...region, secondSource: null };
  if (answer === "agrees") return region;
  const { asked, at } = region.secondSource!;
  const ids = asked === "all" ? ["i-000000000000000ff"] : asked;
  return {
    ...region,
    secondSource: {
      asked,
      tags: Object.fromEntries(ids.map((id) => [id, { owner: "somebody else" }])),
      at,
    },
  };
}
