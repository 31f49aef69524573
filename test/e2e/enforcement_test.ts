import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { seedWorld } from "../aws/seed.ts";
import { isWrite } from "../aws/is_write.ts";
import { groupsOf } from "./audit_world.ts";
import { type Applied, HERE, type LadderWorld, ladderWorld, tally } from "./ladder_world.ts";
import { asManagement, organization, type TestOrganization } from "./organization_world.ts";

interface UnitWorld {
  readonly world: LadderWorld;
  readonly organization: TestOrganization;
  apply(): Promise<Applied>;
}

/** An organization whose unit "workloads" is enforced, with violators in each account. */
async function unitWorld(enforce: Record<string, unknown> = {}): Promise<UnitWorld> {
  const world = await ladderWorld({ groups: groupsOf(3, 0) });
  const made = await organization(world);
  const { shop, lake, lab } = made.accounts;
  await seedWorld({
    accounts: [shop, lake, lab].map((id) => ({
      id,
      name: id,
      regions: { [HERE]: groupsOf(4, 1) },
    })),
  }, { endpoint: world.aws.endpoint, trustedAccount: made.management });
  world.configure({ enforce: { units: [made.workloads], ...enforce } }, {
    accounts: "organizations",
    regions: [HERE],
  });
  world.aws.proxy.clearCalls();
  const apply = async () => {
    const { code, stdout, stderr } = await world.run(
      "audit apply --yes --json",
      asManagement(world),
    );
    return { code, stderr, run: JSON.parse(stdout) };
  };
  return { world, organization: made, apply };
}

Deno.test("accounts that are new to the organization are only reported, however they came to be enforced", async () => {
  const { world, organization: { accounts }, apply } = await unitWorld();
  await using _ended = world;
  const { code, run } = await apply();
  assert.equal(code, 0);
  assert.deepEqual(run.changes, []);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  const reasons = new Map(run.spared.map(({ account, reason }) => [account, reason]));
  assert.deepEqual(
    [accounts.shop, accounts.lake, accounts.lab].map((account) => reasons.get(account)),
    ["quarantine", "quarantine", "not-enforced"],
  );
  const told = (run["accounts"] as { account: string; quarantined_until: string | null }[])
    .find(({ account }) => account === accounts.shop);
  assert.ok(Date.parse(told!.quarantined_until!) > Date.now() + 13 * 86_400_000);
  // Named one by one it is no older.
  world.configure({ enforce: { accounts: [accounts.shop] } }, {
    accounts: "organizations",
    regions: [HERE],
  });
  const again = await apply();
  assert.deepEqual(again.run.changes, []);
});

Deno.test("all accounts of an enforced unit and of the units below it are enforced, and no other", async () => {
  const { world, organization: { accounts }, apply } = await unitWorld({ quarantine: "0m" });
  await using _ended = world;
  const { code, run } = await apply();
  assert.equal(code, 0);
  assert.deepEqual(
    run.changes.map(({ account, outcome }) => `${account} ${outcome}`).sort(),
    [`${accounts.shop} done`, `${accounts.lake} done`].sort(),
  );
  assert.deepEqual(tally(run), { "ec2:CreateTags done": 2 });
});

Deno.test("an account that leaves the enforced unit is left alone, and begins anew when it comes back", async () => {
  const { world, organization: { accounts, workloads }, apply } = await unitWorld({
    quarantine: "0m",
  });
  await using _ended = world;
  await apply();
  const enforce = (units: readonly string[]) =>
    world.configure({ enforce: { units, quarantine: "0m" } }, {
      accounts: "organizations",
      regions: [HERE],
    });
  enforce([]);
  world.setDay(3.1);
  assert.deepEqual((await apply()).run.changes, []);
  enforce([workloads]);
  world.setDay(3.2);
  const back = await apply();
  // Time without enforcement does not count: it is marked again, and not stopped.
  assert.deepEqual(tally(back.run), { "ec2:CreateTags done": 2 });
  assert.ok(back.run.changes.every(({ account }) => account !== accounts.lab));
});

Deno.test("a unit that cannot be listed enforces nothing", async () => {
  const { world } = await unitWorld({ quarantine: "0m" });
  await using _ended = world;
  world.aws.proxy.onCall(({ action }) =>
    action === "organizations:ListAccountsForParent"
      ? { kind: "error", code: "AccessDeniedException", status: 400 }
      : undefined
  );
  const { code, said } = await world.run("audit apply --yes", asManagement(world));
  assert.equal(code, 1);
  assert.match(said, /Cannot list the accounts of the organization/);
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
});

Deno.test("without enforcement nothing is changed, whatever the ladder says", async () => {
  await using world = await ladderWorld({ audit: { enforce: {} } });
  for (const day of [0, 3.1, 14.2]) {
    world.setDay(day);
    const { code, run } = await world.apply();
    assert.deepEqual([code, run.changes, run.findings.length], [0, [], 3]);
  }
  assert.deepEqual(world.aws.proxy.calls.filter(isWrite), []);
  const plan = await world.json<PlanDocument>("audit plan");
  assert.deepEqual(plan.spared.map(({ reason }) => reason), Array(3).fill("not-enforced"));
});
