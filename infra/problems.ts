import { unknownRegion } from "../runners/core/aws/region_names.ts";
import type { Config } from "../runners/core/config/config.ts";
import { reportsSecrets } from "../runners/core/config/reports.ts";
import { OWN_PREFIX } from "../runners/core/contract/names.ts";
import { jsonText } from "../runners/core/json_text.ts";
import { fullName, type Installation, type Role, taskEnvironment } from "./installation.ts";
import { logicalId, memberTemplate } from "./member_template.ts";
import { exemptProblems } from "./policies/protect_roles.ts";
import { attachmentProblems, sizeProblems, splitGuards } from "./policies/size.ts";
import { documentOf } from "./policies/statement.ts";
import { tagProblems } from "./tags.ts";

/** IAM User Guide, "IAM and AWS STS quotas": role names. EventBridge Scheduler: schedule names. */
const NAME_MAX = 64;

/** SQS Developer Guide, "Amazon SQS standard queue quotas": queue names. */
const QUEUE_NAME_MAX = 80;

/** CloudFormation User Guide, "CloudFormation quotas": a template in a request. */
const TEMPLATE_MAX_BYTES = 51_200;

/** ECS Developer Guide, "Amazon ECS service quotas": 64 KiB for a task definition, less the rest of ours. */
const CONFIG_MAX_BYTES = 60_000;

/**
 * What AWS would refuse of an installation, and what would not work in it. Answers sentences; those
 * about a setting begin with its path.
 */
export function installationProblems(config: Config, installation: Installation): string[] {
  return [
    ...regionProblems(config),
    ...partitionProblems(config, installation.partition),
    ...operatorProblems(installation),
    ...eventsProblems(config, installation),
    ...clientProblems(installation),
    ...nameProblems(installation),
    ...scheduleProblems(installation),
    ...secretProblems(config, installation),
    ...tagProblems(installation.infra),
    ...sizesOf(installation),
    ...guardProblems(installation),
    ...installation.infra.image === null && installation.infra.operators.length === 0
      ? [
        "infra.operators must name who assumes the home roles, since infra.image is null and no task does",
      ]
      : [],
  ];
}

/** Those of organization.regions are checked with the configuration. */
function regionProblems({ infra }: Config): string[] {
  const said = [
    ["infra.hub.region", infra?.hub.region],
    ["infra.backend.region", infra?.backend?.region],
  ] as const;
  return said.flatMap(([path, region]) => {
    const problem = region === undefined ? null : unknownRegion(region);
    return problem ? [`${path}: "${region}" ${problem}`] : [];
  });
}

/** ARNs of another partition name nothing in this one. */
function partitionProblems({ organization, notify, infra }: Config, partition: string): string[] {
  const { operators = [], secrets = {}, client } = infra ?? {};
  const arns = [
    ...operators.map((arn, at) => [`infra.operators[${at}]`, arn]),
    ...client?.roles.map((arn, at) => [`infra.client.roles[${at}]`, arn]) ?? [],
    ...Object.entries(secrets).map(([name, arn]) => [`infra.secrets.${name}`, arn]),
    ...notify.flatMap((entry, at) => "sns" in entry ? [[`notify[${at}].sns`, entry.sns]] : []),
    ...organization.homeRole === null ? [] : [["organization.homeRole", organization.homeRole]],
  ] as [string, string][];
  // The schema has seen that they are ARNs.
  return arns.map(([path, arn]) => [path, arn.split(":")[1]]).filter(([, own]) => own !== partition)
    .map(([path, own]) =>
      `${path} is of the partition ${own}, and infra.hub.region is in ${partition}`
    );
}

function isMember({ infra, members, excluded }: Installation, account: string): boolean {
  return members === "organizations"
    ? account !== infra.hub.account && !excluded.includes(account)
    : members.some(({ id }) => id === account);
}

/** Whoever administers a member account could become a role in it, and assume the home roles. */
function operatorProblems(installation: Installation): string[] {
  const { infra } = installation;
  return infra.operators.map((arn, at) => [at, arn.split(":")[4]!] as const)
    .filter(([, account]) => isMember(installation, account))
    .map(([at, account]) =>
      `infra.operators[${at}] is a role of the member ${account}, whose administrators could take ` +
      `it and assume the home roles. Name a role of the hub ${infra.hub.account}, or of an ` +
      "account that is not looked after"
    );
}

/** A rule is made in each Region, and EventBridge sends to queues of its own account and Region. */
function eventsProblems({ organization }: Config, { events, infra: { hub } }: Installation) {
  if (!events) return [];
  const isOfHub = (arn: string) => arn.includes(`:${hub.region}:${hub.account}:`);
  return [
    ...Array.isArray(organization.regions) ? [] : [
      "organization.regions must name the Regions, since events come from EventBridge by a rule in each",
    ],
    ...events.queues.filter((arn) => !isOfHub(arn)).map((arn) =>
      `"${arn}" must be a queue of infra.hub, ${hub.account} in ${hub.region}, since EventBridge sends to it`
    ),
  ];
}

/** A role gets the policy of clients by the stack of its account. */
function clientProblems(installation: Installation): string[] {
  const { client, hubIsMember, infra: { client: { roles }, hub } } = installation;
  if (roles.length > 0 && !client) {
    return [
      "infra.client.roles reports logins, and no queue takes them: name it in dirty.queueUrl",
    ];
  }
  return roles.map((arn, at) => [at, arn.split(":")[4]!] as const)
    .filter(([, id]) => id === hub.account ? !hubIsMember : !isMember(installation, id))
    .map(([at, id]) =>
      `infra.client.roles[${at}] is a role of ${id}, which is not looked after and gets no policy`
    );
}

function allRoles({ memberRoles, tasks, execution, scheduler }: Installation): Role[] {
  return [
    ...memberRoles,
    ...tasks.map(({ home }) => home),
    ...execution ? [execution] : [],
    ...scheduler ? [scheduler] : [],
  ];
}

function nameProblems(installation: Installation): string[] {
  const { queues, infra } = installation;
  const roles = allRoles(installation);
  const deploy = infra.deployRole.slice(infra.deployRole.lastIndexOf("/") + 1);
  // IAM: names of roles are unique in an account whatever their case and path.
  const claims = Map.groupBy(
    [...roles.map(({ name }) => name), deploy],
    (name) => name.toLowerCase(),
  );
  return [
    ...[...claims.values()].filter(({ length }) => length > 1).map(([name, ...more]) =>
      `organization.roles: ${more.length + 1} roles would be called "${name}". ` +
      `Name them apart, such as "${OWN_PREFIX}{job}-{role}"`
    ),
    ...installation.members === "organizations" ? alikeInTemplate(installation) : [],
    ...roles.filter(({ name }) => name.length > NAME_MAX).map(({ name }) =>
      `organization.roles: the role "${name}" would have a name of ${name.length} characters, ` +
      `and IAM takes ${NAME_MAX}`
    ),
    ...queues.filter(({ name }) => `${name}-dead`.length > QUEUE_NAME_MAX).map(({ name }) =>
      `The queue "${name}" has a name of ${name.length} characters. Its dead-letter queue is ` +
      `called "${name}-dead", and SQS takes ${QUEUE_NAME_MAX}`
    ),
  ];
}

/** Of two roles with one logical ID, the template of members would lose one. */
function alikeInTemplate({ memberRoles }: Installation): string[] {
  const names = [...new Set(memberRoles.map(({ name }) => name))];
  return [...Map.groupBy(names, (name) => logicalId({ name })).values()]
    .filter(({ length }) => length > 1)
    .map((alike) =>
      `organization.roles: the names ${alike.map((name) => `"${name}"`).join(" and ")} differ in ` +
      "signs alone, which CloudFormation does not take as names in its template. Name them apart"
    );
}

function scheduleProblems({ infra, tasks }: Installation): string[] {
  const named = Object.keys(infra.schedules);
  const known = tasks.map(({ key }) => key);
  return [
    ...named.filter((key) => !known.includes(key)).map((key) =>
      `infra.schedules.${key} is no kind of run of this configuration. There are ${
        known.join(", ")
      }`
    ),
    ...tasks.filter(({ key, startsItself }) => named.includes(key) && !startsItself).map((
      { key },
    ) => `infra.schedules.${key} is a run that reads no account, and that a person starts`),
    ...named.length > 0 && infra.image === null
      ? ["infra.schedules takes effect with infra.image only"]
      : [],
  ];
}

/** What the configuration names by its variable must be given to tasks. ECS refuses a variable twice. */
function secretProblems({ notify, reports }: Config, installation: Installation): string[] {
  const { infra } = installation;
  if (infra.image === null) return [];
  const { documents, mail } = reportsSecrets(reports);
  const read = [
    ...notify.flatMap((entry, at) =>
      "webhook" in entry
        ? [{ variable: entry.webhook.urlEnv, what: "the URL", setting: `notify[${at}]` }]
        : []
    ),
    ...documents,
    ...mail,
  ];
  return [
    ...Object.keys(taskEnvironment(installation)).filter((name) => name in infra.secrets)
      .map((name) => `infra.secrets.${name} is a variable that each task has by itself`),
    ...read.filter(({ variable }) => infra.secrets[variable] === undefined)
      .map(({ variable, what, setting }) =>
        `infra.secrets.${variable} must be the ARN of the secret or parameter that holds ${what}, ` +
        `which ${setting} reads`
      ),
  ];
}

function sizesOf(installation: Installation): string[] {
  const { queues, guards, infra, configText, members } = installation;
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const template = bytes(jsonText(memberTemplate(installation)));
  // It stands there as a text of JSON, in which each quote takes two bytes.
  const config = bytes(JSON.stringify(configText));
  return [
    ...allRoles(installation).flatMap((role) => [
      ...sizeProblems("inline policies", `the role "${fullName(role)}"`, role.policy),
      ...sizeProblems("trust policy", `the role "${fullName(role)}"`, role.trust),
    ]),
    ...queues.flatMap(({ name, policy }) => sizeProblems("queue policy", `"${name}"`, policy)),
    ...infra.organizationId === null
      ? sizeProblems("managed policy", "the guards", documentOf(guards))
      : splitGuards(guards).flatMap((one) =>
        sizeProblems("service control policy", "a guard", one)
      ),
    ...members === "organizations" && template > TEMPLATE_MAX_BYTES
      ? [
        `The template of a member account would have ${template} bytes, and a StackSet takes ${TEMPLATE_MAX_BYTES}`,
      ]
      : [],
    ...infra.image !== null && config > CONFIG_MAX_BYTES
      ? [
        `The configuration would take ${config} bytes of a task definition, which has room for ${CONFIG_MAX_BYTES}`,
      ]
      : [],
  ];
}

function guardProblems(
  { partition, guards, infra: { guards: { targets, exempt, attached } } }: Installation,
): string[] {
  const count = splitGuards(guards).length;
  return [
    ...exemptProblems({ partition, exempt }).map((one) => `infra.guards.exempt: ${one}`),
    ...targets.flatMap((target) => attachmentProblems(target, count, attached))
      .map((one) => `infra.guards.targets: ${one}`),
  ];
}
