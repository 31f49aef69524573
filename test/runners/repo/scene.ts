import { RateBudget } from "../../../runners/core/aws/rate_budget.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { AwsSessions } from "../../../runners/core/aws/sessions.ts";
import { organizationSchema } from "../../../runners/core/config/organization.ts";
import type { JobRoles } from "../../../runners/core/needs/needs.ts";
import { freshAccounts } from "../../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws } from "../../aws/local_aws.ts";
import { type SeedRoles, seedRoles } from "../../aws/seed_roles.ts";
import "../../aws/start_shared.ts";
import { withEnvironment } from "../core/aws/environment.ts";
import { ManualClock } from "../core/manual_clock.ts";

/** What reading roles and their use needs. */
export const READS = [
  "iam:GetAccountAuthorizationDetails",
  "iam:GenerateServiceLastAccessedDetails",
  "iam:GetServiceLastAccessedDetails",
] as const;

export interface SessionOptions {
  readonly declared?: readonly string[];
  readonly signal?: AbortSignal;
  readonly attempts?: number;
}

/** The session of an account's root user, with a clock that a test moves. */
export async function openSession(
  account: string,
  clock: ManualClock,
  { declared = READS, signal = new AbortController().signal, attempts = 1 }: SessionOptions = {},
): Promise<Session> {
  const permissions = declared.map((action) => ({ action, why: "tests" }));
  const needs: JobRoles = {
    job: "repo",
    roles: {
      home: { purpose: "", kind: "home", permissions: [] },
      observe: { purpose: "", kind: "observe", permissions },
    },
  };
  const sessions = new AwsSessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: account, secretAccessKey: "test" }),
      region: "us-east-1",
    },
    organization: organizationSchema.parse({}),
    needs,
    runId: "01JRUN",
    clock,
    budget: new RateBudget(clock),
    policy: { connectMs: 5_000, answerMs: 10_000, attempts, backOffMs: 1 },
    signal,
  });
  return await sessions.member({ id: account, name: null }, "observe");
}

export interface Scene {
  readonly aws: LocalAws;
  readonly account: string;
  /** Another account, for tests of several. */
  readonly second: string;
  readonly clock: ManualClock;
  seed(roles: SeedRoles, account?: string): Promise<void>;
  session(options?: SessionOptions): Promise<Session>;
  arn(role: string): string;
  /** The names of the calls so far, without the service. */
  asked(): string[];
}

/** A test with accounts of its own on the local AWS; the SDK's sockets outlive it for a moment. */
export function repoTest(name: string, work: (scene: Scene) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: async () => {
      await using aws = await connectLocalAws();
      const [account = "", second = ""] = freshAccounts(2);
      const clock = new ManualClock(new Date(aws.proxy.now()).toISOString());
      clock.flowsUpToMs = 60_000;
      const scene: Scene = {
        aws,
        account,
        second,
        clock,
        seed: async (roles, into = account) => {
          await seedRoles(aws.proxy, into, roles);
          aws.proxy.clearCalls();
        },
        session: (options) => openSession(account, clock, options),
        arn: (role) => `arn:aws:iam::${account}:role/${role}`,
        asked: () =>
          aws.proxy.calls.filter(({ service }) => service === "iam")
            .map(({ action }) => action.replace("iam:", "")),
      };
      await withEnvironment({ AWS_ENDPOINT_URL: aws.endpoint }, () => work(scene));
    },
  });
}
