import { GetRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { Write } from "../../runners/core/store/store.ts";
import { observationWrites } from "../../runners/repo/inventory/observation_writes.ts";
import { clientConfig } from "../aws/seed.ts";
import type { RepoWorld } from "./repo_world.ts";

/** The rows of a refresh of some days ago, when a role had other inline policies. */
export async function earlierVersion(
  { aws, accounts: [account = ""] }: RepoWorld,
  name: string,
  inline: Readonly<Record<string, string>>,
): Promise<Write[]> {
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  const { Role } = await iam.send(new GetRoleCommand({ RoleName: name }));
  iam.destroy();
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
