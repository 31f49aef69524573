import assert from "assert";
import {
  CreateTagsCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";

import { region, scene } from "./instance_scene.ts";

const minute = 60_000;
const tags = { owner: "alice" };

Deno.test("a stop that hangs reads stopping until it is let go", async () => {
  await using at = await scene([{ name: "a", count: 2 }, { name: "b" }]);
  const [first = "", second = ""] = at.ids("a");
  const end = at.aws.proxy.slowStops({ account: at.account, region });
  await at.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }));
  const inState = async (...Values: string[]) =>
    (await at.describe({ Filters: [{ Name: "instance-state-name", Values }] }))
      .map(({ InstanceId }) => InstanceId).sort();
  assert.deepEqual(await at.states("a"), ["stopping", "running"]);
  assert.deepEqual(await inState("stopping"), [first]);
  assert.deepEqual(await inState("stopped"), []);
  assert.deepEqual(await inState("running"), [second, at.id("b")].sort());
  const again = await at.ec2.send(new StopInstancesCommand({ InstanceIds: [first] }));
  assert.equal(again.StoppingInstances?.[0]?.PreviousState?.Name, "stopping");
  await assert.rejects(at.ec2.send(new StartInstancesCommand({ InstanceIds: [first] })), {
    name: "IncorrectInstanceState",
  });
  end();
  assert.deepEqual(await at.states("a"), ["stopped", "running"]);
  await at.ec2.send(new StopInstancesCommand({ InstanceIds: [second] }));
  assert.deepEqual(await at.states("a"), ["stopped", "stopped"]);
});

Deno.test("a termination that hangs reads shutting-down, also after a stop that hung", async () => {
  await using at = await scene([{ name: "a", count: 2 }]);
  const InstanceIds = [...at.ids("a")];
  const endStops = at.aws.proxy.slowStops({ where: (call) => call.account === at.account });
  const endTerminations = at.aws.proxy.slowTerminations();
  await at.ec2.send(new StopInstancesCommand({ InstanceIds: InstanceIds.slice(0, 1) }));
  await at.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  assert.deepEqual(await at.states("a"), ["shutting-down", "shutting-down"]);
  await assert.rejects(at.ec2.send(new StopInstancesCommand({ InstanceIds })), {
    name: "IncorrectInstanceState",
  });
  endStops();
  assert.deepEqual(await at.states("a"), ["shutting-down", "shutting-down"]);
  endTerminations();
  assert.deepEqual(await at.states("a"), ["terminated", "terminated"]);
});

Deno.test("stops elsewhere do not hang", async () => {
  await using at = await scene([{ name: "a" }]);
  at.aws.proxy.slowStops({ region: "us-west-2" });
  await at.ec2.send(new StopInstancesCommand({ InstanceIds: [at.id("a")] }));
  assert.deepEqual(await at.states("a"), ["stopped"]);
});

Deno.test("a terminated instance is seen for an hour, with its tags and without its interface", async () => {
  await using at = await scene([{ name: "a", tags }, { name: "b", tags }]);
  const id = at.id("a");
  await at.ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }));
  at.aws.proxy.setClock(59 * minute);
  const [gone] = await at.describe({ InstanceIds: [id] });
  assert.equal(gone?.State?.Name, "terminated");
  assert.deepEqual(gone?.NetworkInterfaces ?? [], []);
  assert.deepEqual(gone?.Tags, [{ Key: "owner", Value: "alice" }]);
  assert.equal((await at.tagsOf([])).length, 2);
  at.aws.proxy.setClock(61 * minute);
  assert.deepEqual((await at.describe()).map(({ InstanceId }) => InstanceId), [at.id("b")]);
  assert.deepEqual(await at.tagsOf([]), [`${at.id("b")} owner=alice`]);
});

Deno.test("an instance that is forgotten is unknown to every call", async () => {
  await using at = await scene([{ name: "a", tags }, { name: "b" }]);
  const id = at.id("a");
  const InstanceIds = [id];
  await at.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  at.aws.proxy.forgetTerminated({ account: at.account, region: "us-west-2" });
  assert.deepEqual(await at.states("a"), ["terminated"]);
  at.aws.proxy.forgetTerminated({ account: at.account, region });
  assert.deepEqual(await at.states("a"), [undefined]);
  assert.deepEqual(await at.tagsOf([{ Name: "resource-id", Values: [id] }]), []);
  const notFound = { name: "InvalidInstanceID.NotFound" };
  await assert.rejects(at.describe({ InstanceIds: [id, at.id("b")] }), notFound);
  await assert.rejects(at.ec2.send(new TerminateInstancesCommand({ InstanceIds })), notFound);
  await assert.rejects(at.ec2.send(new StopInstancesCommand({ InstanceIds })), notFound);
  const tag = new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "k", Value: "v" }] });
  await assert.rejects(at.ec2.send(tag), notFound);
});
