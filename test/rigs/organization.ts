import {
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  EC2Client,
} from "@aws-sdk/client-ec2";
import {
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  EnablePolicyTypeCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { asked } from "./made_in_aws.ts";

export const MANAGEMENT = "999999999999";

/** An organization with a hub and two members in a unit, and the bucket of Terraform's state. */
export type RigOrganization = {
  readonly id: string;
  readonly accounts: readonly [hub: string, shop: string, lake: string];
  /** By the IDs in the installations of the tests, those that the local AWS has made up. */
  readonly ids: Readonly<Record<string, string>>;
};

export async function makeOrganization({ endpoint }: LocalAws): Promise<RigOrganization> {
  const client = new OrganizationsClient(clientConfig(endpoint, MANAGEMENT));
  const { Organization } = await client.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const root = (await client.send(new ListRootsCommand({}))).Roots![0]!.Id!;
  const policies = { RootId: root, PolicyType: "SERVICE_CONTROL_POLICY" } as const;
  await client.send(new EnablePolicyTypeCommand(policies));
  const unit = (await client.send(
    new CreateOrganizationalUnitCommand({ ParentId: root, Name: "workloads" }),
  )).OrganizationalUnit!.Id!;
  const account = async (AccountName: string) => {
    const Email = `${AccountName}@example.com`;
    const made = await client.send(new CreateAccountCommand({ AccountName, Email }));
    const AccountId = made.CreateAccountStatus!.AccountId!;
    const move = { AccountId, SourceParentId: root, DestinationParentId: unit };
    await client.send(new MoveAccountCommand(move));
    return AccountId;
  };
  const accounts = [await account("hub"), await account("shop"), await account("lake")] as const;
  client.destroy();
  const region = "us-east-1";
  await asked(endpoint, { account: MANAGEMENT, region, service: "s3" }, {
    path: "/acme-terraform",
    method: "PUT",
  });
  return {
    id: Organization!.Id!,
    accounts,
    ids: {
      "111111111111": accounts[0],
      "222222222222": accounts[1],
      "333333333333": accounts[2],
      "o-abcdefghij": Organization!.Id!,
      "r-ab12": root,
      "ou-ab12-cdef3456": unit,
      ...await networkOf(endpoint, accounts[0]),
    },
  };
}

/** The subnet and the security group that an account has from the start. */
async function networkOf(endpoint: string, account: string): Promise<RigOrganization["ids"]> {
  const client = new EC2Client(clientConfig(endpoint, account));
  const { Subnets } = await client.send(new DescribeSubnetsCommand({}));
  const { SecurityGroups } = await client.send(new DescribeSecurityGroupsCommand({}));
  client.destroy();
  return {
    "subnet-0123456789abcdef0": Subnets![0]!.SubnetId!,
    "sg-0123456789abcdef0": SecurityGroups![0]!.GroupId!,
  };
}

/** An installation with other IDs in the place of its own. */
export function withIds<Content>(content: Content, ids: RigOrganization["ids"]): Content {
  const text = Object.entries(ids).reduce(
    (text, [from, to]) => text.replaceAll(from, to),
    JSON.stringify(content),
  );
  return JSON.parse(text) as Content;
}
