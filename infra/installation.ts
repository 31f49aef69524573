import type { Config } from "../runners/core/config/config.ts";
import type { InfraConfig } from "../runners/core/config/infra.ts";
import { reportsSecrets } from "../runners/core/config/reports.ts";
import {
  type ConfiguredNeeds as ConfiguredJob,
  deployedRuns,
  partitionOf,
} from "../runners/core/needs/configured.ts";
import { homeRoleKey, type JobNeeds, notifies, type RunNeed } from "../runners/core/needs/needs.ts";
import type { JsonObject } from "../runners/core/json.ts";
import { OWN_PREFIX } from "../runners/core/contract/names.ts";
import { type Channels, channelsOf, EVENTS, type Events, type Scope } from "./channels.ts";
import { executionPolicy, schedulerPolicy } from "./policies/tasks.ts";
import { protectMark } from "./policies/protect_mark.ts";
import { eventsTrust } from "./policies/events.ts";
import { protectRoles } from "./policies/protect_roles.ts";
import { documentOf, type Statement } from "./policies/statement.ts";
import { executionTrust, memberTrust, schedulerTrust, taskTrust } from "./policies/trust.ts";

/** A role as IAM gets it. */
export type Role = {
  /** Its name without its path. */
  readonly name: string;
  /** Begins and ends with `/`. */
  readonly path: string;
  readonly description: string;
  readonly trust: JsonObject;
  readonly policy: JsonObject;
  /** The only account that has it. Absent: every account has it. */
  readonly account?: string;
};

/** A kind of run as ECS runs it. */
export type Task = {
  /** `audit-report`: the name of its task definition, behind the prefix. */
  readonly key: string;
  readonly job: string;
  readonly home: Role;
  /** The words behind `groundskeeper`. */
  readonly command: readonly string[];
  /** Whether it reads accounts, and not the store alone. */
  readonly reads: boolean;
  /** Whether it can start by a schedule: nobody must tell it what to do. */
  readonly startsItself: boolean;
  /** The secrets that it is handed: where ECS finds the value of a variable. */
  readonly secrets: Readonly<Record<string, string>>;
  /** A service that always runs, by hand, or by EventBridge Scheduler with a command of its own. */
  readonly starts: Start | "service" | "by hand";
};

type Start = { readonly schedule: string; readonly command: readonly string[] };

/** What is deployed, as plain data: what the stacks and the template of members are made from. */
export type Installation = Channels & {
  readonly partition: string;
  readonly infra: InfraConfig;
  /** What a task is handed as its configuration. */
  readonly configText: string;
  /** The table's name; null: the store is a file. */
  readonly table: string | null;
  readonly tasks: readonly Task[];
  /** The roles that ECS and EventBridge Scheduler act under; absent without tasks. */
  readonly execution?: Role;
  readonly scheduler?: Role;
  /** The roles of an account that is looked after. */
  readonly memberRoles: readonly Role[];
  /** Whether the hub is looked after, too. */
  readonly hubIsMember: boolean;
  /** The other accounts with their names, or all that the organization has. */
  readonly members:
    | readonly { readonly id: string; readonly name?: string | undefined }[]
    | "organizations";
  /** Units that `organizations` is narrowed to; empty: all. */
  readonly units: readonly string[];
  readonly excluded: readonly string[];
  /** What nobody else may do, whatever allows it. */
  readonly guards: readonly Statement[];
};

/** The log group of a kind of run. */
export function logGroupOf({ key }: Pick<Task, "key">): string {
  return `/groundskeeper/${key}`;
}

/** The environment of every task, besides its secrets. */
export function taskEnvironment(
  { configText, infra }: Pick<Installation, "configText" | "infra">,
): Readonly<Record<string, string>> {
  return { GROUNDSKEEPER_CONFIG_TEXT: configText, AWS_REGION: infra.hub.region };
}

/** Where ECS and EventBridge Scheduler know what is ours. */
export const CLUSTER = "groundskeeper";
export const GROUP = "groundskeeper";

/**
 * Works out what a configuration comes to in AWS.
 *
 * @param infra `config.infra`, which the caller has found to be there
 * @param content the configuration as the file says it, for the tasks
 */
export function installationOf(
  config: Config,
  infra: InfraConfig,
  jobs: readonly ConfiguredJob[],
  content: unknown,
): Installation {
  const { organization: { units, exclude }, store } = config;
  const { hub, organizationId } = infra;
  const partition = partitionOf(config);
  const scope = { partition, hub: hub.account, region: hub.region, organizationId };
  const tasks = jobs.flatMap((job) => tasksOf(job, config, infra, scope));
  const channels = channelsOf(config, infra, jobs, scope);
  const { events } = channels;
  return {
    partition,
    infra,
    configText: JSON.stringify(content),
    table: store.kind === "dynamodb" ? store.table : null,
    ...channels,
    tasks,
    ...infra.image === null ? {} : ownRoles(tasks, infra, scope),
    memberRoles: [
      ...jobs.flatMap((job) => memberRoles(job, config, scope)),
      ...events ? [eventsRole(events, scope)] : [],
    ],
    ...accountsOf(config, infra),
    units,
    excluded: exclude,
    guards: guardsOf(infra, jobs, scope),
  };
}

/** Which accounts get the roles of members. */
function accountsOf(
  { organization: { accounts, exclude } }: Config,
  { hub }: InfraConfig,
): Pick<Installation, "members" | "hubIsMember"> {
  if (accounts === "organizations") {
    return { members: accounts, hubIsMember: !exclude.includes(hub.account) };
  }
  if (accounts === "current") return { members: [], hubIsMember: true };
  return {
    members: accounts.filter(({ id }) => id !== hub.account),
    hubIsMember: accounts.some(({ id }) => id === hub.account),
  };
}

/** The role in an account under which its rules put events on the hub's bus. */
function eventsRole({ bus }: Events, { partition }: Scope): Role {
  return {
    name: EVENTS,
    path: "/",
    description: "Puts events of sessions and commands on the bus of the hub",
    trust: eventsTrust(partition, EVENTS),
    policy: documentOf([{
      Sid: "Puts",
      Effect: "Allow",
      Action: "events:PutEvents",
      Resource: bus,
    }]),
  };
}

/** The roles of a job in the accounts, each for the kinds of run that assume it. */
function memberRoles(
  { needs, roles }: ConfiguredJob,
  { organization: { externalId } }: Config,
  { partition, hub, organizationId }: Scope,
): Role[] {
  const homeOf = (kind: string) => roles.find(({ key }) => key === homeRoleKey(kind))!.name;
  return roles.filter(({ need }) => need.kind !== "home").flatMap(({ key, name, need, policy }) => {
    const kinds = deployedRuns(needs).filter(([, run]) => run.roles.includes(key));
    // Without a kind of run that assumes it, a role is not deployed.
    if (kinds.length === 0) return [];
    const homes = kinds.map(([kind]) => homeOf(kind));
    return [{
      ...named(name),
      description: need.purpose,
      trust: memberTrust({ partition, hub, homes, externalId, organizationId }),
      policy,
      ...need.account === undefined ? {} : { account: need.account },
    }];
  });
}

/** The kinds of run of a job with their home roles; one that waits for messages needs a queue. */
function tasksOf(
  { needs, roles }: ConfiguredJob,
  config: Config,
  { image, operators, schedules, secrets }: InfraConfig,
  { partition, hub, region }: Scope,
): Task[] {
  const readers = readersOf(config);
  return deployedRuns(needs).map(([kind, run]) => {
    const key = `${needs.job}-${kind}`;
    const { name, need, policy } = roles.find((role) => role.key === homeRoleKey(kind))!;
    const command = [needs.job, ...run.verbs[0]!.split(" ")];
    return {
      key,
      job: needs.job,
      home: {
        ...named(name),
        description: need.purpose,
        trust: taskTrust({ partition, hub, region, operators, tasks: image !== null }),
        policy,
      },
      command,
      reads: run.roles.length > 0,
      startsItself: run.roles.length > 0 || run.starts !== "by hand",
      secrets: Object.fromEntries(
        Object.entries(secrets).filter(([name]) => {
          const own = readers.filter(({ variable }) => variable === name);
          return own.length === 0 || own.some(({ reads }) => reads(needs.job, run));
        }),
      ),
      starts: startsOf(run, needs, command, schedules[key]),
    };
  });
}

/**
 * Who reads the secrets that the configuration names, and nobody else gets: the URL of a webhook is
 * for those who notify, and what opens a server of the reports for those who send to it. The rows that
 * a run writes say what it does.
 */
function readersOf({ notify, reports }: Config) {
  const { documents, mail } = reportsSecrets(reports);
  const writes = (kind: string) => (_job: string, { rows }: RunNeed) =>
    rows.writes.some((one) => one.endsWith(`/${kind}`));
  return [
    ...notify.flatMap((entry) =>
      "webhook" in entry ? [{ variable: entry.webhook.urlEnv, reads: notifies }] : []
    ),
    ...documents.map(({ variable }) => ({ variable, reads: writes("publication") })),
    ...mail.map(({ variable }) => ({ variable, reads: writes("sent-mail") })),
  ];
}

/** A kind of run that changes accounts starts by itself only if the configuration says so. */
function startsOf(
  run: RunNeed,
  needs: JobNeeds,
  command: readonly string[],
  said: string | null | undefined,
): Task["starts"] {
  const { starts, roles } = run;
  if (said === null) return "by hand";
  if (said !== undefined) return { schedule: said, command: scheduled(command, run) };
  if (starts === "service" || starts === "by hand") return starts;
  const writes = roles.some((role) => needs.roles[role]?.kind === "write");
  return writes ? "by hand" : { schedule: starts, command: scheduled(command, run) };
}

/**
 * A run that observes says for which time it stands (EventBridge Scheduler User Guide, "Adding context
 * attributes").
 */
function scheduled(command: readonly string[], { starts, roles }: RunNeed): string[] {
  if (starts === "service") return [...command, "--once"];
  return roles.length === 0
    ? [...command]
    : [...command, "--slot", "<aws.scheduler.scheduled-time>"];
}

/** The roles under which ECS starts tasks, and EventBridge Scheduler asks it to. */
function ownRoles(
  tasks: readonly Task[],
  { image, secrets }: InfraConfig,
  { partition, hub, region }: Scope,
): Pick<Installation, "execution" | "scheduler"> {
  const execution: Role = {
    name: `${OWN_PREFIX}execution`,
    path: "/",
    description: "Starts the tasks: pulls the image, reads the secrets, writes the logs",
    trust: executionTrust(hub),
    policy: executionPolicy({
      partition,
      hub,
      region,
      image: image ?? "",
      logGroups: tasks.map(logGroupOf),
      secrets: Object.values(secrets),
    }),
  };
  const byTime = tasks.filter(({ starts }) => typeof starts === "object");
  const scheduler: Role = {
    name: `${OWN_PREFIX}scheduler`,
    path: "/",
    description: "Starts the tasks when it is their time",
    trust: schedulerTrust({ partition, hub, region, group: GROUP }),
    policy: schedulerPolicy({
      partition,
      hub,
      region,
      cluster: CLUSTER,
      families: byTime.map(({ key }) => OWN_PREFIX + key),
      roles: [execution, ...byTime.map(({ home }) => home)].map(fullName),
    }),
  };
  return { execution, ...byTime.length === 0 ? {} : { scheduler } };
}

function guardsOf(
  { deployRole, guards: { exempt, stackSets } }: InfraConfig,
  jobs: readonly ConfiguredJob[],
  { partition }: Scope,
): Statement[] {
  const named = jobs.flatMap(({ roles }) => roles.map(({ name }) => name));
  const marks = jobs.flatMap(({ needs: { job, marks }, roles }) => {
    const namesOf = (keys: readonly string[]) =>
      roles.filter(({ key }) => keys.includes(key)).map(({ name }) => name);
    return marks.flatMap(({ key, roles, clearedBy = roles, keepsFromImages = false }) =>
      protectMark({
        partition,
        job,
        mark: key,
        setters: namesOf(roles),
        removers: namesOf(clearedBy),
        keepsFromImages,
        exempt,
      })
    );
  });
  return [
    ...marks,
    ...protectRoles({
      partition,
      ownRoles: named,
      deployRole,
      passers: [`${OWN_PREFIX}scheduler`],
      exempt,
      stackSets,
    }),
  ];
}

/** A role's name with its path, as IAM takes them. */
function named(name: string): Pick<Role, "name" | "path"> {
  const at = name.lastIndexOf("/") + 1;
  return { name: name.slice(at), path: `/${name.slice(0, at)}` };
}

export function fullName({ name, path }: Pick<Role, "name" | "path">): string {
  return path.slice(1) + name;
}
