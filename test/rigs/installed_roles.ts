import {
  CreateRoleCommand,
  IAMClient,
  PutRolePolicyCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import type { Installation, Role } from "../../infra/installation.ts";
import { POLICY_NAME } from "../../runners/core/contract/names.ts";
import type { JsonObject } from "../../runners/core/json.ts";
import { clientConfig } from "../aws/seed.ts";
import { loadable } from "./ministack_gaps.ts";

/** An access key, with a session token if it is one of a session. */
export type Key = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** A role in an account. */
export type InstalledRole = Role & RolePlace;

/** Where a role is: what its ARN is made of. */
export type RolePlace = Pick<Role, "name" | "path"> & { readonly in: string };

export function arnOf({ name, path, in: account }: RolePlace): string {
  return `arn:aws:iam::${account}:role${path}${name}`;
}

/** Every role of an installation by account: those of the hub, and of each account that is looked after. */
export function installedRoles(
  { infra: { hub }, tasks, execution, scheduler, memberRoles }: Installation,
  accounts: readonly string[],
): InstalledRole[] {
  const ofHub = [...tasks.map(({ home }) => home), execution, scheduler]
    .filter((role) => role !== undefined);
  return [
    ...ofHub.map((role) => ({ ...role, in: hub.account })),
    ...accounts.flatMap((id) =>
      memberRoles.filter(({ account = id }) => account === id).map((role) => ({ ...role, in: id }))
    ),
  ];
}

/** Roles in a server that enforces IAM. */
export class Iam {
  /** @param endpoint where the server is */
  constructor(private readonly endpoint: string) {}

  /** Makes a role with its trust policy and its one inline policy. */
  async make(role: InstalledRole): Promise<void> {
    await this.#as(role.in, (iam) =>
      iam.send(
        new CreateRoleCommand({
          RoleName: role.name,
          Path: role.path,
          Description: role.description,
          AssumeRolePolicyDocument: JSON.stringify(loadable(role.trust)),
        }),
      ));
    await this.allow(role, role.policy);
  }

  /** Writes the inline policy of a role. */
  async allow(role: InstalledRole, policy: JsonObject): Promise<void> {
    const PolicyDocument = JSON.stringify(loadable(policy));
    await this.#as(role.in, (iam) =>
      iam.send(
        new PutRolePolicyCommand({ RoleName: role.name, PolicyName: POLICY_NAME, PolicyDocument }),
      ));
  }

  /** Writes the trust policy of a role. */
  async trust(role: InstalledRole, policy: JsonObject): Promise<void> {
    const PolicyDocument = JSON.stringify(loadable(policy));
    await this.#as(
      role.in,
      (iam) => iam.send(new UpdateAssumeRolePolicyCommand({ RoleName: role.name, PolicyDocument })),
    );
  }

  /** Assumes a role. Throws what STS answers. */
  async assume(
    as: Key,
    role: RolePlace,
    { externalId: ExternalId, session = "rig" }: {
      readonly externalId?: string | undefined;
      readonly session?: string;
    } = {},
  ): Promise<Key> {
    const sts = new STSClient({ endpoint: this.endpoint, region: "us-east-1", credentials: as });
    try {
      const { Credentials } = await sts.send(
        new AssumeRoleCommand({
          RoleArn: arnOf(role),
          RoleSessionName: session,
          ...(ExternalId === undefined ? {} : { ExternalId }),
        }),
      );
      return {
        accessKeyId: Credentials!.AccessKeyId!,
        secretAccessKey: Credentials!.SecretAccessKey!,
        sessionToken: Credentials!.SessionToken!,
      };
    } finally {
      sts.destroy();
    }
  }

  async #as<Answer>(account: string, work: (iam: IAMClient) => Promise<Answer>): Promise<Answer> {
    const iam = new IAMClient(clientConfig(this.endpoint, account));
    try {
      return await work(iam);
    } finally {
      iam.destroy();
    }
  }
}
