import assert from "assert";
import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { isWrite } from "../aws/is_write.ts";
import { CANARY, groupsOf } from "./audit_world.ts";
import {
  type CanaryPlanDocument,
  canaryWorld,
  makeCanaries,
  plannedCanaries,
} from "./canary_world.ts";
import { HERE, type LadderOptions, type LadderWorld, violators } from "./ladder_world.ts";

const TAGS = Object.fromEntries(
  Object.entries(CANARY.tags).map(([key, value]) => [key, value.replace("{region}", HERE)]),
);

/** A stopped instance that somebody has made as a canary, and others that only look like one. */
function withCandidates(options: LadderOptions = {}): Promise<LadderWorld> {
  const like = (name: string, tags = TAGS, state: "stopped" | "running" = "stopped") =>
    violators(name, 1, { tags, state });
  return canaryWorld({
    groups: [
      ...groupsOf(20, 1),
      like("right"),
      like("more", { ...TAGS, team: "web" }),
      like("less", { Name: TAGS["Name"]! }),
      like("running", TAGS, "running"),
    ],
    ...options,
  });
}

Deno.test("canary plan names the instances that could be adopted, and how", async () => {
  await using world = await withCandidates();
  const [right] = world.ids("right");
  const [told] = await plannedCanaries(world);
  assert.deepEqual(told?.candidates, [right]);
  const { stdout } = await world.run("audit canary plan");
  assert.match(stdout, new RegExp(`groundskeeper audit canary apply --adopt ${right}`));
});

Deno.test("an adopted instance is the canary from then on, and nothing was written to it", async () => {
  await using world = await withCandidates();
  const [right] = world.ids("right") as [string];
  world.aws.proxy.clearCalls();
  const [adopted] = await makeCanaries(world, `--adopt ${right}`);
  assert.deepEqual([adopted?.outcome, adopted?.instance], ["adopted", right]);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  const plan = await world.json<CanaryPlanDocument>("audit plan");
  assert.deepEqual(plan.coverage.regions.map(({ proof }) => proof), ["canary"]);
  assert.equal(plan.canaries[0]?.instance, right);
  const { run } = await world.apply();
  assert.deepEqual(run.upkeep.map(({ target, outcome }) => [target.split("/").at(-1), outcome]), [
    [right, "done"],
  ]);
});

Deno.test("a canary can be adopted the minute it was made, whatever else breaks the rules", async () => {
  await using world = await canaryWorld({
    groups: [...groupsOf(20, 2), { name: "fresh", tags: TAGS, state: "stopped" }],
  });
  const [fresh] = world.ids("fresh") as [string];
  const [told] = await plannedCanaries(world);
  assert.deepEqual(told?.candidates, [fresh]);
  const [adopted] = await makeCanaries(world, `--adopt ${fresh}`);
  assert.equal(adopted?.outcome, "adopted");
});

const REFUSED: readonly (readonly [group: string, says: RegExp])[] = [
  ["more", /with team, which audit\.canary\.tags does not have/],
  ["less", /without owner, without project/],
  ["running", /is running, and must be stopped/],
  ["web", /with Name=web/],
];

for (const [group, says] of REFUSED) {
  Deno.test(`an instance that is no canary is not adopted, and told why: ${group}`, async () => {
    await using world = await withCandidates();
    const [id] = world.ids(group);
    const { code, said } = await world.run(`audit canary apply --yes --adopt ${id}`);
    assert.equal(code, 2);
    assert.match(said, new RegExp(`Cannot adopt "${id}" as a canary: `));
    assert.match(said, says);
    assert.equal((await plannedCanaries(world))[0]?.instance, null);
  });
}

Deno.test("nothing is adopted that is not there, no ID, in another account, or beside a canary that is well", async () => {
  await using world = await withCandidates({ accounts: 2 });
  const refused = async (id: string, says: RegExp) => {
    const { code, said } = await world.run(`audit canary apply --yes --adopt ${id}`);
    assert.deepEqual([code, says.test(said)], [2, true], said);
  };
  await refused("i-0123456789abcdef0", /was not found in what could be read/);
  await refused("web-1", /is no instance ID/);
  const [elsewhere] = world.seeded.instances(world.accounts[0]!, HERE, "right");
  await refused(elsewhere!, /no canary is asked for in its account/);

  const [right] = world.ids("right") as [string];
  await makeCanaries(world, `--adopt ${right}`);
  const [running] = world.ids("running") as [string];
  await refused(running, new RegExp(`${right} is the canary of .* already`));
});

Deno.test("an instance with a stamp that is still to come is not adopted", async () => {
  await using world = await withCandidates();
  const [right] = world.ids("right") as [string];
  const Tags = [{ Key: "groundskeeper-canary", Value: "2099-01-01T00:00:00.000Z" }];
  await world.byHand((client) => client.send(new CreateTagsCommand({ Resources: [right], Tags })));
  const { code, said } = await world.run(`audit canary apply --yes --adopt ${right}`);
  assert.equal(code, 2);
  assert.match(said, /still to come/);
});
