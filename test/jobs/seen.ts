import { IAMClient, paginateListRoles } from "@aws-sdk/client-iam";
import { DescribeOrganizationCommand, OrganizationsClient } from "@aws-sdk/client-organizations";
import { checkConfig, type Config } from "../../runners/core/config/config.ts";
import { part as reports } from "../../reports/needs.ts";
import {
  type ConfiguredNeeds,
  configuredNeeds,
  type Needing,
} from "../../runners/core/needs/configured.ts";
import { homeRoleKey, type JobNeeds } from "../../runners/core/needs/needs.ts";
import { MAKES_TABLE } from "../../runners/core/needs/store.ts";
import { JOBS } from "../../runners/jobs.ts";
import type { Call } from "../aws/call_log.ts";
import { clientConfig } from "../aws/seed.ts";
import type { World } from "../e2e/world.ts";
import type { Names } from "../policies/asked.ts";
import type { Policy, PolicyRequest } from "../policies/evaluate.ts";
import { requestsOf } from "../policies/requests.ts";

/** A request that a command has made. */
export type Seen = PolicyRequest & { readonly command: string };

/** A role of a job with its policy, and what IAM would have been asked under it. */
export type SeenRole = {
  /** What `{role}` stands for in its name: `observe`, `home-report`. */
  readonly key: string;
  readonly policy: Policy;
  readonly seen: readonly Seen[];
};

/**
 * The roles of a job under the configuration that a world has now, with what its commands have asked.
 * What the program asks under its own credentials is asked under the home role, and also under that
 * of the command's kind of run.
 */
export async function seenRoles(world: World, job: string): Promise<SeenRole[]> {
  const { configured: { needs, roles } } = await configuredIn(world, job);
  const names = await namesIn(world);
  const isOwn = ({ line }: World["commands"][number]) =>
    line.startsWith(`${reports.name} `) === (job === reports.name);
  const seen = world.commands.filter(isOwn).flatMap(({ line, calls }) =>
    calls.filter(({ action }) => !MAKING.has(action)).flatMap((call) => {
      const keys = keysOf(call, line, needs);
      return requestsOf(call, names).map((request) => ({ ...request, command: line, keys }));
    })
  );
  return roles.map(({ key, policy }) => ({
    key,
    policy: policy as unknown as Policy,
    seen: seen.filter(({ keys }) => keys.includes(key)),
  }));
}

/** All that have roles. */
const ALL: readonly Needing[] = [...JOBS, reports];

/** What a job needs, or the reports, under the configuration that a world has now. */
export async function configuredIn(
  world: World,
  job: string,
): Promise<{ readonly config: Config; readonly configured: ConfiguredNeeds }> {
  const path = `${world.directory}/groundskeeper.json`;
  const config = checkConfig(JOBS, JSON.parse(await Deno.readTextFile(path)), path, new Date());
  const entry = ALL.find(({ name }) => name === job)!;
  return { config, configured: configuredNeeds(entry, config, ALL, []) };
}

/** Only on this machine is the table made by who writes: no role declares that. */
const MAKING = new Set(MAKES_TABLE.map(({ action }) => action));

/** The roles that a call stands for. None, if it is the proof of an instance, which has signed it. */
function keysOf({ principal }: Call, line: string, { job, runs, roles }: JobNeeds): string[] {
  if (principal?.endsWith(":root")) {
    const kinds = Object.entries(runs)
      .filter(([, { verbs }]) => verbs.some((verb) => `${line} `.startsWith(`${job} ${verb} `)));
    return ["home", ...kinds.map(([kind]) => homeRoleKey(kind))];
  }
  if (principal?.includes(":assumed-role/aws:ec2-instance/")) return [];
  const [, key = ""] = /:assumed-role\/groundskeeper-[a-z]+-(\w+)\//.exec(principal ?? "") ?? [];
  if (!(key in roles)) throw new Error(`No role of ${job} is ${principal}`);
  return [key];
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
  const found = (arn: string | undefined, name: string) => {
    if (arn === undefined) throw new Error(`The local AWS has no ${name}`);
    return arn;
  };
  const organization = await organizationOf(endpoint, accounts[0]!);
  return {
    roleArn: (account, name) => found(roles.get(`${account}/${name}`), `role ${account}/${name}`),
    organizationId: organization?.split("/").at(-1),
    unitArn: (id) => {
      const kind = id.startsWith("r-") ? "root" : "ou";
      const arn = found(organization, "organization");
      return arn.replace(/:organization\/(.*)/, `:${kind}/$1/${id}`);
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
