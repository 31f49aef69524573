import assert from "assert";
import { organizationSchema } from "../../../../runners/core/config/organization.ts";
import { listAccounts, refuseNoAccount } from "../../../../runners/core/aws/organization.ts";
import { awsTest, identity, open, ROLES, usual } from "./open_sessions.ts";
import type { Answer, Asked } from "./scripted_aws.ts";

const joined = new Date("2026-11-01T00:00:00Z");
const JOINED = { JoinedTimestamp: joined.getTime() / 1000 };
const account = (Id: string, State = "ACTIVE") => ({
  Id,
  Name: `name of ${Id}`,
  State,
  ...JOINED,
});

/** The organization answers ListAccounts with these accounts. */
const listing = (Accounts: readonly object[]) => ({ action }: Asked): Answer =>
  action === "GetCallerIdentity" ? identity : { Accounts };

const CONFIG = { accounts: "organizations", ...ROLES };

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
    assert.deepEqual(await listAccounts(open(config), organization), {
      accounts: [
        { id: "111111111111", name: "name of 111111111111", joined },
        { id: "333333333333", name: "name of 333333333333", joined },
      ],
      leftOut: [
        {
          id: "222222222222",
          name: "name of 222222222222",
          why: "organization.exclude names it",
        },
        { id: "444444444444", name: "name of 444444444444", why: "its state is SUSPENDED" },
      ],
    });
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
    const { accounts: found } = await listAccounts(open(config), organizationSchema.parse(config));
    assert.deepEqual(found.map(({ id }) => id), ["222222222222", "333333333333"]);
  },
);

awsTest(
  "accounts say when they joined, and in which of the units that are asked about they are",
  ({ action, input }) => {
    if (action === "GetCallerIdentity") return identity;
    if (action === "ListAccounts") {
      const all = ["222222222222", "333333333333", "444444444444"];
      return {
        Accounts: all.map((id) => account(id)),
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
    const { accounts: found } = await listAccounts(
      open({ accounts: "organizations" }),
      organization,
      units,
    );
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
    await assert.rejects(asked, {
      code: "accounts-not-listable",
      message: "Cannot list the accounts of the unit ou-ab12-gone: AWS Organizations knows no " +
        "such unit. Check the units that the configuration names",
    });
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
  const found = async (organization: typeof current) =>
    (await listAccounts(open({}), organization)).accounts;
  assert.deepEqual(await found(current), [{ id: "111111111111", name: null }]);
  const named = organizationSchema.parse({
    accounts: [{ id: "222222222222" }, { id: "111111111111", name: "a" }],
  });
  assert.deepEqual(await found(named), [
    { id: "111111111111", name: "a" },
    { id: "222222222222", name: null },
  ]);
});

const ID = "222222222222";

/** What an account's record says, and what comes of it. */
const records: readonly (readonly [string, object, "listed" | "left out" | RegExp])[] = [
  ["State alone", { Id: ID, State: "ACTIVE", ...JOINED }, "listed"],
  ["Status alone", { Id: ID, Status: "ACTIVE" }, "listed"],
  ["State before Status", { Id: ID, State: "SUSPENDED", Status: "ACTIVE" }, "left out"],
  ["an empty State beside a Status", { Id: ID, State: "", Status: "ACTIVE" }, "listed"],
  ...["CLOSED", "PENDING_ACTIVATION", "PENDING_CLOSURE", "SUSPENDED"].map((State) =>
    [`State ${State}`, { Id: ID, State }, "left out"] as const
  ),
  ["neither", { Id: ID }, /the account 222222222222 without State and Status; nothing/],
  ["both empty", { Id: ID, State: "", Status: "" }, /without State and Status/],
  ["no Id", { State: "ACTIVE" }, /answered with an account without Id; nothing is concluded/],
];

for (const [title, record, expected] of records) {
  awsTest(
    `an account with ${title} is ${expected instanceof RegExp ? "an error" : expected}`,
    listing([account("111111111111"), record]),
    async () => {
      const listed = listAccounts(open(CONFIG), organizationSchema.parse(CONFIG));
      if (expected instanceof RegExp) {
        return await assert.rejects(listed, { code: "accounts-not-listable", message: expected });
      }
      const { accounts, leftOut } = await listed;
      const [where, other] = expected === "listed" ? [accounts, leftOut] : [leftOut, accounts];
      assert.ok(where.some(({ id }) => id === ID));
      assert.ok(!other.some(({ id }) => id === ID));
    },
  );
}

const DOUBTS: readonly (readonly [string, readonly object[], string | undefined])[] = [
  ["listed twice and equal", [account(ID), account(ID)], undefined],
  ["listed as ACTIVE and SUSPENDED", [account(ID), account(ID, "SUSPENDED")], "listed-twice"],
  ["listed as SUSPENDED and ACTIVE", [account(ID, "SUSPENDED"), account(ID)], "listed-twice"],
  ["in a state that nobody knows", [account(ID, "FROZEN")], "unknown-state"],
  ["that does not say when it joined", [{ Id: ID, State: "ACTIVE" }], "incomplete-record"],
];

for (const [title, records, reason] of DOUBTS) {
  awsTest(
    `an account ${title} is ${reason ? "listed, and no session of it is opened" : "one account"}`,
    listing(records),
    async () => {
      const sessions = open(CONFIG);
      const { accounts, leftOut } = await listAccounts(sessions, organizationSchema.parse(CONFIG));
      assert.deepEqual([accounts.map(({ id }) => id), leftOut], [[ID], []]);
      assert.equal(accounts[0]!.doubt?.reason, reason);
      if (reason) await assert.rejects(sessions.member(accounts[0]!, "observe"), { code: reason });
    },
  );
}

Deno.test("no account at all is refused, with what was listed and why each was left out", () => {
  const leftOut = (count: number) =>
    Array.from({ length: count }, (_, index) => ({
      id: String(index).padStart(12, "0"),
      name: index === 0 ? "shop" : null,
      why: "its state is SUSPENDED",
    }));
  const refused = (count: number, units: string[] = []) => () =>
    refuseNoAccount({ accounts: [], leftOut: leftOut(count) }, { units });
  assert.throws(refused(0), { exitCode: 1, message: /AWS Organizations lists none\. Check/ });
  assert.throws(refused(0, ["ou-a"]), { message: /lists none in ou-a\. Check/ });
  assert.throws(refused(1), {
    message: "There is no account to read: 1 account was listed, and none is left. " +
      "000000000000 (shop): its state is SUSPENDED. " +
      "Check organization.units and organization.exclude",
  });
  assert.throws(refused(22), {
    message: /22 accounts were listed.*000000000019: its state is SUSPENDED; and 2 more\. Check/,
  });
  refuseNoAccount({ accounts: [{ id: ID, name: null }], leftOut: leftOut(3) }, { units: [] });
});
