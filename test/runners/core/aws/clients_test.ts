import assert from "assert";
import { systemClock } from "../../../../runners/core/clock.ts";
import { EC2Client } from "@aws-sdk/client-ec2";
import { CALL_POLICY } from "../../../../runners/core/aws/call_policy.ts";
import { makeClient, rateClassOf } from "../../../../runners/core/aws/clients.ts";
import { RateBudget, type RateClass, RATES } from "../../../../runners/core/aws/rate_budget.ts";

const classes: readonly (readonly [client: string, command: string, RateClass])[] = [
  ["EC2Client", "DescribeInstancesCommand", "read"],
  ["EC2Client", "CreateTagsCommand", "write"],
  ["CloudTrailClient", "LookupEventsCommand", "lookup"],
  ["CloudTrailClient", "DescribeTrailsCommand", "global"],
  ["AutoScalingClient", "DescribeTagsCommand", "global"],
  ["CloudFormationClient", "DescribeStacksCommand", "global"],
  ["IAMClient", "ListUsersCommand", "global"],
  ["SQSClient", "ReceiveMessageCommand", "message"],
  ["SNSClient", "PublishCommand", "message"],
  ["DynamoDBClient", "TransactWriteItemsCommand", "table"],
  ["", "", "global"],
];

for (const [client, command, rateClass] of classes) {
  Deno.test(`${command || "an unknown command"} of ${client || "no client"} is "${rateClass}"`, () => {
    assert.equal(rateClassOf(client, command), rateClass);
  });
}

Deno.test("lookups leave others half of the two per second that CloudTrail gives", () => {
  const { burst, perSecond } = RATES.lookup;
  assert.ok(burst <= 1 && perSecond <= 1);
});

Deno.test("no client copies its answers for a logger that nobody has set", async () => {
  const made = () =>
    makeClient(EC2Client, "us-east-1", {
      role: "audit-observe",
      declared: new Set<string>(),
      writes: false,
      credentials: () => Promise.resolve({ accessKeyId: "x", secretAccessKey: "x" }),
      account: "111111111111",
      budget: new RateBudget(systemClock),
      policy: CALL_POLICY,
      signal: new AbortController().signal,
    });
  const sdk = new EC2Client({ region: "us-east-1" });
  const plain = sdk.middlewareStack.identify();
  assert.ok(plain.some((name) => name.includes("loggerMiddleware")), "the SDK has it no more");
  assert.ok(!made().middlewareStack.identify().some((name) => name.includes("loggerMiddleware")));
  // Clients begin to read the shared configuration files as they are made, once for all of them.
  await sdk.config.useDualstackEndpoint();
});
