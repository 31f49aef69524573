import assert from "assert";
import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import { listAccounts } from "../../../../runners/core/aws/organization.ts";
import { enabledRegions } from "../../../../runners/core/aws/regions.ts";
import { RateBudget } from "../../../../runners/core/aws/rate_budget.ts";
import { clockProblem, Sessions } from "../../../../runners/core/aws/sessions.ts";
import type { JobNeeds } from "../../../../runners/core/needs/needs.ts";
import { ManualClock } from "../manual_clock.ts";
import { type Answer, type Asked, withAws } from "./scripted_aws.ts";

const permission = (action: string) => ({ action, why: "tests" });
const needs: JobNeeds = {
  job: "audit",
  roles: {
    home: {
      purpose: "",
      kind: "home",
      permissions: [
        "sts:AssumeRole",
        "organizations:ListAccounts",
        "organizations:ListAccountsForParent",
        "organizations:ListOrganizationalUnitsForParent",
      ].map(permission),
    },
    observe: { purpose: "", kind: "observe", permissions: [permission("ec2:DescribeRegions")] },
  },
};
const MEMBER = { id: "222222222222", name: "data" };
const identity = "<Account>111111111111</Account><Arn>arn:aws:iam::111111111111:user/me</Arn>";

/** STS's answer for a role: the key says which role it is for. */
function assumed({ input }: Asked, account = String(input["RoleArn"]).split(":")[4]): string {
  const role = String(input["RoleArn"]).split("/").at(-1);
  return `<AssumedRoleUser><Arn>arn:aws:sts::${account}:assumed-role/${role}/${
    input["RoleSessionName"]
  }</Arn><AssumedRoleId>x</AssumedRoleId></AssumedRoleUser><Credentials>
    <AccessKeyId>ASIA${account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
    <SessionToken>t</SessionToken><Expiration>2126-11-20T13:00:00Z</Expiration></Credentials>`;
}

const usual = (asked: Asked): Answer =>
  asked.action === "GetCallerIdentity" ? identity : assumed(asked);

function open(
  organization: object,
  part: { clock?: ManualClock; signal?: AbortSignal; attempts?: number } = {},
): Sessions {
  const clock = part.clock ?? new ManualClock();
  return new Sessions({
    caller: {
      credentials: () => Promise.resolve({ accessKeyId: "AKIAME", secretAccessKey: "s" }),
      region: undefined,
    },
    organization: organizationSchema.parse(organization),
    needs,
    runId: "01JRUN",
    clock,
    budget: new RateBudget(clock),
    policy: { connectMs: 1_000, answerMs: 1_000, attempts: part.attempts ?? 1, backOffMs: 1 },
    signal: part.signal ?? new AbortController().signal,
  });
}

const ROLES = { roles: "groundskeeper-{job}-{role}" };

/** A test against the scripted AWS; the SDK's sockets outlive it for a moment. */
function awsTest(
  name: string,
  script: (asked: Asked) => Answer,
  work: (asked: readonly Asked[]) => Promise<void>,
  date?: () => Date,
): void {
  Deno.test({
    name,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: () => withAws(script, work, date),
  });
}

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
          /^Cannot assume role "arn:aws:iam::222222222222:role\/groundskeeper-audit-observe" \(account data\): (AccessDenied|Error: STS answered without credentials)\. Deploy the member stack to this account, or leave it out with organization\.exclude$/,
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

const account = (Id: string, Status = "ACTIVE") => ({ Id, Name: `name of ${Id}`, Status });

awsTest(
  "the organization's active accounts are listed page by page, without the excluded",
  ({ action, input }) =>
    action === "GetCallerIdentity"
      ? identity
      : input["NextToken"]
      ? { Accounts: [account("111111111111"), account("444444444444", "SUSPENDED")] }
      : { Accounts: [account("333333333333"), account("222222222222")], NextToken: "next" },
  async () => {
    const config = { accounts: "organizations", exclude: ["222222222222"], ...ROLES };
    const organization = organizationSchema.parse(config);
    assert.deepEqual(await listAccounts(open(config), organization), [
      { id: "111111111111", name: "name of 111111111111" },
      { id: "333333333333", name: "name of 333333333333" },
    ]);
  },
);

awsTest(
  "a unit has its accounts and those of all units below it",
  ({ action, input }) => {
    if (action === "GetCallerIdentity") return identity;
    const top = input["ParentId"] === "ou-ab12-top";
    return action === "ListAccountsForParent"
      ? { Accounts: [account(top ? "222222222222" : "333333333333")] }
      : { OrganizationalUnits: top ? [{ Id: "ou-ab12-below" }] : [] };
  },
  async () => {
    const config = { accounts: "organizations", units: ["ou-ab12-top", "ou-ab12-below"], ...ROLES };
    const found = await listAccounts(open(config), organizationSchema.parse(config));
    assert.deepEqual(found.map(({ id }) => id), ["222222222222", "333333333333"]);
  },
);

const joined = new Date("2026-11-01T00:00:00Z");

awsTest(
  "accounts say when they joined, and in which of the units that are asked about they are",
  ({ action, input }) => {
    if (action === "GetCallerIdentity") return identity;
    if (action === "ListAccounts") {
      const all = ["222222222222", "333333333333", "444444444444"];
      return {
        Accounts: all.map((id) => ({ ...account(id), JoinedTimestamp: joined.getTime() / 1000 })),
      };
    }
    const parent = String(input["ParentId"]);
    const below: Record<string, string> = { "ou-ab12-top": "ou-ab12-below" };
    const members: Record<string, string> = {
      "ou-ab12-top": "222222222222",
      "ou-ab12-below": "333333333333",
    };
    return action === "ListAccountsForParent"
      ? { Accounts: members[parent] ? [account(members[parent])] : [] }
      : { OrganizationalUnits: below[parent] ? [{ Id: below[parent] }] : [] };
  },
  async () => {
    const organization = organizationSchema.parse({ accounts: "organizations", ...ROLES });
    const units = ["ou-ab12-top", "ou-ab12-below", "ou-ab12-other"];
    const found = await listAccounts(open({ accounts: "organizations" }), organization, units);
    assert.deepEqual(found.map(({ id, joined, units }) => [id, joined, units]), [
      ["222222222222", joined, ["ou-ab12-top"]],
      ["333333333333", joined, ["ou-ab12-top", "ou-ab12-below"]],
      ["444444444444", joined, []],
    ]);
  },
);

awsTest(
  "a unit that is asked about and cannot be listed is an error, never an account left out",
  ({ action }) =>
    action === "GetCallerIdentity"
      ? identity
      : action === "ListAccounts"
      ? { Accounts: [account("222222222222")] }
      : { status: 400, code: "ParentNotFoundException" },
  async () => {
    const organization = organizationSchema.parse({ accounts: "organizations", ...ROLES });
    const asked = listAccounts(open({}), organization, ["ou-ab12-gone"]);
    await assert.rejects(asked, { code: "accounts-not-listable" });
  },
);

awsTest(
  "accounts that cannot be listed are an error, never a shorter list",
  ({ action }) =>
    action === "GetCallerIdentity" ? identity : { status: 400, code: "AccessDeniedException" },
  async () => {
    const config = { accounts: "organizations", ...ROLES };
    await assert.rejects(listAccounts(open(config), organizationSchema.parse(config)), {
      code: "accounts-not-listable",
      message:
        /^Cannot list the accounts of the organization: AccessDeniedException: no\. Run with/,
    });
  },
);

awsTest("the caller's own account, and named ones in their order", usual, async () => {
  const current = organizationSchema.parse({});
  assert.deepEqual(await listAccounts(open({}), current), [{ id: "111111111111", name: null }]);
  const named = organizationSchema.parse({
    accounts: [{ id: "222222222222" }, { id: "111111111111", name: "a" }],
  });
  assert.deepEqual(await listAccounts(open({}), named), [
    { id: "111111111111", name: "a" },
    { id: "222222222222", name: null },
  ]);
});

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
