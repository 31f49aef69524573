import { demoWorld, vendorImageId } from "../aws/demo_world.ts";

/** The account that the demo enforces, by name. */
export const ENFORCED = demoWorld.accounts.find(({ name }) => name === "data")!.id;

/** The queue that instances of the demo report logins to: of the account that runs the program. */
export const LOGINS = "https://sqs.us-east-1.amazonaws.com/123456789012/groundskeeper-logins";

/** The configuration of the demo's organization: one account is enforced, two are only reported. */
export function demoConfiguration(today: Date): unknown {
  const until = new Date(today.getTime() + 90 * 86_400_000).toISOString().slice(0, 10);
  return {
    version: 1,
    organization: {
      accounts: demoWorld.accounts.map(({ id, name }) => ({ id, name })),
      regions: ["us-east-1", "us-west-2"],
      roles: "groundskeeper-{job}-{role}",
    },
    dirty: { queueUrl: LOGINS },
    repo: { filters: ["lambda"] },
    audit: {
      required: [
        { key: "owner", value: { principal: { users: true } } },
        { key: "project" },
        {
          key: "department",
          aliases: ["team"],
          value: { oneOf: ["retail", "finance", "analytics", "engineering"] },
        },
      ],
      grace: "60m",
      enforce: { accounts: [ENFORCED] },
      ladder: [
        { after: "0m", do: "mark" },
        { after: "3d", do: "stop" },
        { after: "14d", do: "terminate" },
      ],
      canary: {
        tags: {
          Name: "api-canary-{region}",
          owner: "groundskeeper",
          project: "API canary",
          department: "engineering",
        },
      },
      limits: {
        perRun: { count: 10 },
        perAccount: { count: 10 },
        rollingDay: { count: 20 },
        stop: { perRun: { count: 5 } },
        terminate: { perRun: { count: 3 } },
      },
      exempt: [{
        match: { imageId: vendorImageId },
        reason: "vendor image, ticket OPS-2231",
        until,
      }],
    },
  };
}
