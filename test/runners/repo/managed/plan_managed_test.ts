import assert from "assert";
import type { RepoChange } from "../../../../runners/repo/change/repo_change.ts";
import fc from "fast-check";
import { withRulings } from "../../../../runners/repo/decide/decided.ts";
import type { RoleRow } from "../../../../runners/repo/planning.ts";
import { DENY_POLICY, denyText } from "../../../../runners/repo/policy/deny_policy.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { policyOf } from "../change/policy_sets.ts";
import { ACCOUNT, daysAgo, NARROW, type OneRole, OWN, planOf, WIDE } from "./one_role.ts";

const AWS = "arn:aws:iam::aws:policy/Reader";
const GROUNDSKEEPER = `arn:aws:iam::${ACCOUNT}:policy/x/Groundskeeper-repo-apply`;
const row = (part: Partial<RoleRow> = {}) =>
  new Map([["AROAEXAMPLE", { first_seen: daysAgo(40), ...part } as RoleRow]]);
const sight = (since: string, version = "v1", role_id = "AROAEXAMPLE") =>
  new Map([[OWN, { arn: OWN, role_id, version, since }]]);

/** What stays, and for which reason; null: the job does not judge it and says nothing. */
const HELD: [what: string, one: OneRole, reason: string | null][] = [
  ["where policies are only reported", { config: { managedPolicies: "report" } }, null],
  ["where only what is scheduled goes", { asked: { scheduled: true } }, null],
  ["of AWS", { policy: { arn: AWS } }, null],
  ["of Groundskeeper", { policy: { arn: GROUNDSKEEPER } }, null],
  ["that is attached twice", { policy: { attachments: 2 } }, null],
  ["that IAM says is attached to nothing", { policy: { attachments: 0 } }, null],
  ["of which the text is not known", { policy: { document: null } }, null],
  ["of which nothing is unused", { policy: { document: NARROW } }, null],
  ["of a role without complete evidence", {
    role: { evidence: { reason: "throttled", detail: "" } },
  }, "evidence-missing"],
  ["of a protected role", { role: { name: "groundskeeper-x" } }, "groundskeeper"],
  [
    "of a role that code manages",
    { role: { tags: { "terraform:stack": "x" } } },
    "managed-by-code",
  ],
  ["that bounds somebody", { policy: { boundaries: 1 } }, "permissions-boundary"],
  ["of which IAM does not say whether it bounds", {
    policy: { boundaries: undefined as unknown as number },
  }, "permissions-boundary"],
  ["that cannot be understood", { policy: { document: "{" } }, "malformed-policy"],
  ["that has five versions", {
    policy: {
      version: "v5",
      versions: Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`v${n}`, daysAgo(400 - n)])),
    },
  }, "version-limit"],
  ["of which nothing would be left", {
    policy: { document: policyOf(["sqs:SendMessage"]) },
  }, "nothing-left"],
  [
    "of which the version is new",
    { policy: { versions: { v1: daysAgo(89.9) } } },
    "new-permission",
  ],
  ["of which the version has no date", { policy: { versions: {} } }, "new-permission"],
  ["that nobody has seen on the role", {
    earlier: { roles: row() },
  }, "new-permission"],
  ["that nobody has seen on a new role, and that is not trusted", {
    config: { trustFirstScan: false },
  }, "new-permission"],
  ["that was first seen lately", {
    earlier: { roles: row(), policies: sight(daysAgo(89)) },
  }, "new-permission"],
  ["that was seen with another version", {
    earlier: { roles: row(), policies: sight(daysAgo(30), "v2") },
  }, "new-permission"],
  ["that was seen on another role", {
    earlier: { roles: row(), policies: sight(daysAgo(30), "v1", "AROAOTHER") },
  }, "new-permission"],
  ["that was there at the first sight, and that is not trusted", {
    config: { trustFirstScan: false },
    earlier: {
      roles: row({ first_seen: daysAgo(3) }),
      policies: sight(daysAgo(3)),
    },
  }, "new-permission"],
];

for (const [what, one, reason] of HELD) {
  Deno.test(`a managed policy ${what} stays${reason === null ? "" : `: ${reason}`}`, () => {
    const { changes, spared } = planOf(one);
    assert.deepEqual(changes, []);
    assert.deepEqual(
      [...new Set(spared.map(({ reason }) => reason))],
      reason === null ? [] : [reason],
    );
  });
}

const GOES: [what: string, one: OneRole][] = [
  ["of a role that was never seen, which is trusted", {}],
  ["that has been seen long enough", {
    config: { trustFirstScan: false },
    earlier: { roles: row(), policies: sight(daysAgo(90)) },
  }],
  ["that was there at the first sight, protectNew ago", {
    config: { trustFirstScan: false },
    earlier: { roles: row({ first_seen: daysAgo(14) }), policies: sight(daysAgo(14)) },
  }],
  ["that was there at the first sight, which is trusted", {
    earlier: { roles: row({ first_seen: daysAgo(3) }), policies: sight(daysAgo(3)) },
  }],
  ["that is as old as the window", { policy: { versions: { v1: daysAgo(90) } } }],
  ["that has four versions", {
    policy: { versions: Object.fromEntries([1, 2, 3, 4].map((n) => [`v${n}`, daysAgo(400)])) },
  }],
  ["in which a person has named it, new or not", {
    asked: { remove: ["SQS:*"] },
    policy: { versions: { v1: daysAgo(1) } },
  }],
];

for (const [what, one] of GOES) {
  Deno.test(`what is unused goes from a managed policy ${what}`, () => {
    const { changes, spared } = planOf(one);
    assert.deepEqual(spared, []);
    const [change] = changes;
    assert.equal(change?.action, "iam:CreatePolicyVersion");
    assert.deepEqual([change?.target, change?.lock], [OWN, OWN]);
    assert.deepEqual(change?.before, {
      role_id: "AROAEXAMPLE",
      role_arn: `arn:aws:iam::${ACCOUNT}:role/app`,
      policy: "own",
      version: "v1",
      policies: { own: WIDE },
    });
    assert.deepEqual(change?.after, {
      kind: one.asked ? "remove" : "repo",
      policies: { own: NARROW },
      removed: ["sqs:SendMessage"],
      gained: [],
      version: null,
      permissions: 1,
    });
  });
}

const removedBy = ({ after }: Pick<RepoChange, "after">) =>
  after.kind === "stamp" ? [] : after.removed;

Deno.test("a policy is held to IAM's quota of managed policies, not to that of a role's inline ones", () => {
  const names = Array.from({ length: 400 }, (_, index) => `arn:aws:s3:::a-long-name-${index}`);
  const document = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject", "sqs:*"], Resource: names }],
  });
  const { changes, spared } = planOf({ policy: { document } });
  assert.deepEqual(changes, []);
  assert.deepEqual(spared.map(({ reason, target }) => [reason, target]), [["size-limit", OWN]]);
  assert.match(spared[0]!.detail, /6144/);
});

Deno.test("of a role that code manages, the policy's diff is proposed", () => {
  const { own } = planOf({ role: { tags: { "terraform:stack": "x" } } });
  const [entry] = own["roles"] as unknown as { managed: { proposal: unknown }[] }[];
  assert.deepEqual(entry!.managed[0]!.proposal, { name: "own", before: WIDE, after: NARROW });
});

Deno.test("hooks are asked about a managed policy too, and what they keep stays", () => {
  let asked = 0;
  const { changes, spared } = planOf({
    extensions: {
      judge: (roles) => {
        asked++;
        return roles.map((one) => {
          const other = new Map(
            one.decided.groups.filter(({ ruling }) => ruling.verdict === "remove")
              .flatMap(({ ruling, actions }) =>
                actions.map((index) =>
                  [index, { ...ruling, verdict: "keep", reason: "hook:own" } as const] as const
                )
              ),
          );
          return { ...one, decided: withRulings(one.decided, other) };
        });
      },
    },
  });
  assert.deepEqual([changes, spared], [[], []]);
  assert.equal(asked, 2);
});

const createsAndTags = {
  config: { level: "action", trustFirstScan: true },
  role: {
    inline: { main: policyOf(["ec2:RunInstances"]) },
    evidence: {
      source: "iam",
      level: "action",
      completedAt: daysAgo(0),
      services: {
        ec2: {
          lastUsed: daysAgo(3),
          region: null,
          actions: { RunInstances: daysAgo(3), CreateTags: null, DescribeVpcs: null },
        },
      },
    },
  },
  policy: { document: policyOf(["ec2:CreateTags", "ec2:DescribeVpcs"]) },
  earlier: {
    tracked: new Map(
      ["runinstances", "createtags", "describevpcs"].map((name) => [`ec2:${name}`, daysAgo(400)]),
    ),
  },
} satisfies OneRole;

Deno.test("a policy keeps what an action needs that another policy of the role grants, and that is used", () => {
  const { changes } = planOf(createsAndTags);
  assert.deepEqual(changes.map(removedBy), [["ec2:DescribeVpcs"]]);
});

Deno.test("inline policies keep what an action needs that a managed policy grants, and that is used", () => {
  const { role, policy } = createsAndTags;
  const { changes } = planOf({
    ...createsAndTags,
    role: { ...role, inline: { main: policy.document } },
    policy: { document: policyOf(["ec2:RunInstances"]), attachments: 2 },
  });
  assert.deepEqual(changes.map(removedBy), [["ec2:DescribeVpcs"]]);
});

const SQS = "sqs:SendMessage";
const denied = { [DENY_POLICY]: denyText([SQS]) };
const STAYS = `Managed policies still grant ${SQS}`;

/** The note on a named action that a managed policy grants. */
const NAMED: [what: string, one: OneRole, note: string | null][] = [
  ["that is shared", { policy: { attachments: 2 } }, STAYS],
  ["that inline policies grant too", {
    role: { inline: { main: WIDE } },
    policy: { attachments: 2 },
  }, STAYS],
  ["that loses it", {}, null],
  [
    "that the deny policy denies",
    { role: { inline: denied }, policy: { attachments: 2 } },
    null,
  ],
  ["of a role that stays", { role: { name: "groundskeeper-x" } }, null],
  [
    "with --deny",
    { asked: { deny: true } },
    `${STAYS}: --deny denies only what inline policies grant`,
  ],
  ["that --deny binds too", { asked: { deny: true }, role: { inline: { main: WIDE } } }, null],
];

for (const [what, one, note] of NAMED) {
  Deno.test(`what was named is told as it stays with a managed policy ${what}: ${note ?? "not at all"}`, () => {
    const { own } = planOf({ ...one, asked: { remove: [SQS, "sns:*"], ...one.asked } });
    const [entry] = own.roles;
    assert.deepEqual(entry!.notes.filter((one) => one.startsWith("Managed")), note ? [note] : []);
    // What is unused in it does not depend on what was named.
    assert.equal(entry!.managed[0]!.unused, 1);
  });
}

const services = fc.constantFrom(
  "s3:GetObject",
  "sqs:SendMessage",
  "sns:Publish",
  "ec2:RunInstances",
);

propertyTest<typeof planOf>(
  "whatever a policy says and however it is attached, only one of one role loses, and only what is unused",
  planOf,
  (subject) =>
    fc.assert(
      fc.property(
        fc.uniqueArray(services, { minLength: 1 }),
        fc.integer({ min: 0, max: 3 }),
        fc.constantFrom(0, 1, 2),
        fc.constantFrom(1, 20, 400),
        (actions, attachments, boundaries, age) => {
          const { changes } = subject({
            policy: {
              document: policyOf(actions),
              attachments,
              boundaries,
              versions: { v1: daysAgo(age) },
            },
          });
          for (const { after } of changes) {
            assert.equal(attachments, 1);
            assert.equal(boundaries, 0);
            assert.ok(age > 90);
            const removed = removedBy({ after });
            assert.ok(!removed.includes("s3:GetObject"));
            // The evidence does not speak of the others.
            assert.deepEqual(removed, ["sqs:SendMessage"]);
          }
        },
      ),
      FIXED,
    ),
  {
    "does not count attachments": ({ policy, ...one }) =>
      planOf({ ...one, policy: { ...policy, attachments: 1 } }),
    "does not mind boundaries": ({ policy, ...one }) =>
      planOf({ ...one, policy: { ...policy, boundaries: 0 } }),
    "does not mind ages": ({ policy, ...one }) =>
      planOf({ ...one, policy: { ...policy, versions: { v1: daysAgo(400) } } }),
  },
);
