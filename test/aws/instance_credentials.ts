/** The two kinds of credentials that the metadata service of an instance has. */

import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetInstanceProfileCommand, IAMClient } from "@aws-sdk/client-iam";

import { partitionOfRegion } from "../../runners/core/aws/arn.ts";
import type { Caller } from "./callers.ts";
import type { Proxy } from "./proxy.ts";
import { clientConfig } from "./seed.ts";

/**
 * Credentials in the shape in which the metadata service answers (EC2 User Guide, "Retrieve security
 * credentials from instance metadata").
 */
export interface MetadataCredentials {
  readonly Code: "Success";
  readonly LastUpdated: string;
  readonly Type: "AWS-HMAC";
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly Token: string;
  /** RFC 3339. */
  readonly Expiration: string;
}

export interface InstanceCredentials {
  /** The name of the profile's role, as `iam/security-credentials/` lists it. */
  readonly roleName: string;
  /** Of that role: what the programs of the instance call AWS with. */
  readonly profile: MetadataCredentials;
  /** Of the instance identity role: `identity-credentials/ec2/security-credentials/ec2-instance`. */
  readonly identity: MetadataCredentials;
}

/** How long both are good for: six hours, as the metadata service gives them. */
const lifeMs = 6 * 3_600_000;

/**
 * New credentials of an instance. A world's group has an instance profile if it names one
 * (`instanceProfile`).
 *
 * @param aws the local AWS; calls with the credentials must reach its proxy, or one that shares its
 * memory
 * @throws Error if the instance is not there, or has no instance profile with a role
 */
export async function instanceCredentials(
  aws: { readonly proxy: Proxy },
  { account, region, instanceId }: {
    readonly account: string;
    readonly region: string;
    readonly instanceId: string;
  },
): Promise<InstanceCredentials> {
  const { RoleName, RoleId } = await roleOf(aws.proxy, account, region, instanceId);
  const assumed = `arn:${partitionOfRegion(region)}:sts::${account}:assumed-role`;
  return {
    roleName: RoleName,
    profile: give(aws.proxy, {
      account,
      arn: `${assumed}/${RoleName}/${instanceId}`,
      userId: `${RoleId}:${instanceId}`,
    }),
    // EC2 User Guide, "Instance identity roles", has the ARN and the ID.
    identity: give(aws.proxy, {
      account,
      arn: `${assumed}/aws:ec2-instance/${instanceId}`,
      userId: `${account}:aws:ec2-instance:${instanceId}`,
    }),
  };
}

async function roleOf(proxy: Proxy, account: string, region: string, instanceId: string) {
  const config = clientConfig(proxy.endpoint, account, region);
  const ec2 = new EC2Client(config);
  const iam = new IAMClient(config);
  try {
    const described = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
    const arn = described.Reservations?.[0]?.Instances?.[0]?.IamInstanceProfile?.Arn;
    if (arn === undefined) throw new Error(`${instanceId} in ${account} has no instance profile`);
    const InstanceProfileName = arn.slice(arn.lastIndexOf("/") + 1);
    const { InstanceProfile } = await iam.send(
      new GetInstanceProfileCommand({ InstanceProfileName }),
    );
    const { RoleName, RoleId } = InstanceProfile?.Roles?.[0] ?? {};
    if (!RoleName || !RoleId) throw new Error(`The instance profile ${arn} has no role`);
    return { RoleName, RoleId };
  } finally {
    ec2.destroy();
    iam.destroy();
  }
}

/** Gives out credentials that the proxy knows from then on. */
function give(proxy: Proxy, caller: Caller): MetadataCredentials {
  const nowMs = proxy.now();
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
  const credentials: MetadataCredentials = {
    Code: "Success",
    LastUpdated: instant(nowMs),
    Type: "AWS-HMAC",
    // IAM User Guide, "IAM identifiers": temporary keys begin with ASIA, and have 20 characters.
    AccessKeyId: `ASIA${random(8).toHex().toUpperCase()}`,
    SecretAccessKey: random(30).toBase64(),
    Token: random(240).toBase64(),
    Expiration: instant(nowMs + lifeMs),
  };
  proxy.memory.callers.learn(credentials.AccessKeyId, caller, {
    secretAccessKey: credentials.SecretAccessKey,
    token: credentials.Token,
    expiresAtMs: nowMs + lifeMs,
  });
  return credentials;
}

/** Without milliseconds, as the metadata service writes instants. */
function instant(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}
