/** A request to a service without its client. */
export type Asking = Omit<RequestInit, "headers"> & {
  /** Default: `/`. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * Asks a service as the root user of an account, and returns its answer. The local AWS reads of a
 * signature whose it is.
 *
 * @throws Error with what was answered, if that is a failure
 */
export async function asked(
  endpoint: string,
  { account, region, service }: {
    readonly account: string;
    readonly region: string;
    readonly service: string;
  },
  { path = "/", headers = {}, ...init }: Asking,
): Promise<string> {
  const scope = `${account}/20260101/${region}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`;
  const response = await fetch(`${endpoint}${path}`, {
    ...init,
    headers: { ...headers, authorization },
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`Cannot ask ${service}: ${response.status} ${answer}`);
  return answer;
}

/** A list, and how the names stand in its answer. */
type List = {
  readonly service: string;
  readonly request: Asking;
  readonly name: RegExp;
};

const query = (Action: string, Version: string): List["request"] => ({
  method: "POST",
  body: new URLSearchParams({ Action, Version }),
});
const json = (target: string, body: object = {}): List["request"] => ({
  method: "POST",
  headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": target },
  body: JSON.stringify(body),
});

const LISTS: Readonly<Record<string, List>> = {
  roles: {
    service: "iam",
    request: query("ListRoles", "2010-05-08"),
    name: /<Arn>[^<]*:role\/([^<]*)</g,
  },
  policies: {
    service: "iam",
    request: query("ListPolicies", "2010-05-08"),
    name: /<Arn>[^<]*:\d{12}:policy\/([^<]*)</g,
  },
  queues: {
    service: "sqs",
    request: json("AmazonSQS.ListQueues"),
    name: /\/\d{12}\/([^"]*)"/g,
  },
  topics: {
    service: "sns",
    request: query("ListTopics", "2010-03-31"),
    name: /<TopicArn>[^<]*:([^:<]*)</g,
  },
  tables: {
    service: "dynamodb",
    request: json("DynamoDB_20120810.ListTables"),
    name: /"(?!TableNames)([^"]*)"/g,
  },
  logGroups: {
    service: "logs",
    request: json("Logs_20140328.DescribeLogGroups"),
    name: /"logGroupName": ?"([^"]*)"/g,
  },
  clusters: {
    service: "ecs",
    // For a while ECS lists those that were deleted, as inactive.
    request: json("AmazonEC2ContainerServiceV20141113.DescribeClusters", {
      clusters: ["groundskeeper"],
    }),
    name: /"clusterName": ?"([^"]*)"[^}]*"status": ?"ACTIVE"/g,
  },
  taskDefinitions: {
    service: "ecs",
    request: json("AmazonEC2ContainerServiceV20141113.ListTaskDefinitions"),
    name: /:task-definition\/([^":]*)/g,
  },
  schedules: {
    service: "scheduler",
    request: { path: "/schedules" },
    name: /:schedule\/([^"]*)"/g,
  },
  scheduleGroups: {
    service: "scheduler",
    request: { path: "/schedule-groups" },
    // There is always one of this name.
    name: /:schedule-group\/(?!default")([^"]*)"/g,
  },
  buses: {
    service: "events",
    request: json("AWSEvents.ListEventBuses"),
    // There is always one of this name.
    name: /"Name": ?"(?!default")([^"]*)"/g,
  },
  rules: {
    service: "events",
    request: json("AWSEvents.ListRules"),
    name: /"Name": ?"([^"]*)"/g,
  },
  alarms: {
    service: "monitoring",
    request: query("DescribeAlarms", "2010-08-01"),
    name: /<AlarmName>([^<]*)</g,
  },
};

export type Made = Readonly<Record<string, readonly string[]>>;

/** The names of what there is of each kind of things that infra makes, sorted. */
export async function madeIn(endpoint: string, account: string, region: string): Promise<Made> {
  const lists = Object.entries(LISTS).map(async ([kind, { service, request, name }]) => {
    const answer = await asked(endpoint, { account, region, service }, request);
    return [kind, [...answer.matchAll(name)].map(([, found]) => found!).sort()] as const;
  });
  return Object.fromEntries(await Promise.all(lists));
}
