import assert from "assert";
import { createHash } from "node:crypto";
import { readLogin } from "../../../../runners/dirty/messages/login.ts";
import type { FromInstance, Told } from "../../../../runners/dirty/told.ts";
import { A_KEY, A_LOGIN, AN_IDENTITY_DOCUMENT, AN_INSTANCE, ARRIVED } from "./login_message.ts";

const read = (content: unknown) =>
  readLogin(typeof content === "string" ? content : JSON.stringify(content), ARRIVED);

/** What a message that can be used tells of its instance. */
function told(content: unknown): Told {
  return fromInstance(content).told;
}

function fromInstance(content: unknown): FromInstance {
  const message = read(content);
  assert.ok("from" in message, JSON.stringify(message));
  return message;
}

const { pam: _pam, ssh: _ssh, proof: _proof, ...BARE } = A_LOGIN;

Deno.test("a login is told with who, from where, by which key and by which proof", () => {
  const { told, proof } = fromInstance(A_LOGIN);
  assert.deepEqual(told, {
    id: A_LOGIN.id,
    event: "session_open",
    source: "pam",
    at: "2026-11-20T20:57:42.000Z",
    instance: AN_INSTANCE,
    who: {
      user: "alice",
      from: "203.0.113.9",
      service: "sshd",
      ssh: A_LOGIN.ssh,
      principalArn: null,
      roleArn: null,
      document: null,
    },
    detail: {},
  });
  assert.deepEqual(proof, A_LOGIN.proof);
});

Deno.test("the message of Skunky's client is a login by nobody known, with the ID and the time of SQS", () => {
  const { told, proof } = fromInstance(AN_IDENTITY_DOCUMENT);
  assert.deepEqual(
    [told.id, told.event, told.source, told.at, told.instance, told.who.user, proof],
    [
      ARRIVED.id,
      "session_open",
      "skunky",
      "2026-11-20T20:57:44.120Z",
      AN_INSTANCE,
      null,
      null,
    ],
  );
});

for (const proof of [null, "", [], {}, { url: 1, headers: {} }, { url: "", headers: { a: 1 } }]) {
  Deno.test(`a login with ${JSON.stringify(proof)} as its proof is told without one`, () => {
    const { proof: read, told } = fromInstance({ ...BARE, proof });
    assert.deepEqual([read, told.id], [null, A_LOGIN.id]);
  });
}

Deno.test("the hash is that of the canonical message without its proof, with fields that nobody knows", () => {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const { proof, ...rest } = { ...BARE, proof: A_LOGIN.proof, later: { b: 1, a: [2] } };
  const canonical = '{"at":"2026-11-20T20:57:42Z","client":{"dropped":0,"version":"1.0.0"},' +
    `"event":"session_open","id":"${A_LOGIN.id}","instance":{"account":"111111111111",` +
    '"id":"i-0123456789abcdef0","region":"us-east-1"},"later":{"a":[2],"b":1},' +
    '"schema":"groundskeeper.login/1","source":"pam"}';
  assert.equal(fromInstance({ ...rest, proof }).sha256, hash(canonical));
  assert.equal(fromInstance(rest).sha256, hash(canonical));
});

for (
  const [what, changed, expected] of [
    ["who is null where PAM said nothing", {
      pam: { service: "sshd", user: "", rhost: "" },
    }, { who: { ...told(BARE).who, service: "sshd" } }],
    ["who is null where PAM is not quoted", { pam: { later: 1 } }, {}],
    ["a hello says what the client says of itself", {
      event: "hello",
      source: "boot",
      client: { version: "1.2.0", dropped: 7 },
      detail: { ignored: "yes" },
    }, { event: "hello", source: "boot", detail: { version: "1.2.0", dropped: 7 } }],
    ["an event of one's own has its detail", {
      event: "x-root-shell",
      source: "sudo",
      detail: { user: "alice", "tty-name.1": "pts/0" },
    }, {
      event: "x-root-shell",
      source: "sudo",
      detail: { user: "alice", "tty-name.1": "pts/0" },
    }],
    ["a detail may have any name, which is cut as other texts are", {
      event: "x-y",
      detail: { "": "1", "a b": "2", ["n".repeat(300)]: "3", ["\ud800"]: "4", constructor: "5" },
    }, {
      event: "x-y",
      detail: { "": "1", "a b": "2", ["n".repeat(256)]: "3", ["\ufffd"]: "4", constructor: "5" },
    }],
    ["a login has no detail", { detail: { user: "bob" } }, { detail: {} }],
    ["an old instance has a short ID", {
      instance: { ...AN_INSTANCE, id: "i-9bb89e2b" },
    }, { instance: { ...AN_INSTANCE, id: "i-9bb89e2b" } }],
    ["Regions of other partitions are Regions", {
      instance: { ...AN_INSTANCE, region: "us-gov-west-1" },
    }, { instance: { ...AN_INSTANCE, region: "us-gov-west-1" } }],
    ["fractions of a second are cut at milliseconds", {
      at: "2026-11-20T20:57:42.123456789Z",
    }, { at: "2026-11-20T20:57:42.123Z" }],
    ["a clock that is wrong is told as it is", { at: "1970-01-01T00:00:01Z" }, {
      at: "1970-01-01T00:00:01.000Z",
    }],
    ["unknown fields are ignored, at any level", {
      later: [1],
      instance: { ...AN_INSTANCE, zone: "us-east-1b" },
    }, { instance: AN_INSTANCE }],
    ["a text that is too long is cut, and what is no character is replaced", {
      pam: { service: "sshd", user: "a".repeat(255) + "😀", rhost: "\ud800" },
    }, {
      who: {
        ...told(BARE).who,
        service: "sshd",
        user: `${"a".repeat(255)}\ufffd`,
        from: "\ufffd",
      },
    }],
  ] as const
) {
  Deno.test(`of a message from an instance, ${what}`, () => {
    assert.deepEqual(told({ ...BARE, ...changed }), { ...told(BARE), ...expected });
  });
}

const OVER = "x".repeat(8_192);

/** Each with why it cannot be used. */
const UNUSABLE: Readonly<Record<string, readonly (readonly [what: string, content: unknown])[]>> = {
  "not-json": [
    ["nothing", ""],
    ["a cut message", JSON.stringify(A_LOGIN).slice(0, -1)],
    ["two messages", JSON.stringify(A_LOGIN).repeat(2)],
    ["NaN", '{"schema":NaN}'],
  ],
  "too-large": [
    ["a body of more than 8 KiB", { ...A_LOGIN, later: OVER }],
    ["8 KiB that are more in UTF-8", `${JSON.stringify(A_LOGIN)}${"é".repeat(4_096)}`],
    ["a body that is no JSON and large", OVER + "x"],
    ["a body of 256 KiB", `[${"0,".repeat(131_071)}0]`],
  ],
  "unknown-version": [
    ["the next major", { ...A_LOGIN, schema: "groundskeeper.login/2" }],
    ["a major of many digits", { ...A_LOGIN, schema: "groundskeeper.login/10" }],
    ["version 0", { ...A_LOGIN, schema: "groundskeeper.login/0" }],
  ],
  "unknown-schema": [
    ["the schema of another message", { ...A_LOGIN, schema: "groundskeeper.plan/1" }],
    ["a schema without version", { ...A_LOGIN, schema: "groundskeeper.login" }],
    ["a schema with more after it", { ...A_LOGIN, schema: "groundskeeper.login/1/x" }],
    ["a schema with spaces", { ...A_LOGIN, schema: " groundskeeper.login/1" }],
    ["a schema in capitals", { ...A_LOGIN, schema: "Groundskeeper.Login/1" }],
    ["a number as schema", { ...A_LOGIN, schema: 1 }],
    ["null as schema", { ...AN_IDENTITY_DOCUMENT, schema: null }],
    ["an identity document with a schema", { ...AN_IDENTITY_DOCUMENT, schema: "" }],
  ],
  "malformed": [
    ["null", "null"],
    ["a number", "1e999"],
    ["a text", '"groundskeeper.login/1"'],
    ["a list", [A_LOGIN]],
    ["an empty object", {}],
    ["only a schema", { schema: A_LOGIN.schema }],
    ...withoutEach(BARE, ["id", "event", "source", "at", "instance", "client"]),
    ...withoutEach(AN_IDENTITY_DOCUMENT, ["accountId", "region", "instanceId"]),
    ...withEach("id", [
      "",
      "01JD5N6ZV3R8W4Q0T2XKYB7CM",
      "01JD5N6ZV3R8W4Q0T2XKYB7CMEE",
      "01jd5n6zv3r8w4q0t2xkyb7cme",
      "81JD5N6ZV3R8W4Q0T2XKYB7CME",
      "01JD5N6ZV3R8W4Q0T2XKYB7CMU",
      "5fea7756-0ea4-451a-a703-a558b933e274",
      1,
      null,
    ]),
    ...withEach("event", [
      "",
      "session_close",
      "ssm_session",
      "user_data",
      "x-",
      `x-${"a".repeat(41)}`,
      "x-Root",
      "x-a b",
      "__proto__",
      "constructor",
      ["session_open"],
    ]),
    ...withEach("source", ["", "p am", "-pam", "a".repeat(65), "ssm", "CloudTrail", "skunky", 1]),
    ...withEach("at", [
      "",
      "now",
      "2026-11-20",
      "2026-11-20T20:57Z",
      "2026-11-20 20:57:42Z",
      "2026-11-20T20:57:42",
      "2026-11-20T20:57:42+01:00",
      "2026-02-30T20:57:42Z",
      "2026-11-20T24:00:00Z",
      "2026-11-20T20:57:60Z",
      "20261-11-20T20:57:42Z",
      1_795_208_262,
      null,
    ]),
    ...withEach("instance", [null, "i-0123456789abcdef0", [AN_INSTANCE], {}]),
    ...instancesWithEach("id", [
      "*",
      "i-*",
      "i-0?",
      "i-",
      "i-0123456789abcdef",
      "i-0123456789abcdef00",
      "i-0123456789ABCDEF0",
      "i-0123456789abcdef0\n",
      " i-0123456789abcdef0",
      "i-０123456789abcdef0",
      "mi-0123456789abcdef0",
      "i-0123456789abcdef0,i-0123456789abcdef1",
      ["i-0123456789abcdef0"],
      17,
    ]),
    ...instancesWithEach("region", [
      "*",
      "us-*",
      "us-east-1b",
      "us-east-1.evil.com",
      "us-east-1/",
      "US-EAST-1",
      `us${"-east".repeat(10)}-1`,
      "",
      null,
    ]),
    ...instancesWithEach("account", [
      "1111",
      "*",
      "11111111111?",
      "1111111111111",
      111111111111,
      null,
    ]),
    ...withEach("pam", [null, "sshd", [], { service: "sshd", user: 1, rhost: "" }]),
    ...withEach("ssh", [
      null,
      {},
      { method: "publickey", keySha256: "MD5:00" },
      { method: "publickey", keySha256: `SHA256:${"=".repeat(43)}` },
      { method: "publickey", keyType: null },
      { method: "publickey", certificate: { id: "a" } },
      { method: "publickey", certificate: { id: "a", principals: "b" } },
    ]),
    ...withEach("detail", [null, [], "a", { a: 1 }]),
    ...withEach("client", [
      null,
      { version: "1.0.0" },
      { version: 1, dropped: 0 },
      { version: "1.0.0", dropped: -1 },
      { version: "1.0.0", dropped: 0.5 },
      { version: "1.0.0", dropped: "0" },
    ]),
    [
      "more dropped than a number can count",
      `${JSON.stringify(BARE).replace('"dropped":0', '"dropped":1e999')}`,
    ],
    [
      "what it needs in a prototype",
      `{"schema":"${A_LOGIN.schema}","__proto__":${JSON.stringify(BARE)}}`,
    ],
    ["an identity document with a pattern", { ...AN_IDENTITY_DOCUMENT, instanceId: "i-*" }],
    ["an identity document with a number", { ...AN_IDENTITY_DOCUMENT, accountId: 111111111111 }],
  ],
};

function withoutEach(message: object, keys: readonly string[]): [string, unknown][] {
  return keys.map((key) => [
    `no ${key}`,
    Object.fromEntries(Object.entries(message).filter(([name]) => name !== key)),
  ]);
}

function withEach(key: string, values: readonly unknown[]): [string, unknown][] {
  return values.map((value) => [`${JSON.stringify(value)} as ${key}`, { ...BARE, [key]: value }]);
}

function instancesWithEach(key: string, values: readonly unknown[]): [string, unknown][] {
  return values.map((value) => [
    `${JSON.stringify(value)} as instance.${key}`,
    { ...BARE, instance: { ...AN_INSTANCE, [key]: value } },
  ]);
}

Deno.test("what the messages that cannot be used are made of can be used", () => {
  assert.equal(told(BARE).id, A_LOGIN.id);
  assert.equal(told(AN_IDENTITY_DOCUMENT).id, ARRIVED.id);
  assert.equal(told({ ...BARE, ssh: { method: "publickey", keySha256: A_KEY } }).id, A_LOGIN.id);
});

for (const [reason, cases] of Object.entries(UNUSABLE)) {
  for (const [what, content] of cases) {
    Deno.test(`a message from an instance cannot be used, ${reason}: ${what}`, () => {
      assert.deepEqual(read(content), { reason });
    });
  }
}

Deno.test("a message of exactly 8 KiB is read", () => {
  const room = 8_192 - JSON.stringify({ ...BARE, later: "" }).length;
  assert.equal(told({ ...BARE, later: "x".repeat(room) }).id, A_LOGIN.id);
  assert.deepEqual(read({ ...BARE, later: "x".repeat(room + 1) }), { reason: "too-large" });
});

for (const [open, close] of [["[", "]"], ['{"":', "}"]] as const) {
  /** Lists or objects in each other, as an unknown field. */
  const nested = (levels: number) =>
    JSON.stringify(BARE).replace(/}$/, `,"":${open.repeat(levels)}1${close.repeat(levels)}}`);

  Deno.test(`a message may have 32 levels, and no more of ${open}${close}`, () => {
    assert.equal(told(nested(31)).id, A_LOGIN.id);
    const most = Math.floor((8_192 - nested(0).length) / (open + close).length);
    for (const levels of [32, 1_000, most]) {
      assert.deepEqual(read(nested(levels)), { reason: "malformed" }, String(levels));
    }
  });
}
