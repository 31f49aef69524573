import assert from "assert";
import { CreateTagsCommand, DeleteTagsCommand } from "@aws-sdk/client-ec2";
import { ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import type { JsonObject } from "../../runners/core/json.ts";
import type { RunNeed } from "../../runners/core/needs/needs.ts";
import { JOBS } from "../../runners/jobs.ts";
import "../aws/start_shared_both.ts";
import { SCENES } from "../jobs/scene.ts";
import { wholeWorld } from "../jobs/repo_scene.ts";
import { CANARY, groupsOf } from "./audit_world.ts";
import { startedSession } from "./dirty_messages.ts";
import { type DirtyWorld, dirtyWorld, type Where } from "./dirty_world.ts";
import { ladderWorld } from "./ladder_world.ts";
import { queueClient } from "./serve_world.ts";
import { kindsIn, tableStore } from "./store_table.ts";
import { jsonOf, type World } from "./world.ts";

type Settings = Record<string, unknown> | undefined;

/** A world of a job, and its verbs in the order in which they are run, each with what comes before. */
type Life = {
  readonly world: World;
  readonly steps: readonly (readonly [command: string, before?: () => Promise<void> | void])[];
};

const LIVES: { readonly [job: string]: (store: Settings) => Promise<Life> } = {
  async audit(store) {
    const world = await ladderWorld({
      groups: groupsOf(20, 3),
      audit: { canary: CANARY },
      proxy: { services: { ministack: true } },
      ...(store ? { store } : {}),
    });
    const later = (days: number) => () => world.setDay(days);
    return {
      world,
      steps: [
        ["audit plan"],
        ["audit canary plan"],
        ["audit canary apply --yes"],
        ["audit report"],
        ["audit plan --out out"],
        ["audit apply --yes --max-changes 0"],
        ["audit apply --yes --plan out/audit-plan.json"],
        ["audit plan", later(1)],
        ["audit apply --yes", later(3.1)],
        [`audit explain ${world.ids("batch-0")[0]}`],
        ["audit apply --yes", later(14.2)],
        ["audit history"],
        ["changes"],
        ["changes --since 2020-01-01"],
      ],
    };
  },
  async dirty(store) {
    const world = await dirtyWorld(store ? { store } : {});
    const [web, db, api] = world.instances() as [Where, Where, Where];
    const login = async () => {
      await world.send(await world.proven(web, world.login(web)), web);
      await world.send(world.login(db, { event: "hello" }), db);
      await world.send(world.login(db), api);
      await world.send(sentCommand(api), "root", world.eventsQueueUrl);
    };
    const tag = (Value: string) =>
      new CreateTagsCommand({ Resources: [api.id], Tags: [{ Key: "dirty", Value }] });
    const untag = new DeleteTagsCommand({ Resources: [web.id], Tags: [{ Key: "dirty" }] });
    return {
      world,
      steps: [
        ["dirty serve --once", login],
        ["dirty serve --once", async () => {
          await world.send(world.login(db), db);
          await deliver(world);
        }],
        ["dirty list"],
        [`dirty show ${web.id}`],
        ["dirty report"],
        [`dirty explain ${web.id}`],
        ["dirty verify", () => world.byHand(async (ec2) => void await ec2.send(tag("by hand")))],
        ["dirty plan --out out", () => world.byHand(async (ec2) => void await ec2.send(untag))],
        ["dirty apply --yes --plan out/dirty-plan.json"],
        [`dirty clear ${web.id} --reason rebuilt --yes`],
        ["dirty rejected"],
        ["dirty history"],
        ["changes"],
      ],
    };
  },
  async repo(store) {
    const { world, send } = await wholeWorld("tag", {}, store);
    const [role, other] = [world.arn("app-0"), world.arn("app-1")];
    const restore = { role_name: "app-1", command: "rollback_role", selection: 1 };
    const config = JSON.stringify({ filter_config: {}, active_filters: [] });
    return {
      world,
      steps: [
        ["repo refresh"],
        ["repo roles"],
        [`repo role ${role}`],
        ["repo find sns:Publish"],
        ["repo plan"],
        ["repo plan --from-store"],
        ["repo report"],
        [`repo explain ${role} sns:Publish`],
        [`repo schedule --role ${role}`],
        ["repo schedule --list"],
        ["repo plan --scheduled"],
        [`repo opt-out ${other} --owner alice --reason jobs --until 2099-01-01`],
        [`repo opt-out ${other} --remove`],
        ["repo plan --out out"],
        ["repo apply --yes --max-changes 0"],
        ["repo apply --yes --plan out/repo-plan.json"],
        [`repo versions ${role}`],
        ["repo stats"],
        ["repo access export"],
        [`repo apply --yes --restore 1 --role ${role}`],
        [`repo apply --yes --remove sns:Publish --role ${role}`],
        ["repo import-table repokid_roles"],
        [
          "repo import-config repokid.json",
          () => Deno.writeTextFile(`${world.directory}/repokid.json`, config),
        ],
        // The third delivery makes it a suspect.
        ["repo serve --once", () => send(restore, 2)],
        ["repo serve --once", () => send({ command: "reboot" })],
        ["repo rejected"],
        ["repo history"],
        [`changes --target ${role}`],
        ["changes"],
      ],
    };
  },
};

/** What EventBridge sends when somebody has sent an SSM command to an instance. */
function sentCommand(where: Where): JsonObject {
  return startedSession(where, {
    eventName: "SendCommand",
    requestParameters: { instanceIds: [where.id], documentName: "AWS-RunShellScript" },
    responseElements: { command: { commandId: crypto.randomUUID() } },
  });
}

/** Delivers what is in the queue so often that it is a suspect. */
async function deliver({ aws: { endpoint }, accounts, queueUrl }: DirtyWorld): Promise<void> {
  const sqs = queueClient(endpoint, accounts[0]!);
  const command = new ReceiveMessageCommand({ QueueUrl: queueUrl, VisibilityTimeout: 0 });
  for (const _time of [1, 2]) await sqs.send(command);
  sqs.destroy();
}

/**
 * What these verbs do not touch: what is written only after the store has failed
 * (test/runners/core/queue/serve_queues_test.ts), and only with Elasticsearch (test/e2e/reports_test.ts),
 * and what is kept of a refused run: no limit refuses the tags of `dirty`.
 */
const ELSEWHERE = /^\w+\/(store-check|publication)$|^dirty\/refused-change$/;

const VERBS_OF_ALL = ["plan", "report", "apply", "explain", "history"];

for (const [job, live] of Object.entries(LIVES)) {
  const runs = Object.values(SCENES.find(([name]) => name === job)![1].needs.runs);

  Deno.test({
    name: `every verb of ${job} says with a table what it says with a file, and keeps to its rows`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const store = tableStore();
      const [inFile, inTable] = [await live(undefined), await live(store)];
      await using file = inFile.world;
      await using table = inTable.world;
      const used: Used[] = [];
      for (const [index, [command, before]] of inTable.steps.entries()) {
        const [expectedCommand, beforeExpected] = inFile.steps[index]!;
        await beforeExpected?.();
        const expected = await told(file, expectedCommand);
        table.aws.proxy.clearCalls();
        await before?.();
        assert.deepEqual(await told(table, command), expected, command);
        const run = runs.find(({ verbs }) => verbs.some((verb) => isOf(command, `${job} ${verb}`)));
        if (run) used.push({ command, run, kinds: kindsIn(table.aws.proxy.calls, store.table) });
      }
      assert.deepEqual(used.flatMap(beyond), []);
      assert.deepEqual(untouched(runs, used).filter((kind) => !ELSEWHERE.test(kind)), []);
      const { verbs = [] } = JOBS.find(({ name }) => name === job)!;
      for (const verb of [...VERBS_OF_ALL, ...verbs.map(({ name }) => name)]) {
        assert.ok(
          used.some(({ command }) => isOf(command, `${job} ${verb}`)),
          `${verb} was not run`,
        );
      }
    },
  });
}

/** A command, the kind of run that it is, and the rows that it has touched. */
type Used = {
  readonly command: string;
  readonly run: RunNeed;
  readonly kinds: ReturnType<typeof kindsIn>;
};

const isOf = (command: string, start: string) =>
  command === start || command.startsWith(`${start} `);

/** What a command has read or written that its kind of run does not name. */
function beyond({ command, run: { rows }, kinds }: Used): string[] {
  // What may be written may be looked at before.
  const read = kinds.reads.filter((kind) => ![...rows.reads, ...rows.writes].includes(kind));
  const written = kinds.writes.filter((kind) => !rows.writes.includes(kind));
  return [
    ...read.map((kind) => `${command} reads ${kind}`),
    ...written.map((kind) => `${command} writes ${kind}`),
  ];
}

/** The kinds of rows that a run may name and none of the commands has touched. */
function untouched(runs: readonly RunNeed[], used: readonly Used[]): string[] {
  const touched = new Set(used.flatMap(({ kinds }) => [...kinds.reads, ...kinds.writes]));
  return [...new Set(runs.flatMap(({ rows }) => [...rows.reads, ...rows.writes]).sort())]
    .filter((kind) => !touched.has(kind));
}

/** What a command answers: its exit code, and its document without what is new in each world. */
async function told(world: World, command: string) {
  const ran = await world.run(`${command} --json`);
  return { code: ran.code, document: plain(world, jsonOf(command, ran)) };
}

/** What differs between two equal worlds, and what stands in its place. */
const NEW: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "an instant"],
  [/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "a run"],
  [/\bsha256:[0-9a-f]{64}\b/g, "a hash"],
  [/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "a request"],
  [/\b(i|vol|eni|ami|snap|subnet|vpc)-[0-9a-f]{8,17}\b/g, "$1"],
  [/\b(AROA|ANPA)[A-Z0-9]{8,}\b/g, "$1"],
  [/\brepokid_roles_[0-9a-f]{8}\b/g, "a table"],
  [/\b(\d+ seconds?|less than a second) ago\b/g, "just now"],
  [/\bgk1:\d+:/g, "gk1:then:"],
  [/\bblocklist-a request\b/g, "a bucket"],
];

/** Members that are hashes of such things, or count the time since the seed. */
const DERIVED = new Set([
  "age",
  "age_minutes",
  "aws_request_id",
  "change_id",
  "config_hash",
  "id",
  "lastAuthenticated",
  "lastUpdated",
  "plan_id",
]);

function plain(world: World, value: unknown): unknown {
  if (typeof value === "string") return plainText(world, value);
  if (Array.isArray(value)) {
    // They are sorted by IDs that are new in each world.
    return value.map((one) => plain(world, one))
      .sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => !DERIVED.has(name))
      .map(([name, member]) => [plainText(world, name), plain(world, member)]),
  );
}

function plainText({ accounts, directory }: World, text: string): string {
  const places = [...accounts.map((id, index) => [id, `account ${index}`]), [directory, "here"]];
  const known = places.reduce((text, [place, name]) => text.replaceAll(place!, name!), text);
  return NEW.reduce((text, [pattern, name]) => text.replaceAll(pattern, name), known);
}
