import assert from "assert";
import { MemoryElasticsearch } from "../reports/elasticsearch/memory_server.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";

const SLOT = "2026-11-20T03:00:00Z";

Deno.test("documents of runs go to Elasticsearch once it is set up, and none is lost before", async (t) => {
  await using elasticsearch = await MemoryElasticsearch.start();
  await using world = await auditWorld({ groups: groupsOf(4, 2), accounts: 2 });
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  const elastic = { node: elasticsearch.node };
  await Deno.writeTextFile(
    path,
    JSON.stringify({ ...config, reports: { elasticsearch: elastic } }),
  );
  const written = (run: { stdout: string }) => JSON.parse(run.stdout).run_id as string;
  const count = () => Object.keys(elasticsearch.documents()).length;
  await inProcess(world, async (run) => {
    await t.step("without a store there is nothing to replay", async () => {
      const { code, stdout } = await run("reports replay --json");
      assert.equal(code, 1);
      assert.equal(JSON.parse(stdout).error.code, "no-store");
    });
    let first = "";
    await t.step("a server that is not set up gets nothing, and the run says so", async () => {
      const report = await run(`audit report --json --slot ${SLOT}`);
      first = written(report);
      assert.equal(report.code, 3);
      assert.match(report.stderr, /has no template \\"aws-audits\\".*groundskeeper reports setup/);
      assert.equal(count(), 0);
    });
    await t.step("setup makes it ready", async () => {
      const { code, stdout } = await run("reports setup");
      assert.equal(code, 0);
      assert.match(stdout, /is ready for documents/);
      assert.match(stdout, /aws-audits +0 +documents are deleted after 400 days/);
      const again = JSON.parse((await run("reports setup --json")).stdout);
      assert.deepEqual(
        again.indices.map(({ name, lifecycle }: { name: string; lifecycle: string }) =>
          `${name} ${lifecycle}`
        ),
        [
          "aws-audits kept",
          "groundskeeper-dirty kept",
          "groundskeeper-repo kept",
          "groundskeeper-changes kept",
        ],
      );
    });
    await t.step("replay sends what the run has left, once", async () => {
      const { code, stdout } = await run("reports replay --json");
      assert.equal(code, 0);
      const { node, runs } = JSON.parse(stdout);
      assert.equal(node, elasticsearch.node);
      assert.deepEqual(
        runs.map(({ run_id, job, written, documents }: Record<string, unknown>) => [
          run_id,
          job,
          written === documents,
        ]),
        [[first, "audit", true]],
      );
      assert.equal(count(), runs[0].documents);
      const { stdout: nothing } = await run("reports replay");
      assert.match(nothing, /No run has documents that wait to be sent/);
    });
    await t.step("a rerun of the slot changes no count, another slot adds its own", async () => {
      const before = elasticsearch.documents();
      assert.equal((await run(`audit report --slot ${SLOT}`)).code, 0);
      assert.deepEqual(elasticsearch.documents(), before);
      const { code, stdout } = await run("audit report --slot 2026-12-01T03:00:00Z");
      assert.equal(code, 0);
      assert.ok(stdout.includes(elasticsearch.node));
      assert.equal(count(), 2 * Object.keys(before).length);
      assert.deepEqual([...elasticsearch.indices.keys()].sort(), [
        "aws-audits-2026.11.01",
        "aws-audits-2026.12.01",
      ]);
    });
    await t.step("an outage is exit code 1 for replay, which tells what waits", async () => {
      elasticsearch.fault = () => "break";
      assert.equal((await run("audit report --slot 2026-12-02T03:00:00Z")).code, 3);
      const { code, stdout } = await run("reports replay");
      assert.equal(code, 1);
      assert.match(stdout, /Sent the documents of 0 of 1 run/);
      assert.match(stdout, /To try again what was not sent:\n {2}groundskeeper reports replay/);
      assert.equal((await run("reports setup")).code, 1);
      elasticsearch.fault = () => undefined;
      assert.equal((await run("reports replay")).code, 0);
    });
  });
});

Deno.test("the commands for a server want one in the configuration", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 0) });
  await inProcess(world, async (run) => {
    for (const verb of ["setup", "replay"]) {
      const { code, stdout } = await run(`reports ${verb} --json`);
      assert.equal(code, 2);
      assert.match(JSON.parse(stdout).error.message, /names no server in reports\.elasticsearch/);
    }
  });
});
