import assert from "assert";
import fc from "fast-check";
import type { JsonObject } from "../../../runners/core/json.ts";
import { INSTANCES, LEDGER_EVENTS, UNSETTLED } from "../../../runners/dirty/ledger.ts";
import { locate } from "../../../runners/dirty/present/explain.ts";
import { isMarked } from "../../../runners/dirty/standing.ts";
import { FIXED, generated } from "../core/properties.ts";
import { dirtyScene } from "./dirty_scene.ts";
import { login, type Sent, WEB } from "./queued_message.ts";
import { clear, entryIn, planned, refuse, saysHello, statusIn } from "./scene_runs.ts";

const HOUR_MS = 3_600_000;

/** The first message of an event, what it is by that, and of whom the ledger speaks in the end. */
const FIRST: readonly (readonly [Sent, require: string, marks: boolean, user: string])[] = [
  ["instance", "verified", true, "alice"],
  ["person", "claimed", true, "deploy"],
  ["person", "verified", false, "deploy"],
];

const LATER: Readonly<Record<string, JsonObject>> = {
  "of an event that does not mark": { event: "x-noop" },
  "of a user who is ignored": {},
};

for (const [sent, require, marks, user] of FIRST) {
  for (const [what, more] of Object.entries(LATER)) {
    Deno.test(`a login of level ${sent} with require: ${require} still marks after proven messages ${what} with its ID`, async () => {
      const dirty = { require, ignore: [{ user: "deploy" }] };
      const scene = dirtyScene({ instances: [WEB], dirty });
      const { serve } = scene.begin();
      const id = "01JD5N6ZV3R8W4Q0T2XKYB7CME";
      await serve([login(WEB, sent, scene.clock.now(), { id })]);
      assert.equal(isMarked(await entryIn(scene)), marks);
      const pam = { service: "sshd", user: "deploy" };
      for (const better of ["instance", "proven"] as const) {
        await serve([login(WEB, better, scene.clock.now(), { id, pam, ...more })]);
      }
      const entry = await entryIn(scene);
      const { value: row } =
        (await LEDGER_EVENTS.of(WEB.account).get(scene.store, `${WEB.id}/${id}`))!;
      assert.deepEqual(
        [isMarked(entry), entry.row!.marks, entry.tag?.state, row.level, row.marking, row.counts],
        [true, 1, "written", "attested", true, "mark"],
      );
      assert.equal(row.who.user, user);
    });
  }
}

const step = fc.record({
  sent: fc.constantFrom<Sent>("instance", "other role", "person", "proven"),
  id: fc.constantFrom("01JD5N6ZV3R8W4Q0T2XKYB7CM0", "01JD5N6ZV3R8W4Q0T2XKYB7CM1"),
  more: fc.oneof(
    fc.constantFrom<JsonObject>({}, { event: "x-noop" }, { pam: { user: "deploy" } }),
    fc.nat(3).map(saysHello),
  ),
  require: fc.constantFrom("claimed", "verified", "attested"),
  isRefused: fc.boolean(),
});

Deno.test("in no order of messages do marks or doubts fall, does an event stop to mark, or does anything stay open", async () => {
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 4, maxLength: 12 }),
    async (steps) => {
      const scene = dirtyScene({ instances: [WEB] });
      let [marks, doubts, marking] = [0, 0, new Set<string>()];
      for (const { sent, id, more, require, isRefused } of steps) {
        refuse(scene, isRefused);
        const { serve } = scene.begin({ require, ignore: [{ user: "deploy" }] });
        await serve([login(WEB, sent, scene.clock.now(), { id, ...more })]);
        const { row } = await entryIn(scene);
        const now = new Set<string>();
        for await (const { id, value } of LEDGER_EVENTS.of(WEB.account).list(scene.store)) {
          if (value.counts === "mark" && value.marking) now.add(id);
        }
        assert.ok(marking.isSubsetOf(now));
        assert.ok((row?.marks ?? 0) >= marks && (row?.doubts ?? 0) >= doubts);
        assert.equal(row?.marks ?? 0, now.size);
        [marks, doubts, marking] = [row?.marks ?? 0, row?.doubts ?? 0, now];
        await scene.clock.advance(HOUR_MS);
      }
      refuse(scene, false);
      await scene.clock.advance(HOUR_MS);
      assert.equal(await scene.begin().settler.settleAll(), 0);
      const events = [...(await LEDGER_EVENTS.of(WEB.account).read(scene.store)).values()];
      assert.ok(events.every(({ verification }) => verification !== "pending"));
    },
  );
  await fc.assert(property, { ...FIXED, numRuns: generated(1_000) });
});

Deno.test("an instance that has the tag and no event is not clean, whatever its client says", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  await scene.begin().serve([login(WEB, "proven", scene.clock.now(), saysHello())]);
  assert.equal(await statusIn(scene), "clean");
  scene.aws.instances.get(WEB.id)!.mark = "by hand";
  assert.equal(await statusIn(scene), "tagged");
});

Deno.test("an instance whose client has dropped events is not clean until it is cleared, and not again when it drops more", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve } = scene.begin();
  const statuses = [];
  for (const dropped of [0, 7, 7, 8]) {
    await scene.clock.advance(1_000);
    await serve([login(WEB, "proven", scene.clock.now(), saysHello(dropped))]);
    statuses.push(await statusIn(scene));
    if (statuses.length !== 2) continue;
    await clear(scene);
    statuses.push(await statusIn(scene));
  }
  assert.deepEqual(statuses, ["clean", "unproven-event", "clean", "clean", "unproven-event"]);
});

Deno.test("what anyone claims that a client has dropped damages no row, and hides no drop", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve } = scene.begin();
  const said = [["person", Number.MAX_SAFE_INTEGER], ["person", 1], ["proven", 7]] as const;
  for (const [sent, dropped] of said) {
    await scene.clock.advance(1_000);
    await serve([login(WEB, sent, scene.clock.now(), saysHello(dropped))]);
  }
  const { row } = await entryIn(scene);
  assert.deepEqual([row!.hello!.dropped, row!.doubts], [7, 2]);
});

for (const [sent, level] of [["instance", "verified"], ["proven", "attested"]] as const) {
  Deno.test(`a hello that anyone may claim does not replace one that is ${level}`, async () => {
    const scene = dirtyScene({ instances: [WEB] });
    const { serve } = scene.begin();
    await serve([login(WEB, sent, scene.clock.now(), saysHello())]);
    const { row } = await entryIn(scene);
    await scene.clock.advance(1_000);
    await serve([login(WEB, "person", scene.clock.now(), saysHello())]);
    assert.deepEqual((await entryIn(scene)).row, row);
    assert.deepEqual([row!.hello!.level, await statusIn(scene)], [level, "clean"]);
  });
}

/** What is proven of an instance, by the `dirty.require` of then. */
const PROVEN: Readonly<
  Record<string, readonly [string, readonly (readonly [Sent, JsonObject])[]]>
> = {
  "a login": ["verified", [["proven", {}]]],
  "a hello": ["verified", [["instance", saysHello()]]],
  "a hello (besides a claimed login that marks)": ["claimed", [
    ["instance", saysHello()],
    ["person", {}],
  ]],
};

for (const [what, [require, messages]] of Object.entries(PROVEN)) {
  Deno.test(`an instance of which ${what} is proven is looked for there, and not where logins claim it to be`, async () => {
    const there = { ...WEB, account: "5".repeat(12), region: "eu-west-1" };
    const accounts = ["1".repeat(12), there.account, "9".repeat(12)];
    const scene = dirtyScene({ instances: [there], accounts, dirty: { require } });
    const { serve } = scene.begin();
    const now = scene.clock.now();
    await serve(messages.map(([sent, more]) => login(there, sent, now, more)));
    for (const account of accounts.filter((account) => account !== there.account)) {
      await serve([login({ ...WEB, account }, "person", now)]);
      assert.ok(await INSTANCES.of(account).get(scene.store, WEB.id));
    }
    const { account, region } = await locate(WEB.id, scene.store);
    assert.deepEqual([account, region], [there.account, there.region]);
  });
}

Deno.test("an event whose sender turns out to be another one stays a doubt: its instance is never clean", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve, settler } = scene.begin();
  await serve([login(WEB, "proven", scene.clock.now(), saysHello())]);
  refuse(scene);
  await serve([login(WEB, "other role", scene.clock.now())]);
  refuse(scene, false);
  for (let hour = 0; hour < 3; hour++) {
    await scene.clock.advance(HOUR_MS);
    assert.equal(await settler.settleAll(), 0);
    await serve([login(WEB, "proven", scene.clock.now(), saysHello())]);
    const events = [...(await LEDGER_EVENTS.of(WEB.account).read(scene.store)).values()];
    assert.deepEqual(
      events.map(({ verification, counts }) => [verification, counts]),
      [["refuted", "doubt"]],
    );
    assert.equal(await statusIn(scene), "unproven-event");
  }
});

Deno.test("a login that is recorded while its instance is cleared has its tag, and begins what is dirty since", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve, settler } = scene.begin();
  await serve([login(WEB, "proven", scene.clock.now())]);
  const earlier = (await entryIn(scene)).row!.since!.id;
  const write = scene.store.write.bind(scene.store);
  let isCleared = false;
  scene.store.write = async (rows) => {
    if (!isCleared && rows.some(({ kind }) => kind.startsWith("dirty/event"))) {
      isCleared = true;
      await clear(scene, write);
      // Another process settles what the clearance has left open.
      await settler.settleAll();
    }
    return await write(rows);
  };
  await serve([login(WEB, "proven", scene.clock.now())]);
  const isOpen = (await UNSETTLED.read(scene.store)).size > 0;
  const { row, tag, clearance } = await entryIn(scene);
  const { mark } = scene.aws.instances.get(WEB.id)!;
  const isTagged = tag?.state === "written" && mark === tag.value;
  assert.deepEqual([row!.marks, clearance!.marks, isOpen || isTagged], [2, 1, true]);
  assert.deepEqual([row!.since, row!.since!.id === earlier], [row!.last, false]);
});

const ELSEWHERE = { ...WEB, region: "eu-west-1" };

for (const order of [[ELSEWHERE, WEB], [WEB, ELSEWHERE]]) {
  Deno.test(`proven logins that name ${order.map(({ region }) => region).join(", then ")} leave the Region in which EC2 has the instance`, async () => {
    const scene = dirtyScene({ instances: [WEB] });
    const { serve, settler } = scene.begin();
    for (const instance of order) {
      await serve([login(instance, "proven", scene.clock.now())]);
      await scene.clock.advance(HOUR_MS);
      await settler.settleAll();
    }
    const { row, tag } = await entryIn(scene);
    const { mark } = scene.aws.instances.get(WEB.id)!;
    assert.deepEqual([row!.region, row!.marks, tag!.state], [WEB.region, 2, "written"]);
    assert.equal(tag!.value, mark);
  });
}

Deno.test("a missing tag has the same value in every plan, from the first event since the last clearance", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve } = scene.begin();
  const values: string[] = [];
  const planAfter = async (...sources: readonly string[]) => {
    refuse(scene);
    for (const source of sources) {
      await serve([login(WEB, "proven", scene.clock.now(), { source })]);
      await scene.clock.advance(1_000);
    }
    refuse(scene, false);
    const { changes: [change] } = await planned(scene);
    values.push(change!.after.value!);
    await scene.clock.advance(HOUR_MS);
  };
  const first = scene.clock.now().getTime() / 1_000;
  await planAfter("pam");
  await planAfter();
  await planAfter("x-shell");
  await clear(scene);
  await scene.clock.advance(HOUR_MS);
  const second = scene.clock.now().getTime() / 1_000;
  await planAfter("x-shell", "pam");
  await planAfter();
  const expected = [first, first, first].map((at) => `gk1:${at}:pam`);
  assert.deepEqual(values, [...expected, `gk1:${second}:x-shell`, `gk1:${second}:x-shell`]);
});
