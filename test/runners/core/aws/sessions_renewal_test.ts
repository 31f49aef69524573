import assert from "assert";
import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import { RateBudget } from "../../../../runners/core/aws/rate_budget.ts";
import { enabledRegions } from "../../../../runners/core/aws/regions.ts";
import { AwsSessions } from "../../../../runners/core/aws/sessions.ts";
import { ManualClock } from "../manual_clock.ts";
import { withAws } from "./scripted_aws.ts";

const IDENTITY = "<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn>";
const REGIONS = "<regionInfo><item><regionName>us-east-1</regionName></item></regionInfo>";
const why = "tests";

Deno.test({
  name: "the caller's own credentials are used on while they are good, though renewing them fails",
  // The SDK's sockets outlive the test for a moment.
  sanitizeResources: false,
  sanitizeOps: false,
  fn: () =>
    withAws(
      ({ action }) => action === "GetCallerIdentity" ? IDENTITY : REGIONS,
      async () => {
        // The SDK compares expirations with the machine's clock, so this test begins there.
        const clock = new ManualClock(new Date().toISOString());
        let asked = 0;
        const credentials = () =>
          ++asked > 1 ? Promise.reject(new Error("The source is away")) : Promise.resolve({
            accessKeyId: "AKIAME",
            secretAccessKey: "s",
            expiration: new Date(clock.now().getTime() + 4 * 60_000),
          });
        const sessions = new AwsSessions({
          caller: { credentials, region: "us-east-1" },
          organization: organizationSchema.parse({}),
          needs: {
            job: "audit",
            roles: {
              home: { purpose: "", kind: "home", permissions: [] },
              observe: {
                purpose: "",
                kind: "observe",
                permissions: [{ action: "ec2:DescribeRegions", why }],
              },
            },
          },
          runId: "01JRUN",
          clock,
          budget: new RateBudget(clock),
          policy: { connectMs: 1_000, answerMs: 1_000, attempts: 1, backOffMs: 1 },
          signal: new AbortController().signal,
        });
        const session = await sessions.member({ id: "111111111111", name: null }, "observe");
        assert.deepEqual(await enabledRegions(session), ["us-east-1"]);
        assert.deepEqual(await enabledRegions(session), ["us-east-1"]);
      },
    ),
});
