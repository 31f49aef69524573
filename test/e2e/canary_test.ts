import assert from "assert";
import { CreateTagsCommand, DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import type { JournalEntry } from "../../runners/core/journal/entry.ts";
import { isWrite } from "../aws/is_write.ts";
import { REGIONS } from "./audit_world.ts";
import {
  type Canaries,
  type CanaryPlanDocument,
  canaryWorld,
  makeCanaries,
  plannedCanaries,
  provenWorld,
} from "./canary_world.ts";
import { HERE, type LadderWorld, tally } from "./ladder_world.ts";

const BOTH = { organization: { regions: REGIONS } } as const;

function writesIn(world: LadderWorld): string[] {
  return world.aws.proxy.calls.filter(isWrite).map(({ action }) => action);
}

/** All instances of the world's region with a Name of this pattern. */
async function instancesNamed(world: LadderWorld, name: string) {
  const { Reservations = [] } = await world.byHand((client) =>
    client.send(
      new DescribeInstancesCommand({ Filters: [{ Name: "tag:Name", Values: [name] }] }),
    )
  );
  return Reservations.flatMap(({ Instances }) => Instances ?? []);
}

Deno.test("without a canary an enforced region is not believed, and canary plan says what to make", async () => {
  await using world = await canaryWorld(BOTH);
  const plan = await world.run("audit plan --json");
  assert.equal(plan.code, 3);
  const { coverage, changes } = JSON.parse(plan.stdout) as CanaryPlanDocument;
  assert.deepEqual(coverage.unproven.map(({ region, reason }) => [region, reason]), [
    ["us-east-1", "canary-absent"],
    ["us-west-2", "canary-absent"],
  ]);
  assert.match(coverage.unproven[0]!.detail, /"audit canary plan" says what to make/);
  assert.deepEqual(changes, []);

  world.aws.proxy.clearCalls();
  const { canaries, cost } = await world.json<Canaries>("audit canary plan");
  assert.deepEqual(
    canaries.map((
      { region, status, action, image },
    ) => [region, status, action, image.instanceType]),
    [
      ["us-east-1", "absent", "create", "t3.nano"],
      ["us-west-2", "absent", "create", "t3.nano"],
    ],
  );
  assert.deepEqual([cost.canaries, cost.usd_per_month], [2, cost.gib * 0.08]);
  assert.deepEqual(writesIn(world), []);
});

Deno.test("canary apply makes one stopped instance for each region, once, and proves the next plan", async () => {
  await using world = await canaryWorld(BOTH);
  const made = await makeCanaries(world);
  assert.deepEqual(made.map(({ region, outcome }) => [region, outcome]), [
    ["us-east-1", "created"],
    ["us-west-2", "created"],
  ]);
  const [instance] = await instancesNamed(world, "api-canary-us-east-1");
  assert.equal(instance?.InstanceId, made[0]!.instance);
  assert.equal(instance?.State?.Name, "stopped");
  assert.equal(instance?.InstanceType, "t3.nano");
  assert.equal(instance?.MetadataOptions?.HttpTokens, "required");

  world.aws.proxy.clearCalls();
  const again = await world.run("audit canary apply --yes");
  assert.equal(again.code, 0);
  assert.match(again.stdout, /2 of 2 are well/);
  assert.match(again.stdout, /Nothing was changed\./);
  assert.deepEqual(writesIn(world), []);

  const plan = await world.json<CanaryPlanDocument>("audit plan");
  assert.deepEqual(plan.coverage.regions.map(({ proof }) => proof), ["canary", "canary"]);
  assert.equal(plan.changes.length, 4);
  // It breaks no rule, and no step of the ladder is for it.
  const targets = [...plan.changes, ...plan.spared].map(({ target }) => target).join();
  assert.ok(!targets.includes(made[0]!.instance!), targets);

  const journal = await world.json<JournalEntry[]>("changes");
  // Regions are written to at the same time, so that either may come first.
  assert.deepEqual(
    new Set(
      journal.map(({ action, outcome, target }) =>
        [action, outcome, target.split("/").at(-1)].join(" ")
      ),
    ),
    new Set(made.map(({ instance }) => `ec2:RunInstances done ${instance}`)),
  );
  assert.equal(journal.length, 2);
  assert.match(journal[0]!.principal, /groundskeeper-audit-canary/);

  // Its ID was not known when it was announced.
  const [first] = made;
  const target = journal.map((entry) => entry.target).find((arn) =>
    arn.endsWith(first!.instance!)
  )!;
  const about = await world.json<JournalEntry[]>(`changes --target ${target}`);
  assert.deepEqual(about, journal.filter((entry) => entry.target === target));
  assert.equal(about.length, 1);
  const explained = await world.json<{ journal: JournalEntry[] }>(
    `audit explain ${first!.instance}`,
  );
  assert.deepEqual(explained.journal, about);
});

Deno.test("canary apply without --yes and without a terminal changes nothing", async () => {
  await using world = await canaryWorld();
  const { code, said } = await world.run("audit canary apply");
  assert.equal(code, 2);
  assert.match(said, /no terminal to ask: say --yes/);
  assert.deepEqual(writesIn(world), []);
});

Deno.test("a region that is new to the account is not proven there, and canary plan names it", async () => {
  await using world = await canaryWorld({
    organization: { regions: "enabled" },
    audit: { breakers: { canaryFailShare: 0.5 } },
  });
  world.aws.proxy.setRegions({ enabled: [HERE], notOptedIn: [] });
  await makeCanaries(world);
  assert.equal((await world.json<CanaryPlanDocument>("audit plan")).coverage.proven, 1);

  world.aws.proxy.setRegions({ enabled: [HERE, "us-west-2"], notOptedIn: [] });
  const { code, run } = await world.apply();
  assert.equal(code, 3);
  assert.deepEqual(run.coverage.unproven.map(({ region, reason }) => [region, reason]), [
    ["us-west-2", "canary-absent"],
  ]);
  assert.deepEqual(run.changes.map(({ region, outcome }) => [region, outcome]), [
    [HERE, "done"],
    [HERE, "done"],
  ]);
  const planned = await plannedCanaries(world);
  assert.deepEqual(planned.map(({ region, action }) => [region, action]), [
    [HERE, "none"],
    ["us-west-2", "create"],
  ]);
});

Deno.test("an instance that copies the canary's tags is reported, and exempt from nothing else", async () => {
  await using world = await provenWorld();
  const [copy] = world.ids("batch-0") as [string];
  const Tags = Object.entries({
    Name: `api-canary-${HERE}`,
    owner: "groundskeeper",
    project: "API canary",
  })
    .map(([Key, Value]) => ({ Key, Value }));
  await world.byHand((client) => client.send(new CreateTagsCommand({ Resources: [copy], Tags })));
  const { run } = await world.apply();
  assert.deepEqual(run.findings.find(({ id }) => id === copy)?.kinds, ["canary-copy"]);
  assert.equal(run.coverage.regions[0]!.proof, "canary");
  assert.deepEqual(tally(run), { "ec2:CreateTags done": 1 });
});
