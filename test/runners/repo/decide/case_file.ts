import * as z from "zod";
import { type Decided, narrowedToSchedule } from "../../../../runners/repo/decide/decided.ts";
import { makeDecider } from "../../../../runners/repo/decide/decide.ts";
import { protectionsOf, sightsOf } from "../../../../runners/repo/decide/new_permissions.ts";
import { trackingOf } from "../../../../runners/repo/decide/tracking.ts";
import { makeUniverse } from "../../../../runners/repo/catalogue/universe.ts";
import { loadCatalogue } from "../../../../runners/repo/catalogue/catalogue.ts";
import type { Evidence } from "../../../../runners/repo/observed.ts";
import { parsePolicy } from "../../../../runners/repo/policy/document.ts";
import { grantedBy } from "../../../../runners/repo/policy/granted.ts";
import { oldestUseIn, settings, universeOf } from "./deciding.ts";
import { decisionsOf } from "./decisions.ts";

/** The files of test/cases/repo/decide; its README explains the words. */
const service = z.strictObject({
  lastUsed: z.string().nullable(),
  actions: z.record(z.string(), z.string().nullable()).nullable().default(null),
});

const statement = z.record(z.string(), z.unknown());

const caseFile = z.strictObject({
  name: z.string(),
  now: z.iso.datetime(),
  config: z.record(z.string(), z.unknown()).default({}),
  remove: z.array(z.string()).nullable().default(null),
  partition: z.string().default("aws"),
  policy: z.array(statement),
  evidence: z.strictObject({
    level: z.enum(["service", "action"]).default("service"),
    completedAt: z.string(),
    services: z.record(z.string(), service),
  }).nullable(),
  /** The uses of other roles: their evidence also shows what AWS tracks. */
  othersUse: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  tracked: z.record(z.string(), z.string()).default({}),
  /** By when each was found, oldest first; null: nothing is new. */
  versions: z.record(z.string(), z.array(statement)).nullable().default(null),
  schedule: z.array(z.string()).nullable().default(null),
  expect: z.record(z.string(), z.string()),
});

type CaseFile = z.infer<typeof caseFile>;

/** Reads a case and decides it: for each action its verdict, in a few words. */
export function decideCase(text: string): {
  readonly name: string;
  readonly said: { readonly [action: string]: string };
  readonly expect: { readonly [action: string]: string };
} {
  const read = caseFile.parse(JSON.parse(text));
  return { name: read.name, said: saidOf(decidedOf(read)), expect: read.expect };
}

function decidedOf(read: CaseFile): Decided {
  const now = new Date(read.now);
  const config = settings(read.config, { remove: read.remove });
  const evidence = read.evidence === null ? null : evidenceOf(read.evidence);
  const universe = evidence ? universeOf(evidence) : makeUniverse(loadCatalogue(), []);
  const grants = (Statement: unknown) =>
    grantedBy([parsePolicy(JSON.stringify({ Version: "2012-10-17", Statement }), "app")], universe);
  const others = evidenceOf({
    level: "action",
    completedAt: read.now,
    services: Object.fromEntries(
      Object.entries(read.othersUse).map(([name, actions]) => [name, { lastUsed: null, actions }]),
    ),
  });
  const tracking = trackingOf(
    new Map(Object.entries(read.tracked)),
    oldestUseIn(...evidence ? [evidence, others] : [others]),
  );
  const granted = grants(read.policy);
  const versions = Object.entries(read.versions ?? {}).map(([discovered, statements], index) => ({
    seq: index + 1,
    hash: "",
    source: "Scan" as const,
    discovered,
    run_id: null,
    policies: { app: JSON.stringify(statements) },
  }));
  const protections = read.versions === null ? [] : protectionsOf(
    sightsOf({
      versions,
      live: granted.actions,
      grants: ({ policies }) => grants(JSON.parse(policies["app"]!)).actions,
      now,
    }),
    config,
    now,
  );
  const decided = makeDecider(universe, config, tracking, now)
    .decide({ granted, evidence, protections, partition: read.partition });
  return read.schedule === null ? decided : narrowedToSchedule(decided, { actions: read.schedule });
}

function evidenceOf({ level, completedAt, services }: NonNullable<CaseFile["evidence"]>): Evidence {
  return {
    source: "iam",
    level,
    completedAt,
    services: Object.fromEntries(
      Object.entries(services).map(([name, access]) => [name, { region: null, ...access }]),
    ),
  };
}

function saidOf(decided: Decided): { readonly [action: string]: string } {
  return Object.fromEntries(
    decisionsOf(decided).map((decision) => [
      decision.action,
      `${decision.verdict}: ${decision.reason}` +
      (decision.of === undefined ? "" : ` ${decision.of}`) +
      (decision.until === undefined ? "" : ` until ${decision.until}`) +
      (decision.lastUsed === undefined ? "" : ` (used ${decision.lastUsed})`),
    ]),
  );
}
