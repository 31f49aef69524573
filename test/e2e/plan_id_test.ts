import assert from "assert";
import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import type { PlanDocument } from "../../runners/core/plan/document.ts";
import { allowing } from "../aws/seed_roles.ts";
import { clientConfig } from "../aws/seed.ts";
import { auditWorld, groupsOf } from "./audit_world.ts";
import { inProcess } from "./in_process.ts";
import { halfUsed, repoWorld } from "./repo_world.ts";

/** Plans as of one instant three times: now, a minute later, and once a fact has changed. */
async function threeIds(
  job: "audit" | "repo",
  world: Parameters<typeof inProcess>[0] & {
    readonly aws: { readonly proxy: { setClock(offsetMs: number): void } };
  },
  changeFact: () => Promise<unknown>,
): Promise<string[]> {
  const ids: string[] = [];
  const asOf = new Date().toISOString();
  await inProcess(world, async (run) => {
    const plan = async (aheadMs: number) => {
      world.aws.proxy.setClock(aheadMs);
      const { stdout, stderr } = await run(`${job} plan --as-of ${asOf} --json`, { aheadMs });
      assert.ok(stdout !== "", stderr);
      ids.push((JSON.parse(stdout) as PlanDocument).plan_id);
    };
    await plan(0);
    await plan(60_000);
    await changeFact();
    await plan(60_000);
  });
  return ids;
}

Deno.test("an audit plan has the same id when the answers arrive later, and another when a fact changes", async () => {
  await using world = await auditWorld({ groups: groupsOf(1, 1) });
  const [account] = world.accounts;
  const [id] = world.seeded.instances(account!, "us-east-1", "batch-0");
  const [first, later, changed] = await threeIds("audit", world, async () => {
    const ec2 = new EC2Client(clientConfig(world.aws.endpoint, account!, "us-east-1"));
    await ec2.send(new CreateTagsCommand({ Resources: [id!], Tags: [{ Key: "a", Value: "b" }] }));
    ec2.destroy();
  });
  assert.equal(later, first);
  assert.notEqual(changed, first);
});

Deno.test("a repo plan has the same id when the answers arrive later, and another when a fact changes", async () => {
  await using world = await repoWorld({ roles: [halfUsed("app")] });
  const [first, later, changed] = await threeIds(
    "repo",
    world,
    () => world.put("app", "more", allowing("sqs:SendMessage")),
  );
  assert.equal(later, first);
  assert.notEqual(changed, first);
});
