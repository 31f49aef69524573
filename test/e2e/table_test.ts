import assert from "assert";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import "../aws/start_shared_both.ts";
import { type AuditWorld, auditWorld, groupsOf } from "./audit_world.ts";
import { tableStore } from "./store_table.ts";

function worldWithTable(violating: number): Promise<AuditWorld> {
  return auditWorld({
    groups: groupsOf(4, violating),
    accounts: 1,
    store: tableStore(),
    proxy: { services: { ministack: true } },
  });
}

Deno.test("what was done before a signal is written to the table after it", async () => {
  await using world = await worldWithTable(3);
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let writes = 0;
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:CreateTags" || ++writes > 1) return undefined;
    (await child.promise).kill("SIGINT");
    return undefined;
  });
  const { code, stdout, stderr } = await world.run("audit apply --yes --json", {
    onSpawn: child.resolve,
  });
  assert.equal(code, 3, stderr);
  const { changes } = JSON.parse(stdout) as RunDocument;
  assert.equal(changes.filter(({ outcome }) => outcome === "done").length, 1);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), ["done"]);
  const [run] = await world.json<{ finished: string | null; exit_code: number }[]>("audit history");
  assert.deepEqual([typeof run?.finished, run?.exit_code], ["string", 3]);
});

Deno.test("a table that hangs after a signal ends the run with it, and the next run learns what was done", async () => {
  await using world = await worldWithTable(1);
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let told = false;
  const end = world.aws.proxy.onCall(async ({ action, service }) => {
    if (action === "ec2:CreateTags" && !told) {
      told = true;
      (await child.promise).kill("SIGTERM");
    }
    return told && service === "dynamodb" ? { kind: "hang" } : undefined;
  });
  const { code, said } = await world.run("audit apply --yes", {
    onSpawn: child.resolve,
    // The eight seconds that the store has after a signal are 160 milliseconds.
    env: { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "50" },
  });
  assert.equal(code, 3, said);
  assert.match(said, /Interrupted by a signal/);
  end();
  assert.equal((await world.run("audit apply --yes")).code, 0);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(new Set(journal.map(({ outcome }) => outcome)), new Set(["done"]));
});

Deno.test("the table is in the account of the home role, whose session carries the run's id", async () => {
  await using world = await worldWithTable(1);
  const [home = ""] = freshAccounts(1);
  world.configure({}, { homeRole: `arn:aws:iam::${home}:role/groundskeeper-audit-home` });
  const { run_id } = await world.json<RunDocument & { run_id: string }>("audit apply --yes");
  const calls = world.aws.proxy.calls.filter(({ service }) => service === "dynamodb");
  assert.deepEqual(
    [...new Set(calls.map(({ principal }) => principal))],
    [`arn:aws:sts::${home}:assumed-role/groundskeeper-audit-home/groundskeeper-audit-${run_id}`],
  );
});

Deno.test("a table that is missing elsewhere than on this machine is exit 2, with what to deploy", async () => {
  await using world = await worldWithTable(1);
  // For the SDK this is the same server; for the program it is none of this machine.
  const { port } = new URL(world.aws.endpoint);
  const env = { AWS_ENDPOINT_URL_DYNAMODB: `http://0.0.0.0:${port}` };
  for (const verb of ["audit plan", "audit apply --yes", "audit history", "changes"]) {
    const { code, said } = await world.run(verb, { env });
    assert.equal(code, 2, said);
    assert.match(said, /there is no such table.*aws dynamodb create-table/s);
  }
  assert.ok(!world.aws.proxy.calls.some(({ action }) => action === "dynamodb:CreateTable"));
});
