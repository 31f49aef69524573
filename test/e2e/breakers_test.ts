import assert from "assert";
import { DeleteTagsCommand, TerminateInstancesCommand } from "@aws-sdk/client-ec2";
import { isWrite } from "../aws/is_write.ts";
import { hideTags } from "../aws/rewrites.ts";
import { groupsOf, REGIONS } from "./audit_world.ts";
import { type CanaryPlanDocument, makeCanaries } from "./canary_world.ts";
import { HERE, type LadderWorld, ladderWorld, tally } from "./ladder_world.ts";

/** What has gone wrong, in a world that an earlier run has read. */
interface BreakerCase {
  readonly name: string;
  readonly make: () => Promise<LadderWorld>;
  readonly after: (world: LadderWorld) => unknown;
  readonly limit: string;
  readonly says: RegExp;
}

/** Two regions, of which the second is changed. */
const BOTH = { organization: { regions: REGIONS } } as const;
const THERE = "us-west-2";

async function terminate(world: LadderWorld, ids: readonly string[], region: string) {
  const { EC2Client } = await import("@aws-sdk/client-ec2");
  const { clientConfig } = await import("../aws/seed.ts");
  const client = new EC2Client(clientConfig(world.aws.endpoint, world.account, region));
  await client.send(new TerminateInstancesCommand({ InstanceIds: [...ids] }));
  client.destroy();
  world.aws.proxy.forgetTerminated({ account: world.account });
}

async function untag(world: LadderWorld, count: number): Promise<void> {
  const Resources = world.ids("web").slice(0, count);
  await world.byHand((client) =>
    client.send(new DeleteTagsCommand({ Resources, Tags: [{ Key: "owner" }] }))
  );
}

const CASES: readonly BreakerCase[] = [
  {
    name: "too many canaries that are not well",
    make: async () => {
      const tags = { Name: "api-canary-{region}", owner: "groundskeeper", project: "canary" };
      const world = await ladderWorld({ ...BOTH, audit: { canary: { tags } } });
      await makeCanaries(world);
      return world;
    },
    after: async (world) => {
      const { canaries } = await world.json<CanaryPlanDocument>("audit plan");
      const canary = canaries.find(({ region }) => region === THERE)!;
      await terminate(world, [canary.instance!], THERE);
    },
    limit: "breakers.canaryFailShare",
    says: /1 of 2 canaries is (not well|missing)/,
  },
  {
    name: "a region that lost most of its instances, and nobody knows why",
    make: () => ladderWorld({ ...BOTH, groups: groupsOf(30, 3) }),
    after: (world) =>
      terminate(world, world.seeded.instances(world.account, THERE, "web").slice(0, 25), THERE),
    limit: "breakers.populationDrop",
    says: /us-west-2 answered with 8 of the 33 instances/,
  },
  {
    name: "a region where far more breaks the rules than before",
    make: () => ladderWorld({ groups: groupsOf(30, 3) }),
    after: (world) => untag(world, 12),
    limit: "breakers.ratioJump",
    says: /has 45\.\d % violating instances, and had 9\.\d %/,
  },
  {
    name: "sources that differ on too many",
    make: () => ladderWorld({ groups: groupsOf(30, 21) }),
    after: (world) =>
      world.aws.proxy.rewrite(hideTags({}, [world.ids("batch-0")[0]!, world.ids("batch-1")[0]!])),
    limit: "breakers.tagDisagree",
    says: /differ on 2 of the 21 instances/,
  },
];

for (const { name, make, after, limit, says } of CASES) {
  Deno.test(`${name}: nothing is changed anywhere, with exit code 4 where there was something to refuse`, async () => {
    await using world = await make();
    // All are marked in the first run, and have time for three days.
    await world.apply();
    world.setDay(0.4);
    await after(world);
    world.aws.proxy.clearCalls();

    world.setDay(3.1);
    const plan = await world.run("audit plan --json");
    const document = JSON.parse(plan.stdout) as CanaryPlanDocument;
    assert.ok(document.breakers.some((one) => one.limit === limit), plan.stdout);
    if (document.changes.length === 0) {
      // A region alone: what is not proven has no changes, so that none are refused.
      assert.equal(plan.code, 3);
    } else {
      assert.equal(plan.code, 4);
      assert.equal(document.refused?.limit, limit);
      assert.match(document.refused?.detail ?? "", says);
    }
    const { code, run } = await world.apply();
    assert.equal(code, plan.code);
    assert.match(run.breakers.map(({ detail }) => detail).join("\n"), says);
    assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  });
}

Deno.test("a breaker with nothing left to refuse is told, and is not exit code 4", async () => {
  await using world = await ladderWorld({ audit: { enforce: {} } });
  await world.apply();
  await untag(world, 12);
  const { code, run } = await world.apply();
  assert.deepEqual([code, run.refused], [0, null]);
  assert.deepEqual(
    new Set(run.breakers.map(({ limit }) => limit)),
    new Set(["breakers.ratioJump"]),
  );
});

Deno.test("what has looked different for a day is believed, and the ladder goes on", async () => {
  await using world = await ladderWorld();
  await world.apply();
  await untag(world, 12);
  world.setDay(0.1);
  assert.equal((await world.apply()).code, 4);
  world.setDay(0.6);
  assert.equal((await world.apply()).code, 4);
  world.setDay(1.2);
  const { code, run } = await world.apply();
  assert.deepEqual([code, tally(run)], [0, { "ec2:CreateTags done": 12 }]);
  assert.deepEqual(run.breakers, []);
});

Deno.test("instances that the ladder itself terminated are no drop of the population", async () => {
  await using world = await ladderWorld({
    groups: [...groupsOf(10, 0), ...groupsOf(0, 14)],
    audit: { ladder: [{ after: "0m", do: "mark" }, { after: "1d", do: "terminate" }] },
  });
  await world.apply();
  world.setDay(1.1);
  assert.deepEqual(tally((await world.apply()).run), { "ec2:TerminateInstances done": 14 });
  // More than an hour later EC2 lists none of them any more.
  world.setDay(1.5);
  const { code, run } = await world.apply();
  assert.deepEqual([code, run.breakers, run.coverage.proven], [0, [], 1]);
  assert.equal(run.coverage.regions[0]?.region, HERE);
});
