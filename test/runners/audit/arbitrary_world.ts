import fc from "fast-check";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { markValue, ruleHash } from "../../../runners/audit/mark.ts";
import type { ObservedInstance, ObservedRegion } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { anAccount, anInstance, aRegion, configOf, DEV, NOW, PROD, YESTERDAY } from "./world.ts";

/** Worlds of every kind: what is right, what is broken, what could not be read or is not believed. */

const KEYS = ["owner", "Owner", "team", "project", "Name", "groundskeeper-audit", "__proto__"];

const tags = fc.oneof(
  fc.constant({}),
  fc.constant({ owner: "alice", project: "shop" }),
  fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 5 }).chain((keys) =>
    fc.tuple(...keys.map(() => fc.constantFrom("", " ", "alice", "mallory", "shop")))
      .map((values) => Object.fromEntries(keys.map((key, index) => [key, values[index]!])))
  ),
);

const instant = fc.constantFrom(YESTERDAY, "2026-01-05T08:00:00.000Z", "2026-11-20T11:30:00.000Z");

const instancePart = fc.record({
  state: fc.constantFrom("running", "running", "running", "stopped", "terminated", "pending"),
  created: instant,
  launched: instant,
  image: fc.constantFrom("ami-00000000000000001", "ami-00000000000000002"),
  managedBy: fc.constantFrom<string[]>([], [], [], [], ["Auto Scaling group web"]),
  tags,
  /** What the store knows of it. */
  row: fc.constantFrom("none", "none", "none", "marked", "row only", "altered", "looked at"),
});

const regionPart = fc.record({
  instances: fc.array(instancePart, { maxLength: 5 }),
  answer: fc.constantFrom(
    "agrees",
    "agrees",
    "agrees",
    "agrees",
    "differs",
    "failed",
    "one source",
  ),
});

const USERS = [null, { names: ["alice"] }, { reason: "throttled", detail: "Throttling: slow" }];

const accountPart = fc.record({
  users: fc.constantFrom(...USERS),
  regions: fc.record({ "us-east-1": regionPart, "eu-west-1": regionPart }),
});

const config = fc.record({
  required: fc.constantFrom<AuditConfig["required"]>(
    configOf({ required: [{ key: "owner" }] }).required,
    configOf({ required: [{ key: "owner", match: "insensitive", aliases: ["team"] }] }).required,
    configOf({
      required: [{ key: "owner", value: { principal: { users: true } } }, { key: "project" }],
    }).required,
  ),
  grace: fc.constantFrom("0m", "60m", "3d"),
  clock: fc.constantFrom("created" as const, "launched" as const),
  managed: fc.constantFrom("report" as const, "include" as const),
  ladder: fc.constantFrom("0m", "12h").map((after) => [{ after, do: "mark" as const }]),
  enforce: fc.subarray([DEV, PROD]).map((accounts) => ({ accounts })),
  exempt: fc.constantFrom<AuditConfig["exempt"]>(
    [],
    [],
    [{ match: { imageId: "ami-00000000000000002" }, reason: "vendor", until: "2026-11-20" }],
    [{ match: { tag: { key: "Name", value: "shop" } }, reason: "vendor", until: "2026-11-19" }],
  ),
}).map(configOf);

/** Any world, the rules it is held against, and what earlier runs know of it. */
export const anyPlanning: fc.Arbitrary<AuditPlanning> = fc.tuple(
  config,
  fc.record({ [DEV]: accountPart, [PROD]: accountPart }),
).map(([config, parts]) => {
  let number = 0;
  const hash = ruleHash(config);
  const earlier = { looks: new Map(), marks: new Map() };
  const accounts = Object.entries(parts).map(([id, { users, regions }]) =>
    anAccount(
      id,
      Object.entries(regions).map(([region, { instances, answer }]) => {
        const made = instances.map(({ row, ...part }) => {
          const instance = anInstance(++number, part);
          return withRow(instance, row, `${id}/${region}/${instance.id}`, hash, earlier);
        });
        return answering(aRegion(region, made), answer);
      }),
      { users },
    )
  );
  return { config, observed: { accounts }, earlier, now: NOW };
});

type Row = "none" | "marked" | "row only" | "altered" | "looked at";

function withRow(
  instance: ObservedInstance,
  row: string,
  rowId: string,
  hash: string,
  { looks, marks }: {
    readonly looks: Map<string, unknown>;
    readonly marks: Map<string, unknown>;
  },
): ObservedInstance {
  const value = markValue(new Date(YESTERDAY), hash);
  const mark = { value, deadline: YESTERDAY, rule_hash: hash, marked_at: YESTERDAY, run_id: "run" };
  const tagged = (text: string) => ({
    ...instance,
    tags: { ...instance.tags, "groundskeeper-audit": text },
  });
  switch (row as Row) {
    case "looked at":
      looks.set(rowId, {
        first_seen: YESTERDAY,
        last_seen: YESTERDAY,
        count: 1,
        rule_hash: hash,
      });
      return instance;
    case "row only":
      marks.set(rowId, mark);
      return instance;
    case "marked":
      marks.set(rowId, mark);
      return tagged(value);
    case "altered":
      marks.set(rowId, mark);
      return tagged(`${value}0`);
    default:
      return instance;
  }
}

function answering(region: ObservedRegion, answer: string): ObservedRegion {
  if (answer === "failed") {
    // Whatever else is known of it: a region that failed is not believed.
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
