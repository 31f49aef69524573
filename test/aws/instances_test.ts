import assert from "assert";
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  DescribeInstancesCommand,
  type Instance,
  paginateDescribeInstances,
  paginateDescribeTags,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";

import { region, scene } from "./instance_scene.ts";
import { emptyAnswer, hideTags } from "./rewrites.ts";

const minute = 60_000;
const day = 24 * 60 * minute;

const ageMs = (instance: Instance | undefined, now = Date.now()) =>
  now - (instance?.LaunchTime?.getTime() ?? 0);

const about = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < minute, `${actual} is not about ${expected}`);

Deno.test("a seeded instance looks as old as the world says", async () => {
  await using at = await scene([
    { name: "old", ageMinutes: 20 * 24 * 60, count: 2 },
    { name: "young", ageMinutes: 25 },
    { name: "new" },
  ]);
  const instances = await at.describe();
  const byId = new Map(instances.map((instance) => [instance.InstanceId, instance]));
  for (const id of at.ids("old")) {
    about(ageMs(byId.get(id)), 20 * day);
    const attached = byId.get(id)?.NetworkInterfaces?.[0]?.Attachment?.AttachTime;
    assert.deepEqual(attached, byId.get(id)?.LaunchTime);
  }
  about(ageMs(byId.get(at.id("young"))), 25 * minute);
  about(ageMs(byId.get(at.id("new"))), 0);
});

Deno.test("an instance keeps its age when the clock moves on", async () => {
  await using at = await scene([]);
  at.aws.proxy.setClock(-20 * day);
  const run = new RunInstancesCommand({ ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 });
  const { Instances = [] } = await at.ec2.send(run);
  about(ageMs(Instances[0], at.aws.proxy.now()), 0);
  about(ageMs(Instances[0]), 20 * day);
  at.aws.proxy.setClock(0);
  about(ageMs((await at.describe())[0]), 20 * day);
  at.aws.proxy.setClock(5 * day);
  about(ageMs((await at.describe())[0], at.aws.proxy.now()), 25 * day);
});

Deno.test("a start after a stop sets the launch time anew, and not that of the interface", async () => {
  await using at = await scene([{ name: "old", ageMinutes: 60 }]);
  const InstanceIds = [at.id("old")];
  const launched = async () => ageMs((await at.describe())[0]);
  await at.ec2.send(new StartInstancesCommand({ InstanceIds }));
  about(await launched(), 60 * minute);
  await at.ec2.send(new StopInstancesCommand({ InstanceIds }));
  await at.ec2.send(new StartInstancesCommand({ InstanceIds }));
  about(await launched(), 0);
  const [instance] = await at.describe();
  const attached = instance?.NetworkInterfaces?.[0]?.Attachment?.AttachTime?.getTime() ?? 0;
  about(Date.now() - attached, 60 * minute);
});

Deno.test("a world has stopped, spot, managed and Auto Scaling instances", async () => {
  await using at = await scene([
    { name: "off", state: "stopped" },
    { name: "spot", spot: true },
    { name: "node", managedBy: "eks.amazonaws.com" },
    { name: "fleet", autoScalingGroup: "web" },
  ]);
  const byId = new Map((await at.describe()).map((found) => [found.InstanceId, found]));
  assert.equal(byId.get(at.id("off"))?.State?.Name, "stopped");
  assert.equal(byId.get(at.id("spot"))?.InstanceLifecycle, "spot");
  assert.equal(byId.get(at.id("off"))?.InstanceLifecycle, undefined);
  assert.deepEqual(byId.get(at.id("node"))?.Operator, {
    Managed: true,
    Principal: "eks.amazonaws.com",
  });
  assert.deepEqual(byId.get(at.id("fleet"))?.Tags, [
    { Key: "aws:autoscaling:groupName", Value: "web" },
  ]);
});

Deno.test("DescribeInstances in small pages gives every instance once, within reservations too", async () => {
  await using at = await scene([{ name: "a", count: 7 }, { name: "b", count: 4 }]);
  at.aws.proxy.page({ match: { action: "ec2:DescribeInstances" }, size: 3 });
  const pages: string[][] = [];
  for await (const page of paginateDescribeInstances({ client: at.ec2 }, {})) {
    pages.push(
      (page.Reservations ?? []).flatMap(({ Instances = [] }) =>
        Instances.map(({ InstanceId = "" }) => InstanceId)
      ),
    );
  }
  assert.deepEqual(pages.map(({ length }) => length), [3, 3, 3, 2]);
  assert.deepEqual(pages.flat().sort(), [...at.ids("a"), ...at.ids("b")].sort());
});

Deno.test("a smaller MaxResults of the caller's makes smaller pages still", async () => {
  await using at = await scene([{ name: "a", count: 12 }]);
  at.aws.proxy.page({ match: {}, size: 6 });
  const first = await at.ec2.send(new DescribeInstancesCommand({ MaxResults: 5 }));
  assert.equal(first.Reservations?.[0]?.Instances?.length, 5);
  assert.ok(first.NextToken);
});

Deno.test("DescribeTags in small pages gives every tag once", async () => {
  await using at = await scene([{ name: "a", count: 4, tags: { owner: "alice", project: "x" } }]);
  at.aws.proxy.page({ match: { action: "ec2:DescribeTags" }, size: 5 });
  const tags: string[] = [];
  for await (const { Tags = [] } of paginateDescribeTags({ client: at.ec2 }, {})) {
    tags.push(...Tags.map(({ ResourceId, Key }) => `${ResourceId} ${Key}`));
  }
  const expected = at.ids("a").flatMap((id) => [`${id} owner`, `${id} project`]);
  assert.deepEqual(tags.sort(), expected.sort());
  assert.equal(at.aws.proxy.calls.length, 2);
});

Deno.test("a broken server can give the same token for ever", async () => {
  await using at = await scene([{ name: "a", count: 5 }]);
  at.aws.proxy.page({ match: {}, size: 2, repeatToken: true });
  const tokens = new Set<string | undefined>();
  let NextToken: string | undefined;
  for (let i = 0; i < 6; i++) {
    const page = await at.ec2.send(new DescribeInstancesCommand(NextToken ? { NextToken } : {}));
    NextToken = page.NextToken;
    tokens.add(NextToken);
  }
  assert.equal(tokens.size, 1);
  assert.ok(NextToken);
});

Deno.test("hidden tags are missing from DescribeInstances, and DescribeTags still has them", async () => {
  await using at = await scene([{ name: "a", count: 2, tags: { owner: "alice" } }]);
  const [hidden = "", other = ""] = at.ids("a");
  const shown = async () =>
    (await at.describe()).filter(({ Tags = [] }) => Tags.length > 0)
      .map(({ InstanceId }) => InstanceId);
  const end = at.aws.proxy.rewrite(hideTags({ account: at.account, region }));
  assert.deepEqual(await shown(), []);
  assert.equal((await at.tagsOf([])).length, 2);
  end();
  at.aws.proxy.rewrite(hideTags({ region: "us-west-2" }));
  at.aws.proxy.rewrite(hideTags({}, [hidden]));
  assert.deepEqual(await shown(), [other]);
});

Deno.test("an empty answer is a success with nothing in it", async () => {
  await using at = await scene([{ name: "a", count: 2, tags: { owner: "alice" } }]);
  at.aws.proxy.rewrite(emptyAnswer({ account: at.account }));
  assert.deepEqual(await at.describe(), []);
  assert.deepEqual(await at.tagsOf([]), []);
  assert.deepEqual(at.aws.proxy.calls.map(({ status }) => status), [200, 200]);
});

Deno.test("DescribeTags filters by resource, type and key, exactly", async () => {
  await using at = await scene([
    { name: "a", tags: { owner: "alice", Owner: "bob", "owner-group": "x" } },
    { name: "b", tags: { owner: "carol" } },
  ]);
  const a = at.id("a");
  const b = at.id("b");
  assert.deepEqual(
    await at.tagsOf([{ Name: "resource-id", Values: [a] }, { Name: "key", Values: ["owner"] }]),
    [`${a} owner=alice`],
  );
  assert.deepEqual(
    await at.tagsOf([{ Name: "resource-type", Values: ["instance"] }, {
      Name: "key",
      Values: ["owner", "Owner"],
    }]),
    [`${a} Owner=bob`, `${a} owner=alice`, `${b} owner=carol`].sort(),
  );
  assert.deepEqual(await at.tagsOf([{ Name: "resource-type", Values: ["volume"] }]), []);
});

Deno.test("tags that EC2 refuses are refused, and nothing is tagged", async () => {
  await using at = await scene([{ name: "a", tags: { owner: "alice" } }]);
  const id = at.id("a");
  const tag = (Resources: string[], Key: string, Value = "x") =>
    at.ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key, Value }] }));
  const unknown = "i-0123456789abcdef0";
  await assert.rejects(tag([id, unknown], "mark"), { name: "InvalidInstanceID.NotFound" });
  await assert.rejects(tag([id], "aws:autoscaling:groupName"), { name: "InvalidParameterValue" });
  await assert.rejects(tag([id], "k".repeat(129)), { name: "InvalidParameterValue" });
  await assert.rejects(tag([id], "key", "v".repeat(257)), { name: "InvalidParameterValue" });
  assert.deepEqual(await at.tagsOf([]), [`${id} owner=alice`]);
  const Tags = Array.from({ length: 49 }, (_, i) => ({ Key: `key-${i}`, Value: "x" }));
  await at.ec2.send(new CreateTagsCommand({ Resources: [id], Tags }));
  await assert.rejects(tag([id], "one-too-many"), { name: "TagLimitExceeded" });
  await tag([id], "owner", "bob");
  const all = new DeleteTagsCommand({ Resources: [id], Tags: [{ Key: "owner" }] });
  await at.ec2.send(all);
  assert.equal((await at.tagsOf([])).length, 49);
});

Deno.test("markup in a tag comes back as it was written", async () => {
  const owner = `<script>alert(1)</script> & "q" <item></tagSet>`;
  await using at = await scene([{ name: "a", ageMinutes: 5, tags: { owner } }]);
  at.aws.proxy.page({ match: {}, size: 1 });
  const [instance] = await at.describe();
  assert.equal(instance?.Tags?.[0]?.Value, owner);
  about(ageMs(instance), 5 * minute);
});
