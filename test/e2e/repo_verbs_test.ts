import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { isWrite } from "../aws/is_write.ts";
import { allowing } from "../aws/seed_roles.ts";
import { halfUsed, iamWrites, outcomes, planned, repoWorld } from "./repo_world.ts";

const NOT_ACTION = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", NotAction: ["iam:*", "organizations:*"], Resource: "*" }],
};

/** Roles of every kind that can lose something, with the white space of people. */
const ROLES = [
  halfUsed("app", { path: "/prod/" }),
  halfUsed("admin", { inline: { all: allowing("*") }, uses: { s3: 2, ec2: 5, iam: 4 } }),
  halfUsed("all-but", { inline: { main: JSON.stringify(NOT_ACTION, null, 4) } }),
  halfUsed("idle", { uses: {} }),
  halfUsed("used", { inline: { main: allowing("s3:GetObject") } }),
];
const LOSING = ["admin", "all-but", "app", "idle"];

Deno.test("what is unused goes once and comes back byte for byte; only apply writes, and only what it plans", async () => {
  await using world = await repoWorld({
    accounts: 2,
    roles: (account) => account === 0 ? ROLES : [halfUsed("idle", { uses: {} })],
  });
  const before = await Promise.all(LOSING.map((role) => world.policies(role)));
  world.aws.proxy.clearCalls();

  const plan = await world.json<PlanDocument>("repo plan");
  assert.deepEqual(planned(plan), [...LOSING, "idle"].sort());
  assert.deepEqual([plan.coverage.planned, plan.coverage.proven], [2, 2]);
  assert.deepEqual([...Deno.readDirSync(world.directory)].map(({ name }) => name), [
    "groundskeeper.json",
  ]);
  await world.run("repo refresh");
  await world.run("repo report --account " + world.accounts[1]);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);

  const run = await world.json<RunDocument>("repo apply --yes");
  assert.deepEqual(outcomes(run), Object.fromEntries(LOSING.map((role) => [role, "done"])));
  const writes = iamWrites(world);
  assert.deepEqual([...new Set(writes.map(({ status }) => status))], [200]);
  assert.deepEqual(
    [...new Set(writes.map(({ principal }) => principal?.split("/")[1]))],
    ["groundskeeper-repo-apply"],
  );
  const app = await world.policies("app");
  assert.deepEqual(Object.values(app).map((text) => JSON.parse(text).Statement[0].Action), [
    ["s3:*"],
    ["s3:Get*"],
  ]);
  assert.deepEqual(await world.policies("idle"), {});

  world.aws.proxy.clearCalls();
  assert.deepEqual(outcomes(await world.json<RunDocument>("repo apply --yes")), {});
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);

  for (const role of LOSING) {
    const restored = await world.json<RunDocument>(
      `repo apply --yes --restore 1 --role ${world.accounts[0]}/${role}`,
    );
    assert.deepEqual(outcomes(restored), { [role]: "done" });
  }
  assert.deepEqual(await Promise.all(LOSING.map((role) => world.policies(role))), before);
  // The other account's roles of these names stay without.
  assert.deepEqual(await world.policies("idle", 1), {});
  // What was given back is new again: it does not go the next night.
  assert.deepEqual((await world.json<PlanDocument>("repo plan")).changes, []);
});
