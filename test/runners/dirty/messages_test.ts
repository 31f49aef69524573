import assert from "assert";
import { isAtLeast, type Level, LEVELS } from "../../../runners/core/attest/levels.ts";
import type { AskSts } from "../../../runners/core/attest/sts_answer.ts";
import { messageRows } from "../../../runners/core/queue/message_rows.ts";
import { dirtySchema } from "../../../runners/dirty/config.ts";
import { INSTANCES, LEDGER_EVENTS, TAGS, UNSETTLED } from "../../../runners/dirty/ledger.ts";
import type { Store } from "../../../runners/core/store/store.ts";
import { DEEP, generated } from "../core/properties.ts";
import { dirtyScene } from "./dirty_scene.ts";
import { INSTANCES as THERE, OTHER_ACCOUNT } from "./messages/generated_messages.ts";
import {
  type ExpectedEvent,
  type JudgedMessage,
  judgedMessages,
} from "./messages/judged_messages.ts";
import { memorySts } from "./signed_proof.ts";

/** As many as are served before the rejected ones among them are looked at. */
const SLICE = 500;

/** What is wrong with a consumer, to show that the test would notice. */
type Wrong = {
  readonly askSts?: AskSts;
  readonly accounts?: readonly string[];
  /** Of the roles that senders are compared with. */
  readonly roleId?: () => string;
};

/** Serves all the messages, and until nothing is open. @returns what the store and AWS have then */
async function served(require: Level, messages: readonly JudgedMessage[], wrong: Wrong = {}) {
  const scene = dirtyScene({ instances: THERE, dirty: { require }, ...wrong });
  const { aws, store, clock } = scene;
  if (wrong.roleId) aws.roleId = wrong.roleId;
  const { serve, settler } = scene.begin();
  const { handled, rejected } = messageRows("dirty");
  const reasons = new Map<string, string>();
  let undone = 0;
  for (let at = 0; at < messages.length; at += SLICE) {
    const slice = messages.slice(at, at + SLICE);
    for (const source of ["logins", "events"] as const) {
      const own = slice.filter(({ queue }) => queue === source).map(({ message }) => message);
      const { left, deferred, undeleted } = await serve(own, source);
      undone += left + deferred + undeleted;
    }
    for (const { message_id, reason } of (await rejected.read(store)).values()) {
      reasons.set(message_id, reason);
    }
  }
  // What EC2 does not list may have been launched just now; after this time it was not.
  await clock.advance(3_600_000);
  const open = await settler.settleAll();
  const ids = new Set([...THERE.map(({ account }) => account), OTHER_ACCOUNT]);
  /** By account and ID: a message may name an instance of another account. */
  const all = async <Row>(
    rows: {
      readonly of: (account: string) => { read(from: Store): Promise<ReadonlyMap<string, Row>> };
    },
  ): Promise<Map<string, Row>> => {
    const found = new Map<string, Row>();
    for (const account of ids) {
      for (const [id, row] of await rows.of(account).read(store)) {
        found.set(`${account}/${id}`, row);
      }
    }
    return found;
  };
  return {
    ...{ undone, open, reasons },
    verdicts: await handled.read(store),
    events: await all(LEDGER_EVENTS),
    rows: await all(INSTANCES),
    tags: await all(TAGS),
    unsettled: await UNSETTLED.read(store),
    marks: new Map([...aws.instances].map(([id, { mark }]) => [id, mark])),
  };
}

/** The best that was told of each event: what is proven counts, whatever was sent before. */
function expectedEvents(messages: readonly JudgedMessage[]): Map<string, ExpectedEvent> {
  const best = new Map<string, ExpectedEvent>();
  for (const { expected } of messages) {
    for (const one of "events" in expected ? expected.events : []) {
      const key = `${one.instance.account}/${one.instance.id}/${one.id}`;
      const known = best.get(key);
      if (!known || !isAtLeast(known.level, one.level)) best.set(key, one);
    }
  }
  return best;
}

/** Asserts what must hold of all that was served. */
async function assertJudged(require: Level, count: number, wrong?: Wrong): Promise<void> {
  const messages = judgedMessages(count, new Date("2026-11-20T21:01:00Z"));
  const became = await served(require, messages, wrong);
  assert.deepEqual([became.undone, became.open, [...became.unsettled.keys()]], [0, 0, []]);

  for (const { message: { id, body }, kind, expected } of messages) {
    const where = `${kind}: ${body.slice(0, 500)}`;
    const { verdict } = became.verdicts.get(id)!;
    if ("events" in expected) assert.notEqual(verdict, "rejected", where);
    else assert.deepEqual([verdict, became.reasons.get(id)], ["rejected", expected.reason], where);
  }

  const { events: { mark } } = dirtySchema.parse({});
  const expected = expectedEvents(messages);
  const marking = new Map<string, ExpectedEvent[]>();
  for (const [key, one] of expected) {
    const row = became.events.get(key);
    assert.ok(row, `${key} is not recorded`);
    assert.equal(row.level, one.level, key);
    const counts = mark.includes(one.event) && isAtLeast(one.level, require);
    const { account, id } = one.instance;
    if (counts) marking.getOrInsertComputed(`${account}/${id}`, () => []).push(one);
  }
  assert.equal(became.events.size, expected.size);

  for (const { id, account, region } of THERE) {
    const key = `${account}/${id}`;
    const own = marking.get(key) ?? [];
    assert.equal(became.rows.get(key)?.marks ?? 0, own.length, key);
    const isMarked = own.some(({ instance }) => instance.region === region);
    const tag = became.tags.get(key);
    assert.equal(tag?.state === "written", isMarked, key);
    assert.equal(became.marks.get(id), isMarked ? tag!.value : null, key);
  }
}

for (const require of LEVELS) {
  Deno.test(`of any messages, each is recorded once or rejected with its reason, and nothing is marked that is not ${require}`, async () => {
    await assertJudged(require, generated(10_000));
  });
}

/** Consumers that believe too much, with the level at which that shows. */
const WRONG: Readonly<Record<string, readonly [Level, Wrong]>> = {
  "believes every signature": ["attested", { askSts: memorySts(() => true) }],
  "takes every account": ["claimed", {
    accounts: [...THERE.map((one) => one.account), OTHER_ACCOUNT],
  }],
  "compares with another role": ["verified", { roleId: () => "AROAPERSON" }],
};

for (const [what, [require, wrong]] of DEEP ? Object.entries(WRONG) : []) {
  Deno.test(`of a consumer that ${what} this does not hold`, async () => {
    await assert.rejects(assertJudged(require, 1_000, wrong), assert.AssertionError);
  });
}
