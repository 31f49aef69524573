import assert from "assert";
import { measured } from "../../../bench/measured_store.ts";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { DAY_MS } from "../../../../runners/core/duration.ts";
import { finished, intentOf, type JournalEntry } from "../../../../runners/core/journal/entry.ts";
import {
  intentWrites,
  journalBetween,
  journalIdOf,
  journalOfRun,
  journalOfTarget,
  openIntents,
  outcomeWrites,
} from "../../../../runners/core/journal/journal.ts";
import type { Store, StoreTime } from "../../../../runners/core/store/store.ts";

const START = Date.parse("2026-01-15T12:00:00.000Z");
const ACCOUNT = "111111111111";
const roleArn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;

/** Announces a change of a role at an instant; with an outcome it is done. */
async function change(
  store: Store,
  { role, at, runId, outcome = "done", also = [] }: {
    readonly role: string;
    readonly at: Date;
    readonly runId: string;
    readonly outcome?: "done" | null;
    readonly also?: readonly string[];
  },
): Promise<JournalEntry> {
  const target = roleArn(role);
  const entry = intentOf({
    id: `${role}-${at.getTime()}`,
    account: ACCOUNT,
    region: "global",
    action: "iam:PutRolePolicy",
    target,
    reason: "",
    before: {},
    after: {},
  }, { job: "repo", runId, planId: "", principal: "", toolVersion: "", now: at });
  const done = finished(entry, "done", at);
  assert.ok((await store.write(intentWrites(entry, undefined, also))).written);
  if (outcome) await store.write(outcomeWrites({ entry, journalId: journalIdOf(entry) }, done));
  return outcome ? done : entry;
}

/** A store whose clock stands where the test sets it. */
function storeAt(start: number) {
  const time = { atMs: start, now: () => new Date(time.atMs), retentionMs: 400 * DAY_MS };
  return { time, store: new MemoryStore(new Map(), time satisfies StoreTime) };
}

const idsOf = (entries: readonly JournalEntry[]) => entries.map(({ change_id }) => change_id);

Deno.test("an entry is found by its target, by what else it is about, by its run and by its time", async () => {
  const { store } = storeAt(START);
  const at = new Date(START);
  const policy = `arn:aws:iam::${ACCOUNT}:policy/a`;
  const one = await change(store, { role: "a", at, runId: "run-1", also: [policy] });
  const two = await change(store, { role: "ab", at: new Date(START + 1), runId: "run-2" });
  const of = (target: string) => journalOfTarget(store, "repo", { account: ACCOUNT, target });
  assert.deepEqual(await of(roleArn("a")), [one]);
  assert.deepEqual(await of(policy), [one]);
  assert.deepEqual(await of(roleArn("ab")), [two]);
  assert.deepEqual(await of(roleArn("b")), []);
  assert.deepEqual(await journalOfRun(store, "repo", "run-2"), [two]);
  const between = (from: number, to: number) =>
    Array.fromAsync(journalBetween(store, "repo", new Date(from), new Date(to)));
  assert.deepEqual(await between(START - DAY_MS, START + DAY_MS), [one, two]);
  assert.deepEqual(await between(START + 1, START + 1), [two]);
  assert.deepEqual(await Array.fromAsync(journalBetween(store, "audit", at, at)), []);
});

Deno.test("entries are in the order of their time across the ends of months and years", async () => {
  const days = ["2025-12-31T23:59:59.999Z", "2026-01-01T00:00:00.000Z", "2026-03-31T12:00:00.000Z"];
  const { store } = storeAt(Date.parse(days[0]!));
  for (const day of days) await change(store, { role: "a", at: new Date(day), runId: "run" });
  const all = await Array.fromAsync(
    journalBetween(store, "repo", new Date(days[0]!), new Date(days[2]!)),
  );
  assert.deepEqual(all.map(({ intended_at }) => intended_at), days);
});

for (const days of [1, 400]) {
  Deno.test(`the entries of a target, and of a run, are as many rows after ${days} days`, async () => {
    const { time, store } = storeAt(START);
    for (let day = 0; day < days; day++) {
      time.atMs = START + day * DAY_MS;
      for (let role = 0; role < 3; role++) {
        await change(store, { role: `r-${role}`, at: time.now(), runId: `run-${day}` });
      }
    }
    for (const later of [1, 2]) {
      await change(store, { role: "asked", at: new Date(time.atMs + later), runId: "last" });
    }
    const { store: read, costs } = measured(store);
    const target = roleArn("asked");
    const found = await journalOfTarget(read, "repo", { account: ACCOUNT, target });
    assert.deepEqual([found.length, costs().readRows], [2, 4]);
    const ofRun = await journalOfRun(read, "repo", "last");
    assert.deepEqual([idsOf(ofRun), costs().readRows], [idsOf(found), 8]);
  });
}

Deno.test("an entry is over after the retention, one without an outcome never", async () => {
  const { time, store } = storeAt(START);
  const done = await change(store, { role: "done", at: time.now(), runId: "run" });
  const open = await change(store, { role: "open", at: time.now(), runId: "run", outcome: null });
  const all = () =>
    Array.fromAsync(journalBetween(store, "repo", new Date(START), new Date(START)));
  time.atMs += 400 * DAY_MS - 1;
  assert.deepEqual(idsOf(await all()), idsOf([done, open]));
  time.atMs += 1;
  assert.deepEqual(idsOf(await all()), idsOf([open]));
  assert.deepEqual((await openIntents(store, "repo")).map(({ entry }) => entry), [open]);
  assert.deepEqual(
    await journalOfTarget(store, "repo", { account: ACCOUNT, target: roleArn("done") }),
    [],
  );
});
