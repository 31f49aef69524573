import assert from "assert";
import { countsAs } from "../../../../runners/repo/job.ts";
import { NARROW, type OneRole, OWN, planOf, WIDE } from "./one_role.ts";

/** A policy whose second version is in force, and whose first is to come back. */
function restoring(one: OneRole = {}): OneRole {
  return {
    ...one,
    asked: { restore: 1, policy: OWN, ...one.asked },
    policy: {
      version: "v2",
      versions: { v1: "2025-01-02T00:00:00.000Z", v2: "2026-11-01T00:00:00.000Z" },
      document: NARROW,
      documents: { v1: WIDE, v2: NARROW },
      ...one.policy,
    },
  };
}

const HELD: [what: string, one: OneRole, reason: string, detail: RegExp][] = [
  ["no role has", { role: { attached: [] } }, "no-such-policy", /no role of the account has it/],
  ["is attached elsewhere too", { policy: { attachments: 2 } }, "shared-policy", /2 times/],
  ["bounds somebody", { policy: { boundaries: 1 } }, "permissions-boundary", /1 user or role/],
  [
    "does not have that version",
    { asked: { restore: 7 } },
    "no-such-version",
    /v1, v2 \(in force\)/,
  ],
  [
    "cannot be understood in that version",
    { policy: { documents: { v1: '{"Statement":[],"Novel":1}', v2: NARROW } } },
    "malformed-policy",
    /cannot be said what version v1 would give: .*Novel/,
  ],
  ["a protected role has", { role: { name: "break-glass" } }, "break-glass", /./],
];

for (const [what, one, reason, detail] of HELD) {
  Deno.test(`a policy that ${what} is not restored`, () => {
    const { changes, spared } = planOf(restoring(one));
    assert.deepEqual(changes, []);
    assert.deepEqual(spared.map(({ target, reason }) => [target, reason]), [[OWN, reason]]);
    assert.match(spared[0]!.detail, detail);
  });
}

Deno.test("a version of Groundskeeper's own policy is not restored", () => {
  const arn = OWN.replace("own", "groundskeeper-own");
  const { changes, spared } = planOf(restoring({ policy: { arn }, asked: { policy: arn } }));
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason }) => reason), ["groundskeeper"]);
});

Deno.test("a version that is in force already is no change", () => {
  const { changes, spared } = planOf(restoring({ asked: { restore: 2 } }));
  assert.deepEqual([changes, spared], [[], []]);
});

Deno.test("a restore says what it gives, needs no evidence, and counts as a restore", () => {
  const { changes, ownWrites } = planOf(restoring({
    role: { evidence: { reason: "throttled", detail: "" } },
    config: { stamp: "tag" },
  }));
  const [change] = changes;
  assert.equal(change?.action, "iam:SetDefaultPolicyVersion");
  assert.deepEqual([change?.target, change?.lock], [OWN, OWN]);
  assert.equal(change?.reason, "version v1 of 2025-01-02 gives back 1 permission");
  assert.deepEqual(change?.after, {
    kind: "restore",
    policies: { own: WIDE },
    removed: [],
    gained: ["sqs:SendMessage"],
    version: 1,
    permissions: 2,
  });
  assert.equal(countsAs(change!), "restore");
  assert.deepEqual(ownWrites, []);
});
