import fc from "fast-check";
import type { InstanceName } from "../../../../runners/core/contract/login.ts";
import type { JsonObject } from "../../../../runners/core/json.ts";
import type { Told } from "../../../../runners/dirty/told.ts";
import { A_KEY, A_LOGIN, AN_IDENTITY_DOCUMENT } from "./login_message.ts";

/** What a message must tell of one instance. */
export type ExpectedTold = Pick<Told, "id" | "event" | "source" | "at" | "instance">;

/** What must come of a message: why it cannot be used, or what it tells. */
export type Expected =
  | { readonly reason: string }
  | { readonly told: readonly ExpectedTold[] };

/** A message as a queue delivers it. It carries no proof: that of its sender is up to the test. */
export type GeneratedMessage = {
  /** The kind of input, for counting. */
  readonly kind: string;
  readonly queue: "logins" | "events";
  /** SQS's own ID. */
  readonly id: string;
  readonly sentAt: Date;
  readonly body: string;
  readonly expected: Expected;
};

/** The instances that there are, old ones with short IDs among them. */
export const INSTANCES: readonly InstanceName[] = Array.from({ length: 20 }, (_, at) => ({
  id: `i-${at.toString(16).padStart(at % 5 === 0 ? 8 : 17, "0")}`,
  region: at % 2 === 0 ? "us-east-1" : "eu-west-1",
  account: at % 4 < 2 ? "111111111111" : "222222222222",
}));

/** An account that is not of the organization. */
export const OTHER_ACCOUNT = "999999999999";

/** What stands for what is different in each message, until it is in a list. */
const ULID = "01JD5N6ZV30000000000000000";
const UUID = "00000000-0000-4000-8000-000000000000";
const SENT_AT = new Date("2026-11-20T21:00:00.000Z");

/** A message that can be used, before anything is done to it. */
type Good = {
  readonly queue: "logins" | "events";
  readonly content: JsonObject;
  readonly told: readonly ExpectedTold[];
};

const ours = fc.constantFrom(...INSTANCES);
const ofOthers = ours.map((instance) => ({ ...instance, account: OTHER_ACCOUNT }));
/** Names with the account or the Region of another instance: one that there is not. */
const misplaced = ours.chain((instance) =>
  fc.constantFrom(
    { ...instance, region: "ap-south-1" },
    {
      ...instance,
      account: INSTANCES.find(({ account }) => account !== instance.account)!.account,
    },
  )
);

/** Any instant that four digits of year can name. */
const instant = fc.date({
  min: new Date("0001-01-01T00:00:00Z"),
  max: new Date("9999-12-31T23:59:59.999Z"),
  noInvalidDate: true,
}).map((at) => at.toISOString());

/** An instant as clocks are that are right. */
const recent = fc.integer({ min: 0, max: 86_400_000 })
  .map((before) => new Date(SENT_AT.getTime() - before).toISOString());

/** What people and programs write: of any script, with halves of characters, and invisible. */
const oddText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("\ud800", "\udfff\ud800", "\u202ealice", "\u0000", "i-*", "a\u0301", "🧑‍🚀", "ﷺ"),
  fc.constant("a".repeat(300)),
);

const text: fc.Arbitrary<string> = fc.constantFrom("alice", "bob", "deploy", "root");

/** What differs between messages of one form. */
type Of = {
  readonly instance?: fc.Arbitrary<InstanceName>;
  readonly at?: fc.Arbitrary<string>;
  readonly name?: fc.Arbitrary<string>;
};

function logins(
  { instance = ours, at = recent, name = text }: Of = {},
): fc.Arbitrary<Good> {
  return fc.record({
    event: fc.constantFrom("session_open", "console_login", "hello", "x-root-shell"),
    at,
    instance,
    user: name,
    rhost: name,
    principal: name,
  }).map(({ event, at, instance, user, rhost, principal }) => ({
    queue: "logins",
    content: {
      schema: A_LOGIN.schema,
      ...{ id: ULID, event, source: event === "hello" ? "boot" : "pam", at, instance },
      pam: { service: "sshd", type: "open_session", user, rhost, tty: "ssh" },
      ssh: {
        ...{ method: "publickey", keyType: "ssh-ed25519-cert-v01@openssh.com", keySha256: A_KEY },
        certificate: { id: principal, principals: [principal, user] },
      },
      detail: { [user]: rhost, user, status: user, command: rhost, target: principal },
      client: A_LOGIN.client,
    },
    told: [{ id: ULID, event, source: event === "hello" ? "boot" : "pam", at, instance }],
  }));
}

function identityDocuments({ instance = ours }: Of = {}): fc.Arbitrary<Good> {
  return instance.map((instance) => ({
    queue: "logins",
    content: {
      ...AN_IDENTITY_DOCUMENT,
      ...{ instanceId: instance.id, region: instance.region, accountId: instance.account },
    },
    told: [
      { id: UUID, event: "session_open", source: "skunky", at: SENT_AT.toISOString(), instance },
    ],
  }));
}

const CALLS = [
  ["aws.ssm", "StartSession", "ssm_session", "target"],
  ["aws.ec2-instance-connect", "SendSSHPublicKey", "instance_connect", "instanceId"],
  ["aws.ec2-instance-connect", "SendSerialConsoleSSHPublicKey", "serial_console", "instanceId"],
  ["aws.ec2", "ModifyInstanceAttribute", "user_data", "instanceId"],
] as const;

function envelope(
  source: string,
  { region, account }: InstanceName,
  at: string,
  detail: JsonObject,
) {
  const type = "command-id" in detail
    ? "EC2 Command Invocation Status-change Notification"
    : "AWS API Call via CloudTrail";
  return { version: "0", "detail-type": type, source, account, region, time: at, detail };
}

function calls(
  { instance = ours, at = recent, name = text }: Of = {},
): fc.Arbitrary<Good> {
  return fc.record({ call: fc.constantFrom(...CALLS), at, instance, name })
    .map(({ call: [source, eventName, event, names], at, instance, name }) => ({
      queue: "events",
      content: envelope(source, instance, at, {
        ...{ eventID: UUID, eventName, sourceIPAddress: name },
        userIdentity: { type: "IAMUser", arn: `arn:aws:iam::${instance.account}:user/${name}` },
        requestParameters: {
          [names]: instance.id,
          userData: "<sensitiveDataRemoved>",
          instanceOSUser: name,
        },
        responseElements: { sessionId: `${name}-0e34861185201706f` },
      }),
      told: [{ id: UUID, event, source: "cloudtrail", at, instance }],
    }));
}

/** A command, as it is sent or as it becomes of it on an instance. */
function commands({ instance = ours, at = recent }: Of = {}): fc.Arbitrary<Good> {
  const told = (source: string, at: string, instance: InstanceName) =>
    ({ id: UUID, event: "ssm_command", source, at, instance }) as const;
  const document = "AWS-RunShellScript";
  return fc.oneof(
    fc.record({ at, instance }).map(({ at, instance }): Good => ({
      queue: "events",
      content: envelope("aws.ssm", instance, at, {
        ...{ "command-id": UUID, "document-name": document, "instance-id": instance.id },
      }),
      told: [told("ssm", at, instance)],
    })),
    fc.record({
      at,
      instance,
      more: fc.subarray([...INSTANCES]),
      others: fc.subarray(["mi-0123456789abcdef0", "i-*", "*", "i-0?"]),
    }).map(({ at, instance, more, others }): Good => {
      const { account, region } = instance;
      const ids = [
        ...new Set([instance, ...more.filter((one) => isAt(one, instance))].map(({ id }) => id)),
      ];
      return {
        queue: "events",
        content: envelope("aws.ssm", instance, at, {
          ...{ eventID: UUID, eventName: "SendCommand" },
          requestParameters: { documentName: document, instanceIds: [...others, ...ids, ...ids] },
          responseElements: { command: { commandId: UUID } },
        }),
        told: ids.map((id) => told("cloudtrail", at, { id, region, account })),
      };
    }),
  );
}

function isAt(one: InstanceName, other: InstanceName): boolean {
  return one.account === other.account && one.region === other.region;
}

const any = (of: Of) => fc.oneof(logins(of), identityDocuments(of), calls(of), commands(of));
const anyGood = any({});
const anyLogin = fc.oneof(logins(), identityDocuments());

/** A member more, as text: no object holds a member `__proto__` that is written as others are. */
function withMember(content: JsonObject, name: string, value: string): string {
  return JSON.stringify(content).replace(/}$/, `,${JSON.stringify(name)}:${value}}`);
}

/** A copy in which what lies at a path is replaced; undefined takes it away. */
function replaced(content: JsonObject, path: string, by: unknown): JsonObject {
  const [name = "", ...rest] = path.split("/");
  const value = rest.length === 0 ? by : replaced(content[name] as JsonObject, rest.join("/"), by);
  return { ...content, [name]: value } as JsonObject;
}

/** The paths of members that a content cannot do without, and that it has. */
function needed({ queue, content }: Good): string[] {
  if (content["schema"] !== undefined) {
    return [
      ...["id", "event", "source", "at", "client", "client/dropped"],
      ...["instance", "instance/id", "instance/region", "instance/account"],
    ];
  }
  if (queue === "logins") return ["instanceId", "accountId", "region"];
  const { detail } = content as { readonly detail: JsonObject };
  return [
    ...["detail-type", "source", "account", "region", "time", "detail"],
    ...["eventID", "eventName", "command-id", "instance-id"].filter((name) => name in detail)
      .map((name) => `detail/${name}`),
  ];
}

/** The path of the first instance's ID. */
function pathOfId({ content }: Good): string {
  if ("instanceId" in content) return "instanceId";
  if ("instance" in content) return "instance/id";
  const { detail } = content as { readonly detail: JsonObject };
  if ("instance-id" in detail) return "detail/instance-id";
  const names = CALLS.map(([, , , name]) => name);
  const asked = detail["requestParameters"] as JsonObject;
  return `detail/requestParameters/${names.find((name) => name in asked)}`;
}

const WRONG: readonly unknown[] = [
  ...[undefined, null, true, 0.5, -1, 1e308, "", "*", " ", [], {}, ["i-0123456789abcdef0"]],
  ...["\ud800", "__proto__", { id: "i-0123456789abcdef0" }, [[]]],
];

const PATTERNS = [
  ...[
    "*",
    "i-*",
    "i-0?",
    "i-[0-9a-f]{17}",
    "i-0123456789abcdef%",
    "i-",
    ".*",
    "mi-0123456789abcdef0",
  ],
  ...["i-0123456789abcdef0\n", "i-0123456789ABCDEF0", "i-０123456789abcdef0", " i-9bb89e2b"],
];

const PROTOTYPE = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "toJSON"];

type Draft = Pick<GeneratedMessage, "queue" | "body" | "expected">;

const asItIs = ({ queue, content, told }: Good): Draft => ({
  ...{ queue, body: JSON.stringify(content), expected: { told } },
});

/** Each kind of input, and how much of it there is. */
const KINDS: Readonly<Record<string, readonly [weight: number, fc.Arbitrary<Draft>]>> = {
  "login": [20, logins().map(asItIs)],
  "message of Skunky's client": [6, identityDocuments().map(asItIs)],
  "call": [10, calls().map(asItIs)],
  "command": [10, commands().map(asItIs)],
  "broken JSON": [
    6,
    fc.tuple(anyGood, fc.nat(), fc.constantFrom("", "}", "\u0000", "NaN"))
      .map(([{ queue, content }, at, more]) => {
        const body = JSON.stringify(content);
        const cut = body.slice(0, at % (body.length - 1));
        return { queue, body: cut + more, expected: { reason: reasonOf(cut + more) } };
      }),
  ],
  "noise": [
    4,
    fc.tuple(fc.constantFrom("logins" as const, "events" as const), fc.string({ unit: "binary" }))
      .map(([queue, text]) => ({ queue, body: `?${text}`, expected: { reason: "not-json" } })),
  ],
  "JSON of another form": [
    4,
    fc.tuple(
      fc.constantFrom("logins" as const, "events" as const),
      fc.jsonValue({ maxDepth: 3 }).filter((value) => JSON.stringify(value).length < 1_000),
    ).map(([queue, value]) => ({
      ...{ queue, body: JSON.stringify([value]), expected: { reason: "malformed" } },
    })),
  ],
  "wrong type": [
    10,
    anyGood.chain((good) =>
      fc.tuple(fc.constantFrom(...needed(good)), fc.constantFrom(...WRONG))
        .map(([path, value]) => ({
          queue: good.queue,
          body: JSON.stringify(replaced(good.content, path, value)),
          expected: { reason: reasonOfWrong(good.queue, path, value) },
        }))
    ),
  ],
  "other version": [
    4,
    fc.tuple(
      anyLogin,
      fc.constantFrom(
        ...["groundskeeper.login/2", "groundskeeper.login/0", "groundskeeper.login/99999999999"],
      ),
    ).map(([{ queue, content }, schema]) => ({
      queue,
      body: JSON.stringify({ ...content, schema }),
      expected: { reason: "unknown-version" },
    })),
  ],
  "other schema": [
    2,
    fc.tuple(anyLogin, fc.constantFrom("", "groundskeeper.plan/1", 1, null, {}, "*"))
      .map(([{ queue, content }, schema]) => ({
        queue,
        body: JSON.stringify({ ...content, schema }),
        expected: { reason: "unknown-schema" },
      })),
  ],
  "large": [
    1,
    fc.tuple(anyGood, fc.constantFrom(8_193, 65_536, 262_144))
      .map(([{ queue, content, told }, bytes]) => {
        const body = withMember(content, "later", '""').replace(/""}$/, (end) => {
          const room = bytes - new TextEncoder().encode(JSON.stringify(content)).length - 11;
          return `"${"x".repeat(room)}${end.slice(1)}`;
        });
        return { queue, body, expected: queue === "logins" ? { reason: "too-large" } : { told } };
      }),
  ],
  "ID that is a pattern": [
    6,
    fc.tuple(fc.oneof(logins(), identityDocuments(), calls()), fc.constantFrom(...PATTERNS))
      .map(([good, id]) => ({
        queue: good.queue,
        body: JSON.stringify(replaced(good.content, pathOfId(good), id)),
        expected: { reason: good.queue === "logins" ? "malformed" : "not-an-instance" },
      })),
  ],
  "other account": [5, any({ instance: ofOthers }).map(asItIs)],
  "other place": [5, any({ instance: misplaced }).map(asItIs)],
  "odd Unicode": [5, fc.oneof(logins({ name: oddText }), calls({ name: oddText })).map(asItIs)],
  "clock skew": [5, fc.oneof(logins({ at: instant }), calls({ at: instant })).map(asItIs)],
  "deep nesting": [
    3,
    fc.tuple(anyGood, fc.constantFrom(['{"":', "}"], ["[", "]"]), fc.constantFrom(30, 32, 900))
      .map(([{ queue, content, told }, [open, close], levels]) => ({
        queue,
        body: withMember(content, "", `${open!.repeat(levels)}0${close!.repeat(levels)}`),
        expected: queue === "logins" && levels > 30 ? { reason: "malformed" } : { told },
      })),
  ],
  "huge number": [
    3,
    fc.tuple(anyGood, fc.constantFrom("1e400", "-1e400", "9".repeat(400), "1e-400"))
      .map(([{ queue, content, told }, number]) => ({
        ...{ queue, body: withMember(content, "later", number), expected: { told } },
      })),
  ],
  "prototype key": [
    3,
    fc.tuple(anyGood, fc.constantFrom(...PROTOTYPE), fc.constantFrom('{"id":"*"}', "1", "null"))
      .map(([{ queue, content, told }, name, value]) => ({
        ...{ queue, body: withMember(content, name, value), expected: { told } },
      })),
  ],
  "prototype": [
    2,
    anyGood.map(({ queue, content }) => ({
      ...{ queue, body: withMember({ a: 1 }, "__proto__", JSON.stringify(content)) },
      expected: { reason: "malformed" },
    })),
  ],
};

/** Of a text that may be JSON by chance, such as a digit. */
function reasonOf(body: string): string {
  try {
    JSON.parse(body);
    return "malformed";
  } catch {
    return "not-json";
  }
}

/** A text in the place of a text is read, and then refused by what it means. */
function reasonOfWrong(queue: Good["queue"], path: string, value: unknown): string {
  if (typeof value !== "string" || queue === "logins") return "malformed";
  if (path === "detail/instance-id") return "not-an-instance";
  const names = ["detail-type", "source", "detail/eventName"];
  return names.includes(path) ? "unknown-event" : "malformed";
}

/** Messages that can be used, each with the name of a person in every place that has one. */
export function messagesOf(name: string): fc.Arbitrary<Pick<GeneratedMessage, "queue" | "body">> {
  const names = { name: fc.constant(name) };
  return fc.oneof(logins(names), calls(names)).map(asItIs);
}

/** One message of any kind. */
export const arbitraryMessage: fc.Arbitrary<GeneratedMessage> = fc.oneof(
  ...Object.entries(KINDS).map(([kind, [weight, arbitrary]]) => ({
    weight,
    arbitrary: arbitrary.map((draft) => ({ kind, id: UUID, sentAt: SENT_AT, ...draft })),
  })),
);

/**
 * Messages of all kinds, the same for the same seed, no two of one ID but those that are delivered or
 * sent twice: about one in twenty, some time later. What is delivered twice has the same ID of SQS;
 * what is sent twice has another one, and tells the same event if its body has an ID.
 */
export function generatedMessages(count: number, seed = 42): GeneratedMessage[] {
  const drafts = fc.sample(arbitraryMessage, { seed, numRuns: count });
  const numbered = drafts.map((draft, at) => withNumber(draft, at));
  return numbered.map((message, at) => {
    if (at % 20 !== 19) return message;
    const { kind, ...earlier } = numbered[at - 1 - (at * 7) % 18]!;
    return at % 40 === 19
      ? { ...earlier, kind: `${kind}, delivered twice` }
      : { ...earlier, ...sentAgain(earlier, at), kind: `${kind}, sent twice` };
  });
}

function withNumber(message: GeneratedMessage, at: number): GeneratedMessage {
  const place = (text: string) =>
    text.replaceAll(ULID, ULID.slice(0, 10) + String(at).padStart(16, "0"))
      .replaceAll(UUID, uuidOf(at));
  return {
    ...message,
    id: uuidOf(at),
    body: place(message.body),
    expected: JSON.parse(place(JSON.stringify(message.expected))),
  };
}

/** The message of Skunky's client has no ID: sent twice, it is two events. */
function sentAgain(
  { id: earlier, expected }: Pick<GeneratedMessage, "id" | "expected">,
  at: number,
): Pick<GeneratedMessage, "id" | "expected"> {
  const id = uuidOf(at);
  if ("reason" in expected) return { id, expected };
  const told = expected.told.map((one) =>
    one.source === "skunky" && one.id === earlier ? { ...one, id } : one
  );
  return { id, expected: { told } };
}

function uuidOf(at: number): string {
  return UUID.slice(0, 24) + at.toString(16).padStart(12, "0");
}
