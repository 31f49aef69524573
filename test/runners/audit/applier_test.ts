import assert from "assert";
import type { Session } from "../../../runners/core/aws/session.ts";
import { type AuditChange, kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import type { JsonObject } from "../../../runners/core/json.ts";
import { auditApplier } from "../../../runners/audit/ladder/apply.ts";
import type { Protection } from "../../../runners/audit/observed.ts";
import { readProtection } from "../../../runners/audit/ladder/protection.ts";
import { systemClock } from "../../../runners/core/clock.ts";
import { silent } from "../core/run/apply/apply_in_store.ts";
import { configOf, DEV, idOf } from "./world.ts";

const config = configOf({ required: [{ key: "owner" }] });
const tools = { config, clock: systemClock, log: silent };
const never = new AbortController().signal;

type Answer = (action: string, input: Record<string, unknown>) => object;

/** A session whose one client answers as it is told, and keeps what it was asked. */
function sessionOf(answer: Answer = () => ({})) {
  const calls: [action: string, input: Record<string, unknown>][] = [];
  const client = {
    send: (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const action = command.constructor.name.replace(/Command$/, "");
      calls.push([action, command.input]);
      const empty = { Reservations: [], Tags: [] };
      const metadata = { ...empty, $metadata: { requestId: `request ${calls.length}` } };
      try {
        return Promise.resolve({ ...metadata, ...answer(action, command.input) });
      } catch (error) {
        return Promise.reject(error);
      }
    },
  };
  const session = {
    account: DEV,
    partition: "aws",
    role: "apply",
    principal: "arn",
    client: () => client,
    reading: { abortSignal: never },
  } as unknown as Session;
  return { session, calls };
}

function changeOf(
  number: number,
  action: string,
  before: JsonObject,
  after: JsonObject,
): AuditChange {
  // As much of it as the applier works with.
  return {
    kind: kindOf({ action, after }),
    id: `change ${number}`,
    account: DEV,
    region: "us-east-1",
    action,
    target: `arn:aws:ec2:us-east-1:${DEV}:instance/${idOf(number)}`,
    reason: "",
    before,
    after,
  } as unknown as AuditChange;
}

const KEY = "groundskeeper-audit";
const both: Protection = { termination: true, stop: true };
const mark = changeOf(1, "ec2:CreateTags", { tags: {} }, { key: KEY, value: "gk1/x" });
const unmark = changeOf(1, "ec2:DeleteTags", { tags: { [KEY]: "gk1/x" } }, {
  key: KEY,
  value: null,
});
const stop = (number: number) =>
  changeOf(
    number,
    "ec2:StopInstances",
    { tags: {}, state: "running", instance: { type: "t3.small" } },
    { state: "stopped" },
  );
const terminate = (number: number, protection?: Protection) =>
  changeOf(
    number,
    "ec2:TerminateInstances",
    { state: "stopped", ...(protection ? { protection: { ...protection } } : {}) },
    { state: "terminated" },
  );
const restore = changeOf(1, "ec2:ModifyInstanceAttribute", {}, { protection: { ...both } });
const set = (number: number, name: string, Value: boolean) =>
  ["ModifyInstanceAttribute", { InstanceId: idOf(number), [name]: { Value } }] as const;

const writes: readonly [
  what: string,
  AuditChange[],
  calls: readonly (readonly [string, object])[],
][] = [
  ["sets the mark", [mark], [
    ["CreateTags", { Resources: [idOf(1)], Tags: [{ Key: KEY, Value: "gk1/x" }] }],
  ]],
  ["takes the mark away with its value, so that another one stays", [unmark], [
    ["DeleteTags", { Resources: [idOf(1)], Tags: [{ Key: KEY, Value: "gk1/x" }] }],
  ]],
  ["stops a batch in one call", [stop(1), stop(2)], [
    ["StopInstances", { InstanceIds: [idOf(1), idOf(2)] }],
  ]],
  ["terminates a batch in one call and lifts nothing", [terminate(1), terminate(2)], [
    ["TerminateInstances", { InstanceIds: [idOf(1), idOf(2)] }],
  ]],
  [
    "lifts what was planned, and only that, before it terminates",
    [terminate(1), terminate(2, { termination: true, stop: false }), terminate(3, both)],
    [
      set(2, "DisableApiTermination", false),
      set(3, "DisableApiTermination", false),
      set(3, "DisableApiStop", false),
      ["TerminateInstances", { InstanceIds: [idOf(1), idOf(2), idOf(3)] }],
    ],
  ],
  ["gives protection back", [restore], [
    set(1, "DisableApiTermination", true),
    set(1, "DisableApiStop", true),
  ]],
];

for (const [what, changes, expected] of writes) {
  Deno.test(`the audit ${what}`, async () => {
    const { session, calls } = sessionOf();
    const applier = await auditApplier(session, "us-east-1", tools);
    const { requestId } = await applier.write(changes, never);
    assert.equal(requestId, `request ${expected.length}`);
    assert.deepEqual(calls, expected);
  });
}

Deno.test("what was lifted for a termination is taken back, and nothing else", async () => {
  const { session, calls } = sessionOf();
  const applier = await auditApplier(session, "us-east-1", tools);
  for (const change of [mark, unmark, stop(1), terminate(1), restore]) {
    await applier.takeBack(change, never);
  }
  assert.deepEqual(calls, []);
  await applier.takeBack(terminate(2, { termination: false, stop: true }), never);
  assert.deepEqual(calls, [set(2, "DisableApiStop", true)]);
});

Deno.test("where the first lift fails, nothing is terminated", async () => {
  const { session, calls } = sessionOf((action) => {
    if (action === "ModifyInstanceAttribute") throw new Error("no");
    return {};
  });
  const applier = await auditApplier(session, "us-east-1", tools);
  await assert.rejects(applier.write([terminate(1, both), terminate(2)], never), { message: "no" });
  assert.deepEqual(calls.map(([action]) => action), ["ModifyInstanceAttribute"]);
});

const recordOf = (state: string, Tags: readonly object[] = []) => ({
  InstanceId: idOf(1),
  InstanceType: "t3.small",
  State: { Name: state },
  LaunchTime: new Date("2026-11-01T00:00:00Z"),
  ImageId: "ami-00000000000000001",
  RootDeviceType: "ebs",
  Tags,
});
const inState = (state: string | undefined): Answer => (action) =>
  action === "DescribeInstances" && state !== undefined
    ? { Reservations: [{ Instances: [recordOf(state)] }] }
    : {};
const tagged = (Value: string | undefined): Answer => (action) =>
  action === "DescribeTags" && Value !== undefined
    ? { Tags: [{ ResourceId: idOf(1), Key: KEY, Value }] }
    : {};

const twice = (...states: string[]): Answer => (action) =>
  action === "DescribeInstances"
    ? { Reservations: states.map((state) => ({ Instances: [recordOf(state)] })) }
    : {};

const start = changeOf(1, "ec2:StartInstances", { state: "stopped" }, { state: "running" });

const effects: readonly [what: string, AuditChange, Answer, seen: boolean][] = [
  ["a stop of what is stopping", stop(1), inState("stopping"), true],
  ["a stop of what is stopped", stop(1), inState("stopped"), true],
  ["a stop of what still runs", stop(1), inState("running"), false],
  ["a stop of what is not listed", stop(1), inState(undefined), false],
  ["a start of what runs", start, inState("running"), true],
  ["a start of what may stop again", start, inState("pending"), false],
  ["a start of what has stopped again", start, inState("stopped"), false],
  ["a start of what is not listed", start, inState(undefined), false],
  ["a termination of what is shutting down", terminate(1), inState("shutting-down"), true],
  ["a termination of what is terminated", terminate(1), inState("terminated"), true],
  ["a termination of what is still stopped", terminate(1), inState("stopped"), false],
  ["a termination of what is not listed", terminate(1), inState(undefined), false],
  [
    "a stop of what is listed as stopped and as running",
    stop(1),
    twice("stopped", "running"),
    false,
  ],
  ["a stop of what is listed as stopped twice", stop(1), twice("stopped", "stopped"), true],
  ["a mark that DescribeTags tells of", mark, tagged("gk1/x"), true],
  ["a mark of which DescribeTags tells another", mark, tagged("gk1/y"), false],
  ["a mark that DescribeTags does not tell of", mark, tagged(undefined), false],
  ["a mark taken away that is gone", unmark, tagged(undefined), true],
  ["a mark taken away that is there", unmark, tagged("gk1/x"), false],
  ["protection given back", restore, () => ({}), true],
];

for (const [what, change, answer, seen] of effects) {
  Deno.test(`the effect of ${what} is ${seen ? "" : "not "}seen`, async () => {
    const { session } = sessionOf(answer);
    const applier = await auditApplier(session, "us-east-1", tools);
    const effects = await applier.readBack([change], never);
    assert.deepEqual([...effects.keys()], seen ? [change.id] : []);
  });
}

const BOTH =
  "It is in doubt now: DescribeInstances lists it twice, and differently: which copy is " +
  "true is not known";
const owner = [{ Key: "owner", Value: "alice" }];
const records = (...Instances: readonly object[]): Answer => (action) =>
  action === "DescribeInstances" ? { Reservations: [{ Instances }] } : {};

const doubts: readonly [what: string, Answer, why: string | undefined][] = [
  ["is listed twice and equal", records(recordOf("running"), recordOf("running")), undefined],
  [
    "has a stale copy after the fresh one",
    records(recordOf("running"), recordOf("running", owner)),
    BOTH,
  ],
  [
    "has a stale copy before the fresh one",
    records(recordOf("running", owner), recordOf("running")),
    BOTH,
  ],
  [
    "is of another type",
    records({ ...recordOf("running"), InstanceType: "i3.xlarge" }),
    "Its type is i3.xlarge now",
  ],
  [
    "is without its state",
    records({ ...recordOf("running"), State: undefined }),
    "It is in doubt now: DescribeInstances does not say its State.Name",
  ],
  [
    "has two values of a key in DescribeTags",
    (action, input) =>
      action === "DescribeTags"
        ? { Tags: ["a", "b"].map((Value) => ({ ResourceId: idOf(1), Key: "x", Value })) }
        : inState("running")(action, input),
    'It is in doubt now: DescribeTags gives two values of its tag "x"',
  ],
];

for (const [what, answer, why] of doubts) {
  Deno.test(`seconds before it is stopped, an instance that ${what} ${why ? "is not" : "is"}`, async () => {
    const { session } = sessionOf(answer);
    const applier = await auditApplier(session, "us-east-1", tools);
    assert.equal((await applier.recheck([stop(1)])).get("change 1"), why);
  });
}

Deno.test("before a write each instance is asked for by its id, in both sources", async () => {
  const { session, calls } = sessionOf(inState("running"));
  const applier = await auditApplier(session, "us-east-1", tools);
  const drifted = await applier.recheck([stop(1), stop(2)]);
  assert.deepEqual([...drifted], [["change 2", "The instance is gone"]]);
  assert.deepEqual(calls.map(([action, { Filters }]) => [action, Filters]), [
    ["DescribeInstances", [{ Name: "instance-id", Values: [idOf(1), idOf(2)] }]],
    ["DescribeTags", [{ Name: "resource-id", Values: [idOf(1), idOf(2)] }]],
  ]);
});

const attribute = (termination?: boolean, stop?: boolean): Answer => (_, { Attribute }) =>
  Attribute === "disableApiTermination"
    ? { DisableApiTermination: { Value: termination } }
    : { DisableApiStop: { Value: stop } };

const NOT_SAID = "EC2 answered without it";
const readings: readonly [what: string, Answer, Protection | string][] = [
  ["both are said", attribute(true, false), { termination: true, stop: false }],
  ["nothing protects", attribute(false, false), { termination: false, stop: false }],
  ["one is not said", attribute(false, undefined), NOT_SAID],
  ["the other is not said", attribute(undefined, false), NOT_SAID],
  ["nothing is said", () => ({}), NOT_SAID],
  ["the question fails", () => {
    throw new Error("throttled");
  }, "throttled"],
];

for (const [what, answer, protection] of readings) {
  const verdict = typeof protection === "string" ? "unknown, which is no leave" : "known";
  Deno.test(`where ${what}, an instance's protection is ${verdict}`, async () => {
    const { session } = sessionOf(answer);
    assert.deepEqual(
      await readProtection(session, "us-east-1", idOf(1)),
      typeof protection === "string"
        ? { protection: null, protectionUnread: protection }
        : { protection },
    );
  });
}

Deno.test("a signal while protection is read is no unread protection", async () => {
  const { session } = sessionOf(() => {
    throw new DOMException("stop", "AbortError");
  });
  await assert.rejects(readProtection(session, "us-east-1", idOf(1)), { name: "AbortError" });
});
