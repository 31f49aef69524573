import assert from "assert";
import type { Unusable } from "../../../../runners/core/attest/client_message.ts";
import fc from "fast-check";
import { INSTANCE_ID } from "../../../../runners/core/aws/arn.ts";
import { readEventBridge } from "../../../../runners/dirty/messages/eventbridge.ts";
import { readLogin } from "../../../../runners/dirty/messages/login.ts";
import { keptBody, withoutPeople } from "../../../../runners/dirty/messages/people.ts";
import type { FromEventBridge, FromInstance, Told } from "../../../../runners/dirty/told.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import {
  arbitraryMessage,
  type Expected,
  type GeneratedMessage,
  generatedMessages,
  messagesOf,
} from "./generated_messages.ts";

type Message = FromInstance | FromEventBridge;

type Read = (message: Omit<GeneratedMessage, "kind" | "expected">) => Message | Unusable;

const read: Read = ({ queue, body, id, sentAt }) =>
  queue === "logins" ? readLogin(body, { id, at: sentAt }) : readEventBridge(body);

/** A reader that changes the body before it reads it. */
const after = (change: (body: string) => string): Read => (message) =>
  read({ ...message, body: change(message.body) });

function toldBy(message: Message): readonly Told[] {
  return message.from === "instance" ? [message.told] : message.told;
}

/** What is compared with what a generated message says that it is. */
function essence(answer: Message | Unusable): Expected {
  if ("reason" in answer) return answer;
  const told = toldBy(answer).map(({ id, event, source, at, instance }) => (
    { id, event, source, at, instance }
  ));
  return { told };
}

propertyTest(
  "a message is read as what it is: what it tells, or why it cannot be used",
  read,
  (read) =>
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        assert.deepEqual(essence(read(message)), message.expected);
      }),
      { ...FIXED, numRuns: generated(10_000, 1_000) },
    ),
  {
    "takes patterns for instances": after((body) =>
      body.replace(/"(?:i-\*|\*|i-0\?)"/, '"i-0123456789abcdef0"')
    ),
    "takes spaces away": after((body) => body.replaceAll(/\s|\\n/g, "")),
    "reads other versions": after((body) => body.replace(/login\/\d+/, "login/1")),
    "reads what is in a prototype": after((body) =>
      body.replace('{"a":1,"__proto__":', "").replace(/}}$/, "}")
    ),
    "takes the account from elsewhere": after((body) =>
      body.replaceAll("999999999999", "111111111111")
    ),
    "reads no more than 8 KiB": (message) =>
      message.body.length > 8_192 ? { reason: "too-large" } : read(message),
    "reads what is too large": after((body) => body.replace(/,"later":"x+"/, "")),
    "does not know the time": (message) =>
      read({ ...message, body: message.body.replace(/"00\d\d-/, '"2026-') }),
  },
);

propertyTest(
  "no answer ever names an instance whose ID EC2 does not give out, and equal input has an equal answer",
  read,
  (read) =>
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        const answer = read(message);
        assert.deepEqual(read(message), answer);
        if ("reason" in answer) return assert.match(answer.reason, /^[a-z]+(-[a-z]+)*$/);
        for (const { id, instance, who } of toldBy(answer)) {
          assert.match(instance.id, INSTANCE_ID);
          assert.match(instance.account, /^\d{12}$/);
          assert.ok(id.length <= 128);
          assert.ok(JSON.stringify(who).length < 8_192 * 6);
        }
      }),
      FIXED,
    ),
  {
    "hands on what it has not looked at": (message) => {
      const answer = read(message);
      if ("reason" in answer || answer.from !== "eventbridge") return answer;
      const told = answer.told.map((one) => ({
        ...one,
        instance: { ...one.instance, id: message.body.match(/"i-[^"]*"/)![0] },
      }));
      return { ...answer, told };
    },
    "answers by chance": (message) => ({ ...read(message), sha256: crypto.randomUUID() }),
  },
);

const ALICE = "ALICE-OF-EXAMPLE";

propertyTest(
  "without people, no name or address is left in an event or in a rejected body, wherever it is cut",
  { keptBody, withoutPeople },
  ({ keptBody, withoutPeople }) =>
    fc.assert(
      fc.property(messagesOf(ALICE), fc.nat(), ({ queue, body }, cut) => {
        assert.ok(body.includes(ALICE));
        for (const part of [body, body.slice(0, cut % body.length)]) {
          assert.ok(!keptBody(part, "omit").includes(ALICE), keptBody(part, "omit"));
          assert.equal(keptBody(part, "keep"), part);
        }
        const message = read({ queue, body, id: "", sentAt: new Date(0) });
        assert.ok("from" in message);
        assert.ok(!JSON.stringify(toldBy(message).map(withoutPeople)).includes(ALICE));
      }),
      FIXED,
    ),
  {
    "keeps bodies": { keptBody: (body) => body, withoutPeople },
    "keeps broken bodies": {
      keptBody: (body, people) => body.endsWith("}") ? keptBody(body, people) : body,
      withoutPeople,
    },
    "keeps users": {
      keptBody,
      withoutPeople: (told) => ({
        ...withoutPeople(told),
        who: { ...withoutPeople(told).who, user: told.who.user },
      }),
    },
    "keeps certificates": {
      keptBody,
      withoutPeople: (told) => ({
        ...withoutPeople(told),
        who: { ...withoutPeople(told).who, ssh: told.who.ssh },
      }),
    },
  },
);

Deno.test("what is kept of a body without people can be requeued: it tells of the same instance", () => {
  fc.assert(
    fc.property(arbitraryMessage, (message) => {
      const body = keptBody(message.body, "omit");
      const answer = read(message);
      const again = read({ ...message, body });
      if ("reason" in answer) return;
      assert.deepEqual(essence(again), essence(answer));
      if (answer.from !== "instance" || !("from" in again)) return;
      assert.deepEqual(toldBy(again), [withoutPeople(answer.told)]);
    }),
    { ...FIXED, numRuns: generated(2_000, 500) },
  );
});

Deno.test("of what is nested too deeply nothing is kept, and nothing is thrown", () => {
  const body = `{"id":${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
  assert.equal(keptBody(body, "omit"), "(left out)");
  assert.equal(keptBody(body, "keep"), body);
});

Deno.test("who sent an event stays as far as that is a role, and by which key", () => {
  const told = generatedMessages(200).map(read).flatMap((answer) =>
    "reason" in answer ? [] : toldBy(answer)
  );
  const ssh = told.find(({ who }) => who.ssh !== null)!;
  const { method, keyType, keySha256 } = ssh.who.ssh!;
  assert.deepEqual(withoutPeople(ssh).who.ssh, { method, keyType, keySha256 });
  const role = { ...ssh, who: { ...ssh.who, roleArn: "r", document: "d", principalArn: "p" } };
  const { roleArn, document, principalArn, service } = withoutPeople(role).who;
  assert.deepEqual([roleArn, document, principalArn, service], ["r", "d", null, "sshd"]);
});

Deno.test("generated messages are of every kind, the same each time, and of one ID only if delivered twice", () => {
  const messages = generatedMessages(2_000);
  assert.deepEqual(generatedMessages(2_000), messages);
  const kinds = new Set(messages.map(({ kind }) => kind.replace(/, .*/, "")));
  assert.equal(kinds.size, 20);
  const ids = new Map(Object.entries(Object.groupBy(messages, ({ id }) => id)));
  for (const [id, same] of ids) {
    assert.ok(same!.length === 1 || same!.some(({ kind }) => kind.endsWith("delivered twice")), id);
    assert.equal(new Set(same!.map(({ body }) => body)).size, 1);
  }
  for (const message of messages) assert.deepEqual(essence(read(message)), message.expected);
  assert.ok(messages.filter(({ kind }) => kind.endsWith("sent twice")).length === 50);
});
