import assert from "assert";
import { GetRoleCommand, GetRolePolicyCommand, IAMClient } from "@aws-sdk/client-iam";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import { startLocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { ALL, INSTALLATIONS } from "../infra/installations.ts";
import { synthesized } from "../infra/synth.ts";
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
  assert.equal(Object.keys(modules).length, 12);
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

Deno.test("the StackSet makes in each account of the unit the roles of its template", async () => {
  await using aws = await startLocalAws();
  const { accounts: [, shop, lake], ids } = await makeOrganization(aws);
  await using output = await synthesized(withIds(ALL, ids));
  const members = await openStack(output, "members", {
    ...aws.environment,
    AWS_ACCESS_KEY_ID: MANAGEMENT,
  });
  await members.apply();
  const text = await Deno.readTextFile(`${output.outdir}/member.template.json`);
  const roles = Object.values((JSON.parse(text) as Template).Resources);
  assert.deepEqual(roles.map(({ Condition }) => Condition).filter(Boolean), [`IsAccount${lake}`]);
  for (const account of [shop, lake]) {
    const iam = new IAMClient(clientConfig(aws.endpoint, account));
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

function documentIn(text: string | undefined): unknown {
  // moto keeps the trust policy of a template as Python writes it.
  return JSON.parse(decodeURIComponent(text!).replaceAll("'", '"'));
}
