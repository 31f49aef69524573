import type { LocalAwsOptions } from "../aws/local_aws.ts";
import { type SeededWorld, seedWorld } from "../aws/seed.ts";
import type { InstanceGroup } from "../aws/world.ts";
import { openWorld, type World } from "./world.ts";

/** The regions of every test organization. */
export const REGIONS = ["us-east-1", "us-west-2"] as const;

export interface AuditWorldOptions {
  /** Instances of each account and region, or what they are in one; accounts count from 0. */
  readonly groups:
    | readonly InstanceGroup[]
    | ((place: { account: number; region: string }) => readonly InstanceGroup[]);
  /** How many accounts; the last one is enforced unless `enforced` says otherwise. */
  readonly accounts?: number;
  /** Indices of the enforced accounts. */
  readonly enforced?: readonly number[];
  /** The IAM users of each account. Default: one. */
  readonly users?: readonly string[];
  /** Put over the audit's configuration. */
  readonly audit?: Record<string, unknown>;
  readonly organization?: Record<string, unknown>;
  readonly store?: Record<string, unknown>;
  readonly isHome?: boolean;
  readonly proxy?: LocalAwsOptions;
}

/** An organization on the local AWS, with instances. */
export interface AuditWorld extends World {
  readonly seeded: SeededWorld;
}

const COMPLIANT = { owner: "alice", project: "shop" };

/** A compliant and a violating group, old enough not to be in grace. */
export function groupsOf(compliant: number, violating: number): InstanceGroup[] {
  const day = 24 * 60;
  return [
    { name: "web", count: compliant, ageMinutes: 30 * day, tags: { Name: "web", ...COMPLIANT } },
    ...Array.from({ length: violating }, (_, index) => ({
      name: `batch-${index}`,
      ageMinutes: 10 * day,
      // A contact, so that no owner is looked up in tests of other things.
      tags: { Name: `batch-${index}`, project: "shop", contact: "carol" },
    })),
  ];
}

/** Limits that do not bind, for tests that are about something else. */
export const WIDE_LIMITS = {
  perRun: { count: 1000, percent: 100 },
  perAccount: { count: 1000 },
  rollingDay: { count: 1000 },
  stop: { perRun: { count: 1000 } },
  terminate: { perRun: { count: 1000 } },
};

/** Marks at once, stops after three days, terminates after fourteen. */
export const WHOLE_LADDER = [
  { after: "0m", do: "mark" },
  { after: "3d", do: "stop" },
  { after: "14d", do: "terminate" },
] as const;

/** Canaries that fit the rules of the test organizations. */
export const CANARY = {
  tags: { Name: "api-canary-{region}", owner: "groundskeeper", project: "API canary" },
} as const;

/** The environment of a program whose clock is ahead. */
export function ahead(days: number): Record<string, string> {
  return { GROUNDSKEEPER_TEST_CLOCK_AHEAD_MS: String(days * 86_400_000) };
}

/** Seeds a fresh organization; disposing of it ends its proxy and removes its folder. */
export async function auditWorld(options: AuditWorldOptions): Promise<AuditWorld> {
  const { accounts: count = 1, enforced = [count - 1], groups } = options;
  const groupsIn = typeof groups === "function" ? groups : () => groups;
  let seeded!: SeededWorld;
  const world = await openWorld({
    job: "audit",
    accounts: count,
    regions: REGIONS,
    settings: (accounts) => ({
      required: [{ key: "owner" }, { key: "project" }],
      enforce: { accounts: enforced.map((index) => accounts[index]) },
      limits: WIDE_LIMITS,
      // Where a test is not about canaries, none is asked for.
      canary: { mode: "off" },
      ...options.audit,
    }),
    organization: options.organization,
    store: options.store,
    isHome: options.isHome,
    proxy: options.proxy,
    seed: async (aws, accounts) => {
      const regionsOf = (account: number) =>
        Object.fromEntries(REGIONS.map((region) => [region, groupsIn({ account, region })]));
      const world = {
        accounts: accounts.map((id, index) => ({
          id,
          name: `account-${index}`,
          users: options.users ?? ["alice"],
          regions: regionsOf(index),
        })),
      };
      seeded = await seedWorld(world, { endpoint: aws.endpoint });
    },
  });
  return { ...world, seeded };
}
