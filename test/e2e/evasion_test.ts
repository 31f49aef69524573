import assert from "assert";
import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { RunDocument } from "../../runners/core/run/run_document.ts";
import { clientConfig } from "../aws/seed.ts";
import { type AuditWorld, auditWorld, groupsOf, WIDE_LIMITS } from "./audit_world.ts";

function marksSet(world: AuditWorld): number {
  return world.aws.proxy.calls.filter(({ action, status }) =>
    action === "ec2:CreateTags" && status === 200
  ).length;
}

Deno.test("plan files that narrow share one budget, as --account does", async () => {
  await using world = await auditWorld({
    groups: groupsOf(20, 3),
    accounts: 2,
    enforced: [0, 1],
    audit: {
      limits: {
        perRun: { count: 10, percent: 100 },
        perAccount: { count: 10 },
        rollingDay: { count: 100 },
      },
    },
  });
  const [a, b] = world.accounts;
  await world.run(`audit plan --account ${a} --out a`);
  await world.run(`audit plan --account ${b} --out b`);
  assert.equal((await world.run("audit apply --yes --plan a/audit-plan.json")).code, 0);
  assert.equal((await world.run("audit apply --yes --plan b/audit-plan.json")).code, 4);
  assert.equal(marksSet(world), 6);
});

Deno.test("regions that are too small for a percentage are measured together when they are narrowed to", async () => {
  await using world = await auditWorld({
    groups: groupsOf(12, 6),
    accounts: 1,
    audit: { limits: { ...WIDE_LIMITS, perRun: { count: 1000, percent: 10 } } },
  });
  assert.equal((await world.run("audit apply --yes")).code, 4);
  // A percentage of fewer than twenty says nothing; of both regions together it says 3 of 36.
  assert.equal((await world.run("audit apply --yes --region us-east-1")).code, 0);
  assert.equal((await world.run("audit apply --yes --region us-west-2")).code, 4);
  assert.equal(marksSet(world), 6);
});

Deno.test("a run that was suspended and taken for dead makes no further change when it wakes", async () => {
  await using world = await auditWorld({ groups: groupsOf(20, 3), accounts: 1 });
  const child = Promise.withResolvers<Deno.ChildProcess>();
  const stopped = Promise.withResolvers<void>();
  let writes = 0;
  world.aws.proxy.onCall(async ({ action }) => {
    if (action !== "ec2:CreateTags" || ++writes > 1) return undefined;
    (await child.promise).kill("SIGSTOP");
    stopped.resolve();
    return undefined;
  });
  const sleeper = world.json<RunDocument>("audit apply --yes", { onSpawn: child.resolve });
  await stopped.promise;
  await world.json<RunDocument>("audit apply --yes");
  (await child.promise).kill("SIGCONT");
  const { changes } = await sleeper;
  const codes = Map.groupBy(changes, ({ error }) => error?.code);
  assert.equal(codes.get("taken-for-dead")?.length, 1);
  assert.equal(changes.some(({ outcome }) => outcome === "done"), false);
  assert.equal(marksSet(world), 6);
  const journal = await world.json<{ outcome: string }[]>("changes");
  assert.deepEqual(journal.map(({ outcome }) => outcome), Array(6).fill("done"));
});

Deno.test("what became exempt or managed since the plan is drifted", async () => {
  const match = { tag: { key: "vendor", value: "yes" } };
  await using world = await auditWorld({
    groups: groupsOf(20, 2),
    accounts: 1,
    audit: { exempt: [{ match, reason: "vendor image", until: "2027-06-01" }] },
  });
  const account = world.accounts[0]!;
  const [exempt] = world.seeded.instances(account, "us-east-1", "batch-0");
  const [managed] = world.seeded.instances(account, "us-east-1", "batch-1");
  let changed = false;
  world.aws.proxy.onCall(async ({ action, principal, region }) => {
    const isSecondLook = action === "ec2:DescribeInstances" && region === "us-east-1" &&
      principal?.includes("audit-apply");
    if (changed || !isSecondLook) return undefined;
    changed = true;
    const ec2 = new EC2Client(clientConfig(world.aws.endpoint, account, "us-east-1"));
    const tag = (id: string, Key: string, Value: string) =>
      ec2.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value }] }));
    await tag(exempt!, "vendor", "yes");
    await tag(managed!, "kubernetes.io/cluster/prod", "owned");
    ec2.destroy();
    return undefined;
  });
  const { changes } = await world.json<RunDocument>("audit apply --yes");
  assert.deepEqual(
    changes.filter(({ region }) => region === "us-east-1").map(({ outcome }) => outcome),
    ["drifted", "drifted"],
  );
});
