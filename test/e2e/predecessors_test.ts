/** What the predecessors have done to people, through the whole program. */
import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { failWith } from "../aws/faults.ts";
import { isWrite } from "../aws/is_write.ts";
import { auditWorld, CANARY, groupsOf, REGIONS } from "./audit_world.ts";
import { type CanaryPlanDocument, makeCanaries } from "./canary_world.ts";
import { type LadderWorld, ladderWorld, named } from "./ladder_world.ts";

/** The documents that a run has written. */
async function documentsOf(world: LadderWorld, runId: string): Promise<Record<string, unknown>[]> {
  const text = await Deno.readTextFile(`${world.directory}/out/audit-${runId}.jsonl`);
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("a canary that fails in the second region keeps the first from being terminated too, and everything is written down", async () => {
  await using world = await ladderWorld({
    organization: { regions: REGIONS },
    audit: {
      canary: CANARY,
      ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }],
    },
  });
  await makeCanaries(world);
  await world.apply();
  world.setDay(1.1);
  const { canaries } = await world.json<CanaryPlanDocument>("audit plan");
  const second = canaries.find(({ region }) => region === "us-west-2")!.instance!;
  world.aws.proxy.rewrite({
    appliesTo: ({ action }) => action === "ec2:DescribeInstances",
    rewrite: (body) => body.replaceAll(second, "i-0123456789abcdef0"),
  });
  world.aws.proxy.clearCalls();
  const { code, run } = await world.apply();
  assert.deepEqual([code, run.refused?.limit], [4, "breakers.canaryFailShare"]);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  assert.equal(run.changes.length, 3, "what would have been done is told");
  const kinds = Map.groupBy(await documentsOf(world, run.run_id), ({ doc_type }) => doc_type);
  assert.equal(kinds.get("aws_tag_audit")?.length, 1);
  assert.equal(kinds.get("aws_tag_violator")?.length, 3);
  assert.deepEqual(
    kinds.get("aws_tag_region")?.map(({ region, event }) => [
      region,
      (event as { outcome: string }).outcome,
    ]).sort(),
    [["us-east-1", "success"], ["us-west-2", "failure"]],
  );
});

Deno.test("DescribeTags is asked about every violator, on however many pages it answers", async () => {
  await using world = await auditWorld({
    groups: [
      ...groupsOf(5, 0),
      { name: "bad", count: 210, ageMinutes: 600, tags: { Name: "bad", a: "1", b: "2", c: "3" } },
    ],
    organization: { regions: ["us-east-1"] },
    audit: { enforce: {} },
  });
  world.aws.proxy.page({ match: { action: "ec2:DescribeTags" }, size: 7 });
  const { coverage, spared } = await world.json<PlanDocument>("audit plan", {
    env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "100" },
  });
  assert.deepEqual(coverage.regions.map(({ proof }) => proof), ["second-source"]);
  assert.deepEqual(spared.map(({ reason }) => reason), Array(210).fill("not-enforced"));
  const asked = world.aws.proxy.calls.filter(({ action, parameters }) =>
    action === "ec2:DescribeTags" && !parameters["NextToken"]
  ).flatMap(({ parameters }) =>
    Object.entries(parameters).filter(([, value]) => /^i-[0-9a-f]+$/.test(value))
      .map(([, value]) => value)
  );
  assert.deepEqual(
    asked.sort(),
    [...world.seeded.instances(world.accounts[0]!, "us-east-1", "bad")].sort(),
  );
});

Deno.test("no write names nothing, and no question of a writing role is asked without a filter", async () => {
  await using world = await ladderWorld({ audit: { canary: CANARY } });
  await makeCanaries(world);
  world.aws.proxy.clearCalls();
  for (const day of [0, 3.1, 14.2]) {
    world.setDay(day);
    await world.apply();
  }
  const { calls } = world.aws.proxy;
  const writes = calls.filter(isWrite);
  assert.ok(writes.length >= 5, `${writes.length}`);
  for (const call of writes) assert.ok(named(call).length > 0, call.action);
  for (const { action, principal, parameters } of calls) {
    if (action.startsWith("ec2:Describe") && /audit-(apply|canary)/.test(principal ?? "")) {
      assert.ok(parameters["Filter.1.Value.1"], `${action} ${JSON.stringify(parameters)}`);
    }
  }
});

Deno.test("an account whose regions cannot be listed is not proven, and not left out", async () => {
  await using world = await auditWorld({
    groups: groupsOf(3, 1),
    accounts: 2,
    organization: { regions: "enabled" },
  });
  const [closed] = world.accounts as [string];
  world.aws.proxy.onCall(
    failWith({ action: "ec2:DescribeRegions", account: closed }, "UnauthorizedOperation"),
  );
  const { code, stdout } = await world.run("audit plan --json");
  const { coverage } = JSON.parse(stdout) as PlanDocument;
  assert.equal(code, 3);
  assert.deepEqual(coverage.unproven.map(({ account, reason }) => [account, reason]), [
    [closed, "access-denied"],
  ]);
  assert.equal(coverage.proven, 2);
});
