import assert from "assert";
import { deployedJobs } from "../../infra/configuration.ts";
import { reportsNeeds } from "../../reports/needs.ts";
import { MemoryStore } from "../../runners/adapters/memory/memory_store.ts";
import { checkConfig } from "../../runners/core/config/config.ts";
import { reportsSchema } from "../../runners/core/config/reports.ts";
import type { JobEntry } from "../../runners/core/program.ts";
import type { ReadStore } from "../../runners/core/store/store.ts";
import { JOBS } from "../../runners/jobs.ts";

const elasticsearch = { node: "https://es.example" };
const mail = { smtp: { host: "localhost" }, from: "a@example.com", fallback: "b@example.com" };

/** The kinds of rows that runs of the jobs write, by the job. */
const WRITTEN = new Map(
  (await deployedJobs()).map(({ name, needs }) => [
    name,
    new Set(Object.values(needs(undefined).runs).flatMap(({ rows }) => rows.writes)),
  ]),
);

const kindsOf = (config: object) => Object.keys(reportsNeeds(reportsSchema.parse(config)).runs);

Deno.test("the reports have the kinds of run that their servers need", () => {
  assert.deepEqual(kindsOf({}), []);
  assert.deepEqual(kindsOf({ mail }), ["digest"]);
  assert.deepEqual(kindsOf({ elasticsearch }), ["replay"]);
  assert.deepEqual(Object.keys(reportsNeeds().runs), ["digest", "replay"]);
  assert.deepEqual(
    Object.values(reportsNeeds().runs).flatMap(({ verbs }) => verbs),
    ["digest", "replay", "setup"],
  );
});

Deno.test("they assume no role, and reach nothing in AWS but the store", () => {
  const { homes, roles, queues, topics, marks } = reportsNeeds();
  assert.deepEqual(Object.keys(roles), ["home"]);
  for (const { permissions } of [roles.home, ...Object.values(homes)]) {
    assert.deepEqual(permissions, []);
  }
  assert.deepEqual([queues, topics, marks], [[], [], []]);
});

Deno.test("the digest tells of every job, and a replay sends the documents of every job", () => {
  const { digest, replay } = reportsNeeds().runs;
  const about = (kinds: readonly string[]) =>
    [...new Set(kinds.map((kind) => kind.split("/")[0]!))].filter((name) => name !== "reports");
  const jobs = [...WRITTEN.keys()];
  assert.deepEqual(about(digest!.rows.reads), jobs);
  assert.deepEqual(about(replay!.rows.reads), jobs);
  assert.deepEqual(digest!.rows.writes, ["reports/sent-mail"]);
  assert.deepEqual(replay!.rows.writes, jobs.map((job) => `${job}/publication`));
});

Deno.test("the rows of jobs that the reports name are rows that the jobs write", () => {
  const named = Object.values(reportsNeeds().runs)
    .flatMap(({ rows }) => [...rows.reads, ...rows.writes])
    .filter((kind) => !kind.startsWith("reports/"));
  const unknown = named.filter((kind) => !WRITTEN.get(kind.split("/")[0]!)?.has(kind));
  assert.deepEqual(unknown, []);
  for (const rows of Object.values(reportsNeeds().runs).map((run) => run.rows)) {
    for (const kinds of [rows.reads, rows.writes]) {
      assert.equal(new Set(kinds).size, kinds.length, "a kind stands there once");
    }
  }
});

const ACCOUNT = "111111111111";
const NOW = new Date("2026-11-30T06:00:00Z");

/** The settings of jobs by which all is asked that `stored` can tell. */
const SETTINGS = {
  version: 1,
  audit: {
    required: [{ key: "owner" }],
    enforce: { accounts: [ACCOUNT] },
    canary: { mode: "off" },
    exempt: [{
      match: { instanceId: "i-0123456789abcdef0" },
      reason: "vendor image",
      until: "2026-12-02",
    }],
  },
};

/** A store in which the account is known, that tells which kinds of rows are read. */
async function toldStore(): Promise<{ store: ReadStore; kinds: Set<string> }> {
  const rows = new MemoryStore();
  const at = NOW.toISOString();
  await rows.writeEach([
    { kind: "audit/account", id: ACCOUNT, value: { at } },
    { kind: "repo/account", id: ACCOUNT, value: { at, roles: {} } },
  ]);
  const kinds = new Set<string>();
  const told = (kind: string) => kinds.add(kind.split("#")[0]!);
  const store: ReadStore = {
    get: (kind, id) => (told(kind), rows.get(kind, id)),
    list: (kind, prefix) => (told(kind), rows.list(kind, prefix)),
    close: () => {},
  };
  return { store, kinds };
}

Deno.test("the digest may read what the jobs' stored rows are made of, and no other row of theirs", async () => {
  const config = checkConfig(JOBS, SETTINGS, "", NOW);
  const { store, kinds } = await toldStore();
  const later = new Date("2026-12-14T06:00:00Z");
  const arn = `arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-0123456789abcdef0`;
  const jobs: readonly JobEntry[] = JOBS;
  for (const job of jobs) {
    const stored = await job.stored!();
    await stored.upcoming(store, config[job.name], NOW, later);
    await stored.ending(store, config[job.name], NOW, later);
    await stored.owners(store, new Set([arn]));
  }
  const ofAll = ["run", "journal", "journal-by-run", "refused-change"];
  const named = reportsNeeds().runs["digest"]!.rows.reads
    .filter((kind) => !kind.startsWith("reports/") && !ofAll.includes(kind.split("/")[1]!));
  assert.deepEqual([...kinds].sort(), [...named].sort());
});
