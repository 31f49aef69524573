import type { Config } from "../runners/core/config/config.ts";
import type { InfraConfig } from "../runners/core/config/infra.ts";
import { OWN_PREFIX } from "../runners/core/contract/names.ts";
import type { JsonObject } from "../runners/core/json.ts";
import type { ConfiguredNeeds as ConfiguredJob } from "../runners/core/needs/configured.ts";
import type { ChannelNeed } from "../runners/core/needs/needs.ts";
import { clientPolicy } from "./policies/client.ts";
import { eventsQueuePolicy, queuePolicy } from "./policies/queue.ts";
import { lastName, rootUser } from "./policies/role_arns.ts";
import { allowSenders } from "./policies/senders.ts";
import { documentOf, type PolicyDocument } from "./policies/statement.ts";
import { topicPolicy } from "./policies/topic.ts";

export type Queue = {
  readonly name: string;
  readonly arn: string;
  readonly policy: JsonObject;
};
export type Topic = Queue;

/**
 * How events of EventBridge come to a queue: a rule in each account and Region sends them to the hub's
 * bus, and a rule of the bus to the queue. A rule that sent to the queue itself could be given an input
 * transformer by the account's administrator, and tell of other accounts; the bus keeps an event's
 * `account` as EventBridge says it.
 */
export type Events = {
  /** In which the accounts have rules. */
  readonly regions: readonly string[];
  /** The ARN of the bus. */
  readonly bus: string;
  /** Without a statement: the hub alone puts events. */
  readonly busPolicy: PolicyDocument;
  /** The ARNs of the queues. */
  readonly queues: readonly string[];
};

/** The managed policy of instances that report logins, with the roles of an account that have it. */
export type Client = {
  readonly policy: JsonObject;
  /** Names of roles by account. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
};

/** By which messages come to the jobs and go from them. */
export type Channels = {
  readonly queues: readonly Queue[];
  readonly topics: readonly Topic[];
  /** The topics that alarms notify. */
  readonly alarmTopics: readonly string[];
  /** Absent: no job takes events. */
  readonly events?: Events;
  /** Absent: no job takes what instances send. */
  readonly client?: Client;
};

/** The bus of events, its rule, the rules in the accounts and the role under which they send. */
export const EVENTS = `${OWN_PREFIX}events`;

/** The managed policy of instances that report logins. */
export const CLIENT = `${OWN_PREFIX}client`;

/** Where the hub is, and what belongs to it. */
export type Scope = {
  readonly partition: string;
  readonly hub: string;
  readonly region: string;
  readonly organizationId: string | null;
};

/** What the jobs work with: what is not in the hub, or there already, is only permitted. */
export function channelsOf(
  config: Config,
  infra: InfraConfig,
  jobs: readonly ConfiguredJob[],
  scope: Scope,
): Channels {
  const { partition, hub, region, organizationId } = scope;
  const isHere = (arn: string) => arn.split(":").slice(3, 5).join() === `${region},${hub}`;
  const isMade = ({ arn }: Pick<ChannelNeed, "arn">) =>
    isHere(arn) && !infra.existing.includes(arn);
  const inPartition = (channels: readonly ChannelNeed[]) =>
    channels.map((one) => ({ ...one, arn: one.arn.replace("{partition}", partition) }));
  const queues = inPartition(jobs.flatMap(({ needs }) => needs.queues));
  const queuesFrom = (from: ChannelNeed["from"]) =>
    queues.filter((queue) => queue.from === from).map(({ arn }) => arn);
  const notified = config.notify.flatMap((entry) => "sns" in entry ? [entry.sns] : [])
    .filter(isHere).map((arn) => ({ arn }));
  // An alarm names no message group, which a FIFO topic asks for (SNS API Reference, Publish).
  const alarmTopics = notified.map(({ arn }) => arn).filter((arn) => !arn.endsWith(".fifo"));
  const answers = inPartition(jobs.flatMap(({ needs }) => needs.topics));
  const topics = [...answers, ...notified].filter(isMade).map(({ arn }) => arn);
  return {
    queues: queues.filter(isMade).map((queue) => ({
      name: nameOf(queue.arn),
      arn: queue.arn,
      policy: policyOf(queue, config, scope),
    })),
    topics: [...new Set(topics)].map((arn) => ({
      name: nameOf(arn),
      arn,
      policy: topicPolicy({ arn, organizationId, alarms: alarmTopics.includes(arn) }),
    })),
    alarmTopics,
    ...eventsOf(config, queuesFrom("events"), scope),
    ...clientOf(infra.client.roles, queuesFrom("instances")),
  };
}

function policyOf({ arn, from, senders = [] }: ChannelNeed, config: Config, scope: Scope) {
  if (from === "events") return eventsQueuePolicy(arn, arnIn(scope, `rule/${EVENTS}/${EVENTS}`));
  const named = from === "instances" ? rootUsers(config, scope) : senders;
  return queuePolicy({ arn, ...sendersOf(named, scope) });
}

/** The root users of the accounts that are named, which stand for everybody in them. */
function rootUsers({ organization: { accounts } }: Config, { partition }: Scope): string[] {
  return Array.isArray(accounts) ? accounts.map(({ id }) => rootUser(partition, id)) : [];
}

/** Those of the hub's own account send by their own policies, and may be made later. */
function sendersOf(named: readonly string[], { hub, organizationId }: Scope) {
  const outside = named.filter((arn) => arn.split(":")[4] !== hub);
  return { senders: organizationId === null ? outside : [], organizationId };
}

function eventsOf(config: Config, queues: readonly string[], scope: Scope) {
  if (queues.length === 0) return {};
  const { organization: { regions: said } } = config;
  const regions: readonly string[] = Array.isArray(said) ? said : [];
  const bus = arnIn(scope, `event-bus/${EVENTS}`);
  const senders = { arn: bus, ...sendersOf(rootUsers(config, scope), scope) };
  const busPolicy = documentOf(allowSenders("events:PutEvents", senders));
  return { events: { regions, bus, busPolicy, queues } };
}

function arnIn({ partition, hub, region }: Scope, resource: string): string {
  return `arn:${partition}:events:${region}:${hub}:${resource}`;
}

function clientOf(arns: readonly string[], queues: readonly string[]) {
  if (queues.length === 0) return {};
  const byAccount = Map.groupBy(arns, (arn) => arn.split(":")[4]!);
  const roles = Object.fromEntries([...byAccount].map(([id, own]) => [id, own.map(lastName)]));
  return { client: { policy: clientPolicy(queues), roles } };
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}
