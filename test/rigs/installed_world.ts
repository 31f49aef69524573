import {
  CreateTableCommand,
  DynamoDBClient,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateAccountCommand,
  DescribeOrganizationCommand,
  ListRootsCommand,
  OrganizationsClient,
} from "@aws-sdk/client-organizations";
import { deployedJobs, readInstallation } from "../../infra/configuration.ts";
import type { Installation } from "../../infra/installation.ts";
import { OWN_PREFIX } from "../../runners/core/contract/names.ts";
import { type LocalAws, startLocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { groundskeeper, type Ran } from "../e2e/command.ts";
import {
  arnOf,
  Iam,
  type InstalledRole,
  installedRoles,
  type Key,
  type RolePlace,
} from "./installed_roles.ts";

export const HUB = "111111111111";
export const REGION = "us-east-1";
export const EXTERNAL_ID = "orchard";
export const TABLE = "groundskeeper";
export const BOT = { name: "bot", path: "/", in: HUB };
export const QUEUE_URL = `https://sqs.${REGION}.amazonaws.com/${HUB}/repo-commands`;
export const TOPICS = { alerts: "groundskeeper-alerts", answers: "repo-answers" };
export const REPOKID = "repokid_roles";
export const BLOCKLIST = { bucket: "acme-lists", key: "repo.json" };

/** The queues of logins and events, in the worlds that have them. */
export const LOGINS = {
  queueUrl: `https://sqs.${REGION}.amazonaws.com/${HUB}/logins`,
  eventsQueueUrl: `https://sqs.${REGION}.amazonaws.com/${HUB}/events`,
};

/** The role of the instances that report logins, in the member. */
export const WEB = { name: "web", path: "/" };

/** The role of the people who run commands by hand. */
export const OPERATOR = { name: "operator", path: "/", in: HUB };

/** The accounts of an organization, as MiniStack has made them. */
type Organization = { readonly id: string; readonly root: string; readonly member: string };

/** A kind of run, as the job that is configured needs it. */
export type KindOfRun = {
  /** That of its task: `audit-plan`. */
  readonly key: string;
  /** How its commands begin. */
  readonly commands: readonly string[];
  /** The names of the roles that it assumes. */
  readonly assumes: readonly string[];
};

/** An organization on a MiniStack that enforces IAM, with every role of an installation. */
export type InstalledWorld = AsyncDisposable & {
  readonly aws: LocalAws;
  /** The account that is looked after besides the hub. */
  readonly member: string;
  readonly installation: Installation;
  readonly iam: Iam;
  readonly roles: readonly InstalledRole[];
  /** A session of the operators' role. */
  readonly operator: Key;
  /** The role of this name; in the member, if both accounts have it. */
  role(name: string): InstalledRole;
  /** Credentials of a home role, as its operator gets them. */
  home(name: string): Promise<Key>;
  /** Runs a command under the home role of its kind of run. */
  run(command: string): Promise<Ran>;
  readonly runs: readonly KindOfRun[];
};

/** What the installation and the runs are configured with: as much as MiniStack has. */
function configuration({ id, root, member }: Organization, logins: boolean) {
  const wide = { perRun: { count: 1000 } };
  return {
    version: 1,
    organization: {
      accounts: "organizations",
      units: [root],
      // Events come by a rule in each Region, which must be named for that.
      regions: logins ? [REGION] : "enabled",
      roles: "groundskeeper-{job}-{role}",
      externalId: EXTERNAL_ID,
    },
    store: { kind: "dynamodb", region: REGION, table: TABLE },
    notify: [{ sns: `arn:aws:sns:${REGION}:${HUB}:${TOPICS.alerts}` }],
    infra: {
      organizationId: id,
      hub: { account: HUB, region: REGION },
      image: `${HUB}.dkr.ecr.${REGION}.amazonaws.com/groundskeeper:0.1.0`,
      subnetIds: ["subnet-0123456789abcdef0"],
      operators: [arnOf(OPERATOR)],
    },
    ...logins ? { dirty: LOGINS } : {},
    audit: {
      required: [{ key: "owner", value: { principal: { users: true } } }],
      grace: "0m",
      looks: { count: 1, spacing: "0s" },
      enforce: { accounts: [member], quarantine: "0s" },
      ladder: [{ after: "0m", do: "mark" }, { after: "1s", do: "stop" }],
      limits: {
        minPopulation: 1000,
        perRun: { count: 1000 },
        perAccount: { count: 1000 },
        rollingDay: { count: 1000 },
        stop: wide,
        terminate: wide,
      },
      canary: { tags: { Name: "api-canary-{region}", owner: "alice" } },
    },
    repo: {
      trustFirstScan: true,
      stamp: "tag",
      managedPolicies: "apply",
      limits: { perRun: { roles: 1000 }, restore: { roles: 1000 } },
      filters: ["blocklist"],
      filterConfig: {
        blocklist: {
          blocklist_bucket: { ...BLOCKLIST, account_number: HUB, assume_role: "ListReader" },
        },
      },
      serve: {
        queueUrl: QUEUE_URL,
        topicArn: `arn:aws:sns:${REGION}:${HUB}:${TOPICS.answers}`,
        requestors: [arnOf(BOT)],
      },
    },
  };
}

/** The policy of a role that may do everything. */
export const MAY_ALL = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
};

/** The trust policy of a role that everybody may assume whose own policies allow it. */
export const TRUSTS_ALL = {
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" }],
};

/** A role of somebody who may do everything that other policies let him. */
export function strong(role: RolePlace): InstalledRole {
  return { ...role, description: "", trust: TRUSTS_ALL, policy: MAY_ALL };
}

/**
 * Starts the organization with the table and its roles, and with nothing in its accounts.
 *
 * @param logins whether the installation records logins, too
 */
export async function installedWorld({ logins = false } = {}): Promise<InstalledWorld> {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(await startLocalAws({ services: { ministack: "auth" } }));
  aws.proxy.setRegions({ enabled: [REGION], notOptedIn: [] });
  const organization = await makeOrganization(aws);
  const directory = await Deno.makeTempDir({ prefix: "groundskeeper-rig-" });
  stack.defer(() => Deno.remove(directory, { recursive: true }));
  const file = `${directory}/groundskeeper.json`;
  const content = configuration(organization, logins);
  await Deno.writeTextFile(file, JSON.stringify(content));
  const installation = await readInstallation(file, directory, new Date());
  // The runs ask the accounts which Regions they have.
  const asking = { ...content, organization: { ...content.organization, regions: "enabled" } };
  await Deno.writeTextFile(file, JSON.stringify(asking));
  await makeTable(aws);
  const iam = new Iam(aws.endpoint);
  const roles = installedRoles(installation, [organization.member, HUB]);
  for (const role of [...roles, ...[OPERATOR, BOT].map(strong)]) await iam.make(role);
  const root = { accessKeyId: HUB, secretAccessKey: "test" };
  const operator = await iam.assume(root, OPERATOR);
  const runs = await kindsOfRuns(content);
  const roleNamed = (name: string) => roles.find((role) => role.name === name)!;
  const home = (name: string) => iam.assume(operator, roleNamed(name));
  const owned = stack.move();
  return {
    aws,
    member: organization.member,
    installation,
    iam,
    roles,
    operator,
    runs,
    role: roleNamed,
    home,
    run: async (command) => {
      const { key } = runs.find(({ commands }) =>
        commands.some((start) => `${command} `.startsWith(`${start} `))
      )!;
      const task = installation.tasks.find((task) => task.key === key)!;
      const { accessKeyId, secretAccessKey, sessionToken } = await home(task.home.name);
      return await groundskeeper(command.split(" "), {
        directory,
        env: {
          AWS_ENDPOINT_URL: aws.endpoint,
          AWS_REGION: REGION,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_SESSION_TOKEN: sessionToken!,
          GROUNDSKEEPER_TEST_LEASE_MS: "300",
          GROUNDSKEEPER_TEST_BACK_OFF_MS: "50",
          GROUNDSKEEPER_TEST_WAIT_DIVISOR: "1000",
          GROUNDSKEEPER_TEST_RATE_FACTOR: "1000",
        },
      });
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The command that compares the roles of a job with what it needs. */
export function checkOf(job: string): string {
  return `permissions ${job} --check`;
}

async function kindsOfRuns(content: { readonly [job: string]: unknown }): Promise<KindOfRun[]> {
  const jobs = (await deployedJobs()).filter(({ name }) => name in content);
  return jobs.flatMap(({ name: job, schema, needs: needsOf }) => {
    const needs = needsOf(schema.parse(content[job]));
    return Object.entries(needs.runs).map(([kind, { verbs, roles }]) => ({
      key: `${job}-${kind}`,
      // Whoever plans may look at the roles, too.
      commands: verbs.flatMap((verb) =>
        verb === "plan" ? [`${job} plan`, checkOf(job)] : `${job} ${verb}`
      ),
      assumes: roles.map((role) => needs.roles[role]!.name ?? `${OWN_PREFIX}${job}-${role}`),
    }));
  });
}

/** The hub is the management account: MiniStack has no other organization. */
async function makeOrganization({ endpoint }: LocalAws): Promise<Organization> {
  const client = new OrganizationsClient(clientConfig(endpoint, HUB));
  const { Organization } = await client.send(new DescribeOrganizationCommand({}));
  const { Roots } = await client.send(new ListRootsCommand({}));
  const { CreateAccountStatus } = await client.send(
    new CreateAccountCommand({ AccountName: "data", Email: "data@example.com" }),
  );
  client.destroy();
  return {
    id: Organization!.Id!,
    root: Roots![0]!.Id!,
    member: CreateAccountStatus!.AccountId!,
  };
}

/** As `infra/stacks/hub.ts` has it. */
async function makeTable({ endpoint }: LocalAws): Promise<void> {
  const client = new DynamoDBClient(clientConfig(endpoint, HUB));
  await client.send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: ["kind", "id"].map((AttributeName) => ({
        AttributeName,
        AttributeType: "S",
      })),
      KeySchema: [
        { AttributeName: "kind", KeyType: "HASH" },
        { AttributeName: "id", KeyType: "RANGE" },
      ],
    }),
  );
  await client.send(
    new UpdateTimeToLiveCommand({
      TableName: TABLE,
      TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
    }),
  );
  client.destroy();
}
