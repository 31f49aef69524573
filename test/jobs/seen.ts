import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { DescribeOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { MAKES_TABLE } from "../../runners/core/needs/store.ts";
import type { Call } from "../aws/call_log.ts";
import { clientConfig } from "../aws/seed.ts";
import type { World } from "../e2e/world.ts";
import type { Names } from "../policies/asked.ts";
import type { Policy, PolicyRequest } from "../policies/evaluate.ts";
import { requestsOf } from "../policies/requests.ts";

/** The policies that `permissions` prints, by the name of the role. */
export type Printed = Readonly<Record<string, Policy>>;

/** A request that a command has made, under which of the printed roles. */
export type Seen = PolicyRequest & { readonly role: string; readonly command: string };

export async function printedPolicies(world: World, job: string): Promise<Printed> {
  const { code, stdout, stderr } = await world.run(`permissions ${job}`);
  if (code !== 0) throw new Error(stderr);
  const documents = JSON.parse(stdout) as { readonly role: string; readonly policy: Policy }[];
  return Object.fromEntries(documents.map(({ role, policy }) => [role, policy]));
}

/** Only on this machine is the table made by who writes: no role declares that. */
const MAKING = new Set(MAKES_TABLE.map(({ action }) => action));

/** What IAM would have been asked in a world's commands so far. */
export async function seenIn(world: World, job: string, printed: Printed): Promise<Seen[]> {
  const names = await namesIn(world);
  return world.commands.flatMap(({ line: command, calls }) =>
    calls.filter(({ action }) => !MAKING.has(action)).flatMap((call) =>
      requestsOf(call, names).map((request) => ({
        ...request,
        role: roleOf(call, job, printed),
        command,
      }))
    )
  );
}

/**
 * The printed role that a call was made under. The program's own credentials stand for the home role.
 * By the command, a home role for each kind of run can be told.
 */
function roleOf({ principal }: Call, job: string, printed: Printed): string {
  const assumed = /:assumed-role\/([^/]+)\//.exec(principal ?? "")?.[1];
  const role = assumed ?? `groundskeeper-${job}-home`;
  if (!(role in printed)) throw new Error(`No policy is printed for ${principal}`);
  return role;
}

/** What the local AWS has under names that calls use. */
async function namesIn({ aws: { endpoint }, accounts }: World): Promise<Names> {
  const roles = new Map<string, string>();
  for (const account of accounts) {
    const client = new IAMClient(clientConfig(endpoint, account));
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      for (const { RoleName, Arn } of Roles) roles.set(`${account}/${RoleName}`, Arn!);
    }
    client.destroy();
  }
  const organization = await organizationOf(endpoint, accounts[0]!);
  const found = (arn: string | undefined, name: string) => {
    if (arn === undefined) throw new Error(`The local AWS has no ${name}`);
    return arn;
  };
  return {
    roleArn: (account, name) => found(roles.get(`${account}/${name}`), `role ${account}/${name}`),
    unitArn: (id) => {
      const kind = id.startsWith("r-") ? "root" : "ou";
      return found(organization, "organization").replace(
        /:organization\/(.*)/,
        `:${kind}/$1/${id}`,
      );
    },
  };
}

/** The ARN of the organization that the account manages, if it does. */
async function organizationOf(endpoint: string, account: string): Promise<string | undefined> {
  const client = new OrganizationsClient(clientConfig(endpoint, account));
  try {
    return (await client.send(new DescribeOrganizationCommand({}))).Organization?.Arn;
  } catch (error) {
    if ((error as Error).name !== "AWSOrganizationsNotInUseException") throw error;
  } finally {
    client.destroy();
  }
}
