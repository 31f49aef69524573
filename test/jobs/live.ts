import assert from "assert";
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import { deployedIn } from "../../runners/core/needs/configured.ts";
import { failWith } from "../aws/faults.ts";
import { clientConfig } from "../aws/seed.ts";
import { trustOf } from "../aws/seed_roles.ts";
import type { Invocation } from "../e2e/command.ts";
import { organization } from "../e2e/organization_world.ts";
import type { World } from "../e2e/world.ts";
import { configuredIn } from "./seen.ts";

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
 * Makes the first account the hub of an installation, which is told of runs on a topic there, and the
 * management account of an organization, of which the configuration takes it alone.
 *
 * @param settings of the job
 */
export async function install(world: World, settings: Record<string, unknown>): Promise<void> {
  const { aws, accounts: [account = ""] } = world;
  const { id, root, accounts } = await organization(world);
  const sns = new SNSClient(clientConfig(aws.endpoint, account));
  const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "alerts" }));
  sns.destroy();
  const exclude = Object.values(accounts);
  world.configure(settings, { accounts: "organizations", units: [root], exclude });
  reconfigure(world, (config) => ({
    ...config,
    notify: [{ sns: TopicArn }],
    infra: { hub: { account, region: "us-east-1" }, organizationId: id },
  }));
  aws.proxy.clearCalls();
}

/** A notice has two seconds, where all waits are divided. */
const SOONER = { GROUNDSKEEPER_TEST_WAIT_DIVISOR: "5" };

/**
 * Runs the commands on all accounts, also those of no unit, while every role that they ask for is
 * refused: of such a run somebody is told.
 */
export async function runRefused(world: World, commands: readonly string[]): Promise<void> {
  reconfigure(world, ({ organization, ...config }) => ({
    ...config,
    organization: { ...organization, units: [] },
  }));
  for (const command of commands) {
    const end = world.aws.proxy.onCall(failWith({ action: "sts:AssumeRole" }, "AccessDenied"));
    const { code, stdout } = await world.run(command, { env: SOONER });
    assert.notEqual(code, 0, `${command}: ${stdout}`);
    end();
  }
}

/** Makes the roles of the job as they are deployed, and has them checked. */
export async function checkRoles(world: World, job: string): Promise<void> {
  const { aws, accounts: [account = ""] } = world;
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  const AssumeRolePolicyDocument = JSON.stringify(trustOf("ecs-tasks.amazonaws.com"));
  const { configured, config } = await configuredIn(world, job);
  for (const { name: RoleName, policy } of deployedIn(configured, config, account)) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument })).catch((error) =>
      assert.equal(error.name, "EntityAlreadyExistsException")
    );
    const PolicyDocument = JSON.stringify(policy);
    await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: POLICY_NAME, PolicyDocument }));
  }
  iam.destroy();
  await runAll(world, [`permissions ${job} --check`]);
}

// deno-lint-ignore no-explicit-any
function reconfigure({ directory }: World, change: (config: any) => object): void {
  const path = `${directory}/groundskeeper.json`;
  const config = change(JSON.parse(Deno.readTextFileSync(path)));
  Deno.writeTextFileSync(path, JSON.stringify(config));
}
