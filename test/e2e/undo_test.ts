import assert from "assert";
import {
  CreateTagsCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import type { AfterUndo } from "../../runners/audit/undo/undo_plan.ts";
import { isWrite } from "../aws/is_write.ts";
import { failWith, once } from "../aws/faults.ts";
import { groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";
import {
  type AuditRun,
  callsOf,
  HERE,
  idOf,
  type LadderOptions,
  type LadderWorld,
  ladderWorld,
  named,
  spared,
  tally,
  violators,
} from "./ladder_world.ts";

/** A world in which a run has just stopped what breaks the rules, with the ID of that run. */
async function stoppedWorld(
  options: LadderOptions = {},
): Promise<LadderWorld & { readonly runId: string }> {
  const world = await ladderWorld(options);
  await world.apply();
  world.setDay(3.1);
  const { run } = await world.apply();
  world.setDay(3.2);
  world.aws.proxy.clearCalls();
  return { ...world, runId: run.run_id };
}

const idsOf = (world: LadderWorld, count: number) =>
  Array.from({ length: count }, (_, index) => world.ids(`batch-${index}`)).flat();

async function statesOf(world: LadderWorld, ids: readonly string[]): Promise<string[]> {
  const { DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const { Reservations = [] } = await world.byHand((client) =>
    client.send(new DescribeInstancesCommand({ InstanceIds: [...ids] }))
  );
  const all = Reservations.flatMap(({ Instances = [] }) => Instances);
  return ids.map((id) => all.find(({ InstanceId }) => InstanceId === id)?.State?.Name ?? "none");
}

/** Limits that one run of three stops has used up, for the day too. */
const USED_UP = {
  perRun: { count: 3, percent: 100 },
  perAccount: { count: 3 },
  perRegion: { count: 3 },
  rollingDay: { count: 3 },
  stop: { perRun: { count: 3 }, rollingDay: { count: 3 } },
};

Deno.test("one command starts again all that a run has stopped, though that run has used up the day", async () => {
  await using world = await stoppedWorld({ audit: { limits: USED_UP } });
  const ids = idsOf(world, 3);
  assert.deepEqual(await statesOf(world, ids), ["stopped", "stopped", "stopped"]);
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([code, tally(run)], [0, { "ec2:StartInstances done": 3 }]);
  assert.deepEqual(await statesOf(world, ids), ["running", "running", "running"]);
  const record = Deno.readTextFileSync(`${world.directory}/out/audit-${run.run_id}.jsonl`);
  assert.equal(record.match(/"instance-start"/g)?.length, 3);
  // Nothing else was written, and only these instances were read.
  const calls = world.aws.proxy.calls.filter(isWrite);
  assert.deepEqual([...new Set(calls.map(({ action }) => action))], ["ec2:StartInstances"]);
  assert.deepEqual(calls.flatMap(named).sort(), [...ids].sort());
  for (const { parameters } of callsOf(world, "ec2:DescribeInstances")) {
    // What the test itself asks names the instances.
    assert.ok(parameters["Filter.1.Name"] === "instance-id" || parameters["InstanceId.1"]);
  }

  const again = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([again.code, tally(again.run)], [0, {}]);
  assert.deepEqual(Object.values(spared(again.run)), Array(3).fill("already-running"));
});

Deno.test("the next apply stops what was undone, as the undo has said, and says that it was started", async () => {
  await using world = await stoppedWorld();
  const { stdout: plan } = await world.run(`audit plan --undo-run ${world.runId}`);
  assert.equal(plan.match(/^ +the next apply stops it again: owner is missing$/gm)?.length, 3);
  assert.match(plan, /keep an instance running,\s+correct its tags, or name it in audit\.exempt/);
  assert.match(plan, /The instances of this run were read in 1 of 1 account-region\./);
  const { run } = await world.apply(`--undo-run ${world.runId}`);
  const { after_undo } = run as unknown as { after_undo: AfterUndo[] };
  assert.deepEqual(after_undo.map(({ step }) => step), ["stop", "stop", "stop"]);
  const { changes, findings } = await world.json<AuditRun>("audit plan");
  assert.deepEqual(changes.map(({ action }) => action), Array(3).fill("ec2:StopInstances"));
  assert.deepEqual(
    [...new Set(findings.map((one) => (one as { note?: string | null }).note))],
    ["it was started again after it had been stopped"],
  );
  const { stdout } = await world.run(`audit plan --undo-run ${world.runId}`);
  assert.match(stdout, /it is running again/);
});

Deno.test("who corrects the tags after the undo keeps the instance, and the mark goes", async () => {
  await using world = await stoppedWorld();
  await world.apply(`--undo-run ${world.runId}`);
  await world.byHand((client) =>
    client.send(
      new CreateTagsCommand({
        Resources: idsOf(world, 3),
        Tags: [{ Key: "owner", Value: "alice" }],
      }),
    )
  );
  const { run } = await world.apply();
  assert.deepEqual(tally(run), { "ec2:DeleteTags done": 3 });
});

Deno.test("what somebody has started, stopped again or terminated since is spared by name", async () => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 4) });
  const [started, again, gone, left] = idsOf(world, 4) as [string, string, string, string];
  await world.byHand(async (client) => {
    await client.send(new StartInstancesCommand({ InstanceIds: [started, again] }));
    await client.send(new StopInstancesCommand({ InstanceIds: [again] }));
    await client.send(new TerminateInstancesCommand({ InstanceIds: [gone] }));
  });
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual(run.changes.map((one) => [idOf(one), one.outcome]), [[left, "done"]]);
  assert.deepEqual(spared(run), {
    [started]: "already-running",
    [again]: "stopped-again",
    [gone]: "terminated-since",
  });
  assert.equal(code, 0);
});

Deno.test("what the owner has stopped after the stop of a run was lost stays stopped, by name", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2) });
  await world.apply();
  world.setDay(3.1);
  const lost = world.aws.proxy.onCall(({ action }) =>
    action === "ec2:StopInstances" ? { kind: "drop" } : undefined
  );
  const stopping = await world.apply();
  lost();
  assert.deepEqual(tally(stopping.run), { "ec2:StopInstances unknown": 2 });
  const ids = idsOf(world, 2);
  world.setDay(3.2);
  await world.byHand((client) => client.send(new StopInstancesCommand({ InstanceIds: ids })));
  const { code, run } = await world.apply(`--undo-run ${stopping.run.run_id}`);
  assert.deepEqual([code, run.changes], [3, []]);
  assert.deepEqual(Object.values(spared(run)), ["not-finished", "not-finished"]);
  assert.deepEqual(await statesOf(world, ids), ["stopped", "stopped"]);
});

Deno.test("who touches an instance between the plan and the start keeps his will", async () => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 1) });
  const [id] = idsOf(world, 1) as [string];
  const touch = once({ action: "sts:AssumeRole" }, {
    kind: "delay",
    ms: 0,
    beforeForward: async () => {
      await world.byHand(async (client) => {
        await client.send(new StartInstancesCommand({ InstanceIds: [id] }));
        await client.send(new StopInstancesCommand({ InstanceIds: [id] }));
      });
    },
  });
  world.aws.proxy.onCall((call) =>
    call.parameters["RoleArn"]?.endsWith("audit-apply") ? touch(call) : undefined
  );
  const { run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual(
    run.changes.map(({ outcome, error }) => [outcome, error?.message.slice(0, 23)]),
    [
      ["drifted", "somebody has started it"],
    ],
  );
  assert.deepEqual(await statesOf(world, [id]), ["stopped"]);
});

Deno.test("a termination is told before it, cannot be undone, and the undo names it", async () => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 2) });
  world.setDay(14.4);
  const { stdout } = await world.run("audit plan");
  assert.match(stdout, /terminate +2\n +A termination cannot be undone\n/);
  const [id] = idsOf(world, 1) as [string];
  const explained = await world.run(`audit explain ${id}`);
  assert.match(
    explained.stdout,
    /terminate +next, with apply .*\nA termination cannot be undone\.\n/,
  );
  const { run: { run_id } } = await world.apply();
  const undo = await world.apply(`--undo-run ${run_id}`);
  assert.deepEqual([undo.code, undo.run.changes], [3, []]);
  assert.deepEqual(Object.values(spared(undo.run)), ["cannot-be-undone", "cannot-be-undone"]);
});

Deno.test("who is asked about a termination reads above the yes that it cannot be undone", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  await inProcess(world, async (run) => {
    const asked = async (day: number) => {
      world.setDay(day);
      return (await run("audit apply", { aheadMs: day * 86_400_000, asked: true })).stderr;
    };
    assert.match(await asked(0), /^Make this change\? Type yes:$/m);
    assert.match(await asked(3.1), /^Make this change\? Type yes:$/m);
    const question = /^A termination cannot be undone\. Make this change\? Type yes:$/m;
    assert.match(await asked(14.4), question);
  });
});

Deno.test("protection that a run has lifted and could not put back is set again, with what it has stopped", async () => {
  const old = violators("guarded", 1, { protected: "termination" });
  await using world = await ladderWorld({
    groups: [
      ...groupsOf(20, 0),
      old,
      violators("late", 1, { tags: { Name: "late", owner: "a", project: "p" } }),
    ],
    audit: { protection: "lift" },
  });
  const [guarded] = world.ids("guarded") as [string];
  const [late] = world.ids("late") as [string];
  await world.apply();
  world.setDay(3.1);
  await world.apply();
  world.setDay(11);
  await world.byHand((client) =>
    client.send(new CreateTagsCommand({ Resources: [late], Tags: [{ Key: "owner", Value: "" }] }))
  );
  await world.apply();
  world.setDay(14.4);
  const faults = [
    failWith({ action: "ec2:TerminateInstances" }, "UnauthorizedOperation"),
    failWith({
      action: "ec2:ModifyInstanceAttribute",
      parameters: { "DisableApiTermination.Value": "true" },
    }, "UnauthorizedOperation"),
  ].map((fault) => world.aws.proxy.onCall(fault));
  const { run } = await world.apply();
  assert.deepEqual(tally(run), {
    "ec2:StopInstances done": 1,
    "ec2:TerminateInstances failed": 1,
  });
  for (const end of faults) end();
  const isProtected = () =>
    world.aws.proxy.memory.instances.get(guarded)?.disableApiTermination ?? false;
  assert.equal(isProtected(), false);

  const undo = await world.apply(`--undo-run ${run.run_id}`);
  assert.deepEqual([undo.code, tally(undo.run)], [0, {
    "ec2:ModifyInstanceAttribute done": 1,
    "ec2:StartInstances done": 1,
  }]);
  assert.equal(isProtected(), true);
  assert.deepEqual(await statesOf(world, [guarded, late]), ["stopped", "running"]);
});

Deno.test("the limits of a run refuse an undo complete, and shares of it have one budget", async () => {
  await using world = await stoppedWorld();
  const lower = await world.apply(`--undo-run ${world.runId} --max-changes 2`);
  assert.deepEqual([lower.code, lower.run.refused?.limit], [4, "--max-changes"]);
  world.configure({ limits: { ...USED_UP, perRun: { count: 2 } } });
  const refused = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([refused.code, refused.run.refused], [4, {
    limit: "limits.perRun.count",
    value: 2,
    would: 3,
    reserved: 0,
    scope: null,
  }]);
  const record = Deno.readTextFileSync(`${world.directory}/out/audit-${refused.run.run_id}.jsonl`);
  assert.match(
    record,
    /Refused: this run would start 3 instances; audit\.limits\.perRun\.count allows 2/,
  );
  assert.deepEqual(callsOf(world, "ec2:StartInstances"), []);
});

for (const scope of ["perRun", "perAccount", "perRegion"]) {
  Deno.test(`${scope} of 0 percent allows no start, and of 1 percent does not bind one`, async () => {
    await using world = await stoppedWorld({ groups: groupsOf(20, 1) });
    const undo = (percent: number) => {
      world.configure({ limits: { perRun: { count: 3 }, [scope]: { count: 3, percent } } });
      return world.apply(`--undo-run ${world.runId}`);
    };
    const { code, run } = await undo(0);
    assert.deepEqual([code, run.refused?.limit], [4, `limits.${scope}.percent`]);
    assert.deepEqual(callsOf(world, "ec2:StartInstances"), []);
    assert.equal((await undo(1)).code, 0);
  });
}

Deno.test("what an undo starts does not use up the budget of the ladder", async () => {
  await using world = await stoppedWorld({
    audit: { limits: { ...USED_UP, rollingDay: { count: 6 }, stop: { perRun: { count: 3 } } } },
  });
  await world.apply(`--undo-run ${world.runId} --account ${world.account}`);
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:StopInstances done": 3 }]);
});

Deno.test("a Region is undone by itself, and shares of an undo have one budget", async () => {
  await using world = await stoppedWorld({
    groups: groupsOf(20, 2),
    organization: { regions: [HERE, "us-west-2"] },
    audit: { limits: { perRun: { count: 4 }, perAccount: { count: 4 } } },
  });
  const first = await world.apply(`--undo-run ${world.runId} --region ${HERE}`);
  assert.deepEqual(first.run.changes.map(({ region, outcome }) => [region, outcome]), [
    [HERE, "done"],
    [HERE, "done"],
  ]);
  assert.equal(first.run.coverage.planned, 1);
  world.configure({ limits: { perRun: { count: 3 } } });
  const second = await world.apply(`--undo-run ${world.runId} --region us-west-2`);
  assert.deepEqual([second.code, second.run.refused?.reserved], [4, 2]);
});

Deno.test("an account that is not enforced any more is undone", async () => {
  await using world = await stoppedWorld();
  world.configure({ enforce: { accounts: [] } });
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([code, tally(run)], [0, { "ec2:StartInstances done": 3 }]);
});

Deno.test("a Region that the configuration leaves out now is undone", async () => {
  await using world = await stoppedWorld();
  world.configure({}, { regions: ["us-west-2"] });
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([code, tally(run)], [0, { "ec2:StartInstances done": 3 }]);
});

Deno.test("a ladder that does not stop any more undoes what it has stopped", async () => {
  await using world = await stoppedWorld();
  world.configure({ ladder: [{ after: "0m", do: "mark" }] });
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([code, tally(run)], [0, { "ec2:StartInstances done": 3 }]);
});

Deno.test("an account whose identity is another is not touched", async () => {
  await using world = await stoppedWorld();
  world.aws.proxy.onCall(failWith({ action: "sts:AssumeRole" }, "AccessDenied"));
  const { code, run } = await world.apply(`--undo-run ${world.runId}`);
  assert.deepEqual([code, run.changes], [3, []]);
  assert.deepEqual(callsOf(world, "ec2:StartInstances"), []);
});

Deno.test("a plan of an undo is applied with the same --undo-run alone", async () => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 2) });
  const { stdout } = await world.run(`audit plan --undo-run ${world.runId} --out out`);
  assert.match(stdout, /audit apply --undo-run \w+ --plan out\/audit-plan\.json/);
  const other = await world.run("audit apply --yes --plan out/audit-plan.json");
  assert.equal(other.code, 2);
  assert.match(other.stderr, new RegExp(`it undoes run ${world.runId}`));
  const { code, run } = await world.apply(
    `--undo-run ${world.runId} --plan out/audit-plan.json`,
  );
  assert.deepEqual([code, tally(run)], [0, { "ec2:StartInstances done": 2 }]);
});

Deno.test("the end of an apply that has stopped something says how to undo it, and so does changes", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const marking = await world.run("audit apply --yes");
  assert.doesNotMatch(marking.stdout, /undo/);
  world.setDay(3.1);
  const { stdout } = await world.run("audit apply --yes");
  const [command, runId] = /groundskeeper audit apply --undo-run (\w+)\n$/.exec(stdout) ?? [];
  assert.ok(command, stdout);
  assert.ok((await world.run(`changes --run ${runId}`)).stdout.endsWith(command));
  assert.doesNotMatch((await world.run("changes")).stdout, /undo/);
  // Of a part of the run the command would undo more than is shown.
  const [{ target }] = await world.json<[JournalEntry]>(`changes --run ${runId}`);
  for (
    const part of [`--target ${target}`, "--since 2020-01-01", `--account ${world.account}`]
  ) {
    const { stdout } = await world.run(`changes --run ${runId} ${part}`);
    assert.match(stdout, /ec2:StopInstances/, part);
    assert.doesNotMatch(stdout, /undo/, part);
  }
});

/** What no undo is made of, with what people read. */
const REFUSED: readonly (readonly [string, (ids: Ids) => string, RegExp])[] = [
  ["an unknown run", () => "01K00000000000000000000000", /has no run 01K0{23} of the audit/],
  ["the beginning of an ID", ({ stops }) => stops.slice(0, 12), /is no complete run ID/],
  ["a run that has only marked", ({ marks }) => marks, /there is nothing to undo/],
  ["a run that has only reported", ({ reports }) => reports, /there is nothing to undo/],
  ["an undo", ({ undoes }) => undoes, /is itself an undo, which is not undone/],
  [
    "a run that has stopped nothing there",
    ({ stops }) => `${stops} --region eu-west-1`,
    /has stopped nothing within --account and --region/,
  ],
];

Deno.test("an undo neither reads a snapshot nor leaves one that passes for all instances", async (t) => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 1) });
  for (
    const [verb, option] of [["plan", "--save-snapshot"], ["apply --yes", "--save-snapshot"], [
      "plan",
      "--snapshot",
    ]]
  ) {
    await t.step(`${verb} ${option}`, async () => {
      const { code, stderr } = await world.run(
        `audit ${verb} --undo-run ${world.runId} ${option} out`,
      );
      assert.deepEqual([code, world.aws.proxy.calls], [2, []], stderr);
      assert.match(stderr, new RegExp(`and no others\\. Leave out ${option}`));
    });
  }
});

type Ids = Record<"marks" | "stops" | "undoes" | "reports", string>;

Deno.test("what cannot be undone is refused before AWS is asked, with what to type", async (t) => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const marks = (await world.apply()).run.run_id;
  world.setDay(3.1);
  const stops = (await world.apply()).run.run_id;
  const reports = (await world.json<AuditRun>("audit report")).run_id as string;
  const undoes = (await world.apply(`--undo-run ${stops}`)).run.run_id;
  const ids = { marks, stops, undoes, reports };
  for (const [what, of, says] of REFUSED) {
    for (const verb of ["plan", "report", "apply --yes"]) {
      await t.step(`${verb} of ${what}`, async () => {
        world.aws.proxy.clearCalls();
        const { code, stderr } = await world.run(`audit ${verb} --undo-run ${of(ids)}`);
        assert.equal(code, 2, stderr);
        assert.match(stderr, says);
        assert.match(stderr, /groundskeeper (audit|changes)/);
        assert.deepEqual(world.aws.proxy.calls.filter(({ service }) => service === "ec2"), []);
      });
    }
  }
});

Deno.test("the journal has what was started, and for which run", async () => {
  await using world = await stoppedWorld({ groups: groupsOf(20, 1) });
  const { run: { run_id } } = await world.apply(`--undo-run ${world.runId}`);
  const [entry] = await world.json<JournalEntry[]>(`changes --run ${run_id}`);
  assert.deepEqual([entry!.action, entry!.before["run_id"], entry!.outcome], [
    "ec2:StartInstances",
    world.runId,
    "done",
  ]);
  const { stdout } = await world.run("audit history");
  assert.match(stdout, new RegExp(`${run_id} .*\\n? +undoes run ${world.runId}`));
});
