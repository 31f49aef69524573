import "../aws/start_shared.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws, type LocalAwsOptions } from "../aws/local_aws.ts";
import { type SeededWorld, seedWorld } from "../aws/seed.ts";
import type { InstanceGroup, World } from "../aws/world.ts";
import { groundskeeper, type Invocation, type Ran } from "./command.ts";

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
  /** Put over the audit's configuration. */
  readonly audit?: Record<string, unknown>;
  readonly organization?: Record<string, unknown>;
  readonly proxy?: LocalAwsOptions;
}

/** An organization on the local AWS, a folder with its configuration, and the program to run. */
export interface AuditWorld extends AsyncDisposable {
  readonly aws: LocalAws;
  readonly seeded: SeededWorld;
  readonly accounts: readonly string[];
  readonly directory: string;
  /** Writes the configuration anew. */
  configure(audit: Record<string, unknown>, organization?: Record<string, unknown>): void;
  run(args: string, more?: Partial<Invocation>): Promise<Ran>;
  /** Runs with --json and reads the one document on stdout. */
  json<Document>(args: string, more?: Partial<Invocation>): Promise<Document>;
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
      // A contact, so that nobody is looked up where a test is not about owners.
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
  const { accounts: count = 1, enforced = [count - 1] } = options;
  const groupsIn = typeof options.groups === "function"
    ? options.groups
    : (() => options.groups as readonly InstanceGroup[]);
  const accounts = freshAccounts(count);
  const aws = await connectLocalAws(options.proxy);
  const world: World = {
    accounts: accounts.map((id, index) => ({
      id,
      name: `account-${index}`,
      users: ["alice"],
      regions: Object.fromEntries(
        REGIONS.map((region) => [region, groupsIn({ account: index, region })]),
      ),
    })),
  };
  const seeded = await seedWorld(world, { endpoint: aws.endpoint });
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-e2e-" });
  const configure: AuditWorld["configure"] = (audit, organization = {}) =>
    Deno.writeTextFileSync(
      `${directory}/groundskeeper.json`,
      JSON.stringify({
        version: 1,
        organization: {
          accounts: world.accounts.map(({ id, name }) => ({ id, name })),
          regions: REGIONS,
          roles: "groundskeeper-{job}-{role}",
          ...options.organization,
          ...organization,
        },
        audit: {
          required: [{ key: "owner" }, { key: "project" }],
          enforce: { accounts: enforced.map((index) => accounts[index]) },
          limits: WIDE_LIMITS,
          // Where a test is not about canaries, none is asked for.
          canary: { mode: "off" },
          ...options.audit,
          ...audit,
        },
      }),
    );
  configure({});
  aws.proxy.clearCalls();
  const run: AuditWorld["run"] = (args, more = {}) =>
    groundskeeper(args.split(" "), {
      directory,
      ...more,
      env: {
        ...aws.environment,
        GROUNDSKEEPER_TEST_LEASE_MS: "300",
        GROUNDSKEEPER_TEST_BACK_OFF_MS: "50",
        ...more.env,
      },
    });
  return {
    aws,
    seeded,
    accounts,
    directory,
    configure,
    run,
    json: async (args, more) => {
      const ran = await run(`${args} --json`, more);
      try {
        return JSON.parse(ran.stdout);
      } catch (error) {
        throw new Error(`${args} printed no JSON:\n${ran.stdout}\n${ran.stderr}`, { cause: error });
      }
    },
    [Symbol.asyncDispose]: async () => {
      await aws[Symbol.asyncDispose]();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
