import assert from "assert";
import fc from "fast-check";
import { DeleteRolePolicyCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { isRefusedByAws } from "../../../../runners/core/aws/failure.ts";
import { WithoutEffectError } from "../../../../runners/core/errors.ts";
import { samePolicies } from "../../../../runners/repo/change/live_policies.ts";
import { operationsBetween } from "../../../../runners/repo/change/operations.ts";
import type { Policies } from "../../../../runners/repo/change/repo_change.ts";
import { writeRole } from "../../../../runners/repo/change/inline_maker.ts";
import { generated, propertyTest } from "../../core/properties.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { actionsOf, policyOf, policySets, removals, wholeOf } from "./policy_sets.ts";
import { roleAfter } from "./role_after.ts";
import { type Fault, ScriptedIam } from "./scripted_iam.ts";

type WriteRole = typeof writeRole;

async function write(
  iam: ScriptedIam,
  before: Policies,
  after: Policies,
  writer: WriteRole = writeRole,
): Promise<unknown> {
  const clock = new ManualClock();
  clock.flowsUpToMs = Infinity;
  const change = roleAfter({ policies: wholeOf(before, after) });
  const writing = {
    client: iam.client,
    roleName: "app",
    clock,
    signal: new AbortController().signal,
  };
  try {
    await writer({ role_id: iam.roleId, policies: before }, change, writing);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Makes the calls one after the other, and puts nothing back. */
const forward: WriteRole = async (before, after, { client, roleName: RoleName, signal }) => {
  for (const { name: PolicyName, document } of operationsBetween(before, after)) {
    const named = { RoleName, PolicyName };
    const options = { abortSignal: signal };
    if (document === null) await client.send(new DeleteRolePolicyCommand(named), options);
    else {
      const command = new PutRolePolicyCommand({ ...named, PolicyDocument: document });
      await client.send(command, options);
    }
  }
  return null;
};

const faults = fc.array(
  fc.tuple(
    fc.nat(7),
    fc.constantFrom<Fault>("refused", "throttled", "unreachable", "lost"),
  ),
  { maxLength: 1 },
);

propertyTest<WriteRole>(
  "whatever one call does, a role is as before or as it was to be, and the error says which",
  writeRole,
  (writer) =>
    fc.assert(
      fc.asyncProperty(policySets, policySets, faults, async (before, after, scripted) => {
        const iam = new ScriptedIam(before);
        for (const [at, fault] of scripted) iam.faults.set(at, fault);
        const error = await write(iam, before, after, writer);
        if (error === undefined) assert.ok(samePolicies(iam.policies, after));
        else {
          assert.ok(samePolicies(iam.policies, before));
          assert.ok(isRefusedByAws(error), "what had no effect counts as refused");
        }
      }),
      { seed: 42, numRuns: generated(500) },
    ),
  {
    "puts nothing back": forward,
    "calls done what failed": async (...given) => {
      await forward(...given).catch(() => null);
      return null;
    },
  },
);

const many = fc.array(
  fc.tuple(fc.nat(7), fc.constantFrom<Fault>("refused", "throttled", "unreachable", "lost")),
  { maxLength: 4 },
);

propertyTest<WriteRole>(
  "whatever several calls do, no permission that stays is ever missing",
  writeRole,
  (writer) =>
    fc.assert(
      fc.asyncProperty(removals, many, async ([before, after], scripted) => {
        const iam = new ScriptedIam(before);
        for (const [at, fault] of scripted) iam.faults.set(at, fault);
        const error = await write(iam, before, after, writer);
        const stays = [...actionsOf(before)].filter((action) => actionsOf(after).has(action));
        for (const policies of iam.history) {
          assert.deepEqual(stays.filter((action) => !actionsOf(policies).has(action)), []);
        }
        if (error instanceof WithoutEffectError) assert.ok(samePolicies(iam.policies, before));
      }),
      { seed: 43, numRuns: generated(500) },
    ),
  {
    // As Repokid did: it deletes all policies first.
    "deletes before it puts": async (before, after, writing) => {
      const emptied = Object.fromEntries(Object.keys(before.policies).map((name) => [name, null]));
      await forward(before, { ...after, policies: emptied }, writing);
      return await forward({ ...before, policies: {} }, after, writing);
    },
  },
);

Deno.test("where the role cannot be given back what it had, the error is no refusal", async () => {
  const before = { a: policyOf(["s3:GetObject", "sqs:SendMessage"]), b: policyOf(["sns:Publish"]) };
  const after = { a: policyOf(["s3:GetObject"]) };
  const iam = new ScriptedIam(before);
  for (const at of [1, 2, 3]) iam.faults.set(at, "refused");
  const error = await write(iam, before, after);
  assert.ok(error instanceof Error && !isRefusedByAws(error));
  assert.match(error.message, /could not be given back what it had/);
});

Deno.test("what AWS refuses at once is not put back, since nothing was done", async () => {
  const before = { a: policyOf(["s3:GetObject", "sqs:SendMessage"]) };
  const iam = new ScriptedIam(before);
  iam.faults.set(0, "refused");
  const error = await write(iam, before, { a: policyOf(["s3:GetObject"]) });
  assert.ok(isRefusedByAws(error));
  assert.deepEqual(iam.calls, ["PutRolePolicy"]);
});

Deno.test("what can be given back is, though the call that failed fails again", async () => {
  const before = {
    a: policyOf(["s3:GetObject", "sqs:SendMessage", "sqs:ReceiveMessage"]),
    b: policyOf(["sns:Publish", "s3:PutObject"]),
  };
  const iam = new ScriptedIam(before);
  // The second policy can be written no more: neither for the change nor to put it back.
  iam.faults.set(1, "refused");
  iam.faults.set(2, "refused");
  const after = { a: policyOf(["s3:GetObject"]), b: policyOf(["s3:PutObject"]) };
  const error = await write(iam, before, after);
  assert.ok(samePolicies(iam.policies, before));
  assert.ok(error instanceof WithoutEffectError);
});
