import assert from "assert";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { failWith } from "../aws/faults.ts";
import { clientConfig } from "../aws/seed.ts";
import { allowing, trustOf } from "../aws/seed_roles.ts";
import type { Invocation } from "../e2e/command.ts";
import { organization } from "../e2e/organization_world.ts";
import type { World } from "../e2e/world.ts";

/** Runs the commands one after the other; each must do all that it was asked for. */
export async function runAll(
  world: World,
  commands: readonly string[],
  how: Partial<Invocation> = {},
): Promise<void> {
  for (const command of commands) {
    const { code, stdout, stderr } = await world.run(command, how);
    assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  }
}

/**
 * Reports of the organization that the first account manages: on all its accounts, then on those of
 * all its units, with one that cannot be entered, of which somebody is told.
 */
export async function liveInOrganization(world: World, job: string): Promise<void> {
  const { root } = await organization(world);
  await reportOn(world, job, []);
  world.aws.proxy.onCall(failWith({ action: "sts:AssumeRole" }, "AccessDenied", 1));
  assert.equal(await reportOn(world, job, [root]), 3);
}

async function reportOn(world: World, job: string, units: readonly string[]): Promise<number> {
  const path = `${world.directory}/groundskeeper.json`;
  const config = JSON.parse(await Deno.readTextFile(path));
  const organization = { ...config.organization, accounts: "organizations", units };
  await Deno.writeTextFile(path, JSON.stringify({ ...config, organization }));
  return (await world.run(`${job} report`)).code;
}

/** Makes the roles of a job that are not there, each with a policy, and has them all checked. */
export async function checkDeployed(world: World, job: string): Promise<void> {
  const { accounts: [account = ""], aws: { endpoint }, directory } = world;
  const config = JSON.parse(await Deno.readTextFile(`${directory}/groundskeeper.json`));
  const infra = { hub: { account, region: "us-east-1" } };
  await Deno.writeTextFile(`${directory}/deployed.json`, JSON.stringify({ ...config, infra }));
  const check = `permissions ${job} --check --config deployed.json`;
  type Checked = { readonly roles: readonly { readonly role: string; readonly account: string }[] };
  const { roles } = JSON.parse((await world.run(`${check} --json`)).stdout) as Checked;
  for (const { role: RoleName, account } of roles) {
    const iam = new IAMClient(clientConfig(endpoint, account));
    const AssumeRolePolicyDocument = JSON.stringify(trustOf("ecs-tasks.amazonaws.com"));
    const PolicyDocument = JSON.stringify(allowing("sts:AssumeRole"));
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument })).catch((error) =>
      assert.equal(error.name, "EntityAlreadyExistsException")
    );
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "own", PolicyDocument }));
    iam.destroy();
  }
  assert.equal((await world.run(check)).code, 5);
}
