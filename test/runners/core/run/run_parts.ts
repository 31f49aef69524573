import { CALL_POLICY } from "../../../../runners/core/aws/call_policy.ts";
import type { Account, Session, Sessions } from "../../../../runners/core/aws/session.ts";
import type { Clock } from "../../../../runners/core/clock.ts";
import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import type { JobTypes } from "../../../../runners/core/job_types.ts";
import type { RunContext } from "../../../../runners/core/run/context.ts";
import type { RunParts } from "../../../../runners/core/run/make_context.ts";
import { toDisk } from "../files/faulty_disk.ts";
import { silent } from "./apply/apply_in_store.ts";

/** What a run in a test is put together from: nobody is asked or told. */
export function testParts<T extends JobTypes>(
  clock: Clock,
  accounts: readonly { readonly id: string }[],
  stores: Pick<RunParts<T>, "openStore" | "openStoreToRead">,
): RunParts<T> {
  return {
    ...stores,
    organization: organizationSchema.parse({ accounts }),
    env: () => undefined,
    callPolicy: CALL_POLICY,
    planMaxAgeMs: 86_400_000,
    pendingMaxMs: 7 * 86_400_000,
    options: { yes: true },
    toolVersion: "0.0.0",
    clock,
    log: silent,
    leaseMs: 15_000,
    writeFiles: toDisk,
    sinks: [],
    notifiers: () => [],
    signal: new AbortController().signal,
    progress: () => {},
    confirm: null,
  };
}

/** What a run in a test has under a name that the test knows, and its sessions without any AWS. */
export function testRun(
  runId: string,
  { account, clockSkewMs, member }: {
    readonly account: string;
    readonly clockSkewMs: number;
    readonly member: (account: Account) => Promise<Session>;
  },
): Pick<RunContext<JobTypes>, "configHash" | "runId" | "sessions"> {
  const sessions: Sessions = {
    region: "us-east-1",
    clockSkewMs,
    identity: () => Promise.resolve({ account, arn: "", partition: "aws" }),
    home: () => Promise.reject(new Error("There is no AWS here")),
    member,
  };
  return { configHash: "sha256:01", runId, sessions: () => Promise.resolve(sessions) };
}
