import assert from "assert";
import {
  CreateRoleCommand,
  GetRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
} from "@aws-sdk/client-iam";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import { startLocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { ALL, ALL_LOGINS, INSTALLATIONS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
import { madeIn } from "./made_in_aws.ts";
import { makeOrganization, MANAGEMENT, withIds } from "./organization.ts";
import { openStack, useProvider, Workspace } from "./terraform.ts";

Deno.test("Terraform finds nothing wrong in any stack of any installation", async () => {
  await using all = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir();
  all.defer(() => Deno.remove(folder, { recursive: true }));
  const modules: Record<string, { source: string }> = {};
  for (const [title, content] of Object.entries(INSTALLATIONS)) {
    const { outdir, stacks } = all.use(await synthesized(content));
    for (const name of Object.keys(stacks)) {
      await Deno.mkdir(`${folder}/${title}`, { recursive: true });
      await Deno.rename(`${outdir}/stacks/${name}`, `${folder}/${title}/${name}`);
      modules[`${title}-${name}`] = { source: `./${title}/${name}` };
      await useProvider(`${folder}/${title}/${name}`);
    }
  }
  // As parts of one configuration: to load the provider takes longer than all the rest.
  await Deno.writeTextFile(`${folder}/main.tf.json`, JSON.stringify({ module: modules }));
  assert.equal(Object.keys(modules).length, 25);
  const workspace = await Workspace.open(folder);
  // A part has no state of its own.
  const problems = async () =>
    (await workspace.problems()).filter((one) => !one.startsWith("Backend configuration ignored"));
  assert.deepEqual(await problems(), []);
  const hub = `${folder}/ODD/hub/cdk.tf.json`;
  const text = await Deno.readTextFile(hub);
  await Deno.writeTextFile(hub, text.replace('"hash_key"', '"hash_kee"'));
  assert.match((await problems()).join(), /hash_kee/);
});

/** What moto does not keep of a StackSet with service-managed permissions. */
const NOT_KEPT = ["auto_deployment", "capabilities", "managed_execution"];

type Template = {
  readonly Resources: Readonly<
    Record<string, {
      readonly Type: string;
      readonly Condition?: string;
      readonly Properties: {
        readonly RoleName: string;
        readonly Path: string;
        readonly AssumeRolePolicyDocument: object;
        readonly Policies: readonly [{ readonly PolicyDocument: object }];
      };
    }>
  >;
};

/** The installation of an organization, in which instances report logins. */
const CONTENT = {
  ...ALL,
  organization: { ...ALL.organization, regions: ALL_LOGINS.organization.regions },
  infra: { ...ALL.infra, client: ALL_LOGINS.infra.client },
  dirty: ALL_LOGINS.dirty,
};

Deno.test("the StackSets make in each account of the unit what their templates say", async (t) => {
  await using aws = await startLocalAws({ services: { ministack: true } });
  const { accounts: [, shop, lake], ids } = await makeOrganization(aws);
  await using output = await synthesized(withIds(CONTENT, ids));
  const asManagement = { ...aws.environment, AWS_ACCESS_KEY_ID: MANAGEMENT };
  const iamOf = (account: string) => new IAMClient(clientConfig(aws.endpoint, account));
  const clients = { [shop]: ["web", "batch"], [lake]: ["web"] };
  for (const [account, names] of Object.entries(clients)) {
    const iam = iamOf(account);
    const trust = { AssumeRolePolicyDocument: '{"Version":"2012-10-17","Statement":[]}' };
    for (const RoleName of names) await iam.send(new CreateRoleCommand({ RoleName, ...trust }));
    iam.destroy();
  }

  await t.step("the roles", async () => {
    const members = await openStack(output, "members", asManagement);
    await members.apply();
    const text = await Deno.readTextFile(`${output.outdir}/member.template.json`);
    const roles = Object.values((JSON.parse(text) as Template).Resources)
      .filter(({ Type }) => Type === "AWS::IAM::Role");
    assert.deepEqual(
      roles.map(({ Condition }) => Condition).filter(Boolean),
      [`IsAccount${lake}`],
    );
    for (const account of [shop, lake]) {
      const iam = iamOf(account);
      for (const { Condition = `IsAccount${account}`, Properties } of roles) {
        const { RoleName, Path, AssumeRolePolicyDocument, Policies: [own] } = Properties;
        if (Condition !== `IsAccount${account}`) {
          await assert.rejects(iam.send(new GetRoleCommand({ RoleName })), {
            name: "NoSuchEntityException",
          });
          continue;
        }
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        const named = { RoleName, PolicyName: POLICY_NAME };
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand(named));
        assert.deepEqual(
          [Role!.Path, documentIn(Role!.AssumeRolePolicyDocument), documentIn(PolicyDocument)],
          [Path, AssumeRolePolicyDocument, own.PolicyDocument],
        );
      }
      iam.destroy();
    }
    const { "aws_cloudformation_stack_set.members": again = [], ...others } = await members.drift();
    assert.deepEqual(NOT_KEPT.filter((name) => !again.includes(name)), []);
    assert.deepEqual(others, {});
    // moto does not delete the stacks of a unit, and so not the StackSet.
    await assert.rejects(members.destroy(), /deleting CloudFormation StackSet/);
  });

  await t.step("the policy of clients, which the named roles have", async () => {
    for (const [account, names] of Object.entries(clients)) {
      const iam = iamOf(account);
      for (const RoleName of names) {
        const { AttachedPolicies } = await iam.send(
          new ListAttachedRolePoliciesCommand({ RoleName }),
        );
        assert.deepEqual(AttachedPolicies!.map(({ PolicyName }) => PolicyName), [
          "groundskeeper-client",
        ]);
      }
      iam.destroy();
    }
  });

  await t.step("the rules of events, in each Region", async () => {
    const events = await openStack(output, "events", asManagement);
    await events.apply();
    for (const region of CONTENT.organization.regions) {
      const rules = async (account: string) => (await madeIn(aws.endpoint, account, region)).rules;
      assert.deepEqual(await rules(shop), ["groundskeeper-events"]);
      assert.deepEqual(await rules(lake), ["groundskeeper-events"]);
    }
  });
});

function documentIn(text: string | undefined): unknown {
  // moto keeps the trust policy of a template as Python writes it.
  return JSON.parse(decodeURIComponent(text!).replaceAll("'", '"'));
}
