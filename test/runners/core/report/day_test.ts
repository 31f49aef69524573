import assert from "assert";
import { MemoryStore } from "../../../../runners/adapters/memory/memory_store.ts";
import { type JournalEntry, type Outcome } from "../../../../runners/core/journal/entry.ts";
import {
  intentWrites,
  journalIdOf,
  outcomeWrites,
} from "../../../../runners/core/journal/journal.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import type { JobEntry } from "../../../../runners/core/program.ts";
import { type Day, type DayRun, readDay } from "../../../../runners/core/report/day.ts";
import type { Stored } from "../../../../runners/core/report/stored.ts";
import { refusedRows } from "../../../../runners/core/run/end/refused_changes.ts";
import { changeOf } from "../run/scripted_job.ts";

const DAY = "2026-11-30";
const NOW = new Date("2026-12-01T06:00:00Z");
const A = "111111111111";
const B = "222222222222";

function targetOf(thing: string, account = A): string {
  return `arn:aws:thing:east:${account}:thing/${thing}`;
}

/** A job that knows of the store what a test says. */
function jobOf(name: string, stored: Partial<Stored> = {}): JobEntry {
  const known: Stored = {
    upcoming: () => Promise.resolve([]),
    owners: () => Promise.resolve(new Map()),
    doneBy: ({ action }) => action === "thing:Polish" ? null : "cleaned",
    ending: () => Promise.resolve([]),
    ...stored,
  };
  return { name, stored: () => Promise.resolve(known) } as Partial<JobEntry> as JobEntry;
}

async function addRun(
  store: MemoryStore,
  run_id: string,
  slot: string,
  { summary = {}, finished = slot, verb = "apply", job = "scripted" }: {
    readonly summary?: JsonObject;
    readonly finished?: string | null;
    readonly verb?: string;
    readonly job?: string;
  } = {},
): Promise<void> {
  const value = { run_id, job, verb, slot, started: slot, finished, exit_code: 0, summary };
  await store.write([{ kind: `${job}/run`, id: run_id, value }]);
}

async function addEntry(
  store: MemoryStore,
  run_id: string,
  thing: string,
  {
    outcome = "done",
    at = `${DAY}T03:00:00.000Z`,
    endedAt = at,
    account = A,
    action = "thing:Clean",
  }: {
    readonly outcome?: Outcome | null;
    readonly at?: string;
    readonly endedAt?: string;
    readonly account?: string;
    readonly action?: string;
  } = {},
): Promise<void> {
  const entry: JournalEntry = {
    ...{ run_id, plan_id: "p", change_id: thing, job: "scripted", account, region: "east", action },
    ...{ target: targetOf(thing, account), reason: "it is dirty", before: {}, after: {} },
    ...{ principal: "arn:x", aws_request_id: null, tool_version: "0", intended_at: at },
    ...{ outcome: null, finished_at: null, error: null },
  };
  await store.write(intentWrites(entry));
  if (outcome === null) return;
  const finished_at = outcome === "pending" ? null : endedAt;
  const ended = { ...entry, outcome, finished_at };
  await store.write(outcomeWrites({ entry, journalId: journalIdOf(entry) }, ended));
}

function read(
  store: MemoryStore,
  jobs: readonly JobEntry[] = [jobOf("scripted")],
  accounts: readonly string[] = [],
): Promise<Day> {
  return readDay(store, jobs, { day: DAY, now: NOW, configOf: () => ({}), accounts });
}

const things = (entries: readonly { readonly target: string }[]) =>
  entries.map(({ target }) => target.split("/")[1]).sort();

Deno.test("a day has the runs of its slots, from the first instant to the last, however late they ran", async () => {
  const store = new MemoryStore();
  for (
    const [name, slot] of [
      ["before", "2026-11-29T23:59:59.999Z"],
      ["first", "2026-11-30T00:00:00.000Z"],
      ["last", "2026-11-30T23:59:59.999Z"],
      ["after", "2026-12-01T00:00:00.000Z"],
    ] as const
  ) {
    await addRun(store, name, slot);
    // Announced on another day than the slot: a late run.
    await addEntry(store, name, name, { at: "2026-12-01T02:00:00.000Z" });
  }
  const [job] = (await read(store)).jobs;
  assert.deepEqual(job?.runs.map(({ run_id }) => run_id), ["first", "last"]);
  assert.deepEqual(things(job?.entries ?? []), ["first", "last"]);
});

Deno.test("what nobody needs to be told of is left out; a job that says nothing has the words of AWS", async () => {
  const store = new MemoryStore();
  await addRun(store, "run", `${DAY}T03:00:00.000Z`);
  await addEntry(store, "run", "a");
  await addEntry(store, "run", "b", { action: "thing:Polish" });
  const [known] = (await read(store)).jobs;
  assert.deepEqual(known?.entries.map(({ did }) => did), ["cleaned"]);
  const silent = { name: "scripted" } as Partial<JobEntry> as JobEntry;
  const [plain] = (await read(store, [silent])).jobs;
  assert.deepEqual(plain?.entries.map(({ did }) => did).sort(), ["thing:Clean", "thing:Polish"]);
});

Deno.test("a change of an earlier run is told on the day on which its outcome became known", async () => {
  const store = new MemoryStore();
  const at = "2026-11-28T03:00:00.000Z";
  await addRun(store, "pending", at, { summary: { outcomes: { pending: 2 } } });
  await addEntry(store, "pending", "ended", { at, endedAt: `${DAY}T04:00:00.000Z` });
  await addEntry(store, "pending", "still", { at, outcome: "pending" });
  await addEntry(store, "pending", "at-once", { at });
  await addRun(store, "died", at, { finished: `${DAY}T05:00:00.000Z`, summary: { died: true } });
  await addEntry(store, "died", "settled", {
    at,
    outcome: "unknown",
    endedAt: `${DAY}T04:59:00.000Z`,
  });
  // The mail of the run's own day may have been sent before the run came to it.
  await addRun(store, "late", "2026-11-29T23:50:00.000Z", {
    finished: `${DAY}T00:10:00.000Z`,
    summary: { outcomes: { pending: 1 } },
  });
  await addEntry(store, "late", "own", { at, endedAt: `${DAY}T00:05:00.000Z` });
  await addEntry(store, "late", "later", { at, endedAt: `${DAY}T00:11:00.000Z` });
  // It stands for an earlier slot, and ran when the mail of that slot's day had long been sent.
  await addRun(store, "retried", at, { finished: `${DAY}T09:00:00.000Z` });
  await addEntry(store, "retried", "days-late", { at, endedAt: `${DAY}T08:59:00.000Z` });
  await addEntry(store, "retried", "in-time", { at, endedAt: "2026-11-29T23:59:59.999Z" });
  const [job] = (await read(store)).jobs;
  assert.deepEqual(things(job?.ended ?? []), ["days-late", "ended", "later", "own", "settled"]);
  assert.deepEqual(job?.entries, []);
});

Deno.test("a job is missing that has applied in the week before and has no run; one that only reported is not", async () => {
  const store = new MemoryStore();
  await addRun(store, "a", "2026-11-24T03:00:00.000Z", { job: "applied" });
  await addRun(store, "b", "2026-11-29T03:00:00.000Z", { job: "reported", verb: "report" });
  await addRun(store, "c", "2026-11-22T03:00:00.000Z", { job: "long-ago" });
  await addRun(store, "d", "2026-11-29T03:00:00.000Z", { job: "ran" });
  await addRun(store, "e", `${DAY}T03:00:00.000Z`, { job: "ran", verb: "report" });
  const { jobs } = await read(
    store,
    ["applied", "reported", "long-ago", "ran"].map((one) => jobOf(one)),
  );
  assert.deepEqual(jobs.map(({ isMissing }) => isMissing), [true, false, false, false]);
});

Deno.test("what a run was refused is read with its limit, and a summary of an older version has less", async () => {
  const store = new MemoryStore();
  const refused = { limit: "limits.perRun.count", value: 1, would: 3, reserved: 0, scope: null };
  await addRun(store, "new", `${DAY}T03:00:00.000Z`, {
    summary: { refused, refused_changes: 3, coverage: { planned: 2, proven: 2 } },
  });
  await addRun(store, "old", `${DAY}T04:00:00.000Z`, { summary: { refused, coverage: "2 of 2" } });
  const changes = ["a", "b"].map((thing) => changeOf(`${A}/east/${thing}`, "dirty", NOW));
  await store.writeEach(refusedRows("scripted", "new", changes));
  const [run, old] = (await read(store)).jobs[0]!.runs as [DayRun, DayRun];
  assert.deepEqual(run.refused, refused);
  assert.deepEqual([things(run.refusedChanges), run.refusedTotal], [["a", "b"], 3]);
  assert.deepEqual(run.coverage, { planned: 2, proven: 2, empty: 0 });
  // It may have been a report, which makes no changes.
  assert.deepEqual([old.refused, old.coverage, old.refusedChanges], [null, null, []]);
});

Deno.test("every job is asked for the owners of what any job has changed; the first that knows one says it", async () => {
  const store = new MemoryStore();
  await addRun(store, "run", `${DAY}T03:00:00.000Z`);
  await addEntry(store, "run", "a");
  await addEntry(store, "run", "b");
  const knows = (name: string, ...known: string[]): Partial<Stored> => ({
    owners: (_store, targets) => {
      const own = known.map((thing) => targetOf(thing)).filter((one) => targets.has(one));
      return Promise.resolve(new Map(own.map((target) => [target, { name, source: "tag" }])));
    },
  });
  const { owners } = await read(store, [
    jobOf("audit", knows("alice", "a", "other")),
    jobOf("scripted", knows("bob", "a", "b")),
  ]);
  assert.deepEqual([...owners].map(([target, { name }]) => [target, name]), [
    [targetOf("a"), "alice"],
    [targetOf("b"), "bob"],
  ]);
});

Deno.test("--account leaves out what is of other accounts, in each section", async () => {
  const store = new MemoryStore();
  const unproven = {
    total: 2,
    places: [A, B].map((account) => ({ account, region: "east", reason: "x", detail: "y" })),
  };
  await addRun(store, "run", `${DAY}T03:00:00.000Z`, { summary: { unproven, refused_changes: 2 } });
  await store.writeEach(
    refusedRows("scripted", "run", [A, B].map((id) => changeOf(`${id}/east/r`, "dirty", NOW))),
  );
  await addEntry(store, "run", "a");
  await addEntry(store, "run", "b", { account: B });
  const next = (account: string) => ({
    ...{ at: NOW.toISOString(), account, region: "east", action: "thing:Clean", name: null },
    ...{ target: targetOf("n", account), text: "to be cleaned" },
  });
  const ends = (account: string) => (
    { at: NOW.toISOString(), targets: [targetOf("e", account)], text: "ends" }
  );
  const [job] = (await read(store, [
    jobOf("scripted", {
      upcoming: () => Promise.resolve([A, B].map(next)),
      ending: () => Promise.resolve([A, B].map(ends)),
    }),
  ], [A])).jobs;
  const accounts = [
    ...[job!.entries, job!.upcoming, job!.runs[0]!.refusedChanges, job!.runs[0]!.unproven.places]
      .flatMap((all) => all.map(({ account }) => account)),
    ...job!.endings.map(({ targets: [target] }) => target!.split(":")[4]),
  ];
  assert.deepEqual(accounts, [A, A, A, A, A]);
});
