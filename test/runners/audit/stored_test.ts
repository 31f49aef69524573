import assert from "assert";
import fc from "fast-check";
import { MemoryStore } from "../../../runners/adapters/memory/memory_store.ts";
import { instanceIdOf } from "../../../runners/core/aws/arn.ts";
import { DAY_MS, durationMs } from "../../../runners/core/duration.ts";
import { writeRounds } from "../../../runners/core/store/store.ts";
import type { AuditFinding } from "../../../runners/audit/findings.ts";
import { auditObservationRows } from "../../../runners/audit/ladder/observation_rows.ts";
import { MARKS } from "../../../runners/audit/ladder/mark.ts";
import { rowsFor } from "../../../runners/audit/ladder/rows.ts";
import { sightedAgain, SIGHTINGS } from "../../../runners/audit/ladder/sightings.ts";
import { LEVELS } from "../../../runners/audit/levels.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { ObservedInstance } from "../../../runners/audit/observed.ts";
import { type AuditPlanning, readEarlier } from "../../../runners/audit/planning.ts";
import { CANARY_STAMP_TAG } from "../../../runners/core/contract/names.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import { stored } from "../../../runners/audit/stored.ts";
import { effected, intentOf } from "../../../runners/core/journal/entry.ts";
import { intentWrites } from "../../../runners/core/journal/journal.ts";
import { generated, type Mutants, propertyTest } from "../core/properties.ts";
import { latePlanning } from "./arbitrary_world.ts";
import { anInstance, configOf, DEV, idOf, NOW, oneRegion, PROD, WHOLE_LADDER } from "./world.ts";

const RUNS = { seed: 20_261_201, numRuns: generated(400) };
const FOR_EVER = new Date(NOW.getTime() + 366 * DAY_MS);

/** Reasons for which nothing is to come, whatever the deadline says. */
const HELD = new Set([
  "protected",
  "protection-unread",
  "protection-lifted",
  "imports-unread",
  "cannot-stop",
  "tag-limit",
]);

type Forecast = typeof stored.upcoming;

/** The store as a run leaves it: what was there before, and what it has seen. */
async function storeAfter({ earlier, ...rest }: AuditPlanning): Promise<MemoryStore> {
  const planning = { ...rest, earlier };
  const store = new MemoryStore();
  await store.writeEach([
    ...[...earlier.sightings].map(([id, row]) => SIGHTINGS.write(id, row)),
    ...[...earlier.marks].map(([id, row]) => MARKS.write(id, row)),
    ...[...earlier.levels].map(([id, row]) => LEVELS.write(id, row)),
  ]);
  await writeRounds(store, auditObservationRows(planning, plan(planning)));
  return store;
}

function deadlineOf({ deadline }: AuditFinding): string {
  return new Date(Math.max(Date.parse(deadline!), NOW.getTime())).toISOString();
}

const withoutReasons: Forecast = async (...given) => {
  const [store, config] = given;
  const sightings = await SIGHTINGS.read(store, [DEV]);
  const known = new MemoryStore();
  await known.writeEach([...sightings].map(([id, row]) => (
    SIGHTINGS.write(id, row.seen ? { ...row, seen: { ...row.seen, goes_on: true } } : row)
  )));
  const both = {
    get: store.get.bind(store),
    close() {},
    list: (kind: string, prefix?: string) =>
      kind.startsWith(`${SIGHTINGS.kind}#${DEV}`)
        ? known.list(kind, prefix)
        : store.list(kind, prefix),
  };
  return await stored.upcoming(both, config, given[2], given[3]);
};

const MUTANTS: Mutants<Forecast> = {
  "nothing is held back": withoutReasons,
  "an hour late": async (...given) =>
    (await stored.upcoming(...given)).map((one) => ({
      ...one,
      at: new Date(Date.parse(one.at) + 3_600_000).toISOString(),
    })),
  "another step": async (...given) =>
    (await stored.upcoming(...given)).map((one) => ({ ...one, action: "ec2:StopInstances" })),
  "the first instance alone": async (...given) => (await stored.upcoming(...given)).slice(0, 1),
};

const ACTION = {
  mark: "ec2:CreateTags",
  stop: "ec2:StopInstances",
  terminate: "ec2:TerminateInstances",
} as const;

propertyTest<Forecast>(
  "the next step from the store alone is that of the findings of the last run",
  stored.upcoming,
  async (forecast) => {
    await fc.assert(
      fc.asyncProperty(latePlanning, async (planning) => {
        const { own: { findings }, spared } = plan(planning);
        const store = await storeAfter(planning);
        const found = await forecast(store, planning.config, NOW, FOR_EVER);
        const first = Map.groupBy(found, ({ target }) => instanceIdOf(target));
        const reasons = new Map(spared.map((one) => [instanceIdOf(one.target), one.reason]));
        const coming = findings.filter(({ id, next, outlook }) =>
          next !== null && !HELD.has(reasons.get(id) ?? "") &&
          // One whose lifted protection is put back now, and that cannot be stopped after it.
          !(next === "stop" && outlook?.includes(": the ladder "))
        );
        assert.deepEqual([...first.keys()].sort(), coming.map(({ id }) => id).sort());
        for (const finding of coming) {
          const [next] = first.get(finding.id)!;
          assert.equal(next!.action, ACTION[finding.next!], finding.id);
          const due = deadlineOf(finding);
          // It is due, and was not seen often enough: it comes with a later look.
          if (reasons.get(finding.id) === "too-few-looks") assert.ok(next!.at >= due);
          else if (finding.next === "mark") assert.equal(next!.at, due, finding.id);
          else {assert.ok(
              next!.at === due || waitsForLooks(planning, finding, next!.at),
              finding.id,
            );}
        }
      }),
      RUNS,
    );
  },
  MUTANTS,
);

/** Whether it is so late because it must be seen more often: then exactly as late as that asks. */
function waitsForLooks(
  { config, earlier, now }: AuditPlanning,
  { account, region, id, deadline }: AuditFinding,
  at: string,
): boolean {
  const seen = sightedAgain(earlier.sightings.get(`${account}/${region}/${id}`), config, now);
  const missing = config.looks.count - seen.spaced.count;
  const earliest = Date.parse(seen.spaced.at) + missing * durationMs(config.looks.spacing);
  return missing > 0 && Date.parse(deadline!) < earliest && Date.parse(at) === earliest;
}

/** What a run that is agreed to everything leaves, and what the instances then are. */
async function liveThrough(
  store: MemoryStore,
  instance: ObservedInstance,
  now: Date,
): Promise<{ readonly did: readonly string[]; readonly after: ObservedInstance }> {
  const earlier = await readEarlier(store, { accounts: [DEV] });
  const observed = oneRegion(instance);
  const planning: AuditPlanning = { config, observed, earlier, now };
  const made = plan(planning);
  await writeRounds(store, auditObservationRows(planning, made));
  let after = instance;
  for (const change of made.changes) {
    const run = { job: "audit", runId: "run", planId: "plan", principal: "arn", toolVersion: "0" };
    const intent = intentOf(change, { ...run, now: new Date(now.getTime() + 5_000) });
    const entry = effected(intent, {}, new Date(now.getTime() + 6_000));
    await store.write(rowsFor({ change, entry }));
    if (change.kind === "mark") {
      after = { ...after, tags: { ...after.tags, [change.after.key]: change.after.value } };
    }
    if (change.kind === "stop") after = { ...after, state: "stopped" };
  }
  return { did: made.changes.map(({ action }) => action), after };
}

const config = configOf({
  required: [{ key: "owner" }],
  enforce: { accounts: [DEV] },
  canary: { mode: "off" },
  ladder: WHOLE_LADDER,
  looks: { count: 2, spacing: "30m" },
});
const bare = anInstance(1, {
  tags: { Name: "web-3", creator: "alice" },
  protection: { termination: false, stop: false },
});

Deno.test("each step comes when the forecast after the step before it has said", async () => {
  const store = new MemoryStore();
  let [now, instance] = [NOW, bare];
  const lived: string[] = [];
  for (let step = 0; step < 3; step++) {
    const { did, after } = await liveThrough(store, instance, now);
    lived.push(...did);
    instance = after;
    const since = new Date(now.getTime() + 60_000);
    const [next, ...later] = await stored.upcoming(store, config, since, FOR_EVER);
    if (step === 2) assert.equal(next, undefined);
    else {
      assert.equal(next!.name, "web-3");
      assert.equal(later.length, 1 - step);
      const justBefore = new Date(Date.parse(next!.at) - 1_000);
      const earlier = await readEarlier(store, { accounts: [DEV] });
      const early = plan({ config, observed: oneRegion(instance), earlier, now: justBefore });
      assert.deepEqual(early.changes, [], "a second before");
      now = new Date(next!.at);
    }
  }
  assert.deepEqual(lived, [ACTION.mark, ACTION.stop, ACTION.terminate]);
});

Deno.test("what is to come is said with its reason, and what cannot be undone", async () => {
  const store = new MemoryStore();
  await liveThrough(store, bare, NOW);
  const found = await stored.upcoming(store, config, NOW, FOR_EVER);
  assert.deepEqual(found.map(({ at, text, isFinal = false }) => [at, text, isFinal]), [
    ["2026-11-23T12:00:00.000Z", "to be stopped: owner is missing", false],
    [
      "2026-12-04T12:00:00.000Z",
      "to be terminated, which cannot be undone: owner is missing",
      true,
    ],
  ]);
  const until = new Date("2026-11-30T00:00:00Z");
  assert.equal((await stored.upcoming(store, config, NOW, until)).length, 1);
});

Deno.test("an instance that an undo has started again is to be stopped again, not terminated", async () => {
  const store = new MemoryStore();
  const first = await liveThrough(store, bare, NOW);
  const stop = new Date("2026-11-23T13:00:00.000Z");
  const { after, did } = await liveThrough(store, first.after, stop);
  assert.deepEqual(did, [ACTION.stop]);
  const later = new Date("2026-11-23T14:00:00.000Z");
  const change = {
    ...{ id: "start", account: DEV, region: "us-east-1", action: "ec2:StartInstances" },
    ...{ target: `arn:aws:ec2:us-east-1:${DEV}:instance/${after.id}`, reason: "undone" },
    ...{ before: {}, after: {} },
  };
  const run = { job: "audit", runId: "undo", planId: "plan", principal: "arn", toolVersion: "0" };
  const started = effected(intentOf(change, { ...run, now: later }), {}, later);
  const actions = async () =>
    (await stored.upcoming(store, config, later, FOR_EVER)).map(({ action }) => action);
  assert.deepEqual(await actions(), [ACTION.terminate]);
  await store.write(intentWrites(started));
  assert.deepEqual(await actions(), [ACTION.stop, ACTION.terminate]);
});

Deno.test("nothing is to come in an account that the settings do not enforce any more", async () => {
  const store = new MemoryStore();
  await liveThrough(store, bare, NOW);
  for (const accounts of [[], [PROD], { allExcept: [DEV] }]) {
    const changed = { ...config, enforce: { ...config.enforce, accounts } };
    assert.deepEqual(await stored.upcoming(store, changed, NOW, FOR_EVER), []);
  }
});

Deno.test("under other rules the ladder begins again with a mark", async () => {
  const store = new MemoryStore();
  await liveThrough(store, bare, NOW);
  const changed = { ...config, ladder: config.ladder.slice(0, 2) };
  const found = await stored.upcoming(store, changed, NOW, FOR_EVER);
  assert.deepEqual(found.map(({ action }) => action), [ACTION.mark, ACTION.stop]);
});

Deno.test("rows of an earlier version say nothing of what is to come", async () => {
  const store = new MemoryStore();
  const earlier = await liveThrough(store, bare, NOW).then(() => SIGHTINGS.read(store, [DEV]));
  for (const [id, { seen: _seen, ...row }] of earlier) {
    await store.write([SIGHTINGS.write(id, row)]);
  }
  assert.deepEqual(await stored.upcoming(store, config, NOW, FOR_EVER), []);
});

Deno.test("the owner is known also after the instance is gone", async () => {
  const store = new MemoryStore();
  const target = `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(1)}`;
  await liveThrough(store, bare, NOW);
  await liveThrough(store, { ...bare, state: "terminated" }, new Date(NOW.getTime() + DAY_MS));
  assert.equal((await SIGHTINGS.read(store, [DEV])).size, 0);
  const other = `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(2)}`;
  assert.deepEqual(
    [...await stored.owners(store, new Set([target, other]))],
    [[target, { name: "alice", source: "tag" }]],
  );
});

Deno.test("an exemption that ends names the instance that it is about, where a run has seen it", async () => {
  const store = new MemoryStore();
  await liveThrough(store, bare, NOW);
  const exempt = [
    { match: { instanceId: idOf(1) }, reason: "vendor image", until: "2026-11-21" },
    { match: { instanceId: idOf(9) }, reason: "not seen", until: "2026-11-22" },
    { match: { account: PROD }, reason: "later", until: "2027-01-31" },
    { match: { account: PROD }, reason: "over", until: "2026-11-18" },
  ];
  const until = new Date("2026-11-30T00:00:00Z");
  assert.deepEqual(await stored.ending(store, { ...config, exempt }, NOW, until), [
    {
      at: "2026-11-22T00:00:00.000Z",
      targets: [`arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(1)}`],
      text: `the exemption of ${idOf(1)} ends: vendor image`,
    },
    {
      at: "2026-11-23T00:00:00.000Z",
      targets: [],
      text: `the exemption of ${idOf(9)} ends: not seen`,
    },
  ]);
});

Deno.test("what was done is said in words, but for what is done to canaries", () => {
  const done = (action: string, after: JsonObject = {}) =>
    stored.doneBy({ action, before: {}, after });
  assert.deepEqual(
    [
      done("ec2:CreateTags", { key: "groundskeeper-audit" }),
      done("ec2:DeleteTags"),
      done("ec2:StopInstances"),
      done("ec2:StartInstances"),
      done("ec2:TerminateInstances"),
      done("ec2:ModifyInstanceAttribute"),
      done("ec2:CreateTags", { key: CANARY_STAMP_TAG }),
      done("ec2:StopInstances", { canary: "i-0" }),
      done("ec2:RunInstances"),
    ],
    [
      "marked",
      "unmarked",
      "stopped",
      "started",
      "terminated",
      "protection restored",
      null,
      null,
      null,
    ],
  );
});
