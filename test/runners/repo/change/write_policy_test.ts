import assert from "assert";
import fc from "fast-check";
import { isRefusedByAws } from "../../../../runners/core/aws/failure.ts";
import { WithoutEffectError } from "../../../../runners/core/errors.ts";
import { writePolicy } from "../../../../runners/repo/change/managed_maker.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { NARROW, POLICY, REMOVAL, RESTORE, WIDE } from "./managed_changes.ts";
import type { Fault } from "./scripted_iam.ts";
import { ScriptedPolicyIam } from "./scripted_policy_iam.ts";

type Write = typeof writePolicy;

const CHANGES = { removal: REMOVAL, restore: RESTORE } as const;

function iamFor(what: keyof typeof CHANGES): ScriptedPolicyIam {
  return what === "removal"
    ? new ScriptedPolicyIam("v1", { v1: WIDE })
    : new ScriptedPolicyIam("v2", { v1: WIDE, v2: NARROW });
}

async function write(
  iam: ScriptedPolicyIam,
  what: keyof typeof CHANGES,
  writing: Write = writePolicy,
): Promise<unknown> {
  const clock = new ManualClock();
  clock.flowsUpToMs = Infinity;
  const { before, after } = CHANGES[what];
  const signal = new AbortController().signal;
  try {
    await writing(before, after, { client: iam.client, arn: POLICY, clock, signal });
    return undefined;
  } catch (error) {
    return error;
  }
}

const fault = fc.constantFrom<Fault>("refused", "throttled", "unreachable", "lost");
const whats = fc.constantFrom<keyof typeof CHANGES>("removal", "restore");

/**
 * Whatever calls fail: the earlier or the planned version is in force, and the error says which.
 */
async function alwaysOneOfTwo(subject: Write): Promise<void> {
  const faults = fc.array(fc.tuple(fc.nat(6), fault), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(whats, faults, async (what, scripted) => {
      const iam = iamFor(what);
      for (const [at, one] of scripted) iam.faults.set(at, one);
      const error = await write(iam, what, subject);
      const { before, after } = CHANGES[what];
      const allowed = [before.policies["own"], after.policies["own"]];
      assert.ok(iam.history.every((id) => allowed.includes(iam.versions.get(id))));
      const inForce = iam.versions.get(iam.inForce);
      if (error === undefined) assert.equal(inForce, after.policies["own"]);
      else if (isRefusedByAws(error)) assert.equal(iam.inForce, before.version);
    }),
    FIXED,
  );
}

propertyTest<Write>(
  "whatever calls fail, what is in force is what was or what was to be, and a refusal is the former",
  writePolicy,
  alwaysOneOfTwo,
  {
    "takes a lost answer for a refusal": async (before, after, writing) => {
      try {
        return await writePolicy(before, after, { ...writing, clock: writing.clock });
      } catch (error) {
        throw new WithoutEffectError("error", String(error));
      }
    },
    "takes an error for success": async (before, after, writing) => {
      try {
        return await writePolicy(before, after, writing);
      } catch {
        return null;
      }
    },
  },
);

for (const what of ["removal", "restore"] as const) {
  for (const one of ["throttled", "unreachable", "lost"] as const) {
    Deno.test(`a ${what} of which the only call is ${one} is taken back, and has no effect`, async () => {
      const iam = iamFor(what);
      iam.faults.set(0, one);
      const error = await write(iam, what);
      assert.ok(error instanceof WithoutEffectError, String(error));
      assert.match(error.message, /version v\d is in force$/);
      assert.equal(iam.inForce, CHANGES[what].before.version);
    });
  }
}

Deno.test("what AWS refuses at once is not taken back, since nothing was done", async () => {
  const iam = iamFor("removal");
  iam.faults.set(0, "refused");
  assert.ok(isRefusedByAws(await write(iam, "removal")));
  assert.deepEqual(iam.calls, ["CreatePolicyVersion"]);
});

Deno.test("where the version of before cannot be put back, the error is no refusal", async () => {
  const iam = iamFor("removal");
  iam.faults.set(0, "lost");
  iam.faults.set(1, "refused");
  const error = await write(iam, "removal");
  assert.ok(error instanceof Error && !isRefusedByAws(error));
  assert.match(error.message, /version v1 could not be put back in force/);
});
