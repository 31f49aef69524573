import assert from "assert";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import "../aws/start_shared_both.ts";
import { halfUsed, type RepoWorld, repoWorld } from "./repo_world.ts";
import { assume, queueClient, received, ROLE, seedServing } from "./serve_world.ts";

/** An organization whose program serves a queue that a chat bot's role sends to. */
async function servedWorld() {
  const world = await repoWorld({
    roles: [halfUsed("checkout-api")],
    proxy: { services: { ministack: true } },
  });
  const [account = ""] = world.accounts;
  const seeded = await seedServing(world.aws.endpoint, account, account);
  const { queueUrl, topicArn, bot, stranger } = seeded;
  world.configure({ serve: { queueUrl, topicArn, requestors: [bot] } });
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

Deno.test("without a queue in the configuration there is nothing to serve", async () => {
  await using world = await repoWorld({ roles: [] });
  const { code, said } = await world.run("repo serve --once");
  assert.equal(code, 2);
  assert.match(said, /repo\.serve names no queue/);
});
