import {
  CloseAccountCommand,
  CreateAccountCommand,
  CreateOrganizationalUnitCommand,
  CreateOrganizationCommand,
  ListRootsCommand,
  MoveAccountCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { clientConfig } from "../aws/seed.ts";
import type { World } from "./world.ts";

/** An organization in the local AWS, and its accounts by name. */
export interface TestOrganization {
  readonly management: string;
  readonly id: string;
  /** The root, above all units. */
  readonly root: string;
  /** A unit with `lake` and `closed`, and below it a unit with `shop`. */
  readonly workloads: string;
  readonly accounts: Readonly<Record<"shop" | "lake" | "lab" | "closed", string>>;
}

/** An organization with five accounts, one of them suspended, two in a unit within a unit. */
export async function organization(world: World): Promise<TestOrganization> {
  const management = world.accounts[0]!;
  const client = new OrganizationsClient(clientConfig(world.aws.endpoint, management));
  const { Organization } = await client.send(new CreateOrganizationCommand({ FeatureSet: "ALL" }));
  const root = (await client.send(new ListRootsCommand({}))).Roots![0]!.Id!;
  const unit = async (ParentId: string, Name: string) =>
    (await client.send(new CreateOrganizationalUnitCommand({ ParentId, Name })))
      .OrganizationalUnit!.Id!;
  const workloads = await unit(root, "workloads");
  const production = await unit(workloads, "production");
  const account = async (name: string, parent: string) => {
    const { CreateAccountStatus } = await client.send(
      new CreateAccountCommand({ AccountName: name, Email: `${name}@example.com` }),
    );
    const id = CreateAccountStatus!.AccountId!;
    if (parent !== root) {
      await client.send(
        new MoveAccountCommand({
          AccountId: id,
          SourceParentId: root,
          DestinationParentId: parent,
        }),
      );
    }
    return id;
  };
  const accounts = {
    shop: await account("shop", production),
    lake: await account("lake", workloads),
    lab: await account("lab", root),
    closed: await account("closed", workloads),
  };
  await client.send(new CloseAccountCommand({ AccountId: accounts.closed }));
  client.destroy();
  world.aws.proxy.clearCalls();
  return { management, id: Organization!.Id!, root, workloads, accounts };
}

/** The management account's own credentials list the organization. */
export function asManagement(world: World): { readonly env: Record<string, string> } {
  return { env: { AWS_ACCESS_KEY_ID: world.accounts[0]! } };
}
