import assert from "assert";
import type { SNSClient } from "@aws-sdk/client-sns";
import { snsNotifier } from "../../../runners/adapters/notify/sns.ts";
import { readWebhookUrl, webhookNotifier } from "../../../runners/adapters/notify/webhook.ts";
import type { Session } from "../../../runners/core/aws/session.ts";
import { StoreError } from "../../../runners/core/errors.ts";
import { errorField } from "../../../runners/core/log/log.ts";
import { noticeOf } from "../../../runners/core/run/end/notice.ts";
import { endedBy } from "../core/run/end/endings.ts";
import { SECRET, startHook } from "./hook_server.ts";

const NOTICE = noticeOf(
  { job: "audit", verb: "report", runId: "01JRUN", slot: new Date("2026-11-20T03:00:00Z") },
  endedBy(new StoreError("<!channel> & co > all")),
)!;
const NAME = "GROUNDSKEEPER_HOOK";
const forever = () => new AbortController().signal;

function hookAt(url: string) {
  return webhookNotifier(NAME, new URL(url));
}

Deno.test("a webhook is posted the notice, with its text as Slack shows it", async () => {
  await using hook = startHook();
  await hookAt(hook.url).send(NOTICE, forever());
  assert.equal(hook.received.length, 1);
  const { method, path, contentType, body } = hook.received[0]!;
  assert.deepEqual([method, path, contentType], [
    "POST",
    `/services/${SECRET}`,
    "application/json",
  ]);
  const { text, ...rest } = body;
  const { text: _text, ...notice } = NOTICE;
  assert.deepEqual(rest, notice);
  assert.equal(body["schema"], "groundskeeper.notice/1");
  assert.match(
    String(text),
    /^Groundskeeper: audit report failed \(store\)\naudit report ended by an error: &lt;!channel&gt; &amp; co &gt; all\n/,
  );
});

/** The error of a send, whose whole content is held to have no secret. */
async function errorOf(url: string): Promise<string> {
  const error = await hookAt(url).send(NOTICE, forever()).then(() => null, (error) => error);
  assert.ok(error instanceof Error);
  const all = `${JSON.stringify(errorField(error))} ${error.stack} ${Deno.inspect(error)}`;
  assert.ok(!all.includes("SECRET"), all);
  return error.message;
}

for (const status of [301, 307, 400, 404, 500]) {
  Deno.test(`a webhook that answers ${status} has failed, and its URL is not told`, async () => {
    await using other = startHook();
    await using hook = startHook(() =>
      new Response("no", { status, headers: status < 400 ? { location: other.url } : {} })
    );
    assert.equal(
      await errorOf(hook.url),
      `it answered with status ${status}. Check the URL that GROUNDSKEEPER_HOOK holds`,
    );
    // A redirect is not followed.
    assert.equal(other.received.length, 0);
  });
}

Deno.test("a webhook that nobody serves has failed, and its URL is not told", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  assert.equal(
    await errorOf(`http://127.0.0.1:${port}/services/${SECRET}`),
    "its host refused the connection",
  );
  // A label of more than 63 characters is refused before any server is asked.
  assert.equal(
    await errorOf(`https://${"x".repeat(64)}.invalid/services/${SECRET}`),
    "its host has no address",
  );
});

Deno.test("a webhook that speaks no TLS where it should has failed, and its URL is not told", async () => {
  await using hook = startHook();
  assert.match(await errorOf(hook.url.replace("http:", "https:")), /^the connection failed$/);
});

Deno.test({
  name: "a webhook that the program may not reach says which command gives the permission",
  permissions: { net: false },
  fn: async () => {
    assert.match(
      await errorOf(`https://hooks.example.com/services/${SECRET}`),
      /^the program has no permission to reach its host\. "groundskeeper config check" prints/,
    );
  },
});

Deno.test("a webhook that does not answer is left when the signal is aborted", async () => {
  const release = Promise.withResolvers<Response>();
  await using hook = startHook(() => release.promise);
  const stop = new AbortController();
  const sending = hookAt(hook.url).send(NOTICE, stop.signal);
  stop.abort(new Error("over"));
  await assert.rejects(sending, { message: "the connection failed" });
  release.resolve(new Response());
});

const urls: readonly (readonly [string | undefined, string | null])[] = [
  ["https://hooks.example.com/T0/B0/x", null],
  [" https://hooks.example.com:8443/x\n", null],
  ["http://127.0.0.1:8080/x", null],
  ["http://localhost/x", null],
  ["http://[::1]:8080/x", null],
  ["http://hooks.example.com/x", "must hold a URL that begins with https://"],
  ["http://127.0.0.1.example.com/x", "must hold a URL that begins with https://"],
  ["http://localhost.example.com/x", "must hold a URL that begins with https://"],
  ["file:///etc/passwd", "must hold a URL that begins with https://"],
  ["hooks.example.com/x", "holds no URL"],
  ["T0/B0/SECRET", "holds no URL"],
  ["  ", "is not set"],
  ["", "is not set"],
  [undefined, "is not set"],
];

for (const [text, problem] of urls) {
  Deno.test(`of the variable's value ${JSON.stringify(text)} it is said: ${problem ?? "right"}`, () => {
    const read = readWebhookUrl(text);
    assert.equal(read instanceof URL ? null : read, problem);
  });
}

/** What a topic is published under a session that keeps it. */
async function published(topic: string) {
  const calls: { region: string; input: object }[] = [];
  const session = {
    client: (_client: typeof SNSClient, region: string) => ({
      send: ({ input }: { input: object }) => Promise.resolve(void calls.push({ region, input })),
    }),
  } as unknown as Session;
  await snsNotifier(topic, () => Promise.resolve(session)).send(NOTICE, forever());
  assert.equal(calls.length, 1);
  return calls[0]!;
}

Deno.test("a topic is published to in its own region, with attributes to filter by", async () => {
  const topic = "arn:aws-cn:sns:cn-north-1:111111111111:alerts";
  assert.deepEqual(await published(topic), {
    region: "cn-north-1",
    input: {
      TopicArn: topic,
      Subject: NOTICE.title,
      Message: NOTICE.text,
      MessageAttributes: {
        job: { DataType: "String", StringValue: "audit" },
        kind: { DataType: "String", StringValue: "failed" },
      },
    },
  });
});

Deno.test("a FIFO topic gets the run for a group and against duplicates", async () => {
  const { input } = await published("arn:aws:sns:us-east-1:111111111111:alerts.fifo");
  const { MessageGroupId, MessageDeduplicationId } = input as Record<string, string>;
  assert.deepEqual([MessageGroupId, MessageDeduplicationId], ["audit", "01JRUN"]);
});
