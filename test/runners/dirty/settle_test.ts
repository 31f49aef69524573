import assert from "assert";
import type { InstanceName } from "../../../runners/core/contract/login.ts";
import type { Json } from "../../../runners/core/json.ts";
import { messageRows } from "../../../runners/core/queue/message_rows.ts";
import {
  CLEARANCES,
  INSTANCES,
  LEDGER_EVENTS,
  TAGS,
  UNSETTLED,
  UNTOLD,
} from "../../../runners/dirty/ledger.ts";
import { recordEvent } from "../../../runners/dirty/record.ts";
import { isDoubted, isMarked, readEntry } from "../../../runners/dirty/standing.ts";
import { NOBODY } from "../../../runners/dirty/told.ts";
import { dirtyScene } from "./dirty_scene.ts";
import { awsError, type MemoryAws, type MemoryCall } from "./memory_aws.ts";
import { commandRun, commandSent, DB, login, type Sent, WEB } from "./queued_message.ts";

const HOUR_MS = 3_600_000;

function refuse(aws: MemoryAws, action: MemoryCall["action"], code = "AccessDenied", id?: string) {
  aws.before = (call) => {
    if (call.action === action && (!id || call.ids.includes(id))) return awsError(code);
  };
}

type Scene = ReturnType<typeof dirtyScene>;

/** What the ledger has of an instance, in short. */
async function ledgerOf({ store }: Scene, { account, id }: InstanceName = WEB) {
  const entry = await readEntry(store, account, id);
  const events = await Array.fromAsync(LEDGER_EVENTS.of(account).list(store, `${id}/`));
  return {
    events: events.map(({ value: { level, verification } }) => `${level} ${verification}`).sort(),
    isMarked: isMarked(entry),
    tag: entry.tag?.state,
  };
}

async function openIn({ store }: Scene): Promise<number> {
  return (await UNSETTLED.read(store)).size + (await UNTOLD.read(store)).size;
}

const LATER: readonly (readonly [Sent, what: string, Awaited<ReturnType<typeof ledgerOf>>])[] = [
  ["instance", "is verified", { events: ["verified done"], isMarked: true, tag: "written" }],
  ["other role", "is refuted", { events: ["claimed refuted"], isMarked: false, tag: undefined }],
];

for (const [sent, what, expected] of LATER) {
  Deno.test(`a sender that could not be compared for an hour ${what} then`, async () => {
    const scene = dirtyScene({ instances: [WEB] });
    const { serve, settler } = scene.begin();
    refuse(scene.aws, "sts:AssumeRole");
    const { handled } = await serve([login(WEB, sent, scene.clock.now())]);
    const pending = { events: ["claimed pending"], isMarked: false, tag: undefined };
    assert.deepEqual([handled, await ledgerOf(scene)], [1, pending]);
    scene.aws.before = () => {};
    await scene.clock.advance(HOUR_MS);
    assert.equal(await settler.settleAll(), 0);
    assert.deepEqual(await ledgerOf(scene), expected);
  });
}

Deno.test("of an instance that is gone before its sender is compared, nothing can be proven", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve, settler } = scene.begin();
  refuse(scene.aws, "ec2:DescribeInstances");
  await serve([login(WEB, "instance", scene.clock.now())]);
  scene.aws.before = () => {};
  scene.aws.instances.delete(WEB.id);
  // It may have been launched just now, and not be listed yet.
  await scene.clock.advance(60_000);
  assert.equal(await settler.settleAll(), 1);
  await scene.clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  const unprovable = { events: ["claimed unprovable"], isMarked: false, tag: undefined };
  assert.deepEqual(await ledgerOf(scene), unprovable);
});

const CHANGES = [["verified", "claimed"], ["claimed", "verified"]] as const;

for (const [from, to] of CHANGES) {
  Deno.test(`if dirty.require becomes ${to} from ${from} while a sender is compared, its event is counted once`, async () => {
    const scene = dirtyScene({ instances: [WEB], dirty: { require: from } });
    refuse(scene.aws, "sts:AssumeRole");
    await scene.begin().serve([login(WEB, "instance", scene.clock.now())]);
    scene.aws.before = () => {};
    assert.equal(await scene.begin({ require: to }).settler.settleAll(), 0);
    const { marks, doubts } = (await INSTANCES.of(WEB.account).get(scene.store, WEB.id))!.value;
    assert.deepEqual([marks, doubts], [1, from === "verified" ? 1 : 0]);
    const verified = { events: ["verified done"], isMarked: true, tag: "written" };
    assert.deepEqual(await ledgerOf(scene), verified);
  });
}

for (const require of ["claimed", "verified"] as const) {
  Deno.test(`a login after a clearance that had counted a refuted one shows, at the level ${require}`, async () => {
    const scene = dirtyScene({ instances: [WEB], dirty: { require } });
    const { serve, settler } = scene.begin();
    refuse(scene.aws, "sts:AssumeRole");
    await serve([login(WEB, "other role", scene.clock.now())]);
    const { marks, doubts } = (await INSTANCES.of(WEB.account).get(scene.store, WEB.id))!.value;
    const at = new Date(scene.clock.now().getTime() + 1_000).toISOString();
    const row = { at, reason: "rebuilt", by: "", marks, doubts, value: null };
    await scene.store.write([CLEARANCES.of(WEB.account).write(WEB.id, row)]);
    scene.aws.before = () => {};
    await scene.clock.advance(HOUR_MS);
    await settler.settleAll();
    const shows = async () => {
      const entry = await readEntry(scene.store, WEB.account, WEB.id);
      return isMarked(entry) || isDoubted(entry);
    };
    assert.equal(await shows(), false);
    await serve([login(WEB, "person", scene.clock.now())]);
    assert.equal(await shows(), true);
  });
}

Deno.test("if a policy forbids the tag of one instance, the others do not wait, and it is tried again", async () => {
  const scene = dirtyScene({ instances: [WEB, DB] });
  const { serve, settler } = scene.begin();
  refuse(scene.aws, "ec2:CreateTags", "UnauthorizedOperation", WEB.id);
  await serve([login(WEB, "proven", scene.clock.now())]);
  await serve([login(DB, "proven", scene.clock.now())]);
  assert.equal((await ledgerOf(scene)).tag, "forbidden");
  assert.equal((await ledgerOf(scene, DB)).tag, "written");
  const { detail } = (await TAGS.of(WEB.account).get(scene.store, WEB.id))!.value;
  assert.match(detail, /^UnauthorizedOperation: /);
  scene.aws.before = () => {};
  await scene.clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  assert.equal((await ledgerOf(scene)).tag, "written");
});

Deno.test("if IAM fails, what needs no comparison gets its tag all the same", async () => {
  const scene = dirtyScene({ instances: [WEB, DB] });
  const { serve } = scene.begin();
  refuse(scene.aws, "iam:GetInstanceProfile");
  const now = scene.clock.now();
  await serve([login(WEB, "instance", now), login(DB, "proven", now)]);
  assert.equal((await ledgerOf(scene)).tag, undefined);
  assert.equal((await ledgerOf(scene, DB)).tag, "written");
});

Deno.test("an instance whose login comes while EC2 answers for another is not taken for gone", async () => {
  const scene = dirtyScene({ instances: [WEB, DB] });
  const { config, serve, settler } = scene.begin();
  // As after an outage: what is not listed now would not be waited for.
  const receivedAt = new Date(scene.clock.now().getTime() - HOUR_MS);
  scene.aws.after = async ({ action }) => {
    if (action !== "ec2:DescribeInstances") return;
    scene.aws.after = () => {};
    const said = { event: "session_open", source: "pam", at: receivedAt.toISOString() };
    const told = { id: "1", ...said, instance: DB, who: NOBODY, detail: {} };
    const proof = { level: "attested", verification: "done", sender: null } as const;
    await recordEvent(scene.store, config, { told, ...proof, receivedAt });
  };
  await serve([login(WEB, "proven", scene.clock.now())]);
  assert.equal(await settler.settleAll(), 0);
  assert.equal((await ledgerOf(scene, DB)).tag, "written");
});

Deno.test("an instance that is terminated has its rows, and no tag that is waited for", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  scene.aws.instances.get(WEB.id)!.state = "terminated";
  const { serve } = scene.begin();
  await serve([login(WEB, "proven", scene.clock.now())]);
  const gone = { events: ["attested done"], isMarked: true, tag: "gone" };
  assert.deepEqual([await ledgerOf(scene), await openIn(scene)], [gone, 0]);
  assert.ok(!scene.aws.calls.some(({ action }) => action === "ec2:CreateTags"));
});

Deno.test("with tag: null the ledger alone is kept, also of what was open before", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  refuse(scene.aws, "ec2:CreateTags", "RequestLimitExceeded");
  await scene.begin().serve([login(WEB, "proven", scene.clock.now())]);
  assert.equal(await openIn(scene), 1);
  scene.aws.calls.length = 0;
  const { serve, settler } = scene.begin({ tag: null });
  await serve([login(WEB, "proven", scene.clock.now())]);
  assert.equal(await settler.settleAll(), 0);
  assert.ok(!scene.aws.calls.some(({ role }) => role === "mark"));
  assert.equal((await ledgerOf(scene)).isMarked, true);
});

const MARKS: readonly (readonly [string, { [key: string]: Json }, Sent, boolean])[] = [
  [
    "at the level attested, a verified sender marks nothing",
    { require: "attested" },
    "instance",
    false,
  ],
  ["at the level attested, a proof marks", { require: "attested" }, "proven", true],
  ["at the level verified, a person marks nothing", {}, "person", false],
  ["at the level claimed, anybody marks", { require: "claimed" }, "person", true],
  ["an ignored user marks nothing", { ignore: [{ user: "alice" }] }, "proven", false],
  ["an event that is not to mark marks nothing", { events: { mark: [] } }, "proven", false],
];

for (const [what, dirty, sent, isDirty] of MARKS) {
  Deno.test(`${what}, and is recorded`, async () => {
    const scene = dirtyScene({ instances: [WEB], dirty });
    await scene.begin().serve([login(WEB, sent, scene.clock.now())]);
    const { events, isMarked, tag } = await ledgerOf(scene);
    assert.deepEqual([events.length, isMarked, tag], [1, isDirty, isDirty ? "written" : undefined]);
    assert.equal(scene.aws.instances.get(WEB.id)!.mark === null, !isDirty);
  });
}

const BOT = "arn:aws:iam::111111111111:user/bot";
const COMMANDS = {
  ignore: [{ principalArn: BOT, document: "AWS-RunShellScript" }],
  events: { mark: ["ssm_command"] },
};

for (const [sender, isDirty] of [[BOT, false], [`${BOT}-2`, true]] as const) {
  Deno.test(`a command on an instance waits until it is known whether ${sender} has sent it`, async () => {
    const scene = dirtyScene({ instances: [WEB], dirty: COMMANDS });
    const { serve } = scene.begin();
    const command = crypto.randomUUID();
    const now = scene.clock.now();
    const run = commandRun(WEB, command, now);
    assert.equal((await serve([run], "events")).left, 1);
    await serve([commandSent(WEB, command, sender, now)], "events");
    assert.equal((await serve([{ ...run, receives: 2 }], "events")).handled, 1);
    assert.equal((await ledgerOf(scene)).isMarked, isDirty);
  });
}

Deno.test("a command whose sender nobody tells is recorded and marks, also if it was deferred", async () => {
  const scene = dirtyScene({ instances: [WEB], dirty: COMMANDS });
  const run = commandRun(WEB, crypto.randomUUID(), scene.clock.now());
  const failing = dirtyScene({
    instances: [WEB],
    dirty: COMMANDS,
    store: scene.store,
    accounts: null,
  });
  assert.equal((await failing.begin().serve([{ ...run, receives: 6 }], "events")).deferred, 1);
  const { serve } = scene.begin();
  for (let hour = 0; hour < 8; hour++) {
    await scene.clock.advance(HOUR_MS);
    await serve([], "events");
  }
  assert.deepEqual([(await ledgerOf(scene)).isMarked, await openIn(scene)], [true, 0]);
});

Deno.test("if apply writes another value while serve writes the tag, both are that of the ledger in the end", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { aws, store } = scene;
  const { serve, settler } = scene.begin();
  const { account, region, id } = WEB;
  aws.before = async ({ action }) => {
    if (action !== "ec2:CreateTags") return;
    aws.before = () => {};
    // apply has announced its value, written it, and is done.
    const row = { value: "gk1:1:apply", state: "written" as const, at: "2026-11-20T21:00:00Z" };
    await store.write([
      TAGS.of(account).write(id, { ...row, detail: "" }),
      UNSETTLED.write(`${account}/${region}/${id}/tag`, undefined),
    ]);
  };
  await serve([login(WEB, "proven", scene.clock.now())]);
  assert.equal(await settler.settleAll(), 0);
  const tag = (await TAGS.of(account).get(store, id))!.value;
  assert.deepEqual([tag.state, tag.value, aws.instances.get(id)!.mark], [
    "written",
    "gk1:1:apply",
    "gk1:1:apply",
  ]);
});

Deno.test("an answer of CreateTags that is lost after its effect leaves the tag that the ledger has", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { aws, store, clock } = scene;
  const { serve, settler } = scene.begin();
  aws.after = ({ action }) => {
    if (action === "ec2:CreateTags") return awsError("TimeoutError");
  };
  await serve([login(WEB, "proven", clock.now())]);
  const written = aws.instances.get(WEB.id)!.mark;
  assert.equal((await ledgerOf(scene)).tag, "pending");
  aws.after = () => {};
  await clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  const tag = (await TAGS.of(WEB.account).get(store, WEB.id))!.value;
  assert.deepEqual([tag.state, tag.value, aws.instances.get(WEB.id)!.mark], [
    "written",
    written,
    written,
  ]);
});

Deno.test("a tag that is throttled for an hour is written once, with the value of its announcement", async () => {
  const scene = dirtyScene({ instances: [WEB, DB] });
  const { aws, store, clock } = scene;
  const { serve, settler } = scene.begin();
  refuse(aws, "ec2:CreateTags", "RequestLimitExceeded");
  await serve([login(WEB, "proven", clock.now()), login(DB, "proven", clock.now())]);
  const announced = (await TAGS.of(WEB.account).get(store, WEB.id))!.value.value;
  for (let minutes = 0; minutes < 60; minutes++) {
    await clock.advance(60_000);
    assert.equal(await settler.settleAll(), 2);
  }
  // The account is not asked all the time.
  assert.ok(aws.calls.filter(({ action }) => action === "ec2:CreateTags").length < 12);
  aws.before = () => {};
  aws.calls.length = 0;
  await clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  assert.deepEqual([...aws.instances.values()].map(({ mark }) => mark), [announced, announced]);
  // Those of one value are tagged together.
  assert.deepEqual(aws.calls.filter(({ action }) => action === "ec2:CreateTags").length, 1);
});

Deno.test("if STS answers nothing for long, a login is stored without its proof, and its sender proves it", async () => {
  const askSts = () => Promise.reject(new Error("Cannot check a proof: STS is away"));
  const scene = dirtyScene({ instances: [WEB], askSts });
  const { serve } = scene.begin();
  const proven = login(WEB, "proven", scene.clock.now());
  const message = { ...proven, sender: login(WEB, "instance", scene.clock.now()).sender };
  assert.equal((await serve([message])).left, 1);
  assert.deepEqual((await ledgerOf(scene)).events, []);
  assert.equal((await serve([{ ...message, receives: 6 }])).deferred, 1);
  const [stored] = (await messageRows("dirty").deferred.read(scene.store)).values();
  assert.ok(!stored!.body.includes("X-Amz-Security-Token"));
  await scene.clock.advance(HOUR_MS);
  assert.equal((await serve([])).handled, 1);
  const verified = { events: ["verified done"], isMarked: true, tag: "written" };
  assert.deepEqual(await ledgerOf(scene), verified);
});

for (const region of ["us-nowhere-9", "cn-nowhere-9", "af-south-1"]) {
  Deno.test(`nobody is asked in ${region}, which the account has not enabled, and nothing of it stays open`, async () => {
    const invented = { ...WEB, region };
    const scene = dirtyScene({ instances: [WEB] });
    const { serve, settler } = scene.begin();
    const now = scene.clock.now();
    const { handled } = await serve([
      login(invented, "instance", now),
      login(invented, "instance", now, { event: "hello" }),
    ]);
    assert.equal(handled, 2);
    const pending = { events: ["claimed pending"], isMarked: false, tag: undefined };
    assert.deepEqual(await ledgerOf(scene, invented), pending);
    await scene.clock.advance(HOUR_MS);
    assert.equal(await settler.settleAll(), 0);
    const ended = { ...pending, events: ["claimed unprovable"] };
    assert.deepEqual(await ledgerOf(scene, invented), ended);
    assert.ok(!scene.aws.calls.some((call) => call.region === region));
    assert.ok(!scene.said.some((event) => event.startsWith("AWS has failed")));
  });
}

Deno.test("no tag waits in a Region that the account has not enabled", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve, settler } = scene.begin();
  await serve([login({ ...WEB, region: "us-nowhere-9" }, "proven", scene.clock.now())]);
  await scene.clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  assert.equal((await ledgerOf(scene)).tag, "gone");
  assert.ok(!scene.aws.calls.some(({ region }) => region === "us-nowhere-9"));
});

Deno.test("a login from a Region that was just enabled is verified and marks", async () => {
  const there = { ...WEB, region: "af-south-1" };
  const scene = dirtyScene({ instances: [there, DB] });
  const { serve, settler } = scene.begin();
  const now = scene.clock.now();
  await serve([login(DB, "instance", now)]);
  scene.aws.regions.push(there.region);
  assert.equal((await serve([login(there, "instance", now)])).handled, 1);
  assert.deepEqual((await ledgerOf(scene, there)).events, ["claimed pending"]);
  await scene.clock.advance(60_000);
  assert.equal(await settler.settleAll(), 0);
  const verified = { events: ["verified done"], isMarked: true, tag: "written" };
  assert.deepEqual(await ledgerOf(scene, there), verified);
});

for (const action of ["sts:AssumeRole", "ec2:DescribeRegions", "ec2:DescribeInstances"] as const) {
  Deno.test(`a message of an account that fails ${action} pays for that once`, async () => {
    const scene = dirtyScene({ instances: [WEB] });
    const { serve } = scene.begin();
    refuse(scene.aws, action, "InternalError");
    await serve([login(WEB, "instance", scene.clock.now())]);
    assert.equal(scene.aws.calls.filter((call) => call.action === action).length, 1);
  });
}

Deno.test("of an account that was closed, nothing stays open for more than two weeks", async () => {
  const scene = dirtyScene({ instances: [WEB] });
  const { serve, settler } = scene.begin();
  refuse(scene.aws, "sts:AssumeRole");
  const now = scene.clock.now();
  await serve([
    login(WEB, "instance", now),
    login(WEB, "proven", now),
    login(WEB, "instance", now, { event: "hello" }),
  ]);
  await scene.clock.advance(14 * 24 * HOUR_MS - 1);
  assert.equal(await settler.settleAll(), 3);
  await scene.clock.advance(HOUR_MS);
  assert.equal(await settler.settleAll(), 0);
  const ended = { events: ["attested done", "claimed unprovable"], isMarked: true, tag: "gone" };
  assert.deepEqual(await ledgerOf(scene), ended);
});

/** A scene in which a login has made the role of the profile known, and another role has replaced it since. */
async function replacedRole() {
  const scene = dirtyScene({ instances: [WEB, DB] });
  const { aws, clock } = scene;
  const { serve, settler } = scene.begin();
  const { roleId } = aws;
  aws.roleId = () => "AROAOLD";
  await serve([{ ...login(DB, "instance", clock.now()), sender: `AROAOLD:${DB.id}` }]);
  assert.deepEqual((await ledgerOf(scene, DB)).events, ["verified done"]);
  aws.roleId = roleId;
  const asked = () => aws.calls.filter(({ action }) => action === "iam:GetInstanceProfile").length;
  return { scene, serve, settler, asked };
}

const VERIFIED = { events: ["verified done"], isMarked: true, tag: "written" };

Deno.test("a login under a role that was replaced since IAM was asked is verified by the new role", async () => {
  const { scene, serve, asked } = await replacedRole();
  await scene.clock.advance(30_000);
  assert.equal((await serve([login(WEB, "instance", scene.clock.now())])).handled, 1);
  assert.deepEqual([await ledgerOf(scene), asked()], [VERIFIED, 2]);
});

Deno.test("a login under a role that was replaced some seconds after IAM was asked is verified later", async () => {
  const { scene, serve, settler, asked } = await replacedRole();
  await scene.clock.advance(1_000);
  assert.equal((await serve([login(WEB, "instance", scene.clock.now())])).handled, 1);
  assert.deepEqual([(await ledgerOf(scene)).events, asked()], [["claimed pending"], 1]);
  await scene.clock.advance(30_000);
  assert.equal(await settler.settleAll(), 0);
  assert.deepEqual(await ledgerOf(scene), VERIFIED);
});

Deno.test("a flood of forged logins asks IAM once in 30 seconds, and none of them marks", async () => {
  const { scene, serve, settler, asked } = await replacedRole();
  const { clock } = scene;
  let rejected = 0;
  for (let second = 1; second <= 90; second++) {
    await clock.advance(1_000);
    rejected += (await serve([login(WEB, "other role", clock.now())])).rejected;
  }
  assert.deepEqual([rejected, asked()], [3, 4]);
  await clock.advance(30_000);
  assert.equal(await settler.settleAll(), 0);
  const { events, isMarked } = await ledgerOf(scene);
  assert.deepEqual([new Set(events), isMarked], [new Set(["claimed refuted"]), false]);
});

Deno.test("a profile that had no role for some seconds does not make a login unprovable", async () => {
  const { scene, serve, asked } = await replacedRole();
  const { aws, clock } = scene;
  const { roleId } = aws;
  await clock.advance(300_000);
  aws.roleId = () => "";
  await serve([login(DB, "instance", clock.now())]);
  aws.roleId = roleId;
  await clock.advance(30_000);
  await serve([login(WEB, "instance", clock.now())]);
  assert.deepEqual([await ledgerOf(scene), asked()], [VERIFIED, 3]);
});
