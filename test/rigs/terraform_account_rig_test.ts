import assert from "assert";
import { startLocalAws } from "../aws/local_aws.ts";
import { seedWorld } from "../aws/seed.ts";
import { seedRoles } from "../aws/seed_roles.ts";
import { halfUsed } from "../e2e/repo_world.ts";
import { ONE } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { listenForMail } from "../jobs/mail_listener.ts";
import { isAllowed } from "../policies/evaluate.ts";
import { MemoryElasticsearch } from "../reports/elasticsearch/memory_server.ts";
import { ended, roleOf, runTask, scheduled } from "./ecs_task.ts";
import { madeIn } from "./made_in_aws.ts";
import { requireTrust } from "./role_sessions.ts";
import { openStack, useProvider } from "./terraform.ts";

const REGION = "us-east-1";

/** Documents go to a server on this machine, which wants a key, and mail to another one. */
const reporting = (node: string, port: number) => ({
  ...ONE,
  reports: {
    elasticsearch: { node, apiKeyEnv: "ES_API_KEY" },
    mail: {
      smtp: { host: "127.0.0.1", port, tls: "none" },
      from: "grounds@example.com",
      fallback: "platform@example.com",
    },
  },
  infra: { ...ONE.infra, secrets: { ES_API_KEY: KEY } },
});

const KEY = "arn:aws:ssm:us-east-1:111111111111:parameter/es";

Deno.test("what Terraform makes in one account is enough for the jobs, and goes away again", async (t) => {
  const account = ONE.infra.hub.account;
  await using server = await MemoryElasticsearch.start();
  await using mail = listenForMail();
  const content = reporting(server.node, mail.port);
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
  await using output = await synthesized(content);
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
      "reports-digest",
    ]);
    const secrets = { [KEY]: "a key" };
    const stage = { aws, account, region: REGION, resources, secrets };
    await ended(runTask(stage, "reports-replay", ["reports", "setup"]), 0);
    await Promise.all(started.map(({ key, command }) => ended(runTask(stage, key, command), 0)));
    const types = Object.values(server.documents()).map(({ doc_type }) => doc_type);
    assert.ok(types.includes("aws_tag_violator") || types.includes("aws_tag_audit"));
    await ended(runTask(stage, "reports-replay"), 0);
  });

  await t.step("the daily mail is sent by the task, which can write no row of a job", async () => {
    // Nobody has run anything on the day before.
    assert.deepEqual(mail.received.map(({ to }) => to), [["platform@example.com"]]);
    const { policy } = roleOf(
      await hub.resources(),
      `arn:aws:iam::${account}:role/groundskeeper-reports-home-digest`,
    );
    for (const kind of ["audit/mark", "audit/run", "repo/schedule"]) {
      const context = { "dynamodb:LeadingKeys": [kind] };
      const resource = `arn:aws:dynamodb:${REGION}:${account}:table/groundskeeper`;
      assert.ok(isAllowed(policy, { action: "dynamodb:Query", resource, context }), kind);
      assert.ok(!isAllowed(policy, { action: "dynamodb:PutItem", resource, context }), kind);
    }
  });

  await t.step("the table is protected, until the configuration says otherwise", async () => {
    await assert.rejects(
      hub.destroy("aws_dynamodb_table.table"),
      /Table is protected against deletion/,
    );
    const infra = { ...content.infra, deletionProtection: false };
    await using unprotected = await synthesized({ ...content, infra });
    const file = "stacks/hub/cdk.tf.json";
    await Deno.copyFile(`${unprotected.outdir}/${file}`, `${output.outdir}/${file}`);
    await useProvider(`${output.outdir}/stacks/hub`);
    await hub.apply();
    await hub.destroy();
    assert.deepEqual(await madeIn(aws.endpoint, account, REGION), before);
  });
});
