import assert from "assert";
import { createLog } from "../../../runners/core/log/log.ts";
import type { Plugin } from "../../../runners/core/plugin/module.ts";
import { auditorsOf, type Marked, type MarkTold } from "../../../runners/dirty/auditors.ts";
import { TAGS, UNTOLD } from "../../../runners/dirty/ledger.ts";
import { ManualClock } from "../core/manual_clock.ts";
import { dirtyScene } from "./dirty_scene.ts";
import { DB, login, WEB } from "./queued_message.ts";

const SETTINGS = { auditors: ["./auditor.ts"] };

/** A scene whose marks are told to auditors. */
function audited(...marked: readonly Marked[]) {
  const plugins = marked.map((one, at): Plugin => ({
    ...{ name: `auditor-${at}`, path: "", permissions: [], exports: { marked: one } },
  }));
  const clock = new ManualClock();
  const log = createLog({
    write: () => {},
    now: () => clock.now(),
    format: "json",
    level: "error",
  });
  const { signal } = new AbortController();
  const scene = dirtyScene({
    instances: [WEB, DB],
    dirty: SETTINGS,
    tell: auditorsOf(plugins, { clock, log, signal }),
  });
  const openThings = () => Array.fromAsync(UNTOLD.list(scene.store));
  return { ...scene, auditorClock: clock, openThings };
}

async function tagOf({ store }: ReturnType<typeof audited>, { account, id } = WEB) {
  return (await TAGS.of(account).get(store, id))?.value.state;
}

Deno.test("an auditor is told of each mark, who was there, and whether it is the first", async () => {
  const told: MarkTold[] = [];
  const scene = audited((mark) => void told.push(mark));
  const { serve } = scene.begin();
  const now = scene.clock.now();
  await serve([login(WEB, "proven", now), login(WEB, "proven", now), login(DB, "person", now)]);
  assert.deepEqual(
    told.map(({ instance_id, level, who, first }) => [instance_id, level, who.user, first]),
    [[WEB.id, "attested", "alice", true], [WEB.id, "attested", "alice", false]],
  );
  assert.deepEqual(await scene.openThings(), []);
});

const FAILING: Readonly<Record<string, Marked>> = {
  "throws": () => {
    throw new Error("no");
  },
  "rejects": () => Promise.reject(new Error("no")),
  "throws what is no error": () => {
    throw undefined;
  },
};

for (const [how, marked] of Object.entries(FAILING)) {
  Deno.test(`an auditor that ${how} costs no mark, holds no other, and is called five times`, async () => {
    let [calls, others] = [0, 0];
    const scene = audited((...mark) => {
      calls++;
      return marked(...mark);
    }, () => void others++);
    const { serve, settler } = scene.begin();
    assert.equal((await serve([login(WEB, "proven", scene.clock.now())])).handled, 1);
    assert.equal(await tagOf(scene), "written");
    assert.ok(others > 0);
    for (let again = 0; again < 10; again++) await settler.settleAll();
    assert.deepEqual([calls, await scene.openThings()], [5, []]);
  });
}

Deno.test("an auditor that hangs is cut after ten seconds, for all marks at once, and costs none", async () => {
  let isCut = 0;
  const scene = audited((_, { signal }) => {
    signal.addEventListener("abort", () => isCut++);
    return new Promise(() => {});
  });
  const { serve } = scene.begin();
  const now = scene.clock.now();
  const messages = Array.from({ length: 8 }, (_, at) => login(at % 2 ? WEB : DB, "proven", now));
  const served = serve(messages);
  let ended = false;
  void served.then(() => ended = true);
  let seconds = 0;
  while (!ended) {
    await new Promise((resolve) => setTimeout(resolve));
    if (!scene.auditorClock.waitingMs.length) continue;
    await scene.auditorClock.advance(10_000);
    seconds += 10;
  }
  assert.equal((await served).handled, 8);
  assert.deepEqual([await tagOf(scene), await tagOf(scene, DB)], ["written", "written"]);
  assert.ok(isCut >= 8);
  // A message waits for its own round and the one before it, however many marks these tell.
  assert.ok(seconds <= 100, `${seconds} s`);
});

Deno.test("an auditor that is slow is waited for, and told once", async () => {
  let calls = 0;
  const scene = audited(async () => {
    calls++;
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
  await scene.begin().serve([login(WEB, "proven", scene.clock.now())]);
  assert.deepEqual([calls, await scene.openThings()], [1, []]);
});

Deno.test("what was not told when the process ended is told by the next one", async () => {
  let [isDead, told] = [true, 0];
  const scene = audited(() => {
    if (isDead) throw new Error("it ends here");
    told++;
  });
  await scene.begin().serve([login(WEB, "proven", scene.clock.now())]);
  assert.equal((await scene.openThings()).length, 1);
  isDead = false;
  await scene.begin().settler.settleAll();
  assert.deepEqual([told, await scene.openThings()], [1, []]);
});
