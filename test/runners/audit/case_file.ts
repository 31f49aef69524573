import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import * as z from "zod";
import { type AuditConfig, STEPS, unitsAsked } from "../../../runners/audit/config.ts";
import { ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type {
  ObservedAccount,
  ObservedList,
  ObservedRegion,
} from "../../../runners/audit/observed.ts";
import { plan as planOf } from "../../../runners/audit/plan.ts";
import type { AuditPlanning, Earlier } from "../../../runners/audit/planning.ts";
import { anAccount, anInstance, aRegion, configOf, documentOf } from "./world.ts";

/** What the files of test/cases/audit hold; its README explains the words. */
const tags = z.record(z.string(), z.string());
const failure = z.strictObject({ reason: z.string(), detail: z.string() });

const protection = z.strictObject({ termination: z.boolean(), stop: z.boolean() });

const instance = z.strictObject({
  /** How many there are like it, with the ids that follow. */
  count: z.number().default(1),
  state: z.string().optional(),
  created: z.string().optional(),
  launched: z.string().optional(),
  image: z.string().optional(),
  type: z.string().optional(),
  managedBy: z.array(z.string()).optional(),
  rootDevice: z.string().optional(),
  lifecycle: z.string().optional(),
  doubt: failure.optional(),
  vpc: z.string().optional(),
  protection: z.union([z.literal("unread"), protection]).default({
    termination: false,
    stop: false,
  }),
  tags,
});

const region = z.strictObject({
  unreadable: failure.optional(),
  instances: z.record(z.string(), instance).default({}),
  instanceStores: z.record(z.string(), z.boolean()).optional(),
  describeTags: z.union([z.literal("not asked"), z.record(z.string(), tags)]).default({}),
  notAskedAbout: z.array(z.string()).default([]),
});

const expectation = z.strictObject({
  leftOut: z.record(z.string(), z.number()).default({}),
  coverage: z.record(z.string(), z.string()),
  canaries: z.record(z.string(), z.string()).default({}),
  figures: z.record(z.string(), z.number()).default({}),
  breakers: z.array(z.string()).default([]),
  changes: z.record(z.string(), z.string()).default({}),
  spared: z.record(z.string(), z.string()).default({}),
  findings: z.record(z.string(), z.string()).default({}),
  /** Compared only where a case says it. */
  next: z.record(z.string(), z.string()).optional(),
  upkeep: z.array(z.string()).default([]),
});

const look = z.strictObject({
  first_seen: z.string(),
  last_seen: z.string(),
  count: z.number(),
  rule_hash: z.string(),
  spaced: z.strictObject({ count: z.number(), at: z.string() }).optional(),
});

const mark = z.strictObject({
  value: z.string(),
  deadline: z.string(),
  rule_hash: z.string(),
  marked_at: z.string(),
  run_id: z.string().default("01JD0000000000000000000000"),
  steps: z.record(z.enum(STEPS), z.string().optional()).optional(),
  stopped_at: z.string().optional(),
  terminated_at: z.string().optional(),
});

const lift = z.strictObject({
  protection,
  at: z.string(),
  run_id: z.string().default("01JD0000000000000000000000"),
});

const canary = z.strictObject({
  instance_id: z.string(),
  how: z.enum(["created", "adopted"]).default("created"),
  at: z.string(),
});

const stamp = z.strictObject({ instance_id: z.string(), value: z.string() });

const level = z.strictObject({
  listed: z.number(),
  examined: z.number(),
  violating: z.number(),
  at: z.string(),
  doubted_since: z.string().optional(),
  doubted: z.strictObject({ listed: z.number(), examined: z.number(), violating: z.number() })
    .optional(),
});

const listing = z.strictObject({
  size: z.number(),
  at: z.string(),
  doubted_since: z.string().optional(),
  doubted: z.number().optional(),
});

const account = z.strictObject({
  joined: z.string().optional(),
  units: z.array(z.string()).default([]),
  /** null: AWS Organizations was asked about none. */
  unitsAsked: z.array(z.string()).nullable().optional(),
});

const caseFile = z.strictObject({
  name: z.string(),
  config: z.unknown(),
  now: z.iso.datetime(),
  iamUsers: z.record(z.string(), z.union([z.array(z.string()), failure])).default({}),
  lists: z.record(z.string(), z.union([z.array(z.string()), failure])).optional(),
  accounts: z.record(z.string(), account).default({}),
  observed: z.record(z.string(), region),
  earlier: z.strictObject({
    looks: z.record(z.string(), look).default({}),
    marks: z.record(z.string(), mark).default({}),
    lifts: z.record(z.string(), lift).default({}),
    canaries: z.record(z.string(), canary).default({}),
    stamps: z.record(z.string(), stamp).default({}),
    levels: z.record(z.string(), level).default({}),
    listings: z.record(z.string(), listing).default({}),
  }).prefault({}),
  expect: expectation,
});

export type Expectation = z.infer<typeof expectation>;
type CaseRegion = z.infer<typeof region>;
type CaseFile = z.infer<typeof caseFile>;
type CaseUsers = z.infer<typeof caseFile>["iamUsers"][string];

/** A case, ready to be planned. */
export interface AuditCase {
  readonly name: string;
  readonly planning: AuditPlanning;
  readonly expect: Expectation;
}

/** Reads a case; `{rules}` in it is replaced by the hash of its own rules. */
export function readCase(text: string): AuditCase {
  const config = configOf(JSON.parse(text).config);
  const read = caseFile.parse(JSON.parse(text.replaceAll("{rules}", ruleHash(config))));
  return {
    name: read.name,
    planning: {
      config,
      now: new Date(read.now),
      observed: observedOf(read, config),
      earlier: {
        sightings: new Map(Object.entries(read.earlier.looks)) as Earlier["sightings"],
        marks: new Map(Object.entries(read.earlier.marks)) as Earlier["marks"],
        lifts: new Map(Object.entries(read.earlier.lifts)),
        canaries: new Map(Object.entries(read.earlier.canaries)),
        stamps: new Map(Object.entries(read.earlier.stamps)),
        levels: new Map(Object.entries(read.earlier.levels)) as Earlier["levels"],
        listings: new Map(Object.entries(read.earlier.listings)) as Earlier["listings"],
        // No case is about owners, since no rule judges them.
        owners: new Map(),
      },
    },
    expect: read.expect,
  };
}

function observedOf(read: CaseFile, config: AuditConfig): Parts<ObservedAccount> {
  const accounts = new Map<string, ObservedAccount>();
  for (const [place, answers] of Object.entries(read.observed)) {
    const [id, name] = place.split("/") as [string, string];
    const said = read.accounts[id];
    const { joined = null, units = [], unitsAsked: asked = unitsAsked(config) } = said ?? {};
    const account = accounts.get(id) ?? anAccount(id, [], {
      joined,
      units,
      ...(asked ? { unitsAsked: [...asked] } : {}),
      users: usersOf(read.iamUsers[id]),
      ...(read.lists ? { lists: Object.entries(read.lists).map(listOf) } : {}),
    });
    accounts.set(id, { ...account, regions: [...account.regions, regionOf(name, answers)] });
  }
  return partsOf(accounts.values());
}

function listOf([file, read]: [string, string[] | z.infer<typeof failure>]): ObservedList {
  return Array.isArray(read) ? { file, values: read } : { file, ...read };
}

function usersOf(users: CaseUsers | undefined): ObservedAccount["users"] {
  return users === undefined ? null : Array.isArray(users) ? { names: users } : users;
}

function idAfter(id: string, more: number): string {
  return more === 0
    ? id
    : `i-${(BigInt(`0x${id.slice(2)}`) + BigInt(more)).toString(16).padStart(17, "0")}`;
}

function regionOf(name: string, said: CaseRegion): ObservedRegion {
  const instances = Object.entries(said.instances).flatMap(([id, part]) => {
    const { count, tags, protection: said, ...rest } = part;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
    const protection = said === "unread" ? null : said;
    const one = anInstance(0, { ...given, protection, tags });
    return Array.from({ length: count }, (_, more) => ({ ...one, id: idAfter(id, more) }));
  });
  const whole = aRegion(
    name,
    instances,
    said.instanceStores ? { instanceStores: { types: said.instanceStores } } : {},
  );
  if (said.unreadable) return { ...whole, failure: said.unreadable, secondSource: null };
  if (said.describeTags === "not asked") return { ...whole, secondSource: null };
  const { asked, tags, at } = whole.secondSource!;
  return {
    ...whole,
    secondSource: {
      asked: asked === "all" ? asked : asked.filter((id) => !said.notAskedAbout.includes(id)),
      tags: { ...tags, ...said.describeTags },
      at,
    },
  };
}

/** What the plan of a case says, in the words of its `expect`. */
export function saidOf(planning: AuditPlanning): Required<Expectation> {
  const plan = documentOf(planning);
  const { findings, accounts, canaries } = plan.own;
  const idOf = (target: string) => target.split("/").at(-1)!;
  const sums = [
    "examined",
    "compliant",
    "undecided",
    "doubtful",
    "in_grace",
    "violating",
    "exempt",
  ] as const;
  return {
    leftOut: Object.fromEntries(
      accounts.flatMap(({ left_out }) =>
        (left_out?.by ?? []).map(({ setting, instances }) => [setting, instances])
      ),
    ),
    coverage: Object.fromEntries([
      ...plan.coverage.regions.map(({ account, region, proof }) => [`${account}/${region}`, proof]),
      ...plan.coverage.unproven.map((
        { account, region, reason },
      ) => [`${account}/${region}`, `not proven: ${reason}`]),
    ]),
    canaries: Object.fromEntries(
      canaries.filter(({ status }) => status !== "disabled")
        .map(({ account, region, status }) => [`${account}/${region}`, status]),
    ),
    breakers: plan.breakers.map(({ limit, scope }) => scope === null ? limit : `${limit} ${scope}`),
    figures: Object.fromEntries(
      sums.map((key) =>
        [key, accounts.reduce((sum, account) => sum + (account[key] ?? 0), 0)] as const
      )
        .filter(([, sum]) => sum > 0),
    ),
    changes: Object.fromEntries(plan.changes.map((change) => {
      const deed = change.kind;
      return [idOf(change.target), `${deed === "mark" ? "" : `${deed}: `}${change.reason}`];
    })),
    spared: Object.fromEntries(plan.spared.map(({ target, reason }) => [idOf(target), reason])),
    findings: Object.fromEntries(
      findings.map(({ id, stage, kinds }) => [id, `${stage}: ${kinds.join(", ")}`]),
    ),
    next: Object.fromEntries(
      findings.map(({ id, next, deadline, note, asked }) => [
        id,
        [
          next ?? "nothing",
          ...(deadline ? [deadline] : []),
          ...(note ? [`(${note})`] : []),
          ...(asked ? [`(${asked})`] : []),
        ]
          .join(" "),
      ]),
    ),
    upkeep: planOf(planning).ownWrites.map(({ target }) => idOf(target)),
  };
}
