import assert from "assert";
import { LOGIN_MAX_BYTES } from "../../runners/core/contract/login.ts";
import { always, type Fault, once, throttle } from "../aws/faults.ts";
import type { MetadataBehaviour, MetadataFacts } from "../aws/metadata_service.ts";
import { ClientWorld, factsOf, INSTANCE, SESSION } from "./client_world.ts";
import { commandOf, type Ended } from "./programs.ts";

const QUIET: Ended = { code: 0, stdout: "", stderr: "" };
const SEND = { action: "sqs:SendMessage" };

/** An instance with some sessions in its spool, one after the other. */
async function worldWith(users: readonly string[]): Promise<ClientWorld> {
  const world = await ClientWorld.open();
  for (const PAM_USER of users) await world.login("report", { ...SESSION, PAM_USER });
  return world;
}

const usersIn = (messages: readonly { readonly pam?: { readonly user: string } }[]) =>
  messages.map(({ pam }) => pam?.user);

Deno.test("sessions are sent in their order, say who and where, and leave the spool", async () => {
  await using world = await worldWith(["alice", "bob", "carol"]);
  assert.equal(world.waiting().length, 3);
  const ids = world.waiting().map((name) => name.replace(".json", ""));
  assert.deepEqual(await world.login("drain"), QUIET);
  assert.deepEqual(world.waiting(), []);
  const sent = world.aws.proxy.calls.filter(({ action }) => action === SEND.action);
  const bodies = sent.map(({ parameters }) => JSON.parse(parameters["MessageBody"] ?? ""));
  assert.deepEqual(bodies.map(({ id }) => id), ids);
  const messages = await world.messages();
  assert.deepEqual(usersIn(messages), ["alice", "bob", "carol"]);
  const [{ id, at, proof, ...message } = bodies[0]] = messages;
  assert.deepEqual(message, {
    schema: "groundskeeper.login/1",
    event: "session_open",
    source: "pam",
    instance: { id: INSTANCE, region: "us-east-1", account: world.account },
    pam: { service: "sshd", type: "open_session", user: "alice", rhost: "203.0.113.9", tty: "ssh" },
    client: { version: "0.1.0", dropped: 0 },
  });
  assert.ok(id && at && proof);
  const proofs = messages.map((one) => one.proof?.url);
  assert.equal(new Set(proofs).size, 3, "each message has a proof of its own");
});

Deno.test("nothing is asked and nothing said where nothing waits", async () => {
  await using world = await ClientWorld.open();
  assert.deepEqual(await world.login("drain"), QUIET);
  assert.deepEqual(world.metadata.requests, []);
});

/** What the metadata service does, so that nothing can be sent; the spool keeps all of it. */
const METADATA: readonly {
  readonly name: string;
  readonly behaviour?: MetadataBehaviour;
  readonly facts?: (facts: MetadataFacts) => MetadataFacts;
  readonly says: RegExp;
}[] = [
  { name: "hangs", behaviour: "hangs", says: /Cannot ask http:.*no answer within 2000 ms/ },
  { name: "drops tokens", behaviour: "drops-tokens", says: /no answer within 2000 ms/ },
  { name: "is off", behaviour: "off", says: /gives no token: status 403\. Turn it on/ },
  { name: "is too slow", behaviour: { delayMs: 2_500 }, says: /no answer within/ },
  {
    name: "has no instance profile",
    facts: ({ profile: _, ...facts }) => facts,
    says: /has no instance profile\. Attach one/,
  },
  {
    name: "cannot assume the profile's role",
    facts: (facts) => ({
      ...facts,
      paths: {
        "/latest/meta-data/iam/security-credentials/web":
          '{"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"}',
      },
    }),
    says: /no credentials at .*web: AssumeRoleUnauthorizedAccess/,
  },
  ...["", "{", "[]", "null", '{"instanceId":"i-1"}', '{"instanceId":{}}', "x".repeat(70_000)].map((
    body,
  ) => ({
    name: `has the identity document ${body.slice(0, 20)}`,
    behaviour: { path: "/latest/dynamic/instance-identity/document", body },
    says: /does not name the instance|has no JSON at|the answer is too long/,
  })),
  ...[500, 503, 400, 401].map((status) => ({
    name: `answers ${status} for the identity role`,
    behaviour: {
      path: "/latest/meta-data/identity-credentials/ec2/security-credentials/ec2-instance",
      status,
      body: "",
    },
    says: new RegExp(`answered ${status} to .*identity-credentials`),
  })),
];

async function losesNothing({ behaviour, facts, says }: typeof METADATA[number]): Promise<void> {
  await using world = await worldWith(["alice"]);
  if (behaviour) world.metadata.behaviour = behaviour;
  if (facts) world.metadata.facts = facts(world.metadata.facts);
  const { code, stdout, stderr } = await world.login("drain");
  assert.deepEqual([code, stdout], [1, ""]);
  assert.match(stderr, says);
  assert.ok(stderr.trim().split("\n").length === 1, stderr);
  assert.equal(world.waiting().length, 1);
  world.metadata.behaviour = "answers";
  world.metadata.facts = factsOf(world.account);
  assert.deepEqual(await world.login("drain"), QUIET);
  assert.deepEqual(usersIn(await world.messages()), ["alice"]);
}

const isSlow = ({ says }: typeof METADATA[number]) => says.source.includes("no answer within");

for (const row of METADATA.filter((row) => !isSlow(row))) {
  Deno.test(`nothing is lost while the metadata service ${row.name}`, () => losesNothing(row));
}

Deno.test("nothing is lost while the metadata service hangs, drops tokens or is too slow", async () => {
  const slow = METADATA.filter(isSlow);
  assert.equal(slow.length, 3);
  await Promise.all(slow.map(losesNothing));
});

/** What SQS does, so that the message is sent later. */
const LATER: readonly (readonly [name: string, fault: Fault, says: RegExp])[] = [
  [
    "denies",
    { kind: "error", code: "AccessDeniedException", status: 403 },
    /Allow sqs:SendMessage/,
  ],
  ["has no such queue", {
    kind: "error",
    code: "QueueDoesNotExist",
    status: 400,
  }, /QueueDoesNotExist/],
  ["fails", { kind: "error", code: "InternalFailure", status: 500 }, /InternalFailure/],
  ["answers nonsense", { kind: "replace", status: 200, body: "<html>" }, /status 200/],
  ["answers no message ID", { kind: "replace", status: 200, body: "{}" }, /status 200/],
  ["answers half", { kind: "truncate", how: "cut" }, /Cannot ask|status 200/],
  ["drops the connection", { kind: "drop" }, /Cannot ask http/],
  ["hangs", { kind: "hang" }, /no answer within 5000 ms/],
  ["redirects", {
    kind: "replace",
    status: 307,
    body: "",
    headers: { location: "http://127.0.0.1:1/" },
  }, /status 307/],
  ["says that the signature is too old", {
    kind: "replace",
    status: 403,
    body:
      '{"__type":"com.amazon.coral.service#SignatureDoesNotMatch","message":"Signature expired"}',
  }, /SignatureDoesNotMatch\. Signature expired/],
];

for (const [name, fault, says] of LATER) {
  Deno.test(`nothing is lost where SQS ${name}, and one queue is asked once`, async () => {
    await using world = await worldWith(["alice", "bob"]);
    const end = world.aws.proxy.onCall(always(SEND, fault));
    const { code, stderr } = await world.login("drain");
    assert.equal(code, 1);
    assert.match(stderr, says);
    assert.equal(world.aws.proxy.calls.filter(({ action }) => action === SEND.action).length, 1);
    assert.equal(world.waiting().length, 2);
    end();
    assert.deepEqual(await world.login("drain"), QUIET);
    // "answers half" had its effect: the message is there twice, with one ID.
    assert.deepEqual([...new Set(usersIn(await world.messages()))], ["alice", "bob"]);
  });
}

Deno.test("a throttled message is sent by the next drain", async () => {
  await using world = await worldWith(["alice"]);
  world.aws.proxy.onCall(throttle(SEND, 1));
  const { code, stderr } = await world.login("drain");
  assert.equal(code, 1);
  assert.match(stderr, /RequestThrottled\. Rate exceeded/);
  assert.deepEqual(await world.login("drain"), QUIET);
});

Deno.test("a clock that is off is named, with how much", async () => {
  await using world = await worldWith(["alice"]);
  world.aws.proxy.setClock(-20 * 60_000);
  world.aws.proxy.onCall(once(SEND, { kind: "error", code: "RequestExpired", status: 403 }));
  const { stderr } = await world.login("drain");
  assert.match(stderr, /RequestExpired.* The clock is 20 minutes fast: set it/);
});

Deno.test("an answer that is lost after its effect gives the same event twice, with one id", async () => {
  await using world = await worldWith(["alice"]);
  world.aws.proxy.onCall(once(SEND, { kind: "lose-answer" }));
  assert.equal((await world.login("drain")).code, 1);
  assert.equal((await world.login("drain")).code, 0);
  const messages = await world.messages();
  assert.equal(messages.length, 2);
  assert.equal(new Set(messages.map(({ id }) => id)).size, 1);
});

/** Files that are no events, or that SQS never takes. */
const DAMAGED: readonly (readonly [name: string, text: string])[] = [
  ["nothing", ""],
  ["half of an event", '{"to":"queueUrl","id":"01'],
  ["another document", '{"a":1}'],
  ["a list", "[]"],
  ["an event for a queue that is no setting", '{"to":"x","id":"1","event":"hello"}'],
  ["more than a message holds", "x".repeat(LOGIN_MAX_BYTES + 1)],
];

Deno.test("damaged files are dropped and counted, and the others are sent", async () => {
  await using world = await worldWith(["alice"]);
  for (const [index, [, text]] of DAMAGED.entries()) {
    const name = `0000000000000000000000000${index}.json`;
    await Deno.writeTextFile(`${world.spool}/${name}`, text);
  }
  await Deno.mkdir(`${world.spool}/00000000000000000000000009.json/x`, { recursive: true });
  await Deno.writeTextFile(`${world.spool}/README`, "not an event");
  const { code, stderr } = await world.login("drain");
  assert.equal(code, 0);
  assert.equal(stderr.match(/Dropped \w+\.json: it is damaged/g)?.length, 7, stderr);
  const [message] = await world.messages();
  assert.deepEqual([message?.pam?.user, message?.client.dropped], ["alice", 7]);
  assert.equal(world.dropped(), 7);
  assert.deepEqual(world.waiting(), []);
});

for (
  const [name, fault] of [
    ["InvalidMessageContents", { kind: "error", code: "InvalidMessageContents", status: 400 }],
    ["a body that is too long", {
      kind: "error",
      code: "InvalidParameterValue",
      status: 400,
      message: "Reason: Message must be shorter than 1024 bytes.",
    }],
    ["413", { kind: "replace", status: 413, body: "" }],
  ] as const satisfies readonly (readonly [string, Fault])[]
) {
  Deno.test(`a message that SQS never takes is dropped and counted: ${name}`, async () => {
    await using world = await worldWith(["alice", "bob"]);
    world.aws.proxy.onCall(once(SEND, fault));
    const { code, stderr } = await world.login("drain");
    assert.equal(code, 0);
    assert.match(stderr, /Dropped 0\w+\.json: SQS took no message/);
    assert.equal(world.dropped(), 1);
    assert.deepEqual(usersIn(await world.messages()), ["bob"]);
  });
}

Deno.test("a configuration that is not believed sends nothing, and says why", async () => {
  await using world = await worldWith(["alice"]);
  await Deno.chmod(`${world.folder}/client.json`, 0o664);
  const { code, stderr } = await world.login("drain");
  assert.equal(code, 1);
  assert.match(stderr, /^Cannot use .*client\.json: others can write it/);
  assert.deepEqual(world.metadata.requests, []);
  assert.equal(world.waiting().length, 1);
});

Deno.test("an instance without an identity role sends without a proof", async () => {
  await using world = await worldWith(["alice"]);
  const { identity: _, ...facts } = world.metadata.facts;
  world.metadata.facts = facts;
  assert.deepEqual(await world.login("drain"), QUIET);
  const [message] = await world.messages();
  assert.equal(message?.proof, undefined);
});

Deno.test("the longest session fits with its proof, and a token as long as a page goes without", async () => {
  await using world = await ClientWorld.open();
  const longest = Object.fromEntries(Object.keys(SESSION).map((name) => [name, '"'.repeat(9_000)]));
  const details = Array.from(
    { length: 30 },
    (_, at) => `--detail ${at}${"é".repeat(300)}=${"x".repeat(900)}`,
  );
  const certificate = JSON.parse(
    await Deno.readTextFile(new URL("../cases/client/ssh_keys.json", import.meta.url)),
  )[0].line;
  const env = { ...longest, PAM_TYPE: "open_session", SSH_AUTH_INFO_0: certificate };
  await world.login(`report --event x-${"a".repeat(40)} ${details.join(" ")}`, env);
  for (const length of [2_000, 6_000]) {
    world.metadata.facts = {
      ...world.metadata.facts,
      identity: { ...world.metadata.facts.identity!, Token: "a".repeat(length) },
    };
    const [name = ""] = world.waiting();
    const text = await Deno.readTextFile(`${world.spool}/${name}`);
    assert.deepEqual(await world.login("drain"), QUIET);
    const [message] = await world.messages();
    const bytes = new TextEncoder().encode(JSON.stringify(message)).length;
    assert.ok(bytes <= LOGIN_MAX_BYTES, `${bytes} bytes`);
    assert.equal(message?.proof !== undefined, length === 2_000);
    await Deno.writeTextFile(`${world.spool}/${name}`, text);
  }
});

Deno.test("no proxy of the environment sees a request", async () => {
  const seen: string[] = [];
  const proxy = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    seen.push(request.url);
    return new Response("");
  });
  await using world = await worldWith(["alice"]);
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const names = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
  ];
  const proxies = Object.fromEntries(names.map((name) => [name, address]));
  assert.deepEqual(await world.login("drain", { ...proxies, NODE_USE_ENV_PROXY: "1" }), QUIET);
  assert.deepEqual(seen, []);
  assert.equal((await world.messages()).length, 1);
  await proxy.shutdown();
});

/** Whether the program still ran when it was killed after this time. */
async function isKilled(args: string[], env: Record<string, string>, ms: number): Promise<boolean> {
  const child = new Deno.Command(Deno.execPath(), { args, clearEnv: true, env, stderr: "null" })
    .spawn();
  const timer = setTimeout(() => {
    try {
      child.kill("SIGKILL");
    } catch (error) {
      // It has ended by itself.
      if (!(error instanceof TypeError)) throw error;
    }
  }, ms);
  const { signal } = await child.status;
  clearTimeout(timer);
  return signal === "SIGKILL";
}

Deno.test("a drain that is killed at any moment loses nothing", async () => {
  const users = Array.from({ length: 12 }, (_, at) => `user${at}`);
  await using world = await worldWith(users);
  const local = [world.metadata.endpoint, world.aws.endpoint];
  const args = await commandOf("login", ["drain"], { folder: world.folder, local });
  let kills = 0;
  // From the start of the process until it is long done.
  for (let ms = 0; world.waiting().length > 0; ms += 7) {
    if (await isKilled(args, {}, ms)) kills++;
  }
  assert.ok(kills > 3, `${kills} kills`);
  const messages = await world.messages();
  assert.deepEqual([...new Set(usersIn(messages))].sort(), [...users].sort());
  assert.equal(new Set(messages.map(({ id }) => id)).size, users.length);
  assert.equal(world.dropped(), 0);
});

Deno.test("a report that is killed at any moment leaves a complete event or none", async () => {
  await using world = await ClientWorld.open();
  const args = await commandOf("login", ["report"], { folder: world.folder });
  let kills = 0;
  for (let ms = 0; ms < 30; ms++) {
    if (await isKilled(args, SESSION, ms)) kills++;
  }
  await world.login("report", SESSION);
  assert.ok(kills > 3, `${kills} kills`);
  for (const name of world.waiting()) {
    const event = JSON.parse(await Deno.readTextFile(`${world.spool}/${name}`));
    assert.equal(`${event.id}.json`, name);
  }
  assert.deepEqual((await world.login("drain")).code, 0);
});

Deno.test("what was cut while it was written is dropped and counted after an hour", async () => {
  await using world = await worldWith(["alice"]);
  const [old, fresh] = ["old", "fresh"].map((name) => `${world.spool}/tmp/${name}`);
  for (const path of [old!, fresh!]) await Deno.writeTextFile(path, "{");
  const twoHoursAgo = new Date(Date.now() - 2 * 3_600_000);
  await Deno.utime(old!, twoHoursAgo, twoHoursAgo);
  assert.deepEqual(await world.login("drain"), QUIET);
  assert.deepEqual([...Deno.readDirSync(`${world.spool}/tmp`)].map(({ name }) => name), ["fresh"]);
  assert.equal((await world.messages())[0]?.client.dropped, 1);
});

Deno.test("an instance does not tell of the sessions of the one that its image was made of", async () => {
  await using world = await worldWith(["builder"]);
  const { profile: _, ...builder } = world.metadata.facts;
  world.metadata.facts = builder;
  // The one that builds the image has no profile, so that nothing is sent, and drops an event.
  await Deno.writeTextFile(`${world.spool}/dropped`, ".");
  assert.equal((await world.login("drain")).code, 1);
  assert.equal(world.waiting().length, 1);
  const facts = factsOf(world.account);
  const pendingTime = new Date().toISOString();
  world.metadata.facts = { ...facts, instanceId: "i-0aaaaaaaaaaaaaaaa", document: { pendingTime } };
  await world.login("report", { ...SESSION, PAM_USER: "alice" });
  const { code, stderr } = await world.login("drain");
  assert.equal(code, 0);
  assert.match(
    stderr,
    /^Removed \w+\.json: it happened on the instance that the image was made of$/m,
  );
  const messages = await world.messages();
  assert.deepEqual(usersIn(messages), ["alice"]);
  assert.equal(messages[0]?.client.dropped, 0);
});

Deno.test("an instance that was stopped and started tells of what waited", async () => {
  await using world = await worldWith(["before"]);
  world.metadata.facts = {
    ...world.metadata.facts,
    document: { pendingTime: new Date(Date.now() + 60_000).toISOString() },
  };
  assert.deepEqual(await world.login("drain"), QUIET);
  await world.login("report", SESSION);
  assert.deepEqual(await world.login("drain"), QUIET);
  assert.deepEqual(usersIn(await world.messages()), ["before", "alice"]);
});

Deno.test("hello goes to both queues, each with a proof of its own", async () => {
  await using world = await ClientWorld.open();
  await world.configure({ helloQueueUrl: world.helloQueueUrl });
  assert.deepEqual(await world.login("hello"), QUIET);
  const [login] = await world.messages();
  const [hello] = await world.messages(world.helloQueueUrl);
  assert.deepEqual([login?.event, login?.source], ["hello", "boot"]);
  assert.deepEqual([hello?.event, hello?.source], ["hello", "boot"]);
  const audiences = [login, hello].map((one) => one?.proof?.headers["x-groundskeeper-audience"]);
  assert.match(audiences[0]!, new RegExp(`^arn:aws:sqs:us-east-1:${world.account}:logins\\|`));
  assert.match(audiences[1]!, new RegExp(`^arn:aws:sqs:us-east-1:${world.account}:hellos\\|`));
});

Deno.test("a hello that cannot be sent waits, and one queue does not hold up the other", async () => {
  await using world = await ClientWorld.open();
  await world.configure({ helloQueueUrl: `${world.helloQueueUrl}-gone` });
  const { code, stderr } = await world.login("hello");
  assert.equal(code, 1);
  assert.match(stderr, /SQS took no message/);
  assert.equal((await world.messages()).length, 1);
  assert.equal(world.waiting().length, 1);
  await world.login("report", SESSION);
  assert.equal((await world.login("drain")).code, 1);
  assert.deepEqual(usersIn(await world.messages()), ["alice"]);
  await world.configure({});
  const dropped = await world.login("drain");
  assert.match(dropped.stderr, /Dropped \w+\.json: client\.json has no helloQueueUrl/);
  assert.equal(dropped.code, 0);
});

Deno.test("a client whose spool cannot be written says no hello", async () => {
  await using world = await ClientWorld.open();
  await Deno.writeTextFile(world.spool, "a file");
  assert.equal((await world.login("hello")).code, 1);
  assert.deepEqual(await world.messages(), []);
});

Deno.test("of the first sessions, many at once, none is lost", async () => {
  await using world = await ClientWorld.open();
  const reports = Array.from({ length: 20 }, () => world.login("report", SESSION));
  for (const ended of await Promise.all(reports)) assert.deepEqual(ended, QUIET);
  assert.deepEqual([world.waiting().length, world.dropped()], [20, 0]);
});

Deno.test("of 1,040 sessions, many at once, 1,000 wait, and 40 are counted", async () => {
  await using world = await worldWith(["first"]);
  const [first = ""] = world.waiting();
  const event = JSON.parse(await Deno.readTextFile(`${world.spool}/${first}`));
  for (let at = 1; at < 1_000; at++) {
    const id = `000000000000000000000${String(at).padStart(5, "0")}`;
    await Deno.writeTextFile(`${world.spool}/${id}.json`, JSON.stringify({ ...event, id }));
  }
  assert.equal(world.waiting().length, 1_000);
  const reports = Array.from({ length: 40 }, (_, at) => ({ ...SESSION, PAM_USER: `new${at}` }));
  await Promise.all(reports.map((env) => world.login("report", env)));
  const waiting = world.waiting();
  assert.equal(waiting.length, 1_000);
  assert.equal(world.dropped(), 40);
  assert.equal(waiting[0], "00000000000000000000000041.json");
  assert.ok(waiting.includes(first));
});
