import assert from "assert";
import {
  DescribeInstanceAttributeCommand,
  type InstanceAttributeName,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";

import { failWith } from "./faults.ts";
import { scene } from "./instance_scene.ts";

type Scene = Awaited<ReturnType<typeof scene>>;

const unknown = "i-0123456789abcdef0";

const stop = (at: Scene, InstanceIds: string[]) =>
  at.ec2.send(new StopInstancesCommand({ InstanceIds }));
const start = (at: Scene, InstanceIds: string[]) =>
  at.ec2.send(new StartInstancesCommand({ InstanceIds }));
const terminate = (at: Scene, InstanceIds: string[]) =>
  at.ec2.send(new TerminateInstancesCommand({ InstanceIds }));

async function attribute(at: Scene, InstanceId: string, Attribute: InstanceAttributeName) {
  const described = await at.ec2.send(
    new DescribeInstanceAttributeCommand({ InstanceId, Attribute }),
  );
  return { ...described.DisableApiStop, ...described.DisableApiTermination }.Value;
}

Deno.test("one unknown instance fails a whole termination, and none is terminated", async () => {
  await using at = await scene([{ name: "a", count: 2 }]);
  const [first = "", second = ""] = at.ids("a");
  await assert.rejects(terminate(at, [first, unknown, second]), {
    name: "InvalidInstanceID.NotFound",
  });
  assert.deepEqual(await at.states("a"), ["running", "running"]);
});

Deno.test("a protected instance saves those of its zone, and the others are terminated", async () => {
  await using at = await scene([
    { name: "a", count: 2, zone: "a" },
    { name: "b", zone: "b" },
    { name: "kept", zone: "b", protected: "termination" },
    { name: "c", zone: "c" },
    { name: "never-stopped", zone: "c", protected: "stop" },
  ]);
  const ids = ["a", "b", "kept", "c", "never-stopped"].flatMap((group) => at.ids(group));
  await assert.rejects(terminate(at, ids), {
    name: "OperationNotPermitted",
    message: `The instance '${at.id("kept")}' may not be terminated. Modify its ` +
      `'disableApiTermination' instance attribute and try again.`,
  });
  assert.deepEqual(await at.states("a"), ["terminated", "terminated"]);
  for (const group of ["b", "kept", "c", "never-stopped"]) {
    assert.deepEqual(await at.states(group), ["running"], group);
  }
  const zones = (await at.describe({ InstanceIds: [at.id("b")] })).map(({ Placement }) =>
    Placement?.AvailabilityZone
  );
  assert.deepEqual(zones, ["us-east-1b"]);
});

Deno.test("stop protection alone keeps an instance from being terminated", async () => {
  await using at = await scene([{ name: "a", protected: "stop" }]);
  await assert.rejects(terminate(at, [at.id("a")]), { name: "OperationNotPermitted" });
  assert.deepEqual(await at.states("a"), ["running"]);
});

Deno.test("a termination answers the states before and after, and succeeds again", async () => {
  await using at = await scene([{ name: "a" }, { name: "off", state: "stopped" }]);
  const ids = [at.id("a"), at.id("off")];
  const states = async () =>
    (await terminate(at, ids)).TerminatingInstances?.map((change) => [
      change.InstanceId,
      change.PreviousState?.Name,
      change.CurrentState?.Name,
      change.CurrentState?.Code,
    ]);
  assert.deepEqual(await states(), [
    [at.id("a"), "running", "shutting-down", 32],
    [at.id("off"), "stopped", "shutting-down", 32],
  ]);
  assert.deepEqual(await states(), [
    [at.id("a"), "terminated", "terminated", 48],
    [at.id("off"), "terminated", "terminated", 48],
  ]);
});

Deno.test("a terminated instance protects nobody any longer, and its protection stays", async () => {
  await using at = await scene([{ name: "a", count: 2 }]);
  const [first = "", second = ""] = at.ids("a");
  await terminate(at, [first]);
  await assert.rejects(
    at.ec2.send(
      new ModifyInstanceAttributeCommand({ InstanceId: first, DisableApiStop: { Value: true } }),
    ),
    { name: "IncorrectInstanceState" },
  );
  await terminate(at, [first, second]);
  assert.deepEqual(await at.states("a"), ["terminated", "terminated"]);
});

Deno.test("one bad instance fails a whole stop, and nothing is stopped", async () => {
  await using at = await scene([
    { name: "good" },
    { name: "spot", spot: true },
    { name: "store", rootDevice: "instance-store" },
    { name: "protected", protected: "stop" },
    { name: "dead" },
  ]);
  await terminate(at, [at.id("dead")]);
  const refused: Record<string, string> = {
    spot: "UnsupportedOperation",
    store: "UnsupportedOperation",
    protected: "OperationNotPermitted",
    dead: "IncorrectInstanceState",
  };
  for (const [group, name] of Object.entries(refused)) {
    await assert.rejects(stop(at, [at.id("good"), at.id(group)]), { name }, group);
  }
  await assert.rejects(stop(at, [at.id("good"), unknown]), { name: "InvalidInstanceID.NotFound" });
  for (const group of ["good", "spot", "store", "protected"]) {
    assert.deepEqual(await at.states(group), ["running"], group);
  }
  assert.deepEqual(await at.states("dead"), ["terminated"]);
});

Deno.test("a stop of a stopped instance succeeds, and of a persistent spot instance too", async () => {
  await using at = await scene([
    { name: "a" },
    { name: "off", state: "stopped", protected: "stop" },
    { name: "spot", spot: "persistent" },
    { name: "saved", protected: "termination" },
  ]);
  const { StoppingInstances = [] } = await stop(at, ["a", "off", "spot", "saved"].map(at.id));
  assert.deepEqual(
    StoppingInstances.map(({ PreviousState, CurrentState }) => [
      PreviousState?.Name,
      CurrentState?.Name,
    ]),
    [["running", "stopping"], ["stopped", "stopped"], ["running", "stopping"], [
      "running",
      "stopping",
    ]],
  );
  for (const group of ["a", "off", "spot", "saved"]) {
    assert.deepEqual(await at.states(group), ["stopped"], group);
  }
});

Deno.test("a terminated instance cannot be started", async () => {
  await using at = await scene([{ name: "a" }, { name: "off", state: "stopped" }]);
  await terminate(at, [at.id("a")]);
  await assert.rejects(start(at, [at.id("off"), at.id("a")]), { name: "IncorrectInstanceState" });
  assert.deepEqual(await at.states("off"), ["stopped"]);
  await start(at, [at.id("off")]);
  assert.deepEqual(await at.states("off"), ["running"]);
});

Deno.test("protection is set and lifted, and its attributes answer truly", async () => {
  await using at = await scene([{ name: "a" }, { name: "spot", spot: true }]);
  const id = at.id("a");
  const modify = (more: object, InstanceId = id) =>
    at.ec2.send(new ModifyInstanceAttributeCommand({ InstanceId, ...more }));
  const both = async () => [
    await attribute(at, id, "disableApiTermination"),
    await attribute(at, id, "disableApiStop"),
  ];
  assert.deepEqual(await both(), [false, false]);
  await modify({ DisableApiTermination: { Value: true } });
  assert.deepEqual(await both(), [true, false]);
  await modify({ Attribute: "disableApiStop", Value: "true" });
  assert.deepEqual(await both(), [true, true]);
  await modify({ DisableApiTermination: { Value: false } });
  await assert.rejects(terminate(at, [id]), { name: "OperationNotPermitted" });
  await modify({ DisableApiStop: { Value: false } });
  assert.deepEqual(await both(), [false, false]);
  await assert.rejects(modify({ DisableApiTermination: { Value: false } }, at.id("spot")), {
    name: "UnsupportedOperation",
  });
  await terminate(at, [id]);
});

Deno.test("an instance can be launched under protection", async () => {
  await using at = await scene([]);
  const { Instances = [] } = await at.ec2.send(
    new RunInstancesCommand({
      ImageId: "ami-12345678",
      MinCount: 2,
      MaxCount: 2,
      DisableApiTermination: true,
      DisableApiStop: true,
    }),
  );
  const ids = Instances.map(({ InstanceId = "" }) => InstanceId);
  assert.equal(ids.length, 2);
  for (const id of ids) {
    assert.equal(await attribute(at, id, "disableApiTermination"), true);
    assert.equal(await attribute(at, id, "disableApiStop"), true);
  }
  await assert.rejects(terminate(at, ids), { name: "OperationNotPermitted" });
  await assert.rejects(stop(at, ids), { name: "OperationNotPermitted" });
});

Deno.test("a dry run and a scripted fault change nothing", async () => {
  await using at = await scene([{ name: "a" }]);
  const InstanceIds = [at.id("a")];
  await assert.rejects(
    at.ec2.send(new TerminateInstancesCommand({ InstanceIds, DryRun: true })),
    { name: "DryRunOperation" },
  );
  at.aws.proxy.onCall(failWith({ action: "ec2:StopInstances" }, "UnauthorizedOperation", 1));
  await assert.rejects(stop(at, InstanceIds), { name: "UnauthorizedOperation" });
  assert.deepEqual(await at.states("a"), ["running"]);
});

Deno.test("the root device and the lifecycle show, and can be filtered by", async () => {
  await using at = await scene([
    { name: "store", rootDevice: "instance-store" },
    { name: "spot", spot: true },
    { name: "plain", count: 2 },
  ]);
  const found = async (Name: string, ...Values: string[]) =>
    (await at.describe({ Filters: [{ Name, Values }] })).map(({ InstanceId }) => InstanceId).sort();
  const [store] = await at.describe({ InstanceIds: [at.id("store")] });
  assert.equal(store?.RootDeviceType, "instance-store");
  assert.deepEqual(store?.BlockDeviceMappings ?? [], []);
  const [plain] = await at.describe({ InstanceIds: [at.id("plain")] });
  assert.equal(plain?.RootDeviceType, "ebs");
  assert.deepEqual(await found("root-device-type", "instance-store"), at.ids("store"));
  assert.deepEqual(await found("instance-lifecycle", "spot", "scheduled"), at.ids("spot"));
  const both = await at.describe({
    Filters: [
      { Name: "root-device-type", Values: ["ebs"] },
      { Name: "instance-id", Values: [at.id("store"), at.id("spot"), at.id("plain")] },
      { Name: "instance-state-name", Values: ["running"] },
    ],
  });
  assert.deepEqual(
    both.map(({ InstanceId }) => InstanceId).sort(),
    [at.id("spot"), at.id("plain")].sort(),
  );
});
