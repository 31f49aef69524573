import assert from "assert";
import { CreateRoleCommand, IAMClient, ListAttachedRolePoliciesCommand } from "@aws-sdk/client-iam";
import { startLocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { LOGINS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { asked, madeIn } from "./made_in_aws.ts";
import { makeOrganization, MANAGEMENT, withIds } from "./organization.ts";
import { openStack } from "./terraform.ts";

const HOME = "us-east-1";

Deno.test("Terraform makes what logins and events come by, and takes it away again", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: true } });
  const { ids, accounts } = await makeOrganization(aws);
  const [hub, shop, lake] = accounts;
  const iamOf = (account: string) => new IAMClient(clientConfig(aws.endpoint, account));
  const clients = [[shop, "web"], [shop, "batch"], [lake, "web"]] as const;
  for (const [account, RoleName] of clients) {
    using iam = owned(iamOf(account));
    const AssumeRolePolicyDocument = JSON.stringify({ Version: "2012-10-17", Statement: [] });
    await iam.client.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  }
  const content = withIds(LOGINS, ids);
  const { regions } = content.organization;
  const made = () =>
    Promise.all(
      accounts.flatMap((account) => regions.map((region) => madeIn(aws.endpoint, account, region))),
    );
  const before = await made();
  // Without tasks, which other rigs run.
  const { image: _image, subnetIds: _subnets, ...others } = content.infra;
  const operators = [`arn:aws:iam::${hub}:role/ops/Host`];
  const infra = { ...others, operators, deletionProtection: false };
  await using output = await synthesized({ ...content, infra });
  const as = (account: string) => ({ ...aws.environment, AWS_ACCESS_KEY_ID: account });
  const open = async (names: readonly string[]) =>
    Object.fromEntries(
      await Promise.all(
        names.map(async (name) =>
          [
            name,
            await openStack(output, name, as(name === "management" ? MANAGEMENT : hub)),
          ] as const
        ),
      ),
    );
  // As they are deployed: the rules after the bus, the guards last.
  const names = Object.keys(output.stacks);
  const isOf = (kind: string) => (name: string) => name.startsWith(kind);
  const steps = ["member-", "hub", "events-", "management"].map((kind) => names.filter(isOf(kind)));
  assert.deepEqual(steps.flat().sort(), names);
  const stacks = await open(names);

  await t.step("all stacks are made, and a second plan is empty", async () => {
    for (const step of steps) await Promise.all(step.map((name) => stacks[name]!.apply()));
    const drift = await Promise.all(Object.values(stacks).map((stack) => stack.drift()));
    assert.deepEqual(Object.assign({}, ...drift), {});
  });

  await t.step("each queue has its dead-letter queue, and the hub its bus", async () => {
    const { queues, buses } = await madeIn(aws.endpoint, hub, HOME);
    assert.deepEqual(queues, [
      "groundskeeper-events",
      "groundskeeper-events-dead",
      "groundskeeper-logins",
      "groundskeeper-logins-dead",
    ]);
    assert.deepEqual(buses, ["groundskeeper-events"]);
  });

  await t.step("each account has a rule in each Region, which sends to the bus", async () => {
    const bus = `arn:aws:events:${HOME}:${hub}:event-bus/groundskeeper-events`;
    for (const account of accounts) {
      for (const region of regions) {
        const { rules } = await madeIn(aws.endpoint, account, region);
        assert.deepEqual(rules, ["groundskeeper-events"]);
        const answer = await asked(aws.endpoint, { account, region, service: "events" }, {
          method: "POST",
          headers: {
            "content-type": "application/x-amz-json-1.1",
            "x-amz-target": "AWSEvents.ListTargetsByRule",
          },
          body: JSON.stringify({ Rule: "groundskeeper-events" }),
        });
        const [target, ...others] = JSON.parse(answer).Targets;
        assert.deepEqual(others, []);
        assert.deepEqual([target.Arn, target.RoleArn], [
          bus,
          `arn:aws:iam::${account}:role/groundskeeper-events`,
        ]);
      }
    }
  });

  await t.step("the roles that are named have the policy of clients", async () => {
    for (const [account, RoleName] of clients) {
      using iam = owned(iamOf(account));
      const { AttachedPolicies } = await iam.client.send(
        new ListAttachedRolePoliciesCommand({ RoleName }),
      );
      assert.deepEqual(AttachedPolicies!.map(({ PolicyName }) => PolicyName), [
        "groundskeeper-client",
      ]);
    }
  });

  await t.step("nothing is left", async () => {
    for (const step of steps.toReversed()) {
      await Promise.all(step.map((name) => stacks[name]!.destroy()));
    }
    assert.deepEqual(await made(), before);
  });
});

/** A client that is closed at the end of its block. */
function owned(client: IAMClient) {
  return { client, [Symbol.dispose]: () => client.destroy() };
}
