import * as z from "zod";
import type { PlanDocument } from "../../../runners/core/plan/document.ts";
import { ruleHash } from "../../../runners/audit/mark.ts";
import type { Observed, ObservedAccount, ObservedRegion } from "../../../runners/audit/observed.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { auditKeys } from "../../../runners/audit/names.ts";
import { anAccount, anInstance, aRegion, configOf } from "./world.ts";

/** What the files of test/cases/audit hold; its README explains the words. */
const tags = z.record(z.string(), z.string());
const failure = z.strictObject({ reason: z.string(), detail: z.string() });

const instance = z.strictObject({
  state: z.string().optional(),
  created: z.string().optional(),
  launched: z.string().optional(),
  image: z.string().optional(),
  managedBy: z.array(z.string()).optional(),
  tags,
});

const region = z.strictObject({
  unreadable: failure.optional(),
  instances: z.record(z.string(), instance).default({}),
  describeTags: z.union([z.literal("not asked"), z.record(z.string(), tags)]).default({}),
  notAskedAbout: z.array(z.string()).default([]),
});

const expectation = z.strictObject({
  coverage: z.record(z.string(), z.string()),
  figures: z.record(z.string(), z.number()),
  changes: z.record(z.string(), z.string()).default({}),
  spared: z.record(z.string(), z.string()).default({}),
  findings: z.record(z.string(), z.string()).default({}),
});

const look = z.strictObject({
  first_seen: z.string(),
  last_seen: z.string(),
  count: z.number(),
  rule_hash: z.string(),
});

const mark = z.strictObject({
  value: z.string(),
  deadline: z.string(),
  rule_hash: z.string(),
  marked_at: z.string(),
  run_id: z.string(),
});

const caseFile = z.strictObject({
  name: z.string(),
  config: z.unknown(),
  now: z.iso.datetime(),
  iamUsers: z.record(z.string(), z.union([z.array(z.string()), failure])).default({}),
  observed: z.record(z.string(), region),
  earlier: z.strictObject({
    looks: z.record(z.string(), look).default({}),
    marks: z.record(z.string(), mark).default({}),
  }).prefault({}),
  expect: expectation,
});

export type Expectation = z.infer<typeof expectation>;
type CaseRegion = z.infer<typeof region>;
type CaseUsers = z.infer<typeof caseFile>["iamUsers"][string];

/** A case, ready to be planned. */
export interface AuditCase {
  readonly name: string;
  readonly planning: AuditPlanning;
  readonly expect: Expectation;
}

/** Reads a case; `{rules}` in it stands for the hash of its own rules. */
export function readCase(text: string): AuditCase {
  const config = configOf(JSON.parse(text).config);
  const read = caseFile.parse(JSON.parse(text.replaceAll("{rules}", ruleHash(config))));
  return {
    name: read.name,
    planning: {
      config,
      now: new Date(read.now),
      observed: observedOf(read.observed, read.iamUsers),
      earlier: {
        looks: new Map(Object.entries(read.earlier.looks)),
        marks: new Map(Object.entries(read.earlier.marks)),
      },
    },
    expect: read.expect,
  };
}

function observedOf(
  places: Readonly<Record<string, CaseRegion>>,
  iamUsers: Readonly<Record<string, CaseUsers>>,
): Observed {
  const accounts = new Map<string, ObservedAccount>();
  for (const [place, said] of Object.entries(places)) {
    const [id, name] = place.split("/") as [string, string];
    const users = iamUsers[id];
    const account = accounts.get(id) ??
      anAccount(id, [], {
        users: users === undefined ? null : Array.isArray(users) ? { names: users } : users,
      });
    accounts.set(id, { ...account, regions: [...account.regions, regionOf(name, said)] });
  }
  return { accounts: [...accounts.values()] };
}

function regionOf(name: string, said: CaseRegion): ObservedRegion {
  const instances = Object.entries(said.instances).map(([id, part]) => {
    const { tags, ...rest } = part;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value));
    return { ...anInstance(0, { ...given, tags }), id };
  });
  const whole = aRegion(name, instances);
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

/** What a plan says, in the words of a case's `expect`. */
export function saidBy(plan: PlanDocument): Expectation {
  const { findings, accounts } = auditKeys(plan);
  const idOf = (target: string) => target.split("/").at(-1)!;
  const sums = ["examined", "compliant", "undecided", "in_grace", "violating", "exempt"] as const;
  return {
    coverage: Object.fromEntries([
      ...plan.coverage.regions.map(({ account, region, proof }) => [`${account}/${region}`, proof]),
      ...plan.coverage.unproven.map((
        { account, region, reason },
      ) => [`${account}/${region}`, `not proven: ${reason}`]),
    ]),
    figures: Object.fromEntries(
      sums.map((key) => [key, accounts.reduce((sum, account) => sum + account[key], 0)] as const)
        .filter(([, sum]) => sum > 0),
    ),
    changes: Object.fromEntries(plan.changes.map(({ target, reason }) => [idOf(target), reason])),
    spared: Object.fromEntries(plan.spared.map(({ target, reason }) => [idOf(target), reason])),
    findings: Object.fromEntries(
      findings.map(({ id, stage, kinds }) => [id, `${stage}: ${kinds.join(", ")}`]),
    ),
  };
}
