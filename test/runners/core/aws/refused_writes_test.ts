import assert from "assert";
import { EC2Client, StopInstancesCommand } from "@aws-sdk/client-ec2";
import { CALL_POLICY } from "../../../../runners/core/aws/call_policy.ts";
import { makeClient } from "../../../../runners/core/aws/clients.ts";
import { isRefusedByAws } from "../../../../runners/core/aws/failure.ts";
import { RateBudget } from "../../../../runners/core/aws/rate_budget.ts";
import { systemClock } from "../../../../runners/core/clock.ts";
import { withAws } from "./scripted_aws.ts";

/** Stops an instance by a client that writes, against an AWS whose clock is ahead. */
async function refusedStop(aheadMs: number): Promise<{ asked: number; error: unknown }> {
  let result = { asked: 0, error: undefined as unknown };
  await withAws(
    () => ({ status: 400, code: "IncorrectInstanceState" }),
    async (asked) => {
      const client = makeClient(EC2Client, "us-east-1", {
        role: "audit-apply",
        declared: new Set(["ec2:StopInstances"]),
        credentials: () => Promise.resolve({ accessKeyId: "AKIA", secretAccessKey: "secret" }),
        writes: true,
        account: "111111111111",
        budget: new RateBudget(systemClock),
        policy: { ...CALL_POLICY, backOffMs: 1 },
        signal: new AbortController().signal,
      });
      const error = await client.send(new StopInstancesCommand({ InstanceIds: ["i-1"] }))
        .then(() => undefined, (error) => error);
      result = { asked: asked.length, error };
      client.destroy();
    },
    () => new Date(Date.now() + aheadMs),
  );
  return result;
}

for (const minutes of [0, 4.5, -4.5]) {
  Deno.test(`a refused write is sent once with a clock ${minutes} minutes off, and was refused`, async () => {
    const { asked, error } = await refusedStop(minutes * 60_000);
    assert.equal(asked, 1);
    assert.equal(isRefusedByAws(error), true);
  });
}
