import {
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import type { Call } from "../aws/call_log.ts";
import { isWrite } from "../aws/is_write.ts";
import type { LocalAws, LocalAwsOptions } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing, type PolicySource, type SeedRole, seedRoles } from "../aws/seed_roles.ts";
import { openWorld, type World } from "./world.ts";

export interface RepoWorldOptions {
  /** The roles of each account, or a function of the account; accounts count from 0. */
  readonly roles: readonly SeedRole[] | ((account: number) => readonly SeedRole[]);
  /** Customer managed policies of each account, by name. */
  readonly managed?: Readonly<Record<string, PolicySource>>;
  /** How old these are, in days. */
  readonly managedAgeDays?: number;
  readonly accounts?: number;
  /** The roles that the program works under are there, among the others. Default: no. */
  readonly ownRoles?: boolean;
  /** Put over the job's configuration. */
  readonly repo?: Record<string, unknown>;
  readonly organization?: Record<string, unknown>;
  readonly store?: Record<string, unknown>;
  readonly isHome?: boolean;
  readonly proxy?: LocalAwsOptions;
}

/** An organization on the local AWS, with roles. */
export interface RepoWorld extends World {
  /** The ARN of a role without a path. */
  arn(role: string, account?: number): string;
  /** The inline policies of a role as IAM keeps them now. */
  policies(role: string, account?: number): Promise<Record<string, string>>;
  /** Works as the account's root user; such calls are apart from the program's own. */
  byHand<Got>(work: (iam: IAMClient) => Promise<Got>, account?: number): Promise<Got>;
  /** Writes an inline policy, as somebody else does. */
  put(role: string, name: string, policy: PolicySource, account?: number): Promise<void>;
}

/** A role that has used S3 lately, and neither EC2 nor SQS for long or ever. */
export function halfUsed(name: string, part: Partial<SeedRole> = {}): SeedRole {
  return {
    name,
    inline: { main: allowing("s3:*", "ec2:*"), more: allowing("sqs:SendMessage", "s3:Get*") },
    uses: { s3: 3, ec2: 200 },
    ...part,
  };
}

/** So many roles that would each lose half of their permissions. */
export function halfUsedRoles(count: number): SeedRole[] {
  return Array.from({ length: count }, (_, index) => halfUsed(`app-${index}`));
}

/** Limits that do not bind, for tests that are about something else. */
const WIDE_LIMITS = { perRun: { roles: 100_000 }, restore: { roles: 100_000 } };

/** Seeds a fresh organization; disposing of it ends its proxy and removes its folder. */
export async function repoWorld(options: RepoWorldOptions): Promise<RepoWorld> {
  const { roles, managed = {}, managedAgeDays, ownRoles = false } = options;
  const rolesIn = typeof roles === "function" ? roles : () => roles;
  const world = await openWorld({
    job: "repo",
    accounts: options.accounts ?? 1,
    regions: ["us-east-1"],
    settings: () => ({
      // Unless a test is about new permissions, no permission is new.
      trustFirstScan: true,
      limits: WIDE_LIMITS,
      ...options.repo,
    }),
    organization: options.organization,
    store: options.store,
    isHome: options.isHome,
    proxy: options.proxy,
    env: {
      GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1000",
      // The rate budget alone would take a minute for three hundred roles.
      GROUNDSKEEPER_TEST_RATE_FACTOR: "1000",
    },
    seed: (aws, accounts) =>
      Promise.all(accounts.map((account, index) =>
        seedRoles(aws.proxy, account, {
          roles: [...rolesIn(index), ...(ownRoles ? OWN_ROLES : [])],
          managed,
          ...(managedAgeDays === undefined ? {} : { managedAgeDays }),
        })
      )),
  });
  const { aws, accounts } = world;
  return {
    ...world,
    arn: (role, account = 0) => `arn:aws:iam::${accounts[account]}:role/${role}`,
    policies: (role, account = 0) => withIam(aws, accounts[account]!, (iam) => inlineOf(iam, role)),
    byHand: (work, account = 0) => withIam(aws, accounts[account]!, work),
    put: (RoleName, PolicyName, policy, account = 0) =>
      withIam(aws, accounts[account]!, async (iam) => {
        const PolicyDocument = typeof policy === "string" ? policy : JSON.stringify(policy);
        await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
      }),
  };
}

const OWN_ROLES: readonly SeedRole[] = [
  { name: "groundskeeper-repo-observe", inline: { own: allowing("iam:Get*") } },
  { name: "groundskeeper-repo-apply", inline: { own: allowing("iam:PutRolePolicy") } },
];

/** As the account's root user: the program's own calls stay apart in the log. */
async function withIam<Got>(
  aws: LocalAws,
  account: string,
  work: (iam: IAMClient) => Promise<Got>,
): Promise<Got> {
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  try {
    return await work(iam);
  } finally {
    iam.destroy();
  }
}

async function inlineOf(iam: IAMClient, RoleName: string): Promise<Record<string, string>> {
  const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
  const policies = await Promise.all(
    PolicyNames.sort().map(async (PolicyName) => {
      const { PolicyDocument = "" } = await iam.send(
        new GetRolePolicyCommand({ RoleName, PolicyName }),
      );
      return [PolicyName, decodeURIComponent(PolicyDocument)] as const;
    }),
  );
  return Object.fromEntries(policies);
}

/** The calls of the program that can change something in IAM, with the role that made them. */
export function iamWrites({ aws }: Pick<RepoWorld, "aws">): Call[] {
  return aws.proxy.calls.filter((call) => call.service === "iam" && isWrite(call));
}

/** The outcome of each change of a run, by the name of its role. */
export function outcomes({ changes }: Pick<RunDocument, "changes">): Record<string, string | null> {
  return Object.fromEntries(
    changes.map(({ target, outcome }) => [target.slice(target.lastIndexOf("/") + 1), outcome]),
  );
}

/** The names of the roles that a plan would change. */
export function planned({ changes }: Pick<PlanDocument, "changes">): string[] {
  return changes.map(({ target }) => target.slice(target.lastIndexOf("/") + 1)).sort();
}

/** Why roles are left alone, by their names. */
export function spared({ spared }: Pick<PlanDocument, "spared">): Record<string, string[]> {
  const byRole = Map.groupBy(spared, ({ target }) => target.slice(target.lastIndexOf("/") + 1));
  return Object.fromEntries(
    [...byRole].map(([role, own]) => [role, own.map(({ reason }) => reason).sort()]),
  );
}
