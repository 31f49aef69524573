import assert from "assert";
import fc from "fast-check";
import type { IAMClient, Role } from "@aws-sdk/client-iam";
import { makeChange } from "../../../../runners/core/plan/change.ts";
import { stamped, stampSentence, stampValue } from "../../../../runners/repo/change/stamp.ts";
import type { StampAfter } from "../../../../runners/repo/change/repo_change.ts";
import { stampMaker } from "../../../../runners/repo/change/stamp_maker.ts";
import { managedByCode } from "../../../../runners/repo/decide/managed_by_code.ts";
import { hashOfPolicies } from "../../../../runners/repo/policy/comparable.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { NARROW, ROLE } from "./managed_changes.ts";

const AT = new Date("2026-11-20T12:00:00Z");
const STAMP = "; Groundskeeper repoed 2026-11-20";

const DESCRIPTIONS: [what: string, before: string, after: string | null][] = [
  ["is empty", "", STAMP],
  ["has none", "Runs the shop", `Runs the shop${STAMP}`],
  ["has Repokid's", "Runs the shop; Repokid repoed 08/25/21", `Runs the shop${STAMP}`],
  ["has an older one", "Shop; Groundskeeper repoed 2025-01-02", `Shop${STAMP}`],
  ["goes on after it", "Shop; Repokid repoed 08/25/21 (OPS-1)", `Shop${STAMP} (OPS-1)`],
  [
    "has both",
    "Shop; Repokid repoed 08/25/21; Groundskeeper repoed 2025-01-02.",
    `Shop${STAMP}.`,
  ],
  ["only speaks of it", "Shop; Repokid repoed it once", `Shop; Repokid repoed it once${STAMP}`],
  ["has just room", "x".repeat(967), `${"x".repeat(967)}${STAMP}`],
  ["has no room", "x".repeat(968), null],
];

for (const [what, before, after] of DESCRIPTIONS) {
  Deno.test(`a description that ${what} is stamped so that nothing else of it changes`, () => {
    assert.equal(stamped(before, stampSentence(AT)), after);
  });
}

const parts = fc.constantFrom("Shop", "; ", "Repokid repoed 08/25/21", STAMP, " ", "x;", "$&");

propertyTest<typeof stamped>(
  "to stamp again changes nothing, and what is no stamp always stays as it is",
  stamped,
  (subject) =>
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 8 }), (texts) => {
        const description = texts.join("");
        const once = subject(description, stampSentence(AT))!;
        assert.equal(subject(once, stampSentence(AT)), once);
        const bare = (text: string) =>
          text.replace(/; (Repokid|Groundskeeper) repoed \d[\d/-]*\d/g, "");
        assert.equal(bare(once), bare(description));
      }),
      FIXED,
    ),
  {
    "appends always": (description, sentence) => description + sentence,
    "cuts the rest": (description, sentence) => description.replace(/; Repokid.*/, "") + sentence,
  },
);

Deno.test("the tag says the day and the count, and makes no role managed by code", () => {
  assert.equal(stampValue(AT, 61), "gk1/2026-11-20/61");
  assert.equal(managedByCode({ tags: { "groundskeeper-repo": stampValue(AT, 61) } }), null);
});

const POLICIES = { main: NARROW };
const { signal } = new AbortController();

/** A role, what was called, and a maker of stamps for it. */
function roleWith(role: Partial<Role>, policies: Record<string, string> = POLICIES) {
  const calls: [name: string, input: object][] = [];
  const live = { RoleId: "AROAEXAMPLE", MaxSessionDuration: 43_200, ...role };
  const client = {
    send: (command: { input: Record<string, unknown> }) => {
      const name = command.constructor.name.replace(/Command$/, "");
      const { input } = command;
      switch (name) {
        case "GetRole":
          return Promise.resolve({ Role: { ...live } });
        case "ListRolePolicies":
          return Promise.resolve({ PolicyNames: Object.keys(policies) });
        case "GetRolePolicy":
          return Promise.resolve({ PolicyDocument: policies[String(input["PolicyName"])] });
        case "UpdateRole":
          live.Description = String(input["Description"]);
          break;
        case "TagRole":
          live.Tags = [...live.Tags ?? [], ...input["Tags"] as []];
      }
      calls.push([name, input]);
      return Promise.resolve({ $metadata: { requestId: "r1" } });
    },
  } as unknown as IAMClient;
  return { maker: stampMaker({ client, reading: { abortSignal: signal } }), calls };
}

function stampChange(after: StampAfter) {
  const before = {
    role_id: "AROAEXAMPLE",
    policies_hash: hashOfPolicies(POLICIES),
    managed_hashes: {},
  };
  const action = "tag" in after ? "iam:TagRole" : "iam:UpdateRole";
  return makeChange("repo", {
    kind: "stamp" as const,
    account: "111111111111",
    region: "global",
    action,
    target: ROLE,
    reason: "",
    before,
    after,
  }, {});
}

const TAG = stampChange({
  kind: "stamp",
  tag: { key: "groundskeeper-repo", value: "gk1/2026-11-20/61" },
});
const DESCRIPTION = stampChange({ kind: "stamp", description: STAMP });

Deno.test("a description is stamped without resetting how long the role's sessions may last", async () => {
  const { maker, calls } = roleWith({ Description: "Runs the shop; Repokid repoed 08/25/21" });
  assert.equal(await maker.drift(DESCRIPTION), undefined);
  assert.equal(await maker.isThere(DESCRIPTION, signal), false);
  await maker.write(DESCRIPTION, signal);
  assert.deepEqual(calls, [["UpdateRole", {
    RoleName: "app",
    Description: `Runs the shop${STAMP}`,
    MaxSessionDuration: 43_200,
  }]]);
  assert.equal(await maker.isThere(DESCRIPTION, signal), true);
});

Deno.test("a role is tagged", async () => {
  const { maker, calls } = roleWith({});
  assert.equal(await maker.drift(TAG), undefined);
  await maker.write(TAG, signal);
  assert.deepEqual(calls.map(([name]) => name), ["TagRole"]);
  assert.equal(await maker.isThere(TAG, signal), true);
});

const tags = Array.from({ length: 50 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
const UNSTAMPED: [
  what: string,
  role: ReturnType<typeof roleWith>,
  change: typeof TAG,
  why: RegExp,
][] = [
  ["that is gone", roleWith({ RoleId: "AROAOTHER" }), TAG, /the role is gone/],
  ["of which the change was not made", roleWith({}, { main: "{}" }), TAG, /not as a change/],
  ["that has 50 tags", roleWith({ Tags: tags }), TAG, /50 tags/],
  [
    "whose description has no room",
    roleWith({ Description: "x".repeat(990) }),
    DESCRIPTION,
    /no room/,
  ],
  [
    "of whose sessions IAM says nothing",
    roleWith({ MaxSessionDuration: undefined }),
    DESCRIPTION,
    /how long its sessions may last/,
  ],
];

for (const [what, { maker, calls }, change, why] of UNSTAMPED) {
  Deno.test(`a role ${what} is not stamped`, async () => {
    assert.match(await maker.drift(change) ?? "", why);
    assert.deepEqual(calls, []);
  });
}

Deno.test("a role with 50 tags is stamped anew where one of them is the stamp", async () => {
  const older = [...tags.slice(1), { Key: "groundskeeper-repo", Value: "gk1/2025-01-02/3" }];
  assert.equal(await roleWith({ Tags: older }).maker.drift(TAG), undefined);
});
