import assert from "assert";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { always } from "../aws/faults.ts";
import { type CanaryPlanDocument, canaryWorld, makeCanaries, provenWorld } from "./canary_world.ts";
import { callsOf, type LadderWorld, tally } from "./ladder_world.ts";

/** All instances of the world's region with a Name of this pattern. */
async function instancesNamed(world: LadderWorld, name: string) {
  const { Reservations = [] } = await world.byHand((client) =>
    client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag:Name", Values: [name] }] }),
    )
  );
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}

Deno.test("a lost answer of RunInstances makes no second instance", async () => {
  await using world = await canaryWorld();
  let lost = 0;
  world.aws.proxy.onCall(({ action }) =>
    action === "ec2:RunInstances" && lost++ < 2 ? { kind: "lose-answer" } : undefined
  );
  const [made] = await makeCanaries(world);
  assert.equal(made?.outcome, "created");
  assert.equal(callsOf(world, "ec2:RunInstances").length, 3);
  assert.equal((await instancesNamed(world, "api-canary-*")).length, 1);
});

Deno.test("a run that never hears an answer of RunInstances finds the canary by its stamp, and the next one stops it", async () => {
  await using world = await canaryWorld();
  const loses = world.aws.proxy.onCall(always({ action: "ec2:RunInstances" }, {
    kind: "lose-answer",
  }));
  const [found] = await makeCanaries(world);
  assert.equal(found?.outcome, "created");
  loses();
  world.setDay(1);
  const [made] = await makeCanaries(world);
  assert.deepEqual([made?.outcome, made?.error], ["stopped", null]);
  const instances = await instancesNamed(world, "api-canary-*");
  assert.deepEqual(instances.map(({ InstanceId, State }) => [InstanceId, State?.Name]), [
    [found?.instance, "stopped"],
  ]);
});

for (const days of [0, 1]) {
  Deno.test(`a run that is killed when RunInstances had its effect leaves no second instance ${days} days later`, async () => {
    await using world = await canaryWorld();
    const child = Promise.withResolvers<Deno.ChildProcess>();
    const once = world.aws.proxy.onCall(({ action }) =>
      action === "ec2:RunInstances"
        ? {
          kind: "lose-answer",
          afterEffect: async () => (await child.promise).kill("SIGKILL"),
        }
        : undefined
    );
    await world.run("audit canary apply --yes", { onSpawn: child.resolve });
    once();
    assert.equal((await instancesNamed(world, "api-canary-*")).length, 1);
    world.setDay(days);
    const [made] = await makeCanaries(world);
    assert.equal(made?.error, null);
    const instances = await instancesNamed(world, "api-canary-*");
    assert.deepEqual(instances.map(({ InstanceId, State }) => [InstanceId, State?.Name]), [
      [made?.instance, "stopped"],
    ]);
    assert.equal((await world.json<CanaryPlanDocument>("audit plan")).coverage.proven, 1);
  });
}

Deno.test("a canary that was terminated by hand is made again, and only with a new one it is proven", async () => {
  await using world = await provenWorld();
  const { canary: first } = world;
  await world.byHand((client) =>
    client.send(new TerminateInstancesCommand({ InstanceIds: [first] }))
  );
  const plan = await world.json<CanaryPlanDocument>("audit plan");
  assert.deepEqual(plan.coverage.unproven.map(({ reason }) => reason), ["canary-state"]);
  assert.match(plan.coverage.unproven[0]!.detail, /terminated: "audit canary apply" makes another/);
  const [made] = await makeCanaries(world);
  assert.equal(made?.outcome, "created");
  assert.notEqual(made?.instance, first);
  const { run } = await world.apply();
  assert.deepEqual(tally(run), { "ec2:CreateTags done": 2 });
  assert.equal(run.coverage.regions[0]!.proof, "canary");
});

Deno.test("a canary that only the first source hides is not made twice", async () => {
  await using world = await provenWorld();
  const { canary: id } = world;
  world.aws.proxy.rewrite({
    appliesTo: ({ action, principal }) =>
      action === "ec2:DescribeInstances" && (principal?.includes("audit-observe") ?? false),
    rewrite: (body) => body.replaceAll(id, "i-0123456789abcdef0"),
  });
  world.aws.proxy.clearCalls();
  const [told] = await makeCanaries(world);
  assert.deepEqual([told?.status, told?.outcome], ["absent", null]);
  assert.deepEqual(callsOf(world, "ec2:RunInstances"), []);
});
