import assert from "assert";
import { digestOf, type PlanDocument } from "../../runners/core/plan/document.ts";
import { clientConfig } from "../aws/seed.ts";
import { always, failWith } from "../aws/faults.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";
import { asManagement, organization } from "./organization_world.ts";

function accountsOf(plan: PlanDocument): string[] {
  return (plan["accounts"] as { account: string }[]).map(({ account }) => account).sort();
}

Deno.test("an organization's active accounts are all looked at, on however many pages", async () => {
  await using world = await auditWorld({
    groups: groupsOf(1, 0),
    organization: { accounts: "organizations" },
    audit: { enforce: {} },
  });
  const { management, accounts } = await organization(world);
  world.aws.proxy.page({ match: { action: "organizations:ListAccounts" }, size: 2 });
  const plan = await world.json<PlanDocument>("audit plan", asManagement(world));
  assert.deepEqual(
    accountsOf(plan),
    [management, accounts.shop, accounts.lake, accounts.lab].sort(),
  );
});

Deno.test("a unit is taken with all units below it, without the excluded accounts", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 0), audit: { enforce: {} } });
  const { workloads, accounts } = await organization(world);
  world.configure({}, { accounts: "organizations", units: [workloads] });
  const plan = await world.json<PlanDocument>("audit plan", asManagement(world));
  assert.deepEqual(accountsOf(plan), [accounts.shop, accounts.lake].sort());

  world.configure({}, {
    accounts: "organizations",
    units: [workloads],
    exclude: [accounts.lake],
  });
  const without = await world.json<PlanDocument>("audit plan", asManagement(world));
  assert.deepEqual(accountsOf(without), [accounts.shop]);
});

Deno.test("all accounts but some are enforced, and rules are of units; an account that nobody has refuses apply alone", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 1) });
  const { workloads, accounts } = await organization(world);
  const settings = (excepted: string) => ({
    required: [
      { key: "owner" },
      { key: "backup", when: { units: [workloads] } },
      { key: "tier", when: { not: { units: [workloads] } } },
    ],
    enforce: { accounts: { allExcept: [excepted] }, quarantine: "0m" },
  });
  type Plan = PlanDocument & {
    readonly accounts: readonly { readonly account: string; readonly enforced: boolean }[];
    readonly findings: readonly {
      readonly broken: readonly { readonly key: string }[];
    }[];
  };
  world.configure(settings(accounts.lake), { accounts: "organizations" });
  const plan = await world.json<Plan>("audit plan", asManagement(world));
  const reported = plan.accounts.filter(({ enforced }) => !enforced);
  assert.deepEqual(reported.map(({ account }) => account), [accounts.lake]);
  // Its instances are in the management account, which is in no unit.
  const broken = new Set(plan.findings.flatMap(({ broken }) => broken.map(({ key }) => key)));
  assert.deepEqual(broken, new Set(["owner", "tier"]));

  world.configure(settings("999999999999"), { accounts: "organizations" });
  const strange =
    /enforce\.accounts\.allExcept\[0\] is 999999999999, which is not among the accounts/;
  const applied = await world.run("audit apply --yes", asManagement(world));
  assert.equal(applied.code, 2);
  assert.match(applied.said, strange);
  assert.match(applied.said, /Correct it, or remove it if the account has left/);
  for (const verb of ["plan", "report"]) {
    const { code, said } = await world.run(`audit ${verb}`, asManagement(world));
    assert.notEqual(code, 2);
    assert.match(said, strange);
    assert.match(said, /No apply makes changes until then/);
  }
});

Deno.test("an organization that cannot be listed whole is no shorter list", async () => {
  await using world = await auditWorld({
    groups: groupsOf(1, 0),
    organization: { accounts: "organizations" },
    audit: { enforce: {} },
  });
  await organization(world);
  world.aws.proxy.page({
    match: { action: "organizations:ListAccounts" },
    size: 2,
    repeatToken: true,
  });
  const repeated = await world.run("audit plan", asManagement(world));
  assert.equal(repeated.code, 1);
  assert.match(repeated.said, /Cannot list the accounts of the organization.*same page token/);

  world.aws.proxy.onCall(failWith({ service: "organizations" }, "AccessDeniedException"));
  const denied = await world.run("audit plan", asManagement(world));
  assert.equal(denied.code, 1);
  assert.match(denied.said, /AccessDeniedException.*delegated administrator/);
});

Deno.test("only the regions that an account has enabled are looked at", async () => {
  await using world = await auditWorld({
    groups: groupsOf(2, 0),
    organization: { regions: "enabled" },
  });
  world.aws.proxy.setRegions({ enabled: ["us-east-1", "us-west-2"], notOptedIn: ["ap-east-1"] });
  const { coverage } = await world.json<PlanDocument>("audit plan");
  assert.deepEqual(coverage.regions.map(({ region }) => region), ["us-east-1", "us-west-2"]);
});

Deno.test("the account is called by its name, else its alias, else its id", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 0), accounts: 2 });
  const { CreateAccountAliasCommand, IAMClient } = await import("@aws-sdk/client-iam");
  const iam = new IAMClient(clientConfig(world.aws.endpoint, world.accounts[0]!));
  await iam.send(new CreateAccountAliasCommand({ AccountAlias: "acme-prod" }));
  iam.destroy();
  const names = async () =>
    ((await world.json<PlanDocument>("audit plan"))["accounts"] as { name: string }[])
      .map(({ name }) => name).sort();
  assert.deepEqual(await names(), ["account-0", "account-1"]);
  world.configure({}, { accounts: world.accounts.map((id) => ({ id })) });
  assert.deepEqual(await names(), [world.accounts[1]!, "acme-prod"].sort());
});

Deno.test("Regions that a policy denies are told as such, with where to leave them out", async () => {
  const denied = (action: string) =>
    `User: arn is not authorized to perform: ${action} with an explicit deny in a service control ` +
    "policy";
  await using world = await auditWorld({
    groups: groupsOf(2, 0),
    audit: { enforce: {} },
    organization: { regions: "enabled" },
  });
  const deny = (action: string, region: string) => {
    const fault = { code: "UnauthorizedOperation", status: 403, message: denied(action) };
    return world.aws.proxy.onCall(always({ action, region }, { kind: "error", ...fault }));
  };
  await inProcess(world, async (run) => {
    const unproven = async () => {
      const { code, stdout } = await run("audit plan --json");
      assert.equal(code, 3);
      return (JSON.parse(stdout) as PlanDocument).coverage.unproven;
    };
    const end = deny("ec2:DescribeInstances", "us-west-2");
    const [region, ...more] = await unproven();
    assert.deepEqual(more, []);
    assert.deepEqual([region!.region, region!.reason], ["us-west-2", "denied-by-policy"]);
    assert.match(region!.detail, /A service control policy denies it: .*organization\.regions: \{/);
    const { stdout } = await run("audit plan");
    assert.doesNotMatch(stdout, /Try again later/);
    world.configure({}, { regions: { allExcept: ["us-west-2"] } });
    const without = await run("audit plan --json");
    assert.equal(without.code, 0);
    assert.equal((JSON.parse(without.stdout) as PlanDocument).coverage.planned, 1);
    const excepted = await run("audit plan --region us-west-2");
    assert.equal(excepted.code, 2);
    assert.match(excepted.stderr, /--region us-west-2: organization\.regions leaves it out/);
    world.configure({}, { regions: { allExcept: ["us-east-1", "us-west-2"] } });
    const none = await run("audit plan");
    assert.equal(none.code, 3);
    assert.match(
      none.stdout.replaceAll(/\s+/g, " "),
      /beside those that organization\.regions leaves/,
    );
    world.configure({}, {});
    end();

    deny("ec2:DescribeRegions", "us-east-1");
    const [account] = await unproven();
    assert.deepEqual([account!.region, account!.reason], ["global", "denied-by-policy"]);
    assert.match(
      account!.detail,
      / set AWS_REGION to .*, or name the Regions that you use: "organization": \{.*\}$/,
    );
    world.configure({}, { regions: ["us-west-2"] });
    assert.equal((await run("audit plan")).code, 0);
  });
});

/** Every verb that observes, of both jobs. */
const OBSERVING = [
  "audit plan",
  "audit plan --json",
  "audit report",
  "audit apply --yes",
  "audit explain i-0123456789abcdef0",
  "audit canary plan",
  "audit canary apply --yes",
  "repo plan",
  "repo plan --remove s3:GetObject",
  "repo report",
  "repo apply --yes",
  "repo refresh",
  "repo schedule",
];

Deno.test("a run that covers no account is exit 1 with every verb, and says why", async () => {
  await using world = await auditWorld({ groups: [], audit: { enforce: {} } });
  const { management, accounts: { shop, lake, lab, closed } } = await organization(world);
  const environment = { ...world.aws.environment, ...asManagement(world).env };
  await inProcess({ aws: { environment }, directory: world.directory }, async (run) => {
    // All are excluded but one, which is closed.
    const exclude = [management, shop, lake, lab];
    world.configure({}, { accounts: "organizations", exclude });
    for (const verb of OBSERVING) {
      const { code, stdout, stderr } = await run(verb);
      assert.equal(code, 1, `${verb}: ${stdout}${stderr}`);
      const said = stdout + stderr;
      assert.match(said, /There is no account to read: 5 accounts were listed/, verb);
      for (const id of exclude) {
        assert.match(said, new RegExp(`${id} \\([^)]+\\): organization.exclude names it`), verb);
      }
      assert.match(said, new RegExp(`${closed} \\(closed\\): its state is SUSPENDED`), verb);
    }
    const narrowed = await run(`audit plan --account ${closed}`);
    assert.equal(narrowed.code, 1);

    world.configure({}, { accounts: "organizations" });
    const closedAlone = await run(`audit plan --account ${closed}`);
    assert.equal(closedAlone.code, 2);
    assert.match(closedAlone.stderr, new RegExp(`${closed}: its state is SUSPENDED`));

    assert.equal((await run("audit plan --save-snapshot seen")).code, 0);
    const path = `${world.directory}/seen/audit-snapshot.json`;
    const { digest: _digest, ...seen } = JSON.parse(Deno.readTextFileSync(path));
    const body = { ...seen, parts: [] };
    Deno.writeTextFileSync(path, JSON.stringify({ ...body, digest: digestOf(body) }));
    const snapshot = await run("audit plan --snapshot seen");
    assert.equal(snapshot.code, 1);
    assert.match(snapshot.stderr, /There is no account to read: The snapshot holds none/);
  });
});

Deno.test("config check says how many accounts it looks at, and all that it enforces", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 0), accounts: 1 });
  await inProcess(world, async (run) => {
    assert.match((await run("config check")).stdout, /reads +1 account, /);
    world.configure(
      { enforce: { accounts: [], units: ["ou-abcd-11111111"] }, canary: { mode: "off" } },
      { accounts: "organizations" },
    );
    assert.match((await run("config check")).stdout, /enforces +ou-abcd-11111111\n/);
  });
});
