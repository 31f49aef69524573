import assert from "assert";
import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { CHANGES_DASHBOARD } from "../../reports/kibana/changes_dashboard.ts";
import type { Dashboard } from "../../runners/core/report/dashboard.ts";
import { ROOT } from "../architecture/module_graph.ts";
import { failWith } from "../aws/faults.ts";
import { hideTags } from "../aws/rewrites.ts";
import { clientConfig } from "../aws/seed.ts";
import { type AuditWorld, auditWorld, groupsOf, WHOLE_LADDER } from "../e2e/audit_world.ts";
import { dirtyWorld } from "../e2e/dirty_world.ts";
import { halfUsed, type RepoWorld, repoWorld } from "../e2e/repo_world.ts";
import type { World } from "../e2e/world.ts";
import { deniedEvent } from "../runners/repo/watch/trail.ts";
import { startElasticsearch } from "./elasticsearch.ts";
import { EXPECTED, type RunJson, ZERO } from "./kibana_expected.ts";
import { type PanelRow, rowsOf } from "./kibana_rows.ts";

/** All slots of this test, and bars that hold one slot each. */
const DAY_MS = 86_400_000;
const range = {
  from: new Date(Date.now() - DAY_MS).toISOString(),
  to: new Date(Date.now() + 40 * DAY_MS).toISOString(),
  interval: "1s",
};

Deno.test("each panel of each dashboard shows what the runs printed", async (t) => {
  await using server = await startElasticsearch();
  const { node } = server;
  const runs: Record<string, RunJson[]> = {
    "aws-audits": await auditRuns(node),
    "groundskeeper-repo": await repoRuns(node),
    "groundskeeper-dirty": await dirtyRuns(node),
  };
  runs["groundskeeper-changes"] = [...runs["aws-audits"]!, ...runs["groundskeeper-repo"]!];
  await refresh(node);
  const dashboards = await allDashboards();
  for (const dashboard of dashboards) {
    for (const panel of dashboard.rows.flatMap(({ panels }) => panels)) {
      await t.step(`${dashboard.title}: ${panel.title}`, async () => {
        const shown = await rowsOf(node, dashboard.index, panel, range);
        const expected = EXPECTED[`${dashboard.id}/${panel.id}`];
        assert(expected, "Nothing says what this panel must show");
        const isEmpty = !shown.some((row) => Object.values(row).some(isSaid));
        assert.equal(isEmpty, `${dashboard.id}/${panel.id}` in ZERO, "The panel shows something");
        assert.deepEqual(sorted(shown), sorted(expected(runs[dashboard.index]!)));
      });
    }
  }
  const ids = dashboards.flatMap((dashboard) => panelIds(dashboard));
  assert.deepEqual(
    [...Object.keys(EXPECTED), ...Object.keys(ZERO)].filter((id) => !ids.includes(id)),
    [],
  );
});

/** All dashboards. Those of jobs by their folders: `JOBS` leads to packages that no rig needs. */
async function allDashboards(): Promise<Dashboard[]> {
  const all = [CHANGES_DASHBOARD];
  for (const { name, isDirectory } of Deno.readDirSync(`${ROOT}runners`)) {
    const folder = `${ROOT}runners/${name}`;
    if (!isDirectory || ![...Deno.readDirSync(folder)].some(isDashboard)) continue;
    all.push(...Object.values<Dashboard>(await import(`${folder}/dashboard.ts`)));
  }
  return all;
}

const isDashboard = ({ name }: Deno.DirEntry) => name === "dashboard.ts";

function panelIds({ id, rows }: Dashboard): string[] {
  return rows.flatMap(({ panels }) => panels.map((panel) => `${id}/${panel.id}`));
}

const isSaid = (value: unknown) => value !== null && value !== 0;

function sorted(rows: readonly PanelRow[]): string[] {
  return rows.map((row) =>
    JSON.stringify(Object.fromEntries(Object.entries(row).sort(([a], [b]) => a < b ? -1 : 1)))
  ).sort();
}

async function refresh(node: string): Promise<void> {
  const response = await fetch(`${node}/_all/_refresh`, { method: "POST" });
  assert(response.ok, await response.text());
}

/** Writes into the world's configuration where documents go, and makes the server ready. */
async function sendingTo(node: string, world: World, first = false): Promise<void> {
  const file = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(file));
  await Deno.writeTextFile(
    file,
    JSON.stringify({ ...config, reports: { elasticsearch: { node } } }),
  );
  if (!first) return;
  const { code, stderr } = await world.run("reports setup");
  assert.equal(code, 0, stderr);
}

/** Runs a verb, whose documents the server must have taken. */
async function runOf(world: World, line: string, exitCode: number): Promise<RunJson> {
  const { code, stdout, stderr } = await world.run(`${line} --json`);
  assert.equal(code, exitCode, stderr);
  assert.doesNotMatch(stderr, /elasticsearch/i);
  return JSON.parse(stdout);
}

async function auditRuns(node: string): Promise<RunJson[]> {
  await using world = await auditWorld({
    accounts: 3,
    enforced: [1, 2],
    groups: ({ account }) => groupsOf(20, account === 2 ? 1 : 2),
    // Nothing but a limit refuses a run here.
    audit: { ladder: WHOLE_LADDER, breakers: { tagDisagree: 1, ratioJump: 1 } },
  });
  await sendingTo(node, world, true);
  const [other, enforced, mended] = world.accounts as [string, string, string];
  // One is put right between the plan and its mark.
  const drifts = world.aws.proxy.onCall(async ({ action, parameters }) => {
    const role = parameters["RoleArn"] ?? "";
    if (
      action !== "sts:AssumeRole" || !role.includes(`${enforced}:role/groundskeeper-audit-apply`)
    ) {
      return undefined;
    }
    await putRight(world, enforced, "us-east-1", "batch-0");
    return undefined;
  });
  const marked = await runOf(world, "audit apply --yes", 3);
  drifts();
  // An account in which nothing is wrong any more, a Region that is not proven, a stop that fails.
  for (const region of ["us-east-1", "us-west-2"]) await putRight(world, mended, region, "batch-0");
  world.setDay(3.1);
  const shows = world.aws.proxy.rewrite(hideTags({ account: other, region: "us-west-2" }));
  const stops = world.aws.proxy.onCall(
    failWith({ action: "ec2:StopInstances", region: "us-west-2" }, "UnauthorizedOperation"),
  );
  const stopped = await runOf(world, "audit apply --yes", 3);
  stops();
  world.setDay(14.2);
  const refused = await runOf(world, "audit apply --yes --max-changes 1", 4);
  shows();
  world.setDay(15);
  const slot = new Date(world.aws.proxy.now()).toISOString();
  const reported = await runOf(world, `audit report --slot ${slot}`, 0);
  // The same slot again changes no count.
  const again = await runOf(world, `audit report --slot ${slot}`, 0);
  assert.equal(reported.slot, again.slot);
  return [marked, stopped, refused, again];
}

async function repoRuns(node: string): Promise<RunJson[]> {
  const roles = [
    ...["app", "batch", "cart"].map((name) => halfUsed(name)),
    halfUsed("young", { ageDays: 10 }),
  ];
  await using world = await repoWorld({ accounts: 2, roles });
  await sendingTo(node, world, true);
  const first = await runOf(world, "repo report", 0);
  world.setMinute(60);
  const refused = await runOf(world, "repo apply --yes --max-changes 1", 4);
  world.setMinute(120);
  const reads = world.aws.proxy.onCall(
    failWith(
      { action: "iam:GetAccountAuthorizationDetails", account: world.accounts[1]! },
      "AccessDenied",
    ),
  );
  const applied = await runOf(world, "repo apply --yes", 3);
  reads();
  world.setMinute(180);
  await denyCall(world);
  return [first, refused, applied, await runOf(world, "repo report", 0)];
}

/** Gives the instances of a group the tag that they lack. */
async function putRight(world: AuditWorld, account: string, region: string, group: string) {
  const ec2 = new EC2Client(clientConfig(world.aws.endpoint, account, region));
  const Resources = [...world.seeded.instances(account, region, group)];
  await ec2.send(new CreateTagsCommand({ Resources, Tags: [{ Key: "owner", Value: "alice" }] }));
  ec2.destroy();
}

/** A session of the role app asks for what it has lost. */
async function denyCall(world: RepoWorld): Promise<void> {
  const { Role } = await world.byHand((iam) => iam.send(new GetRoleCommand({ RoleName: "app" })));
  const eventTime = new Date(world.aws.proxy.now()).toISOString();
  const event = deniedEvent({ eventTime }, { arn: world.arn("app"), id: Role!.RoleId! });
  world.aws.proxy.cloudTrail.add(world.accounts[0]!, "us-east-1", event);
}

async function dirtyRuns(node: string): Promise<RunJson[]> {
  await using world = await dirtyWorld({ accounts: 2 });
  await sendingTo(node, world, true);
  const [one, two] = world.instances(0, "us-east-1");
  const [three] = world.instances(1, "us-west-2");
  for (const where of [one!, two!, three!]) await world.send(world.login(where), where);
  assert.equal((await world.run("dirty serve --once")).code, 0);
  const first = await runOf(world, "dirty report", 0);
  world.setMinute(60);
  const place = { account: world.accounts[1]!, region: "us-west-2" };
  const reads = world.aws.proxy.onCall(
    failWith({ action: "ec2:DescribeInstances", ...place }, "UnauthorizedOperation"),
  );
  const second = await runOf(world, "dirty report", 3);
  reads();
  return [first, second];
}
