import assert from "assert";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { always } from "../aws/faults.ts";
import { AS_TEXT } from "../snapshots.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";

const DAY = 24 * 60;

/**
 * Forty accounts without IAM users: in each an instance breaks the rules in us-east-1, beside two that
 * keep them, and us-west-2 is empty.
 */
async function fortyAccounts() {
  const world = await auditWorld({
    accounts: 40,
    enforced: [],
    users: [],
    organization: { regions: "enabled" },
    groups: ({ region }) =>
      region === "us-west-2" ? [] : [
        {
          name: "web",
          count: 2,
          ageMinutes: 30 * DAY,
          tags: { Name: "web", owner: "alice", project: "a" },
        },
        { name: "old", ageMinutes: 10 * DAY, tags: { Name: "old", contact: "carol" } },
      ],
  });
  // In the order of their ids, so that the page is the same each time.
  const accounts = world.accounts.toSorted().map((id, index) => ({ id, name: `account-${index}` }));
  const configure = (organization: Record<string, unknown>, principal: Record<string, unknown>) =>
    world.configure(
      { required: [{ key: "owner", value: { principal } }, { key: "project" }] },
      { ...organization, accounts },
    );
  configure({}, { users: true });
  return { world, configure, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const DENIED = ["eu-central-1", "eu-west-1", "sa-east-1"];

const BY_POLICY = {
  kind: "error",
  code: "UnauthorizedOperation",
  status: 403,
  message: "You are not authorized to perform this operation. User: arn:aws:sts::observer is not " +
    "authorized to perform: ec2:DescribeInstances with an explicit deny in a service control policy",
} as const;

Deno.test("the first audit of forty accounts is one page, and says what to write", async (t) => {
  await using scene = await fortyAccounts();
  const { world, configure } = scene;
  const { proxy } = world.aws;
  proxy.setRegions({ enabled: ["us-east-1", "us-west-2", ...DENIED], notOptedIn: ["af-south-1"] });
  proxy.onCall(always({ service: "ec2", region: DENIED }, BY_POLICY));
  await inProcess(world, async (run) => {
    const denied = await run("audit plan");
    assert.equal(denied.code, 3);
    await t.assertSnapshot(anonymous(world.accounts, denied.stdout), AS_TEXT);
    const [, setting] = /"organization": (\{.*?\}\})/.exec(
      denied.stdout.replaceAll(/\s+/g, " "),
    ) ?? [];
    await Deno.writeTextFile(`${world.directory}/people.txt`, "alice\ncarol\n");
    configure(JSON.parse(setting!), { users: false, file: "people.txt" });
    const { code, stdout, stderr } = await run("audit plan");
    assert.deepEqual([code, stderr], [0, ""]);
    await t.assertSnapshot(anonymous(world.accounts, stdout), AS_TEXT);
    assert.doesNotMatch(stdout, /not proven/);
    const { coverage } = JSON.parse((await run("audit plan --json")).stdout) as PlanDocument;
    const empty = coverage.regions.filter(({ proof }) => proof === "none").length;
    assert.deepEqual([coverage.planned, coverage.proven, empty], [80, 40, 40]);
    const report = await run("audit report");
    assert.equal(report.code, 0);
    assert.doesNotMatch(report.stdout + report.stderr, /not proven/);
    assert.match((await run("audit history")).stdout, / 40 of 40 /);
  });
});

Deno.test("where a policy denies us-east-1, the Regions are asked for where the caller is", async () => {
  await using world = await auditWorld({
    groups: groupsOf(2, 1),
    enforced: [],
    organization: { regions: "enabled" },
  });
  world.aws.proxy.onCall(always({ service: "ec2", region: "us-east-1" }, BY_POLICY));
  const { coverage } = await world.json<PlanDocument>("audit plan", {
    env: { AWS_REGION: "us-west-2" },
  });
  assert.deepEqual(coverage.regions.map(({ region }) => region), ["us-west-2"]);
  assert.deepEqual(
    coverage.unproven.map(({ region, reason }) => [region, reason]),
    [["us-east-1", "denied-by-policy"]],
  );
  const before = await world.run("audit plan", { env: { AWS_REGION: "us-west-2" } });
  assert.equal(before.code, 3);
  assert.match(before.stdout, /"organization": \{"regions": \{"allExcept": \["us-east-1"\]\}\}/);
  world.configure({}, { regions: { allExcept: ["us-east-1"] } });
  const after = await world.run("audit plan", { env: { AWS_REGION: "us-west-2" } });
  assert.deepEqual([after.code, after.stderr], [0, ""]);
});

Deno.test("a Region that a policy denies in one account alone is not to be left out", async () => {
  await using world = await auditWorld({ accounts: 2, enforced: [1], groups: groupsOf(2, 1) });
  const [account = ""] = world.accounts;
  world.aws.proxy.onCall(always({ service: "ec2", account, region: "us-west-2" }, BY_POLICY));
  const { code, stdout } = await world.run("audit plan");
  const said = stdout.replaceAll(/\s+/g, " ");
  assert.equal(code, 3);
  assert.match(said, /us-west-2 is denied in 1 of 2 accounts \(account-0\)\./);
  assert.doesNotMatch(said, /"organization":/);
  await Deno.writeTextFile(`${world.directory}/share.txt`, `${account}\n`);
  const narrow = [`--account ${account}`, "--region us-west-2", "--accounts-file share.txt"];
  for (const verb of narrow.flatMap((one) => [`plan ${one}`, `report ${one}`])) {
    const { code, stdout } = await world.run(`audit ${verb}`);
    const said = stdout.replaceAll(/\s+/g, " ");
    assert.equal(code, 3);
    assert.match(said, /us-west-2 is denied in .*organization\.regions/);
    assert.doesNotMatch(said, /"organization":/);
  }
  const pages = [...Deno.readDirSync(`${world.directory}/out`)].map(({ name }) => name)
    .filter((name) => name.startsWith("audit-") && name.endsWith(".html"));
  assert.ok(pages.length > 0);
  for (const name of pages) {
    const page = await Deno.readTextFile(`${world.directory}/out/${name}`);
    assert.match(page, /us-west-2 is denied in /);
    assert.doesNotMatch(page, /organization(&quot;|&#34;|"): ?\{/);
  }
});

/** The output without what differs from run to run. */
function anonymous(accounts: readonly string[], text: string): string {
  return accounts.reduce((said, id) => said.replaceAll(id, "111111111111"), text)
    .replaceAll(/\bi-[0-9a-f]{17}\b/g, "i-0123456789abcdef0");
}
