import assert from "assert";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { failWith } from "../aws/faults.ts";
import { canaryWorld, makeCanaries, provenWorld } from "./canary_world.ts";
import { callsOf, type LadderWorld, named } from "./ladder_world.ts";

const STAMP = "groundskeeper-canary";

/** Who has written stamps on what, since the log was cleared. */
function stamps(world: LadderWorld) {
  return callsOf(world, "ec2:CreateTags").filter(({ parameters }) =>
    parameters["Tag.1.Key"] === STAMP
  ).map((call) => ({
    role: /groundskeeper-audit-(\w+)\//.exec(call.principal ?? "")?.[1],
    ids: named(call),
    value: call.parameters["Tag.1.Value"],
  }));
}

Deno.test("only apply writes the stamp, under the canary's role, and the journal has it", async () => {
  await using world = await provenWorld();
  const { canary: id } = world;
  world.aws.proxy.clearCalls();
  await world.run("audit plan");
  await world.run("audit report");
  await world.run("audit canary plan");
  assert.deepEqual(stamps(world), []);

  const { run } = await world.apply();
  const written = stamps(world);
  assert.deepEqual(written.map(({ role, ids }) => [role, ids]), [["canary", [id]]]);
  assert.deepEqual(run.changes.filter(({ after }) => after["key"] === STAMP), []);
  assert.deepEqual(
    run.upkeep.map(({ target, outcome, after }) => [
      target.split("/").at(-1),
      outcome,
      after["value"],
    ]),
    [[id, "done", written[0]!.value]],
  );
  const journal = await world.json<JournalEntry[]>("changes");
  const entry = journal.find(({ after }) => after["key"] === STAMP);
  assert.deepEqual([entry?.outcome, entry?.after["value"]], ["done", written[0]!.value]);
  assert.match(entry!.principal, /groundskeeper-audit-canary/);
});

Deno.test("the stamp counts in no limit, and is written where there is nothing else to do", async () => {
  await using world = await canaryWorld();
  world.configure({
    canary: { mode: "required", tags: { Name: "api-canary-{region}", owner: "g", project: "p" } },
    enforce: {},
  });
  await makeCanaries(world);
  const { code, run } = await world.apply("--max-changes 0");
  assert.deepEqual([code, run.changes, run.upkeep.map(({ outcome }) => outcome)], [0, [], [
    "done",
  ]]);
});

Deno.test("a region that is not proven is not stamped", async () => {
  await using world = await provenWorld();
  world.aws.proxy.onCall(failWith({ action: "ec2:DescribeTags" }, "UnauthorizedOperation"));
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply();
  assert.deepEqual([code, run.upkeep, stamps(world)], [3, [], []]);
});

Deno.test("a run that a limit refuses writes no stamp either", async () => {
  await using world = await provenWorld();
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply("--max-changes 1");
  assert.deepEqual([code, stamps(world)], [4, []]);
  assert.deepEqual(run.upkeep.map(({ outcome }) => outcome), [null]);
});

Deno.test("a stamp that cannot be written makes a run that is done in part, and the region is proven by the last one", async () => {
  await using world = await provenWorld();
  await world.apply();
  world.setDay(0.5);
  const calm = world.aws.proxy.onCall(
    failWith({ action: "ec2:CreateTags", principal: "audit-canary" }, "UnauthorizedOperation"),
  );
  const { code, run } = await world.apply();
  assert.deepEqual([code, run.upkeep.map(({ outcome }) => outcome)], [3, ["failed"]]);
  calm();
  world.setDay(1);
  const next = await world.apply();
  assert.equal(next.run.coverage.regions[0]!.proof, "canary");
  assert.deepEqual(next.run.upkeep.map(({ outcome }) => outcome), ["done"]);
});

Deno.test("in an account that is not enforced no canary is asked for by itself", async () => {
  await using world = await canaryWorld({ audit: { enforce: {} } });
  const { stdout } = await world.run("audit canary plan");
  assert.match(stdout, /No canary is asked for: audit\.canary\.mode is "when-enforcing"/);
});
