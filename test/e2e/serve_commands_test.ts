import assert from "assert";
import { messageRows } from "../../runners/core/queue/message_rows.ts";
import { exitCodeOfServing } from "../../runners/core/queue/serve_queues.ts";
import { type Clock, systemClock } from "../../runners/core/clock.ts";
import type { Commands } from "../../runners/repo/serve/repo_handler.ts";
import { failWith, once } from "../aws/faults.ts";
import { NOTHING_SERVED as NOTHING } from "../runners/core/queue/scripted_queue.ts";
import { type ServeWorld, withServeWorld } from "./serve_world.ts";

const rejectedIn = async (
  { store }: ServeWorld,
) => [...(await messageRows("repo").rejected.read(store)).values()];

/** A test in a fresh world; the SDK's sockets outlive it for a moment. */
function serveTest(name: string, work: (world: ServeWorld) => Promise<void>): void {
  Deno.test({
    name,
    sanitizeResources: false,
    sanitizeOps: false,
    fn: () => withServeWorld(work),
  });
}

const OPT_OUT = { command: "opt_out", requestor: "alice", reason: "quarterly job" };
const ROLLBACK = { command: "rollback_role", selection: "2" };
const LIST = { command: "list_repoable_services", respond_user: "carol" };

serveTest("messages among which some are poison are answered, each by itself", async (world) => {
  await world.send("{", "bot");
  await world.send(LIST, "stranger");
  await world.send({ ...ROLLBACK, selection: "x" }, "bot");
  await world.send({ command: "reboot", respond_user: "mallory" }, "stranger");
  await world.send(ROLLBACK, "bot");
  assert.deepEqual(await world.serve(), { ...NOTHING, handled: 2, rejected: 3 });
  assert.deepEqual(world.asked.toSorted(), [
    "list checkout-api ",
    `rollback checkout-api 2 ${world.bot}`,
  ]);
  const answers = await world.answers();
  assert.deepEqual(answers.map(({ message, channel, title }) => [message, channel, title]).sort(), [
    ["@carol did list", "#security", "Repokid Success"],
    [
      '@mallory The message cannot be read: "reboot" is no command. There are ' +
      "list_repoable_services, list_role_rollbacks, opt_out, remove_opt_out, rollback_role",
      "#security",
      "Repokid Failure",
    ],
    [
      'The message cannot be read: selection must be the number of a version, not "x"',
      "#security",
      "Repokid Failure",
    ],
    ["did rollback", "#security", "Repokid Success"],
  ]);
  assert.equal(await world.waiting(), 0);
  const rejected = await rejectedIn(world);
  assert.deepEqual(rejected.map(({ reason }) => reason).sort(), [
    "not-a-command",
    "not-a-command",
    "not-json",
  ]);
  assert.ok(!JSON.stringify(rejected).includes("mallory"));
});

serveTest("what SQS says of the sender decides, not what the message claims", async (world) => {
  for (const sender of ["stranger", "root"] as const) {
    for (const content of [OPT_OUT, ROLLBACK, { command: "remove_opt_out" }]) {
      await world.send({ ...content, requestor: world.bot }, sender);
    }
  }
  assert.deepEqual(await world.serve(), { ...NOTHING, rejected: 6 });
  assert.deepEqual(world.asked, []);
  const answers = await world.answers();
  assert.equal(answers.length, 6);
  for (const { message, title } of answers) {
    assert.match(
      message,
      /^\w+ is refused: the sender, (AROA\w+|\d{12}), is none of the roles in /,
    );
    assert.equal(title, "Repokid Failure");
  }
  // A session is named after a person: it is stored, to judge the message by it again, and not told.
  assert.ok(!JSON.stringify(answers).includes("example.com"));
  const rejected = await rejectedIn(world);
  assert.deepEqual(rejected.map(({ left_out, cut }) => left_out || cut), Array(6).fill(false));

  for (const content of [OPT_OUT, ROLLBACK, { command: "remove_opt_out" }]) {
    await world.send(content, "bot");
  }
  assert.deepEqual(await world.serve(), { ...NOTHING, handled: 3 });
  assert.deepEqual(world.asked.toSorted(), [
    `opt-out checkout-api alice quarterly job ${world.bot}`,
    `remove checkout-api ${world.bot}`,
    `rollback checkout-api 2 ${world.bot}`,
  ]);
});

serveTest("a requestor that cannot be read is not trusted, and that is said", async (world) => {
  world.aws.proxy.onCall(failWith({ action: "iam:GetRole" }, "AccessDenied"));
  await world.send(ROLLBACK, "bot");
  await world.send(LIST, "bot");
  assert.deepEqual(await world.serve(), { ...NOTHING, handled: 1, rejected: 1 });
  assert.deepEqual(world.asked, ["list checkout-api "]);
  assert.ok(
    world.said.some((event) =>
      event.startsWith(
        `The role ${world.bot} of repo.serve.requestors is not trusted, since its ID cannot be ` +
          "read: AccessDenied",
      )
    ),
    world.said.join("\n"),
  );
});

serveTest("a requestor that has another path than the one listed is not trusted", async (world) => {
  await world.send(ROLLBACK, "bot");
  const requestors = [world.bot.replace("/chat/", "/")];
  const served = await world.serve({ config: { ...world.config, requestors } });
  assert.deepEqual(served, { ...NOTHING, rejected: 1 });
  assert.match(world.said.join("\n"), /IAM knows the role "bot" as arn:.*\/chat\/bot, not as arn:/);
});

serveTest("a message that is not deleted comes back, and is not done twice", async (world) => {
  await world.send(ROLLBACK, "bot");
  await world.send(LIST, "bot");
  let receipt = "";
  const restore = world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === "sqs:ReceiveMessage",
    rewrite: (body) => {
      const answer = JSON.parse(body) as { Messages?: { Body: string; ReceiptHandle: string }[] };
      const message = answer.Messages?.find(({ Body }) => Body.includes("rollback_role"));
      if (!message) return body;
      receipt = message.ReceiptHandle;
      message.ReceiptHandle = "stale";
      return JSON.stringify(answer);
    },
  });
  const first = await world.serve();
  assert.deepEqual([first.handled, first.undeleted, exitCodeOfServing(first)], [2, 1, 3]);
  assert.equal(await world.waiting(), 1);
  restore();
  await world.release(receipt);
  assert.deepEqual(await world.serve(), { ...NOTHING, duplicate: 1 });
  assert.equal(world.asked.length, 2);
  assert.equal((await world.answers()).length, 2);
  assert.equal(await world.waiting(), 0);
});

serveTest("an answer that was lost on its way is sent at the next delivery", async (world) => {
  await world.send(ROLLBACK, "bot");
  const receipts: string[] = [];
  world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === "sqs:ReceiveMessage",
    rewrite: (body) => {
      const { Messages = [] } = JSON.parse(body) as { Messages?: { ReceiptHandle: string }[] };
      receipts.push(...Messages.map(({ ReceiptHandle }) => ReceiptHandle));
      return body;
    },
  });
  world.aws.proxy.onCall(once({ action: "sns:Publish" }, {
    kind: "error",
    code: "AuthorizationError",
    status: 403,
  }));
  assert.deepEqual(await world.serve(), { ...NOTHING, left: 1 });
  await world.release(receipts[0]!);
  assert.deepEqual(await world.serve(), { ...NOTHING, duplicate: 1 });
  assert.equal(world.asked.length, 1);
  assert.deepEqual((await world.answers()).map(({ message }) => message), ["did rollback"]);
  assert.equal(await world.waiting(), 0);
});

serveTest("a signal finishes the message in hand and leaves the others", async (world) => {
  for (let count = 0; count < 3; count++) await world.send(LIST, "stranger");
  const stop = new AbortController();
  world.aws.proxy.onCall(({ action }) => {
    if (action === "sns:Publish") stop.abort();
    return undefined;
  });
  const served = await world.serve({ signal: stop.signal, once: false });
  assert.ok(served.stopped && served.handled === 1, JSON.stringify(served));
  assert.equal(exitCodeOfServing(served), 3);
  assert.equal(world.asked.length, 1);
  assert.equal((await world.answers()).length, 1);
  assert.equal(await world.waiting(), 2);
});

serveTest("a command that takes long is kept from others until it is done", async (world) => {
  await world.send(ROLLBACK, "bot");
  const kept = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  world.aws.proxy.onCall(({ action }) =>
    action === "sqs:ChangeMessageVisibilityBatch"
      ? { kind: "delay", ms: 0, afterEffect: () => kept.resolve() }
      : undefined
  );
  const clock: Clock = {
    ...systemClock,
    // Half of the time is over as soon as the command is in hand.
    wait: (ms, signal) => ms === 150_000 ? begun.promise : systemClock.wait(ms, signal),
  };
  const commands: Commands = {
    ...world.commands,
    rollback: async (...asked) => {
      begun.resolve();
      await kept.promise;
      return await world.commands.rollback(...asked);
    },
  };
  assert.deepEqual(await world.serve({ clock, commands }), { ...NOTHING, handled: 1 });
  const [call] = world.aws.proxy.calls.filter(({ action }) => /Visibility/.test(action));
  assert.match(JSON.stringify(call?.parameters), /VisibilityTimeout.*300/);
  assert.ok(!world.said.some((event) => /may be given to others/.test(event)), world.said.join());
});

serveTest("a signal cuts a long poll at once", async (world) => {
  const stop = new AbortController();
  world.aws.proxy.onCall(({ action }) => {
    if (action === "sqs:ReceiveMessage") setTimeout(() => stop.abort());
    return undefined;
  });
  const served = await world.serve({ signal: stop.signal, once: false });
  assert.deepEqual(served, { ...NOTHING, stopped: true });
});

serveTest("a queue that does not exist is an error with what to do", async (world) => {
  const queueUrl = `${world.config.queueUrl}-gone`;
  await assert.rejects(world.serve({ config: { ...world.config, queueUrl } }), {
    message:
      /^Cannot receive from the queue ".*-gone": .*QueueDoesNotExist: .*version\. Check that it exists/,
  });
});

serveTest("the calls are those that the roles declare", async (world) => {
  await world.send(ROLLBACK, "bot");
  world.aws.proxy.clearCalls();
  await world.serve();
  assert.deepEqual([...new Set(world.aws.proxy.calls.map(({ action }) => action))].sort(), [
    "iam:GetRole",
    "sns:Publish",
    "sqs:DeleteMessageBatch",
    "sqs:ReceiveMessage",
    "sts:AssumeRole",
    "sts:GetCallerIdentity",
  ]);
});
