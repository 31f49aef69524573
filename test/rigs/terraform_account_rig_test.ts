import assert from "assert";
import { startLocalAws } from "../aws/local_aws.ts";
import { seedWorld } from "../aws/seed.ts";
import { seedRoles } from "../aws/seed_roles.ts";
import { halfUsed } from "../e2e/repo_world.ts";
import { ONE } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { ended, runTask, scheduled } from "./ecs_task.ts";
import { madeIn } from "./made_in_aws.ts";
import { requireTrust } from "./role_sessions.ts";
import { openStack, useProvider } from "./terraform.ts";

const REGION = "us-east-1";

Deno.test("what Terraform makes in one account is enough for the jobs, and goes away again", async (t) => {
  const account = ONE.infra.hub.account;
  await using aws = await startLocalAws({ services: { ministack: true }, account });
  requireTrust(aws, null);
  await seedWorld({
    accounts: [{
      id: account,
      name: "prod",
      roles: [],
      regions: { [REGION]: [{ name: "web", count: 3, tags: { owner: "alice" } }] },
    }],
  }, { endpoint: aws.endpoint });
  await seedRoles(aws.proxy, account, { roles: [halfUsed("app")] });
  const before = await madeIn(aws.endpoint, account, REGION);
  await using output = await synthesized(ONE);
  const hub = await openStack(output, "hub", aws.environment);

  await t.step("all of it is made, and a second plan is empty", async () => {
    await hub.apply();
    assert.deepEqual(await hub.drift(), {});
    const made = await madeIn(aws.endpoint, account, REGION);
    const nothing = Object.keys(made).filter((kind) => made[kind]!.length === before[kind]!.length);
    assert.deepEqual(nothing, ["queues", "buses", "rules"]);
  });

  await t.step("the kinds of run that start by themselves do their work", async () => {
    const resources = await hub.resources();
    const started = scheduled(resources);
    assert.deepEqual(started.map(({ key }) => key), [
      "audit-report",
      "repo-refresh",
      "repo-report",
    ]);
    const stage = { aws, account, region: REGION, resources };
    await Promise.all(started.map(({ key, command }) => ended(runTask(stage, key, command), 0)));
  });

  await t.step("the table is protected, until the configuration says otherwise", async () => {
    await assert.rejects(
      hub.destroy("aws_dynamodb_table.table"),
      /Table is protected against deletion/,
    );
    const infra = { ...ONE.infra, deletionProtection: false };
    await using unprotected = await synthesized({ ...ONE, infra });
    const file = "stacks/hub/cdk.tf.json";
    await Deno.copyFile(`${unprotected.outdir}/${file}`, `${output.outdir}/${file}`);
    await useProvider(`${output.outdir}/stacks/hub`);
    await hub.apply();
    await hub.destroy();
    assert.deepEqual(await madeIn(aws.endpoint, account, REGION), before);
  });
});
