import assert from "assert";
import { DescribeInstancesCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { always, type Fault } from "../aws/faults.ts";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import {
  type Canaries,
  type CanaryPlanDocument,
  canaryWorld,
  makeCanaries,
  provenWorld,
} from "./canary_world.ts";
import { CANARY, groupsOf } from "./audit_world.ts";
import { callsOf, HERE, type LadderWorld, tally } from "./ladder_world.ts";

const CANARY_TAGS = Object.fromEntries(
  Object.entries(CANARY.tags).map(([key, value]) => [key, value.replace("{region}", HERE)]),
);

/** All instances of the world's region with a Name of this pattern. */
async function instancesNamed(world: LadderWorld, name: string) {
  const { Reservations = [] } = await world.byHand((client) =>
    client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag:Name", Values: [name] }] }),
    )
  );
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}

/** Runs canary apply, and signals it when its RunInstances has had its effect. */
async function signalledAtLaunch(world: LadderWorld, signal: Deno.Signal, answer: Fault) {
  const child = Promise.withResolvers<Deno.ChildProcess>();
  const afterEffect = async () => (await child.promise).kill(signal);
  const ends = world.aws.proxy.onCall(({ action }) =>
    action === "ec2:RunInstances" ? { ...answer, afterEffect } : undefined
  );
  const ran = await world.run("audit canary apply --yes --json", { onSpawn: child.resolve });
  ends();
  return ran;
}

/** The same of a run that is killed, and hears no answer. */
async function killedAtLaunch(world: LadderWorld): Promise<void> {
  await signalledAtLaunch(world, "SIGKILL", { kind: "lose-answer" });
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
  assert.equal(found?.outcome, "pending");
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
    await killedAtLaunch(world);
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

Deno.test("a canary that was made before a crash and is not listed yet is made again as it was announced: AWS answers with the same instance", async () => {
  await using world = await canaryWorld();
  await killedAtLaunch(world);
  const [made] = await instancesNamed(world, "api-canary-*");
  const listed = world.aws.proxy.rewrite({
    appliesTo: ({ action, principal }) =>
      action.startsWith("ec2:Describe") && (principal?.includes("audit-observe") ?? false),
    // An instance that nobody looks for stands in its place.
    rewrite: (body) => body.replaceAll("groundskeeper-canary", "somebody-s-tag"),
  });
  const [again] = await makeCanaries(world);
  listed();
  assert.deepEqual([again?.outcome, again?.instance], ["created", made?.InstanceId]);
  assert.equal((await instancesNamed(world, "api-canary-*")).length, 1);
  const tokens = callsOf(world, "ec2:RunInstances").map(({ parameters }) =>
    parameters["ClientToken"]
  );
  assert.deepEqual([tokens.length, new Set(tokens).size], [2, 1]);
  const journal = await world.json<JournalEntry[]>("changes");
  assert.deepEqual(journal.map(({ action, outcome }) => [action, outcome]), [
    ["ec2:RunInstances", "done"],
  ]);
});

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

/**
 * Makes the canary by a run that is told to stop while its instance does not run yet.
 *
 * @returns how the run ended, and what lets the instance run
 */
async function stoppedTooEarly(world: LadderWorld) {
  const { proxy } = world.aws;
  const starts = proxy.rewrite({
    appliesTo: ({ action, principal }) =>
      action === "ec2:DescribeInstances" && (principal?.includes("groundskeeper-audit") ?? false),
    rewrite: (body) =>
      body.replaceAll(/<code>16<\/code>\s*<name>running</g, "<code>0</code><name>pending<"),
  });
  const ran = await signalledAtLaunch(world, "SIGTERM", { kind: "delay", ms: 0 });
  return { ran, starts };
}

Deno.test("a canary that does not run yet when the run is told to stop is pending, and later runs ask about it and stop it", async () => {
  await using world = await canaryWorld();
  const { ran, starts } = await stoppedTooEarly(world);
  const { canaries } = JSON.parse(ran.stdout) as Canaries;
  assert.deepEqual([ran.code, canaries.map(({ outcome }) => outcome)], [3, ["pending"]]);
  const { instance } = canaries[0]!;
  assert.deepEqual(callsOf(world, "ec2:StopInstances"), []);

  const plan = await world.run("audit plan --json");
  const { pending } = JSON.parse(plan.stdout) as PlanDocument;
  assert.deepEqual(pending.map(({ action, target }) => [action, target.split("/").at(-1)]), [
    ["ec2:RunInstances", instance],
  ]);
  const again = await makeCanaries(world);
  assert.deepEqual(again.map(({ outcome }) => outcome), ["pending"]);

  starts();
  const report = await world.run("audit report --json");
  const { settled } = JSON.parse(report.stdout) as RunDocument;
  assert.deepEqual(settled.map(({ outcome }) => outcome), ["done"]);
  const [stopped] = await makeCanaries(world);
  assert.deepEqual([stopped?.outcome, stopped?.instance], ["stopped", instance]);
  assert.equal((await instancesNamed(world, "api-canary-*")).length, 1);
  assert.equal(callsOf(world, "ec2:RunInstances").length, 1);
});

Deno.test("a pending canary that is terminated meanwhile has failed, and the run that learns it says so", async () => {
  await using world = await canaryWorld();
  const { starts } = await stoppedTooEarly(world);
  starts();
  const [gone] = await instancesNamed(world, "api-canary-*");
  const InstanceIds = [gone!.InstanceId!];
  await world.byHand((client) => client.send(new TerminateInstancesCommand({ InstanceIds })));
  const { code, stdout } = await world.run("audit report --json");
  const { settled } = JSON.parse(stdout) as RunDocument;
  assert.deepEqual([code, settled.map(({ outcome }) => outcome)], [3, ["failed"]]);
  const { canaries } = await world.json<{ canaries: { status: string }[] }>("audit canary plan");
  assert.deepEqual(canaries.map(({ status }) => status), ["absent"]);
});

Deno.test("nothing is adopted while the end of a canary's creation is not known", async () => {
  await using world = await canaryWorld({
    groups: [...groupsOf(20, 2), { name: "fresh", tags: CANARY_TAGS, state: "stopped" }],
  });
  await stoppedTooEarly(world);
  const [fresh] = world.ids("fresh");
  const { code, said } = await world.run(`audit canary apply --yes --adopt ${fresh}`);
  assert.equal(code, 2);
  assert.match(said, /run \w+ has begun to make one there, and its end is not known yet/);
});

Deno.test("an audit that does not see the stamp of a canary that a dead run has made leaves it to canary apply", async () => {
  await using world = await canaryWorld();
  await killedAtLaunch(world);
  const shown = world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action.startsWith("ec2:Describe"),
    rewrite: (body) => body.replaceAll("groundskeeper-canary", "somebody-s-tag"),
  });
  world.setDay(1);
  await world.run("audit apply --yes");
  shown();
  await makeCanaries(world);
  assert.equal((await instancesNamed(world, "api-canary-*")).length, 1);
});
