import assert from "assert";
import { createHash } from "node:crypto";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { isWrite } from "../aws/is_write.ts";
import { type AuditWorld, auditWorld, groupsOf, REGIONS } from "./audit_world.ts";

/** Three accounts × two regions, 72 instances; one account is enforced. */
function organization(): Promise<AuditWorld> {
  return auditWorld({ groups: groupsOf(9, 3), accounts: 3 });
}

/** Every file in the folder, with its content's hash. */
async function filesIn(directory: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isFile } of Deno.readDir(directory)) {
    const bytes = isFile ? await Deno.readFile(`${directory}/${name}`) : new Uint8Array();
    files[name] = createHash("sha256").update(bytes).digest("hex");
  }
  return files;
}

function writesIn(world: AuditWorld): string[] {
  return world.aws.proxy.calls.filter(isWrite).map(({ action, account, region, parameters }) =>
    `${action} ${account} ${region} ${parameters["ResourceId.1"] ?? ""}`
  ).sort();
}

Deno.test("plan leaves no trace, in the accounts or in the folder", async () => {
  await using world = await organization();
  await world.run("audit report");
  const before = await filesIn(world.directory);
  world.aws.proxy.clearCalls();
  const { code, stdout } = await world.run("audit plan");
  assert.equal(code, 0, stdout);
  assert.match(stdout, /Coverage {3}6 of 6 account-regions proven/);
  assert.match(stdout, /^Would do\n {2}mark {3}6$/m);
  assert.deepEqual(writesIn(world), []);
  assert.deepEqual(await filesIn(world.directory), before);
});

Deno.test("a plan where there is no store makes none", async () => {
  await using world = await organization();
  await world.run("audit plan");
  await world.run("audit history");
  await world.run("changes");
  assert.deepEqual(Object.keys(await filesIn(world.directory)), ["groundskeeper.json"]);
});

Deno.test("a plan asks three calls per account and two per region, and one for the caller", async () => {
  await using world = await organization();
  await world.run("audit plan");
  const count = (key: (call: AuditWorld["aws"]["proxy"]["calls"][number]) => string) =>
    Object.fromEntries(
      [...Map.groupBy(world.aws.proxy.calls, key)].map(([name, calls]) => [name, calls.length]),
    );
  const byAction = count(({ action }) => action);
  assert.equal(byAction["sts:GetCallerIdentity"], 1);
  const perAccount = world.accounts.length * 3;
  const global =
    world.aws.proxy.calls.filter(({ service, action }) =>
      service !== "ec2" && action !== "sts:GetCallerIdentity"
    ).length;
  assert.ok(global <= perAccount, JSON.stringify(byAction));
  const regional = world.aws.proxy.calls.filter(({ service }) => service === "ec2").length;
  assert.ok(regional <= world.accounts.length * REGIONS.length * 2, JSON.stringify(byAction));
});

Deno.test("report writes its store and its files, and nothing in the accounts", async () => {
  await using world = await organization();
  const { code, stdout } = await world.run("audit report");
  assert.equal(code, 0);
  assert.deepEqual(writesIn(world), []);
  assert.deepEqual(Object.keys(await filesIn(world.directory)).sort(), [
    "groundskeeper.db",
    "groundskeeper.json",
    "out",
  ]);
  const files = [...Deno.readDirSync(`${world.directory}/out`)].map(({ name }) => name);
  assert.deepEqual(files.map((name) => name.replace(/^audit-\w{26}/, "")).sort(), [
    ".csv",
    ".html",
    ".json",
    ".jsonl",
    "index.html",
    "runs",
  ]);
  for (const name of files.filter((name) => name !== "runs")) {
    assert.ok(stdout.includes(`out/${name}`), name);
  }
});

Deno.test("apply writes what the plan said and nothing else, and the next plan is empty", async () => {
  await using world = await organization();
  const planned = await world.json<PlanDocument>("audit plan");
  world.aws.proxy.clearCalls();
  const applied = await world.json<RunDocument>("audit apply --yes");
  assert.deepEqual(
    applied.changes.map(({ id, outcome }) => [id, outcome]),
    planned.changes.map(({ id }) => [id, "done"]),
  );
  const wanted = planned.changes.map(({ account, region, target }) =>
    `ec2:CreateTags ${account} ${region} ${target.split("/").at(-1)}`
  );
  assert.equal(wanted.length, 6);
  assert.deepEqual(writesIn(world), wanted.sort());

  const next = await world.json<PlanDocument>("audit plan");
  assert.deepEqual(next.changes, []);
  const findings = next["findings"] as { stage: string; account: string }[];
  assert.deepEqual(
    findings.filter(({ account }) => account === world.accounts[2]).map(({ stage }) => stage),
    Array(6).fill("marked"),
  );
  const journal = await world.json<{ outcome: string; principal: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), Array(6).fill("done"));
  for (const { principal } of journal) assert.match(principal, /groundskeeper-audit-apply/);
});

Deno.test("apply --plan does what stands equal in both, once", async () => {
  await using world = await auditWorld({ groups: groupsOf(20, 2), accounts: 1 });
  await world.run("audit plan --out out");
  const planned = JSON.parse(
    await Deno.readTextFile(`${world.directory}/out/audit-plan.json`),
  ) as PlanDocument;
  assert.equal(planned.changes.length, 4);
  // One instance is put right after the plan, and another one breaks the rules.
  const { EC2Client, CreateTagsCommand, DeleteTagsCommand } = await import("@aws-sdk/client-ec2");
  const { clientConfig } = await import("../aws/seed.ts");
  const account = world.accounts[0]!;
  const ec2 = new EC2Client(clientConfig(world.aws.endpoint, account, "us-east-1"));
  const [fixed] = world.seeded.instances(account, "us-east-1", "batch-0");
  const [broken] = world.seeded.instances(account, "us-east-1", "web");
  await ec2.send(
    new CreateTagsCommand({ Resources: [fixed!], Tags: [{ Key: "owner", Value: "alice" }] }),
  );
  await ec2.send(new DeleteTagsCommand({ Resources: [broken!], Tags: [{ Key: "owner" }] }));
  ec2.destroy();
  world.aws.proxy.clearCalls();

  const applied = await world.json<RunDocument>("audit apply --yes --plan out/audit-plan.json");
  const outcomes = Object.fromEntries(
    applied.changes.map(({ target, outcome }) => [target.split("/").at(-1), outcome]),
  );
  assert.equal(outcomes[fixed!], "drifted");
  assert.equal(outcomes[broken!], undefined);
  assert.deepEqual(Object.values(outcomes).sort(), ["done", "done", "done", "drifted"]);
  assert.equal(writesIn(world).length, 3);

  const again = await world.run("audit apply --yes --plan out/audit-plan.json --json");
  assert.equal(again.code, 3);
  const second = JSON.parse(again.stdout) as RunDocument;
  assert.deepEqual(second.changes.map(({ outcome }) => outcome).sort(), [
    "drifted",
    "skipped",
    "skipped",
    "skipped",
  ]);
  assert.match(again.said, /3 changes of the plan file: made by an earlier run/);
  assert.equal(writesIn(world).length, 3);
});

Deno.test("what was seen is there again: history, explain and a snapshot without AWS", async () => {
  await using world = await auditWorld({ groups: groupsOf(5, 1), accounts: 1 });
  await world.run("audit apply --yes");
  await world.run("audit report");
  const runs = await world.json<{ verb: string; exit_code: number }[]>("audit history");
  assert.deepEqual(runs.map(({ verb, exit_code }) => [verb, exit_code]), [["apply", 0], [
    "report",
    0,
  ]]);
  const [id] = world.seeded.instances(world.accounts[0]!, "us-east-1", "batch-0");
  world.aws.proxy.clearCalls();
  const explained = await world.run(`audit explain ${id}`);
  assert.equal(explained.code, 0, explained.stderr);
  for (const said of ["owner is missing", "both sources agree", "in 2 looks", "marked"]) {
    assert.ok(explained.stdout.includes(said), `${said}\n${explained.stdout}`);
  }
  // It is known where the instance is: the other region is not asked.
  assert.ok(world.aws.proxy.calls.every(({ region }) => region === "us-east-1"));

  const seen = await world.json<PlanDocument>("audit plan --save-snapshot seen");
  const offline = { env: { AWS_ENDPOINT_URL: "http://127.0.0.1:9" } };
  const again = await world.json<PlanDocument>(
    `audit plan --snapshot seen --as-of ${seen.as_of}`,
    offline,
  );
  assert.equal(again.hypothetical, true);
  assert.equal(again.plan_id, seen.plan_id);
  assert.deepEqual(again["findings"], seen["findings"]);
});
