import assert from "assert";
import { UsageError } from "../../../../runners/core/errors.ts";
import { createLog } from "../../../../runners/core/log/log.ts";
import type { MessageOutcome } from "../../../../runners/core/queue/queue.ts";
import {
  type Answer,
  type Commands,
  repoHandler,
} from "../../../../runners/repo/serve/repo_handler.ts";
import { senderRoleId } from "../../../../runners/repo/serve/requestors.ts";
import { message } from "../../core/queue/scripted_queue.ts";

const LISTED = "AROALISTED000000000AA";
const ARN = "arn:aws:iam::111111111111:role/chat/bot";
const NOW = new Date("2026-11-20T23:30:00Z");

const GOOD = { account: "111111111111", role_name: "app", respond_channel: "#security" };

/** Commands that answer with how they were called. */
const echo: Commands = {
  listRepoableServices: (role) => said("listRepoableServices", role),
  listRollbacks: (role) => said("listRollbacks", role),
  optOut: (role, optOut) => said("optOut", role, optOut),
  removeOptOut: (role) => said("removeOptOut", role),
  rollback: (role, seq) => said("rollback", role, seq),
};

function said(...parts: unknown[]): Promise<string> {
  return Promise.resolve(JSON.stringify(parts));
}

function handler(
  commands: Partial<Commands> = {},
  { published = [], logged = [] }: { published?: unknown[]; logged?: string[] } = {},
) {
  return repoHandler({
    commands: { ...echo, ...commands },
    requestors: new Map([[LISTED, ARN]]),
    topic: { publish: (...answer) => Promise.resolve(void published.push(answer)) },
    optOutMs: 90 * 86_400_000,
    clock: { now: () => NOW },
    log: createLog({
      write: (line) => void logged.push(line),
      now: () => NOW,
      format: "json",
      level: "info",
    }),
  });
}

const signal = new AbortController().signal;

function handle(
  content: object,
  sender: string | null,
  commands: Partial<Commands> = {},
  logged: string[] = [],
) {
  const body = JSON.stringify({ ...GOOD, ...content });
  return handler(commands, { logged }).handle(message("m", { body, sender }), signal);
}

function answerIn(outcome: MessageOutcome): Answer {
  assert.ok(outcome.verdict !== "retry");
  return outcome.answer as unknown as Answer;
}

const CHANGING = [
  ["opt_out", { requestor: "alice", reason: "quarterly job" }],
  ["remove_opt_out", {}],
  ["rollback_role", { selection: "2" }],
] as const;

const SENDERS: readonly (readonly [who: string, sender: string | null])[] = [
  ["another role", "AROAOTHER0000000000AA:session"],
  ["another role whose session is named as the listed role", `AROAOTHER0000000000AA:${LISTED}`],
  ["a session named with the listed role in it", `AROAOTHER0000000000AA:${LISTED}:x`],
  ["a user", "AIDAUSER000000000000A"],
  ["a root user", "111111111111"],
  ["the listed role's ID without a session", LISTED],
  ["its ARN", ARN],
  ["its ID in lower case", `${LISTED.toLowerCase()}:session`],
  ["nobody that the queue names", null],
];

for (const [command, more] of CHANGING) {
  for (const [who, sender] of SENDERS) {
    Deno.test(`${command} by ${who} is refused and answered, whatever the message claims`, async () => {
      const content = { command, requestor: ARN, ...more, respond_user: "mallory" };
      const outcome = await handle(content, sender);
      assert.ok(outcome.verdict === "rejected", JSON.stringify(outcome));
      assert.equal(outcome.reason, "sender-not-listed");
      const answer = answerIn(outcome);
      assert.match(answer.message, new RegExp(`^@mallory ${command} is refused: the sender, `));
      assert.deepEqual([answer.title, answer.channel], ["Repokid Failure", "#security"]);
    });
  }
}

for (const sender of [null, "AIDAUSER000000000000A", `${LISTED}:session`]) {
  const by = sender?.startsWith(LISTED) ? ARN : null;
  Deno.test(`${sender ?? "nobody"} may list`, async () => {
    for (
      const [command, name] of [
        ["list_repoable_services", "listRepoableServices"],
        ["list_role_rollbacks", "listRollbacks"],
      ]
    ) {
      const logged: string[] = [];
      assert.deepEqual(await handle({ command, respond_user: "@al" }, sender, {}, logged), {
        verdict: "handled",
        answer: {
          message: `@al ["${name}",{"account":"111111111111","name":"app"}]`,
          channel: "#security",
          title: "Repokid Success",
        },
      });
      assert.deepEqual(logged.map((line) => JSON.parse(line).by), [by]);
    }
  });
}

Deno.test("a listed role opts out for 90 days; whom the message names is the owner", async () => {
  const content = { command: "opt_out", requestor: "alice", reason: "quarterly" };
  const logged: string[] = [];
  const outcome = await handle(content, `${LISTED}:session`, {}, logged);
  const { message } = answerIn(outcome);
  assert.deepEqual(JSON.parse(message), [
    "optOut",
    { account: "111111111111", name: "app" },
    { owner: "alice", reason: "quarterly", until: "2027-02-18" },
  ]);
  assert.deepEqual(logged.map((line) => JSON.parse(line).by), [ARN]);
});

Deno.test("a listed role rolls back, and takes an opt-out away", async () => {
  const rolled = await handle({ command: "rollback_role", selection: "2" }, `${LISTED}:s`);
  assert.match(JSON.stringify(rolled), /rollback.*,2\].*Repokid Success/);
  const removed = await handle({ command: "remove_opt_out" }, `${LISTED}:s`);
  assert.match(JSON.stringify(removed), /removeOptOut.*Repokid Success/);
});

Deno.test("what a command refuses is answered as a failure, and done with", async () => {
  const outcome = await handle({ command: "list_role_rollbacks" }, null, {
    listRollbacks: () => Promise.reject(new UsageError("There is no role app")),
  });
  assert.deepEqual(outcome, {
    verdict: "handled",
    answer: { message: "There is no role app", channel: "#security", title: "Repokid Failure" },
  });
});

Deno.test("a fault of a command is thrown, so that the message is tried again", async () => {
  const fault = handle({ command: "list_role_rollbacks" }, null, {
    listRollbacks: () => Promise.reject(new TypeError("defect")),
  });
  await assert.rejects(fault, TypeError);
});

Deno.test("a message that was tried too often is answered with where to look", () => {
  const { givenUp } = handler();
  const body = JSON.stringify({ ...GOOD, command: "list_role_rollbacks" });
  assert.match(
    JSON.stringify(givenUp!(message("m", { body }))),
    /list_role_rollbacks of 111111111111\/app failed 6 times and is given up.*Repokid Failure/,
  );
  assert.equal(givenUp!(message("m", { body: "{" })), undefined);
});

Deno.test("commands of a listed role that change something are never given up", () => {
  const { neverGivenUp } = handler();
  const isNever = (content: object | string, sender: string | null) => {
    const body = typeof content === "string" ? content : JSON.stringify({ ...GOOD, ...content });
    return neverGivenUp!(message("m", { body, sender }));
  };
  const listed = `${LISTED}:session`;
  for (const [command, more] of CHANGING) {
    const content = { command, ...more };
    assert.deepEqual([isNever(content, listed), isNever(content, null)], [true, false], command);
  }
  assert.ok(!isNever({ command: "list_role_rollbacks" }, listed));
  assert.ok(!isNever("{", listed));
});

Deno.test("commands for one role are carried out one after the other", () => {
  const keyOf = (content: object | string) =>
    handler().key!(
      message("m", { body: typeof content === "string" ? content : JSON.stringify(content) }),
    );
  const rollback = { ...GOOD, command: "rollback_role", selection: 1 };
  assert.equal(keyOf(rollback), "111111111111/app");
  assert.equal(keyOf({ ...GOOD, command: "remove_opt_out" }), keyOf(rollback));
  assert.notEqual(keyOf({ ...rollback, account: "222222222222" }), keyOf(rollback));
  assert.equal(keyOf("{"), null);
});

Deno.test("what cannot be answered is rejected without an answer", async () => {
  const outcome = await handler().handle(message("m", { body: "{" }), signal);
  assert.deepEqual(outcome, { verdict: "rejected", reason: "not-json" });
});

Deno.test("an answer that SNS would not take is cut", async () => {
  const outcome = await handle({ command: "list_role_rollbacks" }, null, {
    listRollbacks: () => Promise.resolve("\u{10ffff}".repeat(100_000)),
  });
  const answer = answerIn(outcome);
  assert.ok(new TextEncoder().encode(JSON.stringify(answer)).length < 262_144);
  assert.match(answer.message, /… \(cut\)$/);
});

Deno.test("the answer is published under the message's ID", async () => {
  const published: unknown[] = [];
  await handler({}, { published }).answer!({ a: 1 }, message("m"), signal);
  assert.deepEqual(published, [[{ a: 1 }, "m", signal]]);
});

Deno.test("of a sender only the ID of its role counts", () => {
  assert.equal(senderRoleId(`${LISTED}:alice@example.com`), LISTED);
});
