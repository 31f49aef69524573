import assert from "assert";
import { PLAIN_COMMAND, withHelp } from "../../../../runners/core/cli/next_command.ts";
import { UsageError } from "../../../../runners/core/errors.ts";
import {
  type DeferredRow,
  messageRows,
  type RejectedRow,
} from "../../../../runners/core/queue/message_rows.ts";
import type { MessageHandler, QueueMessage } from "../../../../runners/core/queue/queue.ts";
import { rejectedVerb } from "../../../../runners/core/queue/rejected_verb.ts";
import type { Running } from "../../../../runners/core/program.ts";
import type { Store } from "../../../../runners/core/store/store.ts";
import { plainText } from "../../../../runners/core/text/terminal_text.ts";
import { rowsOf, withStore } from "../run/store_in_folder.ts";
import { message, scriptedServing } from "./scripted_queue.ts";

const SENT = new Date("2026-11-19T12:00:00.000Z");

/** The verb as a person runs it, and a handler whose judgement changes. */
function desk(store: Store) {
  const judged: QueueMessage[] = [];
  const judgement: { reason: string | null } = { reason: "sender-not-listed" };
  const handler: MessageHandler = {
    handle: (message) => {
      judged.push(message);
      const { reason } = judgement;
      return Promise.resolve(
        reason === "retry"
          ? { verdict: "retry", detail: "AWS is down" }
          : reason === null
          ? { verdict: "handled", answer: "done" }
          : { verdict: "rejected", reason, answer: "no" },
      );
    },
    kept: (body) => body.replace("alice", ""),
  };
  const serving = scriptedServing(store, [[
    message("m-1", { sentAt: SENT, body: "roll\u001b[31m back" }),
    message("long", { sentAt: SENT, body: "ä".repeat(40_000) }),
    message("personal", { sentAt: SENT, body: "alice did it" }),
  ]], handler);
  const run = async (requeue?: string) => {
    let left = "no trace";
    const answer = await rejectedVerb({
      request: { job: "repo", own: requeue === undefined ? {} : { requeue } },
      clock: serving.clock,
      terminal: { command: PLAIN_COMMAND },
      listing: (work: (store: Store) => Promise<unknown>) => work(store),
      writing: (work: (store: Store) => Promise<unknown>) => {
        left = "a trace";
        return work(store);
      },
    } as unknown as Running);
    return { text: plainText(answer.text, serving.clock.now()), json: answer.json, left };
  };
  return { ...serving, judgement, judged, run };
}

const rejectedIn = async (store: Store, id: string) =>
  (await rowsOf(store, "repo/rejected-message")).map(({ value }) => value as RejectedRow)
    .filter(({ message_id }) => message_id === id);

function deskTest(
  name: string,
  work: (at: ReturnType<typeof desk>, store: Store) => Promise<void>,
): void {
  Deno.test(name, () =>
    withStore(async (store) => {
      const at = desk(store);
      await at.serve();
      await at.clock.advance(3_600_000);
      await work(at, store);
    }));
}

deskTest(
  "rejected messages are listed with what a person decides by, without a trace",
  async ({ run }) => {
    const { text, json, left } = await run();
    assert.equal(left, "no trace");
    assert.deepEqual((json as RejectedRow[]).map(({ message_id }) => message_id), [
      "long",
      "m-1",
      "personal",
    ]);
    assert.match(text, /^"repo serve" has rejected 3 messages\n {2}long {7}sender-not-listed\n/);
    assert.ok(
      text.includes(`
  m-1        sender-not-listed
    arrived    1 day ago
    rejected   1 hour ago
    sender     AROASENDER:session
    body       roll\\u001b[31m back
`),
      text,
    );
    assert.match(text, /ä{200}…\n\s+It cannot be requeued: only its beginning is/);
    assert.match(text, /:\n {2}groundskeeper repo rejected --requeue m-1\n$/);
  },
);

Deno.test("without rejected messages the list says so", () =>
  withStore(async (store) => {
    const { text, json } = await desk(store).run();
    assert.equal(text, '"repo serve" has rejected no message in the last 30 days\n');
    assert.deepEqual(json, []);
  }));

deskTest(
  "a requeued message is judged by its sender and time, and rejected again",
  async (at, store) => {
    const { text } = await at.run("m-1");
    assert.match(
      text,
      /m-1 is marked: "repo serve" judges it.*\n.*\n {2}groundskeeper repo serve --once/,
    );
    assert.match((await at.run()).text, /m-1 .*\n.*\n.*\n {4}requeued +just now\n/);
    assert.deepEqual(await rejectedIn(store, "m-1"), []);

    at.judgement.reason = "proof-too-old";
    at.answers.length = 0;
    assert.equal((await at.serve()).rejected, 1);
    const { sender, sentAt, receives } = at.judged.at(-1)!;
    assert.deepEqual([sender, sentAt, receives], ["AROASENDER:session", SENT, 1]);
    const [row] = await rejectedIn(store, "m-1");
    assert.deepEqual([row?.reason, row?.at, row?.arrived_at], [
      "proof-too-old",
      "2026-11-20T13:00:00.000Z",
      SENT.toISOString(),
    ]);
    assert.deepEqual(at.answers, ["no"]);
    // It is there without its mark, and can be requeued again.
    assert.ok(!(await at.run()).text.includes("requeued  "));
    await at.run("m-1");
  },
);

deskTest("a requeued message that is handled now is answered and gone", async (at, store) => {
  await at.run("m-1");
  at.judgement.reason = null;
  at.answers.length = 0;
  assert.equal((await at.serve()).handled, 1);
  assert.deepEqual([await rejectedIn(store, "m-1"), at.answers], [[], ["done"]]);
  assert.deepEqual(await rowsOf(store, "repo/deferred-message"), []);
  await assert.rejects(at.run("m-1"), /has rejected no message with this ID/);
});

deskTest(
  "a requeued message that cannot be handled now stays marked, for 30 days in all",
  async (at, store) => {
    await at.run("m-1");
    at.judgement.reason = "retry";
    assert.equal((await at.serve()).deferred, 1);
    await at.clock.advance(60_000);
    assert.equal((await at.serve()).deferred, 1);
    await assert.rejects(at.run("m-1"), /was requeued, and serve has not judged it yet/);
    const [row] = await rowsOf(store, "repo/deferred-message");
    const { expires } = messageRows("repo").deferred.write("m-1", row!.value as DeferredRow);
    assert.deepEqual(expires, new Date("2026-12-20T12:00:00.000Z"));
  },
);

for (
  const [what, id, why] of [
    ["nobody knows", "m-9", /"m-9": repo has rejected no message with this ID in the last 30 days/],
    ["has no ID", "\u0000", /repo has rejected no message with this ID/],
    ["was cut", "long", /"long": only its beginning is stored\. Send it again/],
    ["has gaps", "personal", /"personal": personal fields were left out of it\. Send it again/],
    ["was requeued", "m-1", /"m-1": it was requeued, and serve has not judged it yet/],
    ["an earlier version stored", "old", /"old": only its beginning is stored/],
  ] as const
) {
  deskTest(
    `a message that ${what} is not requeued, and the error says what to do`,
    async (at, store) => {
      const value = { at: "2026-11-01T00:00:00.000Z", reason: "r", message_id: "old", body: "" };
      await store.write([{ kind: "repo/rejected-message", id: `${value.at}/old`, value }]);
      if (id === "m-1") await at.run(id);
      const before = await rowsOf(store, "repo/rejected-message");
      await assert.rejects(at.run(id), (error: unknown) => {
        assert.ok(error instanceof UsageError);
        const said = withHelp(error.message, error.help, PLAIN_COMMAND);
        assert.match(said, /^Cannot requeue the message /);
        assert.match(said, why);
        assert.match(said, /:\n {2}groundskeeper repo rejected$/);
        return true;
      });
      assert.deepEqual(await rowsOf(store, "repo/rejected-message"), before);
    },
  );
}

deskTest("of two people who requeue a message at once, one does", async (at, store) => {
  const both = await Promise.allSettled([at.run("m-1"), at.run("m-1")]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  assert.equal((await rowsOf(store, "repo/deferred-message")).length, 1);
});
