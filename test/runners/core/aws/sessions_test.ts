import assert from "assert";
import { enabledRegions } from "../../../../runners/core/aws/regions.ts";
import { clockProblem } from "../../../../runners/core/aws/sessions.ts";
import { ManualClock } from "../manual_clock.ts";
import { assumed, awsTest, identity, open, ROLES, usual } from "./open_sessions.ts";
import type { Asked } from "./scripted_aws.ts";

const MEMBER = { id: "222222222222", name: "data" };
const identities: readonly (readonly [string, string, RegExp])[] = [
  ["ExpiredToken", "credentials-expired", /: ExpiredToken: no\. The credentials have expired/],
  ["InvalidClientTokenId", "credentials-invalid", /STS does not know these credentials/],
  ["InternalFailure", "error", /Check the network and AWS_ENDPOINT_URL, and try again$/],
];

for (const [code, reason, message] of identities) {
  awsTest(
    `STS's ${code} is told as ${reason}, with what to do`,
    () => ({ status: 403, code }),
    async () => {
      await assert.rejects(open({}).identity(), { name: "AwsAccessError", code: reason, message });
    },
  );
}

awsTest("who the caller is is asked once per run", usual, async (asked) => {
  const sessions = open({});
  assert.deepEqual(await sessions.identity(), {
    account: "111111111111",
    arn: "arn:aws:iam::111111111111:user/me",
    partition: "aws",
  });
  await Promise.all([sessions.identity(), sessions.home()]);
  assert.deepEqual(asked.map(({ action }) => action), ["GetCallerIdentity"]);
});

awsTest("the caller's own credentials are not used in another account", usual, async () => {
  await assert.rejects(open({}).member(MEMBER, "observe"), {
    name: "AwsAccessError",
    code: "wrong-account",
    message: "The credentials belong to account 111111111111, not to 222222222222 (data). Name " +
      "the role to assume with organization.roles, or use credentials of that account",
  });
});

awsTest(
  "a role of another account than asked for is never used",
  (asked) => asked.action === "GetCallerIdentity" ? identity : assumed(asked, "333333333333"),
  async () => {
    await assert.rejects(open(ROLES).member(MEMBER, "observe"), {
      code: "wrong-account",
      message: /"arn:aws:sts::333333333333:.*", which is not of account 222222222222 \(data\)/,
    });
  },
);

for (const answer of [{ status: 403, code: "AccessDenied" }, "<Credentials></Credentials>"]) {
  awsTest(
    `a role that cannot be assumed is told with what to do: ${JSON.stringify(answer)}`,
    ({ action }) => action === "GetCallerIdentity" ? identity : answer,
    async () => {
      await assert.rejects(open(ROLES).member(MEMBER, "observe"), (error: Error) => {
        assert.match(
          error.message,
          /^Cannot assume role "arn:aws:iam::222222222222:role\/groundskeeper-audit-observe" \(account data\): (AccessDenied|STS answered without credentials)\. Deploy the member stack to this account, or leave it out with organization\.exclude$/,
        );
        return true;
      });
    },
  );
}

awsTest("a role is assumed once, under a name that leads back to the run", usual, async (asked) => {
  const sessions = open({ ...ROLES, externalId: "ext" });
  const session = await sessions.member(MEMBER, "observe");
  assert.equal(await sessions.member(MEMBER, "observe"), session);
  assert.deepEqual([session.account, session.role], ["222222222222", "audit-observe"]);
  const [{ input, key }, ...more] = asked.slice(1) as [Asked];
  assert.deepEqual(more, []);
  assert.equal(key, "AKIAME");
  assert.equal(input["RoleSessionName"], "groundskeeper-audit-01JRUN");
  assert.equal(input["ExternalId"], "ext");
  assert.equal(
    session.principal,
    `arn:aws:sts::222222222222:assumed-role/groundskeeper-audit-observe/${
      input["RoleSessionName"]
    }`,
  );
});

awsTest(
  "a home role comes first, and the role's own name where there is one",
  usual,
  async (asked) => {
    const homeRole = "arn:aws:iam::111111111111:role/hub";
    const namedRoles = { "audit-observe": "team/OurAuditor" };
    await open({ ...ROLES, homeRole, namedRoles }).member(MEMBER, "observe");
    assert.deepEqual(asked.slice(1).map(({ input, key }) => [input["RoleArn"], key]), [
      [homeRole, "AKIAME"],
      ["arn:aws:iam::222222222222:role/team/OurAuditor", "ASIA111111111111"],
    ]);
  },
);

awsTest("the clock is compared with the Date of STS's answer", usual, async () => {
  const sessions = open({}, { clock: new ManualClock("2026-11-20T12:06:00Z") });
  assert.equal(sessions.clockSkewMs, null);
  assert.match(clockProblem(sessions.clockSkewMs)!, /STS did not say its time/);
  await sessions.identity();
  assert.equal(sessions.clockSkewMs, 360_000);
}, () => new Date("2026-11-20T12:00:00Z"));

const skews: readonly (readonly [number, RegExp | undefined])[] = [
  [300_000, undefined],
  [-300_000, undefined],
  [300_001, /^This machine's clock is 5 minutes ahead of AWS's\. Deadlines would be wrong/],
  [-7_200_000, /^This machine's clock is 2 hours behind AWS's\./],
];

for (const [skewMs, says] of skews) {
  Deno.test(`a clock ${skewMs} ms off is ${says ? "too far off" : "near enough"}`, () => {
    const problem = clockProblem(skewMs);
    if (says) assert.match(problem!, says);
    else assert.equal(problem, undefined);
  });
}

for (const empty of [true, false]) {
  awsTest(
    empty
      ? "an answer without a region is no answer"
      : "regions that are not opted in are left out",
    ({ action }) => {
      if (action === "GetCallerIdentity") return identity;
      if (empty) return "<regionInfo/>";
      const region = (name: string, status: string) =>
        `<item><regionName>${name}</regionName><optInStatus>${status}</optInStatus></item>`;
      return `<regionInfo>${region("us-west-2", "opted-in")}${
        region("af-south-1", "not-opted-in")
      }${region("eu-west-1", "opt-in-not-required")}</regionInfo>`;
    },
    async () => {
      const session = await open({}).member({ id: "111111111111", name: null }, "observe");
      if (empty) {
        await assert.rejects(enabledRegions(session), { name: "IncompleteAnswerError" });
      } else assert.deepEqual(await enabledRegions(session), ["eu-west-1", "us-west-2"]);
    },
  );
}

/** What STS and EC2 answer where a policy denies EC2 in some Regions. */
const deniedIn = (...denied: readonly string[]) => ({ action, region }: Asked) => {
  if (action === "GetCallerIdentity") return identity;
  return denied.includes(region)
    ? {
      status: 403,
      code: "UnauthorizedOperation",
      message: "no: with an explicit deny in a service control policy",
    }
    : "<regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo>";
};

const asking = [
  { denied: [], asked: ["eu-central-1"] },
  { denied: ["us-east-1"], asked: ["eu-central-1"] },
  { denied: ["eu-central-1"], asked: ["eu-central-1", "us-east-1"] },
  { denied: ["eu-central-1", "us-east-1"], asked: null },
] as const;

for (const { denied, asked: regions } of asking) {
  awsTest(
    `the enabled Regions are asked for where the caller is; denied in: ${denied.join() || "none"}`,
    deniedIn(...denied),
    async (asked) => {
      const session = await open({}, { region: "eu-central-1" })
        .member({ id: "111111111111", name: null }, "observe");
      if (regions === null) {
        await assert.rejects(enabledRegions(session), {
          code: "denied-by-policy",
          message: /in eu-central-1 and us-east-1, which are asked .* set AWS_REGION to a Region/,
        });
        return;
      }
      assert.deepEqual(await enabledRegions(session), ["eu-west-1"]);
      const where = asked.filter(({ action }) => action === "DescribeRegions");
      assert.deepEqual(where.map(({ region }) => region), regions);
    },
  );
}
