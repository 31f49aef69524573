import assert from "assert";
import { deployedJobs } from "../../infra/configuration.ts";
import { reportsNeeds } from "../../reports/needs.ts";
import { reportsSchema } from "../../runners/core/config/reports.ts";

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
