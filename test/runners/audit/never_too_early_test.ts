import assert from "assert";
import type { AuditConfig } from "../../../runners/audit/config.ts";
import { Fleet } from "./fleet.ts";
import { anInstance, configOf, DEV, idOf, PROD } from "./world.ts";

/** No instance is stopped or terminated before the time that its mark names has passed. */

const LIMITS = {
  perRun: { count: 100, percent: 100 },
  perAccount: { count: 100 },
  rollingDay: { count: 100 },
};

const enforced = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  ladder: [
    { after: "0m", do: "mark" },
    { after: "3d", do: "stop" },
    { after: "14d", do: "terminate" },
  ],
  limits: LIMITS,
});

const reported: AuditConfig = { ...enforced, enforce: { ...enforced.enforce, accounts: [] } };

const ONE = idOf(1);
const unprotected = { termination: false, stop: false };

/** A fleet of one instance that breaks the rule, and one that keeps it. */
function fleet(): Fleet {
  const one = new Fleet();
  const created = "2026-01-01T00:00:00.000Z";
  one.east = [
    anInstance(1, { created, protection: unprotected }),
    anInstance(2, { created, protection: unprotected, tags: { owner: "alice" } }),
  ];
  return one;
}

Deno.test("an instance that runs a whole ladder is marked, stopped and terminated in its time", async () => {
  const world = fleet();
  await world.apply(enforced);
  await world.pass(71);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`]);
  await world.pass(2);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `stop ${ONE}`]);
  await world.pass(11 * 24 - 2);
  await world.apply(enforced);
  assert.equal(world.effects.length, 2);
  await world.pass(3);
  await world.apply(enforced);
  assert.deepEqual(world.effects.slice(2), [`terminate ${ONE}`]);
});

Deno.test("a mark does not outlive the time in which its instance was put right", async () => {
  const world = fleet();
  await world.apply(enforced);
  // It kept the rules for two weeks in which only `report` ran, which removes no mark.
  world.tag(ONE, { owner: "alice" });
  await world.pass(24);
  await world.report(enforced);
  await world.pass(14 * 24);
  world.tag(ONE, { owner: undefined });
  await world.report(enforced);
  await world.pass(1);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `mark ${ONE}`]);
});

Deno.test("a mark does not outlive an exemption", async () => {
  const world = fleet();
  await world.apply(enforced);
  const match = { instanceId: ONE };
  const exempt: AuditConfig = {
    ...enforced,
    exempt: [{ match, reason: "vendor", until: "2026-01-20" }],
  };
  await world.pass(24);
  await world.report(exempt);
  await world.pass(20 * 24);
  await world.report(exempt);
  await world.pass(1);
  await world.apply(exempt);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `mark ${ONE}`]);
});

Deno.test("a mark does not outlive an unmark that was refused", async () => {
  const world = fleet();
  await world.apply(enforced);
  world.tag(ONE, { owner: "alice" });
  await world.pass(24);
  world.fates.set(ONE, "refused");
  assert.equal((await world.apply(enforced)).exitCode, 3);
  await world.pass(14 * 24);
  world.tag(ONE, { owner: undefined });
  await world.report(enforced);
  await world.pass(1);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `mark ${ONE}`]);
});

Deno.test("a stop that could not be seen begins the time to the termination all the same", async () => {
  const world = fleet();
  await world.apply(enforced);
  // Nobody ran it for three weeks: the instants on the mark have all passed.
  await world.pass(21 * 24);
  await world.report(enforced);
  await world.pass(1);
  world.fates.set(ONE, "done, then blind");
  assert.equal((await world.apply(enforced)).exitCode, 3);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `stop ${ONE}`]);
  await world.pass(1);
  await world.apply(enforced);
  assert.deepEqual(world.effects.length, 2);
});

Deno.test("a killed run's stop that is seen late begins the time to the termination all the same", async () => {
  const world = fleet();
  await world.apply(enforced);
  await world.pass(21 * 24);
  await world.report(enforced);
  await world.pass(1);
  world.fates.set(ONE, "killed after");
  await world.killed(enforced);
  // DescribeInstances still answers with the state before.
  world.answers.set(`${DEV}/us-east-1`, (region) => ({
    ...region,
    instances: region.instances.map((one) => one.id === ONE ? { ...one, state: "running" } : one),
  }));
  await world.apply(enforced);
  world.answers.clear();
  await world.pass(1);
  await world.apply(enforced);
  await world.pass(1);
  await world.apply(enforced);
  assert.deepEqual(world.effects, [`mark ${ONE}`, `stop ${ONE}`]);
});

Deno.test("what a killed run has stopped is not terminated on the day that enforcement comes back", async () => {
  const world = fleet();
  await world.apply(enforced);
  await world.pass(73);
  world.fates.set(ONE, "killed after");
  await world.killed(enforced);
  // It is switched off at once, and four months of reports follow.
  for (let day = 0; day < 120; day += 10) {
    await world.report(reported);
    await world.pass(240);
  }
  await world.apply(enforced);
  assert.deepEqual(world.effects.slice(2), [`mark ${ONE}`]);
});

Deno.test("what a killed run has marked is not stopped on the day that enforcement comes back", async () => {
  const world = fleet();
  world.fates.set(ONE, "killed after");
  await world.killed(enforced);
  for (let day = 0; day < 120; day += 10) {
    await world.report(reported);
    await world.pass(240);
  }
  await world.apply(enforced);
  assert.deepEqual(world.effects.slice(1), [`mark ${ONE}`]);
});

Deno.test("a mark that nobody looked at for months is set anew, with the whole time", async () => {
  const world = fleet();
  const elsewhere = { accounts: [{ id: PROD }] };
  await world.apply(enforced);
  await world.pass(1);
  await world.apply(enforced);
  // The account was left out of the organization, and is taken in again.
  await world.pass(120 * 24);
  await world.report(enforced, elsewhere);
  await world.pass(1);
  await world.apply(enforced);
  assert.deepEqual(world.effects.slice(1), [`mark ${ONE}`]);
});

Deno.test("a person who answers days later marks with the whole time", async () => {
  const world = fleet();
  const options = { yes: false };
  const confirm = async () => {
    await world.pass(5 * 24);
    return true;
  };
  await world.apply(enforced, { options, confirm });
  await world.pass(1);
  await world.apply(enforced);
  assert.equal(world.effects.includes(`stop ${ONE}`), false);
});
