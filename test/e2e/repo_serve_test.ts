import assert from "assert";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import type { RejectedRow } from "../../runners/core/queue/message_rows.ts";
import { always } from "../aws/faults.ts";
import "../aws/start_shared_both.ts";
import { halfUsed, type RepoWorld, repoWorld } from "./repo_world.ts";
import { assume, queueClient, received, ROLE, seedServing } from "./serve_world.ts";

/** An organization whose program serves a queue that a chat bot's role sends to. */
async function servedWorld(names = ["checkout-api"]) {
  const world = await repoWorld({
    roles: names.map((name) => halfUsed(name)),
    proxy: { services: { ministack: true } },
  });
  const [account = ""] = world.accounts;
  const seeded = await seedServing(world.aws.endpoint, account, account);
  const { queueUrl, topicArn, bot, stranger } = seeded;
  const listing = (who: "bot" | "stranger") =>
    world.configure({ serve: { queueUrl, topicArn, requestors: [seeded[who]] } });
  listing("bot");
  const send = async (content: object, role: string) => {
    const credentials = await assume(world.aws.endpoint, account, role);
    const sqs = queueClient(world.aws.endpoint, account, credentials);
    const MessageBody = JSON.stringify({ account, ...ROLE, ...content });
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody }));
    sqs.destroy();
  };
  return {
    world,
    account,
    listing,
    asBot: (content: object) => send(content, bot),
    asStranger: (content: object) => send(content, stranger),
    answers: async () => {
      const sqs = queueClient(world.aws.endpoint, account);
      const answers = await received(sqs, seeded.answersUrl);
      sqs.destroy();
      return answers.map(({ title, message }) => `${title}: ${message}`);
    },
  };
}

async function ran(world: RepoWorld, args: string, code: number): Promise<string> {
  const { stdout, said, ...end } = await world.run(args);
  assert.equal(end.code, code, said);
  return stdout;
}

Deno.test({
  name: "the bot's role restores a role by a message, a stranger's only lists",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { world, account, asBot, asStranger, answers } = await servedWorld();
    await using _world = world;
    const before = await world.policies("checkout-api");
    await ran(world, "repo apply --yes", 0);
    assert.notDeepEqual(await world.policies("checkout-api"), before);

    await asStranger({ command: "rollback_role", selection: 1 });
    await asStranger({ command: "list_role_rollbacks" });
    assert.equal(
      await ran(world, "repo serve --once", 0),
      "Messages: 1 handled, 1 rejected.\n",
    );
    const [refused = "", listed = ""] = (await answers()).sort();
    assert.match(refused, /^Repokid Failure: rollback_role is refused/);
    assert.match(listed, /^Repokid Success: .*checkout-api {3}2 versions/s);
    assert.notDeepEqual(await world.policies("checkout-api"), before);

    await asBot({ command: "rollback_role", selection: 1 });
    await asBot({ command: "rollback_role", selection: 9 });
    await ran(world, "repo serve --once", 0);
    assert.deepEqual(await world.policies("checkout-api"), before);
    const [failure = "", success = ""] = (await answers()).sort();
    assert.match(failure, /was not restored: It has the versions 1 to 3|was not restored: /);
    assert.match(success, /gives back 827 permissions\. It is done \(run 01/);

    await asBot({ command: "opt_out", requestor: "alice", reason: "quarterly job" });
    await ran(world, "repo serve --once", 0);
    assert.match((await answers()).join(), /^Repokid Success/);
    const explained = await ran(world, `repo explain ${account}/checkout-api`, 0);
    assert.match(explained, /alice has opted it out until/);
  },
});

Deno.test({
  name: "rollbacks of several roles are made at once, each with its own record",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const names = ["app-1", "app-2", "app-3", "app-4"];
    const { world, asBot, answers } = await servedWorld(names);
    await using _world = world;
    const policies = () => Promise.all(names.map((name) => world.policies(name)));
    const before = await policies();
    await ran(world, "repo apply --yes", 0);
    for (const role_name of names) {
      await asBot({ role_name, command: "rollback_role", selection: 1 });
    }
    assert.equal(await ran(world, "repo serve --once", 0), "Messages: 4 handled.\n");
    assert.deepEqual(await policies(), before);
    const said = (await answers()).map((answer) =>
      /^Repokid Success: \d+\/(app-\d): .*\(run (\w+)\)\.$/s.exec(answer)?.slice(1) ?? [answer]
    );
    assert.deepEqual(said.map(([name]) => name).sort(), names);
    assert.equal(new Set(said.map(([, run]) => run)).size, 4);
  },
});

Deno.test({
  name:
    "a rejected rollback of a stranger's is requeued and rejected again, until its role is listed",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: async () => {
    const { world, asStranger, answers, listing } = await servedWorld();
    await using _world = world;
    const before = await world.policies("checkout-api");
    await ran(world, "repo apply --yes", 0);
    assert.match(
      await ran(world, "repo rejected", 0),
      /has rejected no message in the last 30 days/,
    );

    // What the message claims is of no account: not when it arrives, and not later.
    await asStranger({ command: "rollback_role", selection: 1, requestor: "chat-bot" });
    await ran(world, "repo serve --once", 0);
    await answers();
    const list = async () =>
      JSON.parse(await ran(world, "repo rejected --json", 0)) as RejectedRow[];
    const [first] = await list();
    assert.deepEqual([first?.reason, JSON.parse(first!.body).requestor], [
      "sender-not-listed",
      "chat-bot",
    ]);
    assert.match(first!.sender!, /^AROA\w+:alice@example\.com$/);
    world.aws.proxy.clearCalls();
    await ran(world, `repo rejected --requeue ${first!.message_id}`, 0);
    await ran(world, `repo rejected --requeue ${first!.message_id}`, 2);
    assert.deepEqual(world.aws.proxy.calls, []);

    assert.equal(await ran(world, "repo serve --once", 0), "Messages: 1 rejected.\n");
    assert.match((await answers()).join(), /^Repokid Failure: rollback_role is refused/);
    assert.ok(world.aws.proxy.calls.every(({ action }) => action !== "sqs:SendMessage"));
    const [again, ...others] = await list();
    assert.deepEqual([{ ...again!, at: first!.at }, others], [first, []]);
    assert.ok(again!.at > first!.at);
    assert.notDeepEqual(await world.policies("checkout-api"), before);

    listing("stranger");
    await ran(world, `repo rejected --requeue ${first!.message_id}`, 0);
    assert.equal(await ran(world, "repo serve --once", 0), "Messages: 1 handled.\n");
    assert.match((await answers()).join(), /^Repokid Success: .*gives back 827 permissions/);
    assert.deepEqual(await world.policies("checkout-api"), before);
    assert.deepEqual(await list(), []);
  },
});

/** What a call of AWS's meets, and passes; by the action that it hinders. */
const PASSING: readonly (readonly [action: string, code: string])[] = [
  ["iam:PutRolePolicy", "ExpiredToken"],
  ["iam:GetAccountAuthorizationDetails", "ServiceUnavailable"],
];

for (const [action, code] of PASSING) {
  Deno.test({
    name: `a rollback that meets ${code} at ${action} stays in the queue, and nothing is answered`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async () => {
      const { world, asBot, answers } = await servedWorld();
      await using _world = world;
      await ran(world, "repo apply --yes", 0);
      const passes = world.aws.proxy.onCall(always({ action }, { kind: "error", code }));
      await asBot({ command: "rollback_role", selection: 1 });
      assert.equal(
        await ran(world, "repo serve --once", 3),
        "Messages: 1 left to be tried again.\n",
      );
      passes();
      assert.deepEqual(await answers(), []);
    },
  });
}

Deno.test("without a queue in the configuration there is nothing to serve", async () => {
  await using world = await repoWorld({ roles: [] });
  const { code, said } = await world.run("repo serve --once");
  assert.equal(code, 2);
  assert.match(said, /repo\.serve names no queue/);
});
