import assert from "assert";
import {
  ChangeMessageVisibilityCommand,
  type ReceiveMessageResult,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { Json } from "../../runners/core/json.ts";
import { messageRows } from "../../runners/core/queue/message_rows.ts";
import { openIntents } from "../../runners/core/journal/journal.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { dirtySchema } from "../../runners/dirty/config.ts";
import {
  CLEARANCES,
  INSTANCES,
  LEDGER_EVENTS,
  TAGS,
  UNSETTLED,
  UNTOLD,
} from "../../runners/dirty/ledger.ts";
import { recordEvent } from "../../runners/dirty/record.ts";
import { NOBODY, type Told } from "../../runners/dirty/told.ts";
import { clientConfig } from "../aws/seed.ts";
import type { Call } from "../aws/call_log.ts";
import type { Invocation, Ran } from "../e2e/command.ts";
import { type DirtyWorld, dirtyWorld, QUEUE_REGION, startedSession } from "../e2e/dirty_world.ts";
import type { KillSubject, KillWorld } from "./kill_generator.ts";
import type { KillStore, MakeKillStore } from "./kill_store.ts";

const OTHER_REGION = "us-west-2";

/**
 * Serves two queues once, with all that there is to serve: a login with a proof, one whose sender is
 * to be compared, one of somebody else, a `hello`, a message that cannot be used, and an event of
 * EventBridge; marks two instances, and tells an auditor.
 *
 * One instance has all logins, so that they are handled one after the other, and the other is in
 * another Region: so the calls are the same in every world.
 */
export const serveKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "dirty",
  makeWorld: async () => {
    const store = makeStore();
    const world = await killedWorld(store, { auditors: ["./auditor.ts"] });
    await Deno.mkdir(`${world.directory}/out`);
    await Deno.writeTextFile(`${world.directory}/auditor.ts`, AUDITOR);
    const [web] = world.instances();
    const [other] = world.instances(0, OTHER_REGION);
    await world.send(await world.proven(web!, world.login(web!)), web!);
    await world.send(world.login(web!), web!);
    await world.send(world.login(web!), "root");
    await world.send(world.login(web!, { event: "hello", source: "boot" }), web!);
    await world.send("no login", web!);
    await world.send(startedSession(other!), "root", world.eventsQueueUrl);
    world.aws.proxy.clearCalls();
    const received = noteReceived(world);
    const told = () => [...Deno.readDirSync(`${world.directory}/out`)].length;
    return {
      ...killWorld(world, store, "dirty serve --once", (state) => {
        assert.equal(state.open, 0);
        assert.deepEqual(state.counts, { events: 4, instances: 2, clearances: 0 });
        assert.deepEqual(state.levels, ["attested", "claimed", "verified", "verified"]);
        assert.deepEqual(state.rejected, ["not-json"]);
        assert.equal(told(), 3);
      }),
      apply: async (more) => {
        await received.release();
        return await run(world, "dirty serve --once", more);
      },
      state: async () => ({
        ...await stateOf(world, store),
        told: told(),
        waiting: [await world.waiting(), await world.waiting(world.eventsQueueUrl)],
      }),
    };
  },
});

/** Writes the tags of two dirty instances of which nothing else is known. */
export const applyKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "dirty",
  makeWorld: async () => {
    const store = makeStore();
    const world = await killedWorld(store);
    await recordLogins(world, store);
    return killWorld(world, store, "dirty apply --yes", ({ tags, marks, open }) => {
      assert.equal(open, 0);
      assert.deepEqual(tags, ["written", "written"]);
      assert.equal(marks.length, 2);
    });
  },
});

/** Clears one of two dirty instances. The other keeps its tag. */
export const clearKillSubject = (makeStore: MakeKillStore): KillSubject => ({
  job: "dirty",
  makeWorld: async () => {
    const store = makeStore();
    const world = await killedWorld(store);
    await recordLogins(world, store, "gk1:1796058000:pam");
    const [web] = world.instances();
    const command = ["dirty", "clear", web!.id, "--reason", "rebuilt", "--yes"].join(" ");
    return {
      ...killWorld(world, store, command, ({ tags, marks, counts, open }) => {
        // serve looks whether somebody has logged in meanwhile.
        assert.equal(open, 1);
        assert.deepEqual(tags, ["removed", "written"]);
        assert.equal(marks.length, 1);
        assert.equal(counts.clearances, 1);
      }),
      // What the killed run has done to its end is not there to be done again.
      apply: async (more) => unlessCleared(await run(world, command, more)),
    };
  },
});

/** Runs it with waits as they are: what is done from time to time is done in no run, or in each. */
function run(world: DirtyWorld, command: string, more: Partial<Invocation> = {}): Promise<Ran> {
  return world.run(command, { ...more, env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1" } });
}

function unlessCleared(ran: Ran): Ran {
  return ran.code === 2 && ran.stderr.includes("Nothing to clear") ? { ...ran, code: 0 } : ran;
}

/** Is called with a mark at least once: each time it writes the same file. */
const AUDITOR = `
export function marked({ event_id }) {
  Deno.writeTextFileSync(new URL("./out/" + event_id, import.meta.url), "");
}
`;

async function killedWorld(store: KillStore, dirty: Record<string, Json> = {}) {
  return await dirtyWorld({
    groups: [{ name: "web", count: 1, instanceProfile: "web" }],
    dirty,
    ...store.options.store ? { store: store.options.store } : {},
    proxy: store.options.proxy,
  });
}

/** The ledger has a login on each instance. @param value of the tag, if they have one */
async function recordLogins(world: DirtyWorld, store: KillStore, value?: string): Promise<void> {
  const config = dirtySchema.parse({});
  const receivedAt = new Date(Date.now() - 60_000);
  const at = receivedAt.toISOString();
  const instances = [...world.instances(), ...world.instances(0, OTHER_REGION)];
  await store.write(world, async (opened) => {
    for (const instance of instances) {
      const told: Told = {
        ...{ id: `login-${instance.region}`, event: "session_open", source: "pam", at, instance },
        ...{ who: NOBODY, detail: {} },
      };
      const proof = { level: "attested", verification: "done", sender: null } as const;
      await recordEvent(opened, config, { told, ...proof, receivedAt });
      const { account, region, id } = instance;
      await opened.write([
        UNSETTLED.write(`${account}/${region}/${id}/tag`, undefined),
        ...value ? [TAGS.of(account).write(id, { value, state: "written", at, detail: "" })] : [],
      ]);
    }
  });
  if (value) { for (const instance of instances) await tagByHand(world, instance, value); }
  world.aws.proxy.clearCalls();
}

async function tagByHand(
  { aws }: DirtyWorld,
  { account, region, id }: { account: string; region: string; id: string },
  Value: string,
): Promise<void> {
  const ec2 = new EC2Client(clientConfig(aws.endpoint, account, region));
  await ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key: "dirty", Value }] }));
  ec2.destroy();
}

/** Notes what queues have given out, so that it can be given out again without the wait for it. */
function noteReceived({ aws, accounts: [account = ""] }: DirtyWorld) {
  const handles = new Map<string, string[]>();
  const asked = new Map<Call, PromiseWithResolvers<void>>();
  const receives = ({ action }: Call) => action === "sqs:ReceiveMessage";
  aws.proxy.onCall((call) => {
    if (receives(call)) asked.set(call, Promise.withResolvers());
    return undefined;
  });
  aws.proxy.rewrite({
    appliesTo: receives,
    rewrite: (body, call) => {
      asked.get(call)?.resolve();
      const own = handles.getOrInsertComputed(call.parameters["QueueUrl"]!, () => []);
      const { Messages = [] } = JSON.parse(body) as ReceiveMessageResult;
      own.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle!));
      return body;
    },
  });
  return {
    release: async () => {
      // A process that was killed may have asked, and its answer is still on its way.
      await Promise.all([...asked.values()].map(({ promise }) => promise));
      const sqs = new SQSClient({
        ...clientConfig(aws.endpoint, account, QUEUE_REGION),
        useQueueUrlAsEndpoint: false,
      });
      for (const [QueueUrl, own] of handles) {
        for (const ReceiptHandle of own.splice(0)) {
          const command = new ChangeMessageVisibilityCommand({
            ...{ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 },
          });
          // It may have been deleted since.
          await sqs.send(command).catch(() => {});
        }
      }
      sqs.destroy();
    },
  };
}

type State = Awaited<ReturnType<typeof stateOf>>;

function killWorld(
  world: DirtyWorld,
  store: KillStore,
  command: string,
  assertWhole: (state: State) => void,
): KillWorld {
  return {
    proxy: world.aws.proxy,
    apply: (more) => run(world, command, more),
    state: () => stateOf(world, store),
    assertWhole: async () => {
      const state = await stateOf(world, store);
      assert.deepEqual([state.intents, state.deferred], [0, 0]);
      assertWhole(state);
    },
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

/** What the ledger and the instances have, without instants and ids. */
async function stateOf(world: DirtyWorld, store: KillStore) {
  const account = world.accounts[0]!;
  const marks = new Map([...await world.marks(), ...await world.marks(0, OTHER_REGION)]);
  const regions = new Map(
    [QUEUE_REGION, OTHER_REGION].flatMap((region) =>
      world.instances(0, region).map(({ id }) => [id, region])
    ),
  );
  return await store.read(world, async (opened: ReadStore) => {
    const [events, instances, tags, clearances] = await Promise.all([
      LEDGER_EVENTS.of(account).read(opened),
      INSTANCES.of(account).read(opened),
      TAGS.of(account).read(opened),
      CLEARANCES.of(account).read(opened),
    ]);
    const { rejected, deferred } = messageRows("dirty");
    for (const [id, { value, state }] of tags) {
      assert.equal(marks.get(id), state === "removed" ? undefined : value, `the tag of ${id}`);
    }
    return {
      counts: {
        events: events.size,
        instances: instances.size,
        clearances: clearances.size,
      },
      levels: [...events.values()].map(({ level }) => level).sort(),
      ledger: [...instances].map(([id, { events, marks, doubts, since, last, hello }]) => ({
        ...{ region: regions.get(id), events, marks, doubts },
        ...{ since: since?.source, last: last?.source, hello: hello?.level },
        cleared: clearances.get(id)?.marks,
      })).sort((a, b) => `${a.region}`.localeCompare(`${b.region}`)),
      tags: [...tags.values()].map(({ state }) => state).sort(),
      marks: [...marks].map(([id]) => regions.get(id)).sort(),
      open: (await UNSETTLED.read(opened)).size + (await UNTOLD.read(opened)).size,
      intents: (await openIntents(opened, "dirty")).length,
      rejected: [...(await rejected.read(opened)).values()].map(({ reason }) => reason),
      deferred: (await deferred.read(opened)).size,
    };
  });
}
