import assert from "assert";
import { openSqliteStore } from "../../runners/adapters/sqlite/sqlite_store.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { messageRows } from "../../runners/core/queue/message_rows.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { INSTANCES, LEDGER_EVENTS, TAGS, UNSETTLED, UNTOLD } from "../../runners/dirty/ledger.ts";
import type { FaultRule } from "../aws/faults.ts";
import { REGIONS } from "../e2e/audit_world.ts";
import { type DirtyWorld, dirtyWorld, startedSession, type Where } from "../e2e/dirty_world.ts";
import { keepRunning, passed, untilHolds } from "./consumers.ts";
import { dice } from "./dice.ts";
import { CLOCK_FACTOR, type DirtyWorkerTask } from "./dirty_worker.ts";

const MESSAGES = 5_000;
const PROCESSES = 8;
const SEED = Number(Deno.env.get("GROUNDSKEEPER_TEST_SEED") ?? 20261130);

/** For how long the store fails, when a third of the messages is done. */
const OUTAGE_MS = 5_000;
/** For how long the second account gives out no session, from the beginning on. */
const DENIED_MS = 3_600_000 / CLOCK_FACTOR;
const LONGEST_MS = 300_000;

/** Of each account and Region. To the last instance nobody logs in. */
const IN_REGION = 5;

/** What is sent, by whom, and what must become of it. */
type Sent = {
  readonly body: JsonObject | string;
  readonly as: Where | "root";
  readonly isEvent?: boolean;
  readonly becomes: "mark" | "event" | "hello" | "rejected";
  readonly instance: Where;
  /** Of the event. */
  readonly id: string;
};

/** The messages, in an order that the seed says. One in twelve is sent a second time. */
async function messagesOf(world: DirtyWorld, instances: readonly Where[]): Promise<Sent[]> {
  const { between } = dice(SEED);
  const sent: Sent[] = [];
  while (sent.length < MESSAGES) {
    const instance = instances[between(0, instances.length - 1)]!;
    const one = await messageOf(world, instance, instances, between(1, 100));
    sent.push(one);
    if (between(1, 12) === 1) sent.push(one);
  }
  for (let at = sent.length - 1; at > 0; at--) {
    const other = between(0, at);
    [sent[at], sent[other]] = [sent[other]!, sent[at]!];
  }
  return sent.slice(0, MESSAGES);
}

async function messageOf(
  world: DirtyWorld,
  instance: Where,
  instances: readonly Where[],
  roll: number,
): Promise<Sent> {
  const login = world.login(instance);
  const own = { body: login, as: instance, instance, id: String(login["id"]) };
  if (roll <= 40) return { ...own, becomes: "mark" };
  if (roll <= 55) {
    return { ...own, body: await world.proven(instance, login), as: "root", becomes: "mark" };
  }
  if (roll <= 65) return { ...own, as: "root", becomes: "event" };
  if (roll <= 73) {
    const body = world.login(instance, { event: "hello", source: "boot" });
    return { ...own, body, becomes: "hello" };
  }
  if (roll <= 90) {
    const body = startedSession(instance);
    const id = String((body["detail"] as JsonObject)["eventID"]);
    return { ...own, body, as: "root", isEvent: true, becomes: "mark", id };
  }
  if (roll <= 92) return { ...own, body: "no login", becomes: "rejected" };
  if (roll <= 94) {
    return { ...own, body: { ...login, schema: "groundskeeper.login/2" }, becomes: "rejected" };
  }
  if (roll <= 96) {
    const body = { ...login, instance: { ...instance, account: "999999999999" } };
    return { ...own, body, becomes: "rejected" };
  }
  if (roll <= 98) {
    const proven = await world.proven(instance, login);
    return { ...own, body: { ...proven, pam: { user: "mallory" } }, becomes: "rejected" };
  }
  const other = instances.find(({ id }) => id !== instance.id)!;
  return { ...own, as: other, becomes: "rejected" };
}

/** Sends them, those of one sender together. @returns what was sent, by the ID of its message */
async function sendAll(world: DirtyWorld, messages: readonly Sent[]): Promise<Map<string, Sent>> {
  const sent = new Map<string, Sent>();
  const { queueUrl, eventsQueueUrl } = world;
  const groups = Map.groupBy(messages, ({ as, isEvent }) => `${as === "root" || as.id}${isEvent}`);
  for (const group of groups.values()) {
    const [{ as, isEvent }] = group as [Sent];
    const bodies = group.map(({ body }) => body);
    const ids = await world.sendAll(bodies, as, isEvent ? eventsQueueUrl : queueUrl);
    ids.forEach((id, at) => sent.set(id, group[at]!));
  }
  assert.equal(sent.size, messages.length);
  return sent;
}

/** What goes wrong in AWS: throttled tags, lost answers, an account that gives out no session. */
function faults(denied: string, beganMs: number): FaultRule {
  const { between } = dice(SEED);
  return ({ action, parameters }) => {
    if (action === "sts:AssumeRole" && parameters["RoleArn"]!.includes(denied)) {
      return Date.now() - beganMs < DENIED_MS
        ? { kind: "error", code: "AccessDenied", status: 403 }
        : undefined;
    }
    if (action === "ec2:CreateTags" && between(1, 2) === 1) {
      return { kind: "error", code: "RequestLimitExceeded", status: 503 };
    }
    const losesOneIn = action === "ec2:CreateTags" ? 3 : /^(sqs|ec2|iam):/.test(action) ? 40 : 0;
    return losesOneIn > 0 && between(1, losesOneIn) === 1 ? { kind: "lose-answer" } : undefined;
  };
}

/** What must be true when nothing is left to do. */
async function assertCounted(
  world: DirtyWorld,
  store: ReadStore,
  sent: ReadonlyMap<string, Sent>,
  told: (what: string) => string,
): Promise<void> {
  const { handled, rejected } = messageRows("dirty");
  const verdicts = await handled.read(store);
  assert.equal(verdicts.size, sent.size);
  for (const [id, { becomes }] of sent) {
    const isRejected = verdicts.get(id)?.verdict === "rejected";
    assert.equal(isRejected, becomes === "rejected", told(`${id}: ${becomes}`));
  }
  const reasons = [...(await rejected.read(store)).values()].map(({ message_id }) => message_id);
  assert.deepEqual(
    reasons.sort(),
    [...sent].filter(([, { becomes }]) => becomes === "rejected").map(([id]) => id).sort(),
  );

  const events = Map.groupBy(
    [...sent.values()].filter(({ becomes }) => becomes === "mark" || becomes === "event"),
    ({ instance }) => instance.id,
  );
  const ids = (some: readonly Sent[] = []) => new Set(some.map(({ id }) => id));
  for (const [at, account] of world.accounts.entries()) {
    const recorded = Map.groupBy(
      (await LEDGER_EVENTS.of(account).read(store)).keys(),
      (id) => id.split("/")[0]!,
    );
    const rows = await INSTANCES.of(account).read(store);
    const tags = await TAGS.of(account).read(store);
    for (const region of REGIONS) {
      const marks = await world.marks(at, region);
      for (const { id } of world.instances(at, region)) {
        const where = told(`${account} ${region} ${id}`);
        const own = ids(events.get(id));
        const marking = ids(events.get(id)?.filter(({ becomes }) => becomes === "mark"));
        assert.deepEqual(
          (recorded.get(id) ?? []).sort(),
          [...own].map((event) => `${id}/${event}`).sort(),
          where,
        );
        const row = rows.get(id);
        const { events: count = 0, marks: marked = 0, doubts = 0 } = row ?? {};
        assert.deepEqual([count, marked], [own.size, marking.size], where);
        // A login whose sender could not be compared when it came was a doubt before it was a mark.
        assert.ok(doubts >= own.size - marking.size && doubts <= own.size, `${where}: ${doubts}`);
        const tag = tags.get(id);
        assert.equal(tag?.state, marking.size > 0 ? "written" : undefined, where);
        assert.equal(marks.get(id), tag?.value, where);
      }
    }
    const known = REGIONS.flatMap((region) => world.instances(at, region).map(({ id }) => id));
    assert.deepEqual([...recorded.keys(), ...rows.keys()].filter((id) => !known.includes(id)), []);
  }
}

Deno.test({
  name:
    `of ${MESSAGES} messages over ${PROCESSES} consumers that are killed, while the store fails, ` +
    "tags are throttled, answers are lost and an account is denied for an hour, each login is " +
    "recorded once, and its instance has its tag, and no other",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const groups = [{ name: "web", count: IN_REGION, instanceProfile: "web" }];
    await using world = await dirtyWorld({ accounts: 2, groups });
    const { aws, accounts, queueUrl, eventsQueueUrl, directory } = world;
    const all = accounts.flatMap((_, at) =>
      REGIONS.flatMap((region) => world.instances(at, region).slice(0, -1))
    );
    const sent = await sendAll(world, await messagesOf(world, all));
    const path = `${directory}/groundskeeper.db`;
    const outage = `${directory}/outage`;
    const store = openSqliteStore(path);
    const beganMs = Date.now();
    aws.proxy.onCall(faults(accounts[1]!, beganMs));
    const told = (what: string) =>
      `seed ${SEED}, after ${Math.round((Date.now() - beganMs) / 1_000)} s: ${what}`;
    const count = async (kind: string) => (await Array.fromAsync(store.list(kind))).length;
    const { handled, deferred } = messageRows("dirty");
    const task: Omit<DirtyWorkerTask, "seed"> = {
      ...{
        endpoint: aws.endpoint,
        accounts,
        queueUrl,
        eventsQueueUrl,
        store: path,
        outage,
        beganMs,
      },
    };
    {
      await using running = keepRunning({
        ...{ count: PROCESSES, program: "test/deep/dirty_worker.ts", task, seed: SEED },
        env: { AWS_ENDPOINT_URL: aws.endpoint },
        mayEndWith: [],
      });
      const noneBroken = () => assert.deepEqual(running.broken, []);
      await untilHolds(
        async () => {
          noneBroken();
          return await count(handled.kind) > MESSAGES / 3;
        },
        () => told("a third is not done"),
        LONGEST_MS,
      );
      await Deno.writeTextFile(outage, "");
      await passed(OUTAGE_MS);
      await Deno.remove(outage);
      let left = "";
      await untilHolds(
        async () => {
          noneBroken();
          const waiting = await world.waiting() + await world.waiting(eventsQueueUrl);
          const stored = await count(deferred.kind);
          const open = await count(UNSETTLED.kind) + await count(UNTOLD.kind);
          left = `${waiting} are in the queues, ${stored} deferred, ${open} open`;
          return waiting + stored + open === 0;
        },
        () => told(left),
        LONGEST_MS,
      );
      assert.ok(running.deaths() > 10, told(`${running.deaths()} deaths`));
      console.log(told(`${running.deaths()} deaths`));
    }
    await assertCounted(world, store, sent, told);
    store.close();
  },
});
