import assert from "assert";
import fc from "fast-check";
import type { RoleAfter } from "../../../runners/repo/change/role_change.ts";
import { policiesAfter } from "../../../runners/repo/change/role_change.ts";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import { denyingOf } from "../../../runners/repo/plan_deny.ts";
import type { PolicyVersion } from "../../../runners/repo/planning.ts";
import { deniedBy, DENY_POLICY, denyText } from "../../../runners/repo/policy/deny_policy.ts";
import type { RoleEntry } from "../../../runners/repo/tell/names.ts";
import { FIXED, propertyTest } from "../core/properties.ts";
import { somePolicies } from "./arbitrary_policy.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";
import { grantsName, statementsIn } from "./policy/policy_oracle.ts";
import { SMALL } from "./small_universe.ts";

const S3 = allowing("s3:*", "sqs:SendMessage");

function denying(
  inline: ObservedRole["inline"],
  remove: readonly string[],
  part: Partial<ObservedRole> = {},
) {
  const role = aRole({ inline, evidence: evidenceOf({ s3: null }), ...part });
  const plan = planned(planningOf([role], { asked: { remove, deny: true } }));
  const after = plan.changes[0]?.after as unknown as RoleAfter | undefined;
  const [entry] = plan.own["roles"] as unknown as RoleEntry[];
  return { plan, after, entry: entry!, policies: after && policiesAfter(after) };
}

/** What somebody must not be able to tell apart from a deny policy of another shape. */
const document = (statement: object, rest: object = {}) =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Action: ["s3:GetObject"], Resource: "*", ...statement }],
    ...rest,
  });

Deno.test("--deny keeps every policy, and adds one Deny of just what was named", () => {
  const { after, entry, policies } = denying({ app: S3 }, ["s3:PutObjectAcl", "s3:DeleteBucket"]);
  assert.equal(policies!["app"], S3);
  assert.deepEqual(JSON.parse(policies![DENY_POLICY]!), {
    Version: "2012-10-17",
    Statement: [{
      Effect: "Deny",
      Action: ["s3:DeleteBucket", "s3:PutObjectAcl"],
      Resource: "*",
    }],
  });
  assert.deepEqual(after!.removed, ["s3:DeleteBucket", "s3:PutObjectAcl"]);
  assert.equal(after!.permissions, entry.permissions - 2);
  assert.deepEqual(entry.broken_patterns, []);
  assert.match(
    entry.notes[0]!,
    /"groundskeeper-deny" denies 2 actions\. This Deny also stops what policies of resources, managed policies and later policies of the role grant/,
  );
});

Deno.test("what is denied already is no change; what is denied besides joins it, sorted", () => {
  const first = denying({ app: S3 }, ["s3:PutObjectAcl"]).policies!;
  assert.deepEqual(denying(first, ["s3:putobjectacl"]).plan.changes, []);
  const second = denying(first, ["s3:PutObjectAcl", "s3:DeleteBucket", "sqs:*"]);
  assert.deepEqual(deniedBy(second.policies!), [
    "s3:DeleteBucket",
    "s3:PutObjectAcl",
    "sqs:SendMessage",
  ]);
  assert.equal(second.entry.permissions, denying({ app: S3 }, ["x:Y"]).entry.permissions - 1);
});

Deno.test("a name that no catalogue has is denied where a pattern grants it, and is pointed out", () => {
  const { policies, entry } = denying({ app: S3 }, ["s3:BrandNewThing"]);
  assert.deepEqual(deniedBy(policies!), ["s3:BrandNewThing"]);
  assert.match(entry.notes[1]!, /does not know s3:BrandNewThing: check the spelling/);
  assert.deepEqual(denying(policies!, ["s3:BrandNewThing"]).plan.changes, []);
  assert.deepEqual(denying({ app: allowing("sqs:*") }, ["s3:BrandNewThing"]).plan.changes, []);
  const named = denying({ app: allowing("newsvc:Do", "s3:Get*") }, ["newsvc:*"]).policies!;
  assert.deepEqual(deniedBy(named), ["newsvc:Do"]);
  assert.deepEqual(denying(named, ["newsvc:*"]).plan.changes, []);
});

Deno.test("what is pinned, and what a NOREPO statement grants, is not denied", () => {
  const noRepo = statements({ Sid: "NOREPO1", Action: "s3:GetObject", Resource: "*" });
  const { plan } = denying({ app: allowing("iam:*"), no: noRepo }, [
    "iam:PassRole",
    "s3:GetObject",
  ]);
  assert.deepEqual(plan.changes, []);
});

const FOREIGN: readonly (readonly [what: string, text: string])[] = [
  ["a wildcard", document({ Action: ["s3:*"] })],
  ["a condition", document({ Condition: { Bool: { "aws:SecureTransport": "false" } } })],
  ["one resource", document({ Resource: "arn:aws:s3:::a" })],
  ["an Allow", document({ Effect: "Allow" })],
  ["NotAction", document({ Action: undefined, NotAction: ["s3:GetObject"] })],
  ["a Sid", document({ Sid: "Mine" })],
  ["an Id", document({}, { Id: "mine" })],
  ["another version of the language", document({}, { Version: "2008-10-17" })],
  [
    "two statements",
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [1, 2].map(() => JSON.parse(document({})).Statement[0]),
    }),
  ],
];

for (const [what, text] of FOREIGN) {
  Deno.test(`a policy of that name with ${what} is somebody else's, and nothing is denied`, () => {
    assert.equal(deniedBy({ [DENY_POLICY]: text }), null);
    const { plan } = denying({ app: S3, [DENY_POLICY]: text }, ["s3:PutObjectAcl"]);
    assert.deepEqual(plan.changes, []);
    assert.deepEqual(plan.spared.map(({ reason }) => reason), ["deny-policy-taken"]);
  });
}

Deno.test("a Deny that would pass IAM's quota is refused", () => {
  const filling = statements({
    Action: ["s3:*"],
    Resource: [`arn:aws:s3:::${"a".repeat(10_000)}`],
  });
  const { plan } = denying({ app: filling }, ["s3:Get*"]);
  assert.deepEqual(plan.changes, []);
  assert.deepEqual(plan.spared.map(({ reason }) => reason), ["size-limit"]);
});

Deno.test("a denied action is no longer counted, and evidence breaks no pattern for it", () => {
  const denied = denying({ app: S3 }, ["s3:PutObjectAcl"]).policies!;
  const role = aRole({ inline: denied, evidence: evidenceOf({ s3: null, sqs: null }) });
  const plan = planned(planningOf([role]));
  const [entry] = plan.own["roles"] as unknown as RoleEntry[];
  assert.ok(entry!.loses.every(({ actions }) => !actions.includes("s3:PutObjectAcl")));
  const after = plan.changes[0]!.after as unknown as RoleAfter;
  assert.equal(after.policies["app"], null);
  assert.equal(after.policies[DENY_POLICY], denied[DENY_POLICY]);
  assert.equal(after.permissions, 0);
});

Deno.test("--remove without --deny takes a denied action out of the policies too", () => {
  const denied = denying({ app: S3 }, ["s3:PutObjectAcl"]).policies!;
  const role = aRole({ inline: denied });
  const plan = planned(planningOf([role], { asked: { remove: ["s3:PutObjectAcl"] } }));
  const after = plan.changes[0]!.after as unknown as RoleAfter;
  assert.notEqual(after.policies["app"], S3);
  assert.equal(after.permissions, (plan.own["roles"] as unknown as RoleEntry[])[0]!.permissions);
});

function restored(
  inline: ObservedRole["inline"],
  policies: ObservedRole["inline"],
): RoleAfter | null {
  const role = aRole({ inline });
  const version: PolicyVersion = {
    seq: 1,
    hash: "",
    source: "Scan",
    discovered: "2026-11-01T00:00:00.000Z",
    run_id: null,
    policies,
  };
  const planning = planningOf([role], {
    asked: { restore: 1, roles: [{ account: "111111111111", name: role.name }] },
    earlier: { restoring: { role_id: role.roleId, version } },
  });
  return (planned(planning).changes[0]?.after ?? null) as RoleAfter | null;
}

Deno.test("a restore takes its actions out of the Deny, and says that it gives them back", () => {
  const before = { app: S3 };
  const first = denying(before, ["s3:PutObjectAcl", "s3:BrandNewThing"]).policies!;
  const all = restored(first, before)!;
  assert.equal(all.policies[DENY_POLICY], null);
  assert.deepEqual([...all.gained].sort(), ["s3:BrandNewThing", "s3:PutObjectAcl"]);
  const second = denying(first, ["s3:DeleteBucket"]).policies!;
  const one = restored(second, first)!;
  assert.deepEqual(deniedBy(policiesAfter(one)), ["s3:BrandNewThing", "s3:PutObjectAcl"]);
  assert.deepEqual(one.gained, ["s3:DeleteBucket"]);
});

/** Whether some policies together allow a name: some Allow, and no Deny, read in the plainest way. */
function allowed(policies: ObservedRole["inline"], name: string): boolean {
  const all = Object.values(policies).flatMap(statementsIn);
  const speaking = (effect: string) =>
    all.some((one) => one["Effect"] === effect && grantsName(one, name));
  return speaking("Allow") && !speaking("Deny");
}

type Denies = typeof denyingOf;

/** Names besides those that a catalogue has. */
const BEYOND = ["s3:BrandNewer", "other:Thing", "sqs:Unlisted"];

propertyTest<Denies>(
  "what is allowed after a Deny is always what was allowed, without what was named",
  denyingOf,
  (deny) =>
    fc.assert(
      fc.property(
        somePolicies(SMALL),
        fc.uniqueArray(fc.nat({ max: SMALL.size - 1 }), { minLength: 1, maxLength: 20 }),
        fc.uniqueArray(fc.nat({ max: SMALL.size - 1 }), { maxLength: 5 }),
        (policies, names, earlier) => {
          const nameOf = (index: number) => SMALL.actions[index]!;
          const inline: Record<string, string> = earlier.length === 0
            ? policies
            : { ...policies, [DENY_POLICY]: denyText(earlier.map(nameOf)) };
          const named = names.map(nameOf);
          const result = deny({ role: aRole({ inline }) }, named, { universe: SMALL });
          if (result.status === "refused") {
            assert.equal(result.reason, "size-limit");
            return;
          }
          const after = result.policies as ObservedRole["inline"];
          for (const [name, text] of Object.entries(policies)) assert.equal(after[name], text);
          assert.equal(Object.keys(after).length, Object.keys(policies).length + 1);
          for (const action of [...SMALL.actions, ...BEYOND]) {
            const expected = allowed(inline, action) && !named.includes(action);
            assert.equal(allowed(after, action), expected, action);
          }
          const again = deny({ role: aRole({ inline: after }) }, named, { universe: SMALL });
          assert.ok(again.status === "rewritten");
          assert.deepEqual({ ...again.policies }, { ...after });
        },
      ),
      { ...FIXED, numRuns: 60 },
    ),
  {
    "forgets what was denied before": (surveyed, actions, survey) => {
      const inline = Object.fromEntries(
        Object.entries(surveyed.role.inline).filter(([name]) => name !== DENY_POLICY),
      );
      return denyingOf({ role: { ...surveyed.role, inline } }, actions, survey);
    },
    "forgets the last": (surveyed, actions, survey) =>
      denyingOf(surveyed, actions.length > 1 ? actions.slice(1) : actions, survey),
    "denies the whole service": (surveyed, actions, survey) => {
      const all = survey.universe.union(actions.map((one) => `${one.split(":")[0]}:*`));
      return denyingOf(surveyed, [...all], survey);
    },
    "writes the other policies again": (surveyed, actions, survey) => {
      const result = denyingOf(surveyed, actions, survey);
      if (result.status === "refused") return result;
      const policies = Object.fromEntries(
        Object.entries(result.policies).map(([name, text]) => [name, `${text} `]),
      );
      return { ...result, policies };
    },
  },
);

Deno.test("the names of a Deny are those of the catalogue, in its spelling", () => {
  const { policies } = denying({ app: allowing("S3:*") }, ["s3:get*"]);
  const { canonical } = loadCatalogue();
  const denied = deniedBy(policies!)!;
  assert.ok(denied.length > 20);
  assert.deepEqual(denied.map(canonical), denied);
  assert.deepEqual(denied, denied.toSorted((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1));
});
