import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Write } from "../../runners/core/store/store.ts";
import { observationWrites } from "../../runners/repo/inventory/observation_writes.ts";
import { versionWrites } from "../../runners/repo/inventory/versions.ts";
import { hashOfPolicies } from "../../runners/repo/policy/comparable.ts";
import { clientConfig } from "../aws/seed.ts";
import type { RepoWorld } from "./repo_world.ts";

/** The rows of a refresh of some days ago, when a role had other inline policies. */
export async function earlierVersion(
  world: RepoWorld,
  name: string,
  inline: Readonly<Record<string, string>>,
): Promise<Write[]> {
  const { accounts: [account = ""] } = world;
  const Role = await roleOf(world, name);
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  return observationWrites({
    observed: [{
      id: account,
      name: "account-0",
      partition: "aws",
      failure: null,
      at: daysAgo(20),
      whole: true,
      roles: [{
        roleId: Role!.RoleId!,
        arn: Role!.Arn!,
        name,
        path: "/",
        created: daysAgo(400),
        lastUsed: daysAgo(21),
        description: "",
        tags: {},
        trust: "{}",
        boundary: null,
        inline,
        attached: [],
        instanceProfiles: [],
        evidence: { reason: "not-asked", detail: "" },
      }],
      managed: {},
    }],
    earlier: {
      roles: new Map(),
      versions: new Map(),
      optOuts: new Map(),
      schedules: new Map(),
      tracked: new Map(),
    },
    judge: () => ({
      permissions: 0,
      removable: 0,
      services: [],
      removable_services: [],
      disqualified_by: [],
    }),
  }).flat();
}

/** The rows of a version that a run of a day ago has left, in which a person removed by name. */
export async function removedVersion(
  world: RepoWorld,
  name: string,
  policies: Readonly<Record<string, string>>,
  run_id: string,
): Promise<Write[]> {
  const { accounts: [account = ""] } = world;
  const { RoleId } = (await roleOf(world, name))!;
  const at = new Date(Date.now() - 86_400_000).toISOString();
  const hash = hashOfPolicies(policies);
  return versionWrites(
    { account, role_id: RoleId! },
    { hash, origin: "ManualPermissionRepo", at, run_id },
    policies,
  );
}

async function roleOf({ aws, accounts: [account = ""] }: RepoWorld, RoleName: string) {
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  try {
    return (await iam.send(new GetRoleCommand({ RoleName }))).Role;
  } finally {
    iam.destroy();
  }
}
