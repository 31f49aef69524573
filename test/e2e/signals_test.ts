import assert from "assert";
import { ROOT } from "../architecture/module_graph.ts";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";

Deno.test("a signal cuts reading: nothing is planned, and the exit code is 3", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  const child = Promise.withResolvers<Deno.ChildProcess>();
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:DescribeInstances") return undefined;
    (await child.promise).kill("SIGTERM");
    return { kind: "hang" };
  });
  const { code, stdout, said } = await world.run("audit plan", { onSpawn: child.resolve });
  assert.equal(code, 3, said);
  assert.equal(stdout, "");
  assert.match(said, /Interrupted by a signal/);
});

Deno.test("a signal that comes after the verb has ended does not end the program", async () => {
  const script = `
    import { denoHost } from ${JSON.stringify(`${ROOT}runners/shell/deno_host.ts`)};
    denoHost([]).onStop(() => {})();
    for (const signal of ["SIGINT", "SIGTERM"]) Deno.kill(Deno.pid, signal);
    Deno.exit(3);`;
  const { code, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "-q", `--config=${ROOT}deno.json`, "--cached-only", script],
  }).output();
  assert.deepEqual([code, signal], [3, null]);
});

Deno.test("signals let the write in flight finish, journal it, and begin no other", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 3), accounts: 1 });
  const child = Promise.withResolvers<Deno.ChildProcess>();
  let writes = 0;
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:CreateTags" || ++writes > 1) return undefined;
    // Twice, as Ctrl-C under `deno task` does: a repeated signal changes nothing.
    (await child.promise).kill("SIGINT");
    (await child.promise).kill("SIGTERM");
    return undefined;
  });
  const { code, stdout, stderr } = await world.run("audit apply --yes --json", {
    onSpawn: child.resolve,
  });
  assert.equal(code, 3, stderr);
  const { changes } = JSON.parse(stdout) as RunDocument;
  const outcomes = Map.groupBy(changes, ({ outcome }) => outcome);
  assert.equal(outcomes.get("done")?.length, 1);
  assert.equal(outcomes.get("skipped")?.length, 5);
  assert.equal(writes, 1);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), ["done"]);

  assert.equal((await world.run("audit apply --yes")).code, 0);
  const after = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(after.map(({ outcome }) => outcome), Array(6).fill("done"));
});

Deno.test("a write that hangs after a signal is cut by its own deadline and unknown", async () => {
  await using world = await auditWorld({ groups: groupsOf(4, 1), accounts: 1 });
  const child = Promise.withResolvers<Deno.ChildProcess>();
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:CreateTags") return undefined;
    (await child.promise).kill("SIGTERM");
    return { kind: "hang" };
  });
  const { code, stdout, stderr } = await world.run("audit apply --yes --json", {
    onSpawn: child.resolve,
  });
  assert.equal(code, 3, stderr);
  const { changes } = JSON.parse(stdout) as RunDocument;
  assert.deepEqual(changes.map(({ outcome }) => outcome).sort(), ["skipped", "unknown"]);
});
