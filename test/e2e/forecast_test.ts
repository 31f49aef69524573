import assert from "assert";
import { groupsOf } from "./audit_world.ts";
import { type AuditRun, type LadderWorld, ladderWorld } from "./ladder_world.ts";

type Forecast = {
  readonly upcoming: readonly { at: string; action: string; target: string; name: string }[];
};

const ACTIONS = {
  mark: "ec2:CreateTags",
  stop: "ec2:StopInstances",
  terminate: "ec2:TerminateInstances",
} as const;

async function upcomingOf(world: LadderWorld): Promise<Forecast["upcoming"]> {
  return (await world.json<Forecast>("forecast --days 366")).upcoming;
}

/** The next step of each instance by the findings of a run, as far as it is still to come. */
function nextOf({ findings, as_of }: AuditRun): Record<string, readonly [string, string]> {
  return Object.fromEntries(
    findings.flatMap(({ id, next, deadline }) =>
      next && deadline ? [[id, [ACTIONS[next], deadline > as_of ? deadline : "due"] as const]] : []
    ),
  );
}

Deno.test("the forecast after each run says what the run's own findings say, and then it happens", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 3) });
  const firstOf = async () => {
    const first = new Map<string, readonly [string, string]>();
    for (const { target, action, at } of await upcomingOf(world)) {
      const id = target.split("/").at(-1)!;
      if (!first.has(id)) first.set(id, [action, at]);
    }
    return first;
  };
  for (const day of [0, 3.1, 5]) {
    world.setDay(day);
    await world.apply();
    const first = await firstOf();
    // A plan knows what the run before has done.
    const planned = nextOf(await world.json("audit plan"));
    assert.equal(first.size, 3, `day ${day}`);
    for (const [id, [action, at]] of first) {
      assert.deepEqual([action, new Date(at).toISOString()], [
        planned[id]![0],
        new Date(planned[id]![1]).toISOString(),
      ], `day ${day}`);
    }
  }
  world.setDay(14.2);
  const { run } = await world.apply();
  assert.equal(run.changes.filter(({ outcome }) => outcome === "done").length, 3);
  assert.deepEqual(await upcomingOf(world), []);
});

Deno.test("a plan fails a pipeline only where that is asked for, and never hides what is worse", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 1) });
  const codeOf = async (args: string) => (await world.run(args)).code;
  assert.equal(await codeOf("audit plan"), 0);
  const { code, stderr } = await world.run("audit plan --fail-on violating");
  assert.equal(code, 5);
  assert.match(stderr, /The plan has 1 finding: with --fail-on violating the exit code is 5/);
  assert.equal(await codeOf("audit plan --fail-on changes"), 5);
  assert.equal(await codeOf("audit plan --fail-on changes --max-changes 0"), 4);
  assert.equal(await codeOf("audit plan --fail-on something"), 2);
  assert.equal(await codeOf("audit report --fail-on changes"), 2);
  assert.equal(await codeOf("audit plan --format ocsf --json"), 2);
  assert.equal(await codeOf("audit plan --format yaml"), 2);
  assert.equal(await codeOf("dirty plan --fail-on violating"), 0);
  await world.apply();
  // It is marked, and waits: it still breaks the rules.
  assert.equal(await codeOf("audit plan --fail-on violating"), 5);
  assert.equal(await codeOf("audit plan --fail-on changes"), 0);
});

Deno.test("plan and report print their findings as OCSF and as Markdown", async () => {
  await using world = await ladderWorld({ groups: groupsOf(20, 2) });
  for (const verb of ["plan", "report"]) {
    const ocsf = await world.run(`audit ${verb} --format ocsf`);
    assert.equal(ocsf.code, 0, ocsf.stderr);
    const documents = ocsf.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(documents.map(({ class_uid, message }) => [class_uid, message]), [
      [2003, "owner is missing"],
      [2003, "owner is missing"],
    ]);
    const markdown = await world.run(`audit ${verb} --format markdown`);
    assert.match(
      markdown.stdout,
      /^## Groundskeeper audit\n\n\*\*Coverage:\*\* 1 of 1 account-region/,
    );
    assert.match(markdown.stdout, /\*\*2 findings\*\* of 22 examined resources/);
  }
});
