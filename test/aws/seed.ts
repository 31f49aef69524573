/** Makes a declared world true, through the real SDK and the proxy. */

import {
  AssociateIamInstanceProfileCommand,
  EC2Client,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StopInstancesCommand,
  type Tag,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateAccountAliasCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
} from "@aws-sdk/client-iam";

import { type Seeding, seedingPlugin } from "./seeding.ts";
import type { InstanceGroup, World, WorldAccount } from "./world.ts";

export interface SeedOptions {
  /** The proxy's. */
  readonly endpoint: string;
  /** The account that the roles trust. Default: 123456789012. */
  readonly trustedAccount?: string;
}

export interface SeededWorld {
  /**
   * The instance IDs of a group, in launch order.
   * @throws RangeError if the world has no such group
   */
  instances(account: string, region: string, group: string): readonly string[];
  /** How many instances there are together. */
  readonly instanceCount: number;
}

/** The roles of audit that exist in every account unless the world says otherwise. */
const auditRoles = [
  "groundskeeper-audit-observe",
  "groundskeeper-audit-apply",
  "groundskeeper-audit-canary",
];

const defaultImage = "ami-0a1b2c3d4e5f67890";

/** Seeds every account of the world. The accounts must be new to the local AWS. */
export async function seedWorld(world: World, options: SeedOptions): Promise<SeededWorld> {
  const groups = new Map<string, readonly string[]>();
  for (const account of world.accounts) {
    await seedIdentities(account, options);
    for (const [region, declared] of Object.entries(account.regions)) {
      const ec2 = new EC2Client(clientConfig(options.endpoint, account.id, region));
      for (const group of declared) {
        groups.set(keyOf(account.id, region, group.name), await seedGroup(ec2, region, group));
      }
      ec2.destroy();
    }
  }
  return {
    instances: (account, region, group) => {
      const ids = groups.get(keyOf(account, region, group));
      if (ids === undefined) {
        throw new RangeError(`The world has no instances "${group}" in ${account} ${region}`);
      }
      return ids;
    },
    instanceCount: [...groups.values()].reduce((sum, ids) => sum + ids.length, 0),
  };
}

/** What an SDK client needs to act as an account's root user in the local AWS. */
export function clientConfig(endpoint: string, account: string, region = "us-east-1") {
  return { endpoint, region, credentials: { accessKeyId: account, secretAccessKey: "test" } };
}

const keyOf = (...parts: string[]) => parts.join("/");

async function seedIdentities(account: WorldAccount, options: SeedOptions): Promise<void> {
  const { endpoint, trustedAccount = "123456789012" } = options;
  // An account is of one partition, and its IAM answers there.
  const [region] = Object.keys(account.regions);
  const iam = new IAMClient(clientConfig(endpoint, account.id, region));
  if (account.alias !== undefined) {
    await iam.send(new CreateAccountAliasCommand({ AccountAlias: account.alias }));
  }
  for (const UserName of account.users ?? []) await iam.send(new CreateUserCommand({ UserName }));
  const trust = trusting({ AWS: `arn:aws:iam::${trustedAccount}:root` });
  for (const RoleName of account.roles ?? auditRoles) {
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust }));
  }
  for (const name of profilesOf(account)) await seedProfile(iam, name);
  iam.destroy();
}

function trusting(Principal: object): string {
  const statement = { Effect: "Allow", Principal, Action: "sts:AssumeRole" };
  return JSON.stringify({ Version: "2012-10-17", Statement: [statement] });
}

/** The instance profiles that the groups of an account name. */
function profilesOf({ regions }: WorldAccount): ReadonlySet<string> {
  const groups = Object.values(regions).flat();
  return new Set(groups.flatMap(({ instanceProfile }) => instanceProfile ?? []));
}

async function seedProfile(iam: IAMClient, name: string): Promise<void> {
  const trust = trusting({ Service: "ec2.amazonaws.com" });
  const profile = { InstanceProfileName: name };
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: trust }));
  await iam.send(new CreateInstanceProfileCommand(profile));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName: name }));
}

async function seedGroup(
  ec2: EC2Client,
  region: string,
  group: InstanceGroup,
): Promise<readonly string[]> {
  const { count = 1, ageMinutes = 0, managedBy } = group;
  if (count === 0) return [];
  const tags: Tag[] = Object.entries(group.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
  if (group.autoScalingGroup !== undefined) {
    tags.push({ Key: "aws:autoscaling:groupName", Value: group.autoScalingGroup });
  }
  const seeding: Seeding = {
    ageMs: ageMinutes * 60_000,
    reservedTags: true,
    ...(managedBy === undefined ? {} : { managedBy }),
    ...(group.rootDevice === "instance-store" ? { rootDevice: group.rootDevice } : {}),
  };
  const run = new RunInstancesCommand({
    ImageId: group.imageId ?? defaultImage,
    InstanceType: group.instanceType as "t3.small" ?? "t3.small",
    MinCount: count,
    MaxCount: count,
    ...(tags.length > 0 ? { TagSpecifications: [{ ResourceType: "instance", Tags: tags }] } : {}),
    ...(group.zone ? { Placement: { AvailabilityZone: region + group.zone } } : {}),
    ...(group.spot
      ? {
        InstanceMarketOptions: {
          MarketType: "spot",
          ...(group.spot === "persistent" ? { SpotOptions: { SpotInstanceType: group.spot } } : {}),
        },
      }
      : {}),
  });
  run.middlewareStack.use(seedingPlugin(seeding));
  const { Instances = [] } = await ec2.send(run);
  const ids = Instances.flatMap(({ InstanceId }) => InstanceId ?? []);
  if (ids.length !== count) {
    throw new Error(`Cannot seed "${group.name}": asked for ${count}, got ${ids.length}`);
  }
  if (group.instanceProfile !== undefined) {
    // Not at launch: moto gives a profile to the first instance alone.
    const IamInstanceProfile = { Name: group.instanceProfile };
    for (const InstanceId of ids) {
      await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId, IamInstanceProfile }));
    }
  }
  if (group.state === "stopped") await ec2.send(new StopInstancesCommand({ InstanceIds: ids }));
  if (group.protected !== undefined) {
    // Not at launch: what is protected from a stop could not be seeded as stopped.
    const attribute = group.protected === "stop" ? "DisableApiStop" : "DisableApiTermination";
    for (const InstanceId of ids) {
      await ec2.send(
        new ModifyInstanceAttributeCommand({ InstanceId, [attribute]: { Value: true } }),
      );
    }
  }
  return ids;
}
