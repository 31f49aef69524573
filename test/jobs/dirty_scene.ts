import assert from "assert";
import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";
import { dirtySchema } from "../../runners/dirty/config.ts";
import { dirtyNeeds } from "../../runners/dirty/needs.ts";
import { type DirtyWorld, dirtyWorld, startedSession, type Where } from "../e2e/dirty_world.ts";
import { openAt } from "../runners/adapters/dynamodb_table.ts";
import type { World } from "../e2e/world.ts";
import { checkRoles, install, runAll, runRefused } from "./live.ts";
import type { JobScene } from "./scene.ts";

const QUEUES = "https://sqs.us-east-1.amazonaws.com/999999999999";

/** A configuration that uses everything that there is. */
const WHOLE = { queueUrl: `${QUEUES}/logins`, eventsQueueUrl: `${QUEUES}/events` };

const ENABLED = { organization: { regions: "enabled" } };

/** Lets the program make such a call only when it has kept a message of so many queues from others. */
function keepLong({ aws: { proxy } }: World, slow: string, queues: number): void {
  const kept = new Set<string>();
  const all = Promise.withResolvers<void>();
  proxy.onCall(({ action, parameters }) => {
    if (action === "sqs:ChangeMessageVisibilityBatch") kept.add(parameters["QueueUrl"]!);
    if (kept.size === queues) all.resolve();
    return action === slow ? { kind: "delay", ms: 0, beforeForward: () => all.promise } : undefined;
  });
}

/** Fills a table with rejected messages, so that some are forgotten. */
async function rejectMany({ aws: { endpoint }, accounts: [account = ""] }: World, table: string) {
  const store = await openAt({ endpoint, account, table });
  const at = new Date().toISOString();
  const rows = Array.from({ length: 1_001 }, (_, index) => ({
    kind: "dirty/rejected-message",
    id: `${at}/${index}`,
    value: { at, message_id: String(index), reason: "malformed", body: "" },
  }));
  await store.writeEach(rows);
  store.close();
}

/** A command of each kind of run that works in accounts. */
const REFUSED = ["dirty plan", "dirty report", "dirty apply --yes", "dirty verify"];

async function liveThroughAll(store?: Record<string, unknown>): Promise<DirtyWorld> {
  const world = await dirtyWorld({
    ...ENABLED,
    ...store ? { store } : {},
    proxy: { notesTags: true },
  });
  world.aws.proxy.setRegions({ enabled: ["us-east-1"], notOptedIn: [] });
  const [web, db, api] = world.instances() as [Where, Where, Where];
  await install(world, {});
  keepLong(world, "ec2:CreateTags", 2);
  await rejectMany(world, String(store!["table"]));
  const { eventsQueueUrl } = world;
  const clear = `dirty clear ${web.id} --reason rebuilt --yes`;
  await world.send(await world.proven(web, world.login(web)), web);
  await world.send(world.login(db, { event: "hello" }), db);
  await world.send(world.login(db), api);
  await world.send(startedSession(api), "root", eventsQueueUrl);
  await runAll(world, ["dirty serve --once", "dirty rejected"]);
  const rejected = await world.json<readonly { message_id: string }[]>("dirty rejected");
  await runAll(world, [
    `dirty rejected --requeue ${rejected.at(-1)!.message_id}`,
    "dirty list",
    `dirty show ${web.id}`,
    "dirty plan",
    "dirty report",
    `dirty explain ${web.id}`,
    "dirty verify",
    "dirty history",
    clear,
  ]);
  await world.byHand(async (ec2) => {
    await ec2.send(new DeleteTagsCommand({ Resources: [api.id], Tags: [{ Key: "dirty" }] }));
    const Tags = [{ Key: "dirty", Value: "by hand" }];
    await ec2.send(new CreateTagsCommand({ Resources: [db.id], Tags }));
  });
  // It has found differences, and recorded them.
  assert.equal((await world.run("dirty verify")).code, 5);
  await runAll(world, ["dirty apply --yes"]);
  await world.send(world.login(web), web);
  await runRefused(world, [...REFUSED, clear, "dirty serve --once"]);
  await runAll(world, ["dirty serve --once"]);
  await checkRoles(world, "dirty");
  return world;
}

/** The ledger alone: there is no tag, and EventBridge sends nothing. */
async function liveThroughLittle(store?: Record<string, unknown>): Promise<DirtyWorld> {
  const dirty = { tag: null, eventsQueueUrl: null };
  const world = await dirtyWorld({ ...ENABLED, ...store ? { store } : {}, dirty });
  const [web] = world.instances() as [Where];
  world.aws.proxy.setRegions({ enabled: ["us-east-1"], notOptedIn: [] });
  await install(world, {});
  await world.send(world.login(web), web);
  keepLong(world, "iam:GetInstanceProfile", 1);
  await runAll(world, [
    "dirty serve --once",
    "dirty plan",
    "dirty report",
    "dirty apply --yes",
    "dirty verify",
    `dirty clear ${web.id} --reason rebuilt --yes`,
  ]);
  await world.send(world.login(web), web);
  await runRefused(world, [...REFUSED, "dirty serve --once"]);
  await checkRoles(world, "dirty");
  return world;
}

/** A world in which an instance is dirty, another one's client has spoken, and a third is silent. */
async function small(store?: Record<string, unknown>): Promise<DirtyWorld> {
  const world = await dirtyWorld(store ? { store } : {});
  const [web, db] = world.instances() as [Where, Where];
  await world.send(await world.proven(web, world.login(web)), web);
  await world.send(world.login(db, { event: "hello" }), db);
  await world.send(startedSession(db), "root", world.eventsQueueUrl);
  return world;
}

const webIn = (world: DirtyWorld) => world.instances()[0]!.id;

async function served(): Promise<DirtyWorld> {
  const world = await small();
  await runAll(world, ["dirty serve --once"]);
  world.aws.proxy.clearCalls();
  return world;
}

export const scene: JobScene = {
  needs: dirtyNeeds(dirtySchema.parse(WHOLE)),
  lives: [
    { title: "over all verbs", store: "table", live: liveThroughAll },
    { title: "where the ledger alone is kept", store: "file", live: liveThroughLittle },
  ],
  small: served,
  reads: (world) => {
    const id = webIn(world as DirtyWorld);
    return [
      "dirty plan",
      "dirty report",
      "dirty list",
      `dirty show ${id}`,
      `dirty explain ${id}`,
      "dirty verify",
      "dirty rejected",
    ];
  },
  service: {
    world: small,
    runs: () => ["dirty serve --once", "dirty report", "dirty apply --yes", "dirty verify"],
  },
};
