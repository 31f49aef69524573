import assert from "assert";
import { readEventBridge } from "../../../../runners/dirty/messages/eventbridge.ts";
import type { Json, JsonObject } from "../../../../runners/core/json.ts";
import { ROOT } from "../../../architecture/module_graph.ts";

type Case = {
  readonly name: string;
  readonly sources: readonly string[];
  readonly event: JsonObject;
  readonly expect: unknown;
};

const FOLDER = `${ROOT}test/cases/dirty/events`;

function caseIn(file: string): Case {
  return JSON.parse(Deno.readTextFileSync(`${FOLDER}/${file}`));
}

for (const { name: file } of Deno.readDirSync(FOLDER)) {
  const { name, sources, event, expect } = caseIn(file);
  Deno.test(`of EventBridge: ${name} (${file})`, () => {
    assert.ok(sources.length > 0);
    assert.deepEqual(readEventBridge(JSON.stringify(event)), expect);
  });
}

/** A copy in which what lies at a path is replaced; undefined takes it away. */
function changed(value: JsonObject, path: string, by: Json | undefined): JsonObject {
  const [key = "", ...rest] = path.split("/");
  if (rest.length === 0) return { ...value, [key]: by } as JsonObject;
  return { ...value, [key]: changed(value[key] as JsonObject, rest.join("/"), by) };
}

const CALL = caseIn("send_command.json").event;
const INVOCATION = caseIn("invocation_success.json").event;
const CALLED = "detail/requestParameters/instanceIds";

for (
  const [event, path, values] of [
    [CALL, "source", [undefined, 1]],
    [CALL, "detail-type", [undefined, null]],
    [CALL, "account", [undefined, 111111111111, "*", "1111"]],
    [CALL, "region", [undefined, "*", "us-east-1.evil.com", `us${"-east".repeat(10)}-1`]],
    [CALL, "time", [undefined, 0, "2026-02-30T00:00:00Z", "2026-11-20"]],
    [CALL, "detail", [undefined, null, "", []]],
    [CALL, "detail/eventID", [undefined, "", "*", 1]],
    [CALL, "detail/eventName", [undefined, null, ["SendCommand"]]],
    [CALL, "detail/errorCode", [1, {}]],
    [CALL, "detail/userIdentity", ["alice", 1]],
    [CALL, "detail/userIdentity/arn", [1, {}]],
    [CALL, "detail/userIdentity/sessionContext/sessionIssuer", ["Role", 1]],
    [CALL, "detail/sourceIPAddress", [1]],
    [CALL, "detail/requestParameters", ["", 1]],
    [CALL, CALLED, ["i-0123456789abcdef0", [1], {}]],
    [CALL, "detail/responseElements", ["", 1]],
    [CALL, "detail/responseElements/command", [{}, { commandId: "*" }]],
    [INVOCATION, "detail/command-id", [undefined, "", "*", 1]],
    [INVOCATION, "detail/instance-id", [undefined, null, ["i-0123456789abcdef0"]]],
    [INVOCATION, "detail/document-name", [1]],
  ] as const
) {
  for (const value of values) {
    Deno.test(`an event with ${JSON.stringify(value) ?? "nothing"} as ${path} is malformed`, () => {
      const body = JSON.stringify(changed(event, path, value));
      assert.deepEqual(readEventBridge(body), { reason: "malformed" });
    });
  }
}

for (
  const [what, body, reason] of [
    ["nothing", "", "not-json"],
    ["a cut event", JSON.stringify(CALL).slice(0, -1), "not-json"],
    ["null", "null", "malformed"],
    ["a list of events", JSON.stringify([CALL]), "malformed"],
    ["an event as a text", JSON.stringify(JSON.stringify(CALL)), "malformed"],
    ["lists in each other", "[".repeat(130_000) + "]".repeat(130_000), "malformed"],
    [
      "what it needs in a prototype",
      `{"__proto__":${JSON.stringify(CALL)}}`,
      "malformed",
    ],
    ...["constructor", "__proto__", "StartSession ", "startsession", "TerminateInstances"].map((
      name,
    ) => [
      `a call ${name}`,
      JSON.stringify(changed(CALL, "detail/eventName", name)),
      "unknown-event",
    ]),
    ...["aws.ec2", "aws.ssm ", "AWS.SSM", "", "custom"].flatMap((source) =>
      [CALL, INVOCATION].map((event) => [
        `an event of ${JSON.stringify(source)}`,
        JSON.stringify(changed(event, "source", source)),
        "unknown-event",
      ])
    ),
    ...[
      "*",
      "i-*",
      "i-0?",
      "i-0123456789ABCDEF0",
      "mi-0123456789abcdef0",
      "i-0123456789abcdef0 ",
      "",
    ]
      .map((id) => [
        `an invocation on ${JSON.stringify(id)}`,
        JSON.stringify(changed(INVOCATION, "detail/instance-id", id)),
        "not-an-instance",
      ]),
  ] as [string, string, string][]
) {
  Deno.test(`of EventBridge ${what} cannot be used: ${reason}`, () => {
    assert.deepEqual(readEventBridge(body), { reason });
  });
}

Deno.test("of a command patterns and other names are no instances, and take none with them", () => {
  const names = ["*", "i-*", "i-0?", "", "i-0123456789abcdef0", "mi-0123456789abcdef0", "i-0123"];
  const message = readEventBridge(JSON.stringify(changed(CALL, CALLED, names)));
  assert.ok("from" in message);
  assert.deepEqual(message.told.map(({ instance }) => instance.id), ["i-0123456789abcdef0"]);
});

Deno.test("a command whose answer has no ID is told by the ID of its call", () => {
  const message = readEventBridge(JSON.stringify(changed(CALL, "detail/responseElements", null)));
  assert.ok("from" in message);
  const { eventID } = CALL["detail"] as { readonly eventID: string };
  assert.deepEqual(message.told.map(({ id }) => id), [eventID, eventID]);
  assert.equal(message.command, undefined);
});

/** How the key of a call is told, whose line is this. */
function keyTold(line: string): unknown {
  const { event } = caseIn("send_ssh_public_key.json");
  const sent = changed(event, "detail/requestParameters/sSHPublicKey", line);
  const read = readEventBridge(JSON.stringify(sent));
  return "told" in read ? read.told[0]?.who.ssh : read;
}

Deno.test("a key is named as ssh-keygen and the client name it, and one of another type is not", () => {
  const keys: { line: string; keyType: string; keySha256: string }[] = JSON.parse(
    Deno.readTextFileSync(`${ROOT}test/cases/client/ssh_keys.json`),
  );
  assert.ok(keys.length > 5);
  for (const { line, keyType, keySha256 } of keys) {
    const key = line.replace("publickey ", "");
    assert.deepEqual(keyTold(`${key} alice@laptop`), { method: "publickey", keyType, keySha256 });
    assert.equal(keyTold(key.replace(keyType, "ssh-other")), null);
  }
});
