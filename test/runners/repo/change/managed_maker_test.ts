import assert from "assert";
import { WithoutEffectError } from "../../../../runners/core/errors.ts";
import { managedMaker } from "../../../../runners/repo/change/managed_maker.ts";
import type { Proof } from "../../../../runners/repo/change/maker.ts";
import { ManualClock } from "../../core/manual_clock.ts";
import { NARROW, policyChange, REMOVAL, RESTORE, WIDE } from "./managed_changes.ts";
import { ScriptedPolicyIam } from "./scripted_policy_iam.ts";

const { signal } = new AbortController();

function makerOf(iam: ScriptedPolicyIam, proof: Proof | null = null) {
  const clock = new ManualClock();
  clock.flowsUpToMs = Infinity;
  return managedMaker({ client: iam.client, clock, reading: { abortSignal: signal }, proof });
}

const one = () => new ScriptedPolicyIam("v1", { v1: WIDE });
const two = () => new ScriptedPolicyIam("v2", { v1: WIDE, v2: NARROW });

const DRIFTS: [what: string, spoil: (iam: ScriptedPolicyIam) => void, why: RegExp][] = [
  ["another version is in force", (iam) => {
    iam.versions.set("v3", NARROW);
    iam.inForce = "v3";
  }, /^version v3 of the policy is in force, and the plan was made with v1$/],
  ["it says something else", (iam) => iam.versions.set("v1", NARROW), /says something else/],
  ["it is attached to another one too", (iam) => {
    iam.attachments = 2;
  }, /no longer attached to this role alone/],
  ["it is attached to another role instead", (iam) => {
    iam.entities = { PolicyRoles: [{ RoleId: "AROAOTHER" }] };
  }, /no longer attached to this role alone/],
  ["it is attached to a user instead", (iam) => {
    iam.entities = { PolicyUsers: [{ UserId: "AIDAEXAMPLE" }] };
  }, /no longer attached to this role alone/],
  ["it bounds somebody", (iam) => {
    iam.boundaries = 1;
  }, /permissions boundary/],
  ["IAM does not say whether it bounds somebody", (iam) => {
    iam.boundaries = undefined;
  }, /permissions boundary/],
];

for (const [what, spoil, why] of DRIFTS) {
  Deno.test(`a policy drifts when ${what}`, async () => {
    const iam = one();
    spoil(iam);
    assert.match(await makerOf(iam).drift(policyChange(REMOVAL)) ?? "", why);
  });
}

Deno.test("a restore drifts when IAM no longer has the version, or it says something else", async () => {
  const [gone, other] = [two(), two()];
  gone.versions.delete("v1");
  other.versions.set("v1", NARROW);
  const change = policyChange(RESTORE);
  assert.match(await makerOf(gone).drift(change) ?? "", /no longer has version v1/);
  assert.match(await makerOf(other).drift(change) ?? "", /version v1 says something else/);
});

Deno.test("a removal and a restore that stand are made, and seen when they are there", async () => {
  for (const [iam, halves] of [[one(), REMOVAL], [two(), RESTORE]] as const) {
    const [maker, change] = [makerOf(iam), policyChange(halves)];
    assert.equal(await maker.drift(change), undefined);
    assert.equal(await maker.isThere(change, signal), false);
    await maker.write(change, signal);
    assert.equal(await maker.isThere(change, signal), true);
  }
});

Deno.test("a removal that is not proven is not written, and a restore needs no proof", async () => {
  const refuse: Proof = () => Promise.reject(new WithoutEffectError("new-access", "no"));
  const [iam, restored] = [one(), two()];
  await assert.rejects(makerOf(iam, refuse).write(policyChange(REMOVAL), signal), {
    code: "new-access",
  });
  assert.deepEqual(iam.calls, []);
  await makerOf(restored, refuse).write(policyChange(RESTORE), signal);
  assert.equal(restored.inForce, "v1");
});

Deno.test("what has changed while it was proven is not written", async () => {
  const iam = one();
  const slow: Proof = () => {
    iam.attachments = 2;
    return Promise.resolve();
  };
  await assert.rejects(makerOf(iam, slow).write(policyChange(REMOVAL), signal), {
    code: "drifted",
  });
  assert.equal(iam.inForce, "v1");
});
