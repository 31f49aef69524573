import assert from "assert";
import type { RoleAfter } from "../../../runners/repo/change/repo_change.ts";
import { policiesAfter } from "../../../runners/repo/change/repo_change.ts";
import { loadCatalogue } from "../../../runners/repo/catalogue/catalogue.ts";
import type { ObservedRole } from "../../../runners/repo/observed.ts";
import { deniedBy, DENY_POLICY } from "../../../runners/repo/policy/deny_policy.ts";
import { FIXED, generated, propertyTest } from "../core/properties.ts";
import { aRole, evidenceOf } from "./decide/deciding.ts";
import { DENY_PROPERTIES, restoredTo } from "./deny_properties.ts";
import { allowing, planned, planningOf, statements } from "./planning_world.ts";

const S3 = allowing("s3:*", "sqs:SendMessage");

function denying(
  inline: ObservedRole["inline"],
  remove: readonly string[],
  part: Partial<ObservedRole> = {},
) {
  const role = aRole({ inline, evidence: evidenceOf({ s3: null }), ...part });
  const plan = planned(planningOf([role], { asked: { remove, deny: true } }));
  const after = plan.changes[0]?.after as unknown as RoleAfter | undefined;
  const [entry] = plan.own.roles;
  return { plan, after, entry: entry!, policies: after && policiesAfter(after) };
}

/** Shapes that must not count as Groundskeeper's deny policy. */
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
  const again = denying(first, ["s3:putobjectacl"]);
  assert.deepEqual(again.plan.changes, []);
  assert.deepEqual(again.entry.notes, [
    '1 action of what you named is denied already by "groundskeeper-deny"',
  ]);
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
  assert.match(entry.notes[1]!, /does not know s3:BrandNewThing$/);
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
  const [entry] = plan.own.roles;
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
  assert.equal(after.permissions, plan.own.roles[0]!.permissions);
});

Deno.test("a restore takes its actions out of the Deny, and says that it gives them back", () => {
  const before = { app: S3 };
  const first = denying(before, ["s3:PutObjectAcl", "s3:BrandNewThing"]).policies!;
  const all = restoredTo(first, before)!;
  assert.equal(all.policies[DENY_POLICY], null);
  assert.deepEqual([...all.gained].sort(), ["s3:BrandNewThing", "s3:PutObjectAcl"]);
  const second = denying(first, ["s3:DeleteBucket"]).policies!;
  const one = restoredTo(second, first)!;
  assert.deepEqual(deniedBy(policiesAfter(one)), ["s3:BrandNewThing", "s3:PutObjectAcl"]);
  assert.deepEqual(one.gained, ["s3:DeleteBucket"]);
});

for (const { name, right, holds, mutants } of DENY_PROPERTIES) {
  propertyTest(
    name,
    right,
    (subject) => holds(subject, { ...FIXED, numRuns: generated(60, 15) }),
    mutants,
  );
}

Deno.test("the names of a Deny are those of the catalogue, in its spelling", () => {
  const { policies } = denying({ app: allowing("S3:*") }, ["s3:get*"]);
  const { canonical } = loadCatalogue();
  const denied = deniedBy(policies!)!;
  assert.ok(denied.length > 20);
  assert.deepEqual(denied.map(canonical), denied);
  assert.deepEqual(denied, denied.toSorted((a, b) => a.toLowerCase() < b.toLowerCase() ? -1 : 1));
});
