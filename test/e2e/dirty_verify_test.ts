import assert from "assert";
import {
  CreateTagsCommand,
  DeleteTagsCommand,
  EC2Client,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import { closing } from "../../runners/core/store/store.ts";
import { LEDGER_EVENTS, TAGS } from "../../runners/dirty/ledger.ts";
import { clientConfig } from "../aws/seed.ts";
import { emptyAnswer } from "../aws/rewrites.ts";
import { type DirtyWorld, dirtyWorld, type Where } from "./dirty_world.ts";

const OTHER_REGION = "us-west-2";

type Verified = {
  readonly differences: readonly { readonly id: string; readonly what: string }[];
  readonly unproven: readonly { readonly region: string }[];
};

/** What differs, by instance. */
async function differences(world: DirtyWorld, more = ""): Promise<Record<string, string>> {
  const { differences } = await world.json<Verified>(`dirty verify${more}`);
  return Object.fromEntries(differences.map(({ id, what }) => [id, what]));
}

async function byHand(
  { aws }: DirtyWorld,
  { account, region, id }: Where,
  what: "tag" | "untag" | "terminate",
): Promise<void> {
  const ec2 = new EC2Client(clientConfig(aws.endpoint, account, region));
  const Resources = [id];
  if (what === "tag") {
    await ec2.send(
      new CreateTagsCommand({ Resources, Tags: [{ Key: "dirty", Value: "by hand" }] }),
    );
  } else if (what === "untag") {
    await ec2.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: "dirty" }] }));
  } else await ec2.send(new TerminateInstancesCommand({ InstanceIds: Resources }));
  ec2.destroy();
}

/** Logs in to each, and serves that. */
async function dirty(world: DirtyWorld, ...instances: readonly Where[]): Promise<void> {
  for (const one of instances) await world.send(world.login(one), one);
  assert.equal((await world.run("dirty serve --once")).code, 0);
}

Deno.test("verify tells each way in which ledger and tags differ, and how each ends", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 5, instanceProfile: "web" }],
  });
  const [missing, strange, left, ended] = world.instances() as [Where, Where, Where, Where];
  await dirty(world, missing, left, ended);
  const value = (await world.marks()).get(left.id)!;
  const clear = `dirty clear ${left.id} --reason rebuilt --yes`;
  assert.equal((await world.run(clear)).code, 0);
  assert.deepEqual(await differences(world), {});

  await byHand(world, missing, "untag");
  await byHand(world, strange, "tag");
  const ec2 = new EC2Client(clientConfig(world.aws.endpoint, left.account, left.region));
  const Tags = [{ Key: "dirty", Value: value }];
  await ec2.send(new CreateTagsCommand({ Resources: [left.id], Tags }));
  ec2.destroy();
  await byHand(world, ended, "terminate");
  const expected = {
    [missing.id]: "tag-missing",
    [strange.id]: "tag-unexplained",
    [left.id]: "tag-left",
  };
  // What was there an hour ago may only not be listed.
  assert.deepEqual(await differences(world), expected);
  world.setMinute(90);
  const later = await differences(world);
  assert.deepEqual(later, { ...expected, [ended.id]: "gone" });

  assert.equal((await world.json<{ open: number }>("dirty serve --once")).open, 0);
  assert.equal((await world.run(clear)).code, 0);
  assert.equal((await world.run(`dirty clear ${strange.id} --reason ours --yes`)).code, 0);
  assert.equal((await world.json<{ open: number }>("dirty serve --once")).open, 0);
  assert.deepEqual([...(await world.marks()).keys()], [missing.id]);
  assert.deepEqual(await differences(world), {});
});

Deno.test("an instance is not gone if its Region was not read, and has its tag if it is back", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
  });
  const [web] = world.instances() as [Where];
  await dirty(world, web);
  world.setMinute(90);
  assert.deepEqual(await differences(world, ` --region ${OTHER_REGION}`), {});
  const deny = world.aws.proxy.onCall(({ action, region }) =>
    action === "ec2:DescribeInstances" && region === web.region
      ? { kind: "error", code: "UnauthorizedOperation", status: 403 }
      : undefined
  );
  assert.deepEqual(await differences(world), {});
  deny();

  const hide = world.aws.proxy.rewrite(emptyAnswer({ region: web.region }));
  assert.deepEqual(await differences(world), { [web.id]: "gone" });
  hide();
  assert.deepEqual(await differences(world), { [web.id]: "back" });
  assert.equal((await world.json<{ open: number }>("dirty serve --once")).open, 0);
  assert.deepEqual(await differences(world), {});
  assert.equal((await world.run(`dirty clear ${web.id} --reason rebuilt --yes`)).code, 0);
  assert.equal((await world.marks()).size, 0);
  await closing(openSqliteStore(`${world.directory}/groundskeeper.db`), async (store) => {
    assert.equal((await TAGS.of(web.account).get(store, web.id))?.value.state, "removed");
  });
});

Deno.test("a login that is recorded and tagged while verify reads is no difference", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
  });
  const [web] = world.instances() as [Where];
  let reads = 0;
  world.aws.proxy.onCall(({ action, region }) => {
    if (action !== "ec2:DescribeInstances" || region !== web.region) return undefined;
    return reads++ > 0
      ? undefined
      : { kind: "delay", ms: 0, beforeForward: () => dirty(world, web) };
  });
  assert.deepEqual(await differences(world), {});
  assert.ok(reads > 1);
  assert.equal((await world.marks()).size, 1);
  await closing(openSqliteStore(`${world.directory}/groundskeeper.db`), async (store) => {
    const events = [...(await LEDGER_EVENTS.of(web.account).read(store)).values()];
    assert.deepEqual(events.map(({ event }) => event), ["session_open"]);
  });
  assert.deepEqual(await differences(world), {});
});

Deno.test("an instance of which only unproven events are known is gone an hour after the last of them", async () => {
  await using world = await dirtyWorld({
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
  });
  const [web] = world.instances() as [Where];
  const ended = { ...web, id: "i-0123456789abcdef0" };
  await world.send(world.login(ended), "root");
  assert.equal((await world.run("dirty serve --once")).code, 0);
  for (const [minute, expected] of [[0, {}], [50, {}], [70, { [ended.id]: "gone" }]] as const) {
    world.setMinute(minute);
    assert.deepEqual(await differences(world), expected, `after ${minute} minutes`);
  }
});
