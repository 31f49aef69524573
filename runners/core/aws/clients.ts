import type { AwsCredentialIdentityProvider, Client, MetadataBearer } from "@smithy/types";
import { ConfiguredRetryStrategy } from "@smithy/util-retry";
import { UndeclaredActionError } from "../errors.ts";
import type { CallPolicy } from "./call_policy.ts";
import type { RateBudget, RateClass } from "./rate_budget.ts";
import type { ClientClass } from "./session.ts";

/** What the class of every SDK client has that this project uses. */
type SdkClientClass<Client> = new (
  configuration: object,
) => Client & Parameters<typeof guardClient>[0];

export interface ClientOptions {
  /** The role's name for messages, such as `audit-observe`. */
  readonly role: string;
  readonly declared: ReadonlySet<string>;
  readonly credentials: AwsCredentialIdentityProvider;
  /**
   * The role writes. Its connections are not kept: Deno 2.9 sends a request again, unseen, when a
   * kept connection is cut before the answer, so that a write could happen twice.
   */
  readonly writes: boolean;
  /** The account whose rate budget the calls draw on. */
  readonly account: string;
  readonly budget: RateBudget;
  readonly policy: CallPolicy;
  readonly signal: AbortSignal;
  /** Told the `Date` of every answer of STS, for the comparison of clocks. */
  readonly onStsDate?: (date: Date) => void;
}

/**
 * Makes an SDK client: guarded by the role's declared actions, within the rate budget, with the
 * one policy of time-outs and retries. The only place where clients are made.
 */
export function makeClient<Client>(
  clientClass: ClientClass<Client>,
  region: string,
  options: ClientOptions,
): Client {
  const { policy } = options;
  const client = new (clientClass as SdkClientClass<Client>)({
    region,
    credentials: options.credentials,
    // If the clock is minutes off, the SDK sends a refused request again, and then a refusal does not
    // prove that nothing was written. With a wrong clock nothing is written anyway.
    disableClockSkewCorrection: options.writes,
    // SQS would send to the host of the queue's URL, past AWS_ENDPOINT_URL.
    useQueueUrlAsEndpoint: false,
    retryStrategy: new ConfiguredRetryStrategy(
      policy.attempts,
      (attempt) => Math.min(policy.backOffMs, 50 * 2 ** attempt) * (0.5 + Math.random() / 2),
    ),
    requestHandler: {
      connectionTimeout: policy.connectMs,
      requestTimeout: policy.answerMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: !options.writes },
      httpsAgent: { keepAlive: !options.writes },
    },
  });
  // It copies every answer member by member for a logger that this project never sets.
  client.middlewareStack.remove("loggerMiddleware");
  guardClient(client, options.role, options.declared);
  client.middlewareStack.add(
    (next, context) => async (args) => {
      // After the SDK's retry middleware, so that each attempt counts.
      const rateClass = rateClassOf(context.clientName ?? "", context.commandName ?? "");
      // A write whose intent is recorded is made: its wait is below a second, and is not cut.
      const signal = options.writes ? undefined : options.signal;
      await options.budget.take(`${options.account}/${region}`, rateClass, signal);
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "groundskeeperRateBudget" },
  );
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const headers = (result.response as { headers?: Record<string, string> }).headers;
      if (context.clientName === "STSClient" && headers?.["date"]) {
        options.onStsDate?.(new Date(headers["date"]));
      }
      return result;
    },
    { step: "deserialize", priority: "low", name: "groundskeeperStsDate" },
  );
  return client;
}

/** The class of API that a command of the SDK belongs to. */
export function rateClassOf(clientName: string, commandName: string): RateClass {
  if (clientName === "CloudTrailClient" && commandName === "LookupEventsCommand") return "lookup";
  if (clientName === "DynamoDBClient") return "table";
  if (clientName === "SQSClient" || clientName === "SNSClient") return "message";
  if (clientName !== "EC2Client") return "global";
  return /^(Describe|Get|List)/.test(commandName) ? "read" : "write";
}

/** What IAM calls the service of an SDK client, where it is not the client's name in lower case. */
const IAM_PREFIX: Record<string, string> = { accessanalyzer: "access-analyzer" };

/**
 * What IAM calls the action of a command, where the names differ (Service Authorization Reference,
 * "Amazon SQS": the batch needs the permission of the single call; Amazon S3 API Reference,
 * "Permissions" of ListObjectsV2, HeadObject and HeadBucket).
 */
const IAM_ACTION: Record<string, string> = {
  "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
  "s3:ListObjectsV2": "s3:ListBucket",
  "s3:HeadObject": "s3:GetObject",
  "s3:HeadBucket": "s3:ListBucket",
};

/**
 * A transaction has no action of its own: each of its items needs that of the single call (DynamoDB
 * Developer Guide, "Using IAM with DynamoDB transactions"). BatchWriteItem has one.
 */
const IN_TRANSACTION: Record<string, string> = {
  ConditionCheck: "dynamodb:ConditionCheckItem",
  Delete: "dynamodb:DeleteItem",
  Put: "dynamodb:PutItem",
  Update: "dynamodb:UpdateItem",
};

/** AWS lets everyone ask who they are; no policy can allow or refuse it (STS API Reference). */
const NEEDS_NO_PERMISSION = "sts:GetCallerIdentity";

/**
 * Makes a client refuse every action that the role does not declare, before credentials are asked
 * and anything is sent: also where the credentials would allow it.
 */
export function guardClient<Input extends object, Output extends MetadataBearer, Config>(
  client: Pick<Client<Input, Output, Config>, "middlewareStack">,
  role: string,
  declared: ReadonlySet<string>,
): void {
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const undeclared = actionsOf(context, args.input)
        .find((action) => action !== NEEDS_NO_PERMISSION && !declared.has(action));
      if (undeclared !== undefined) throw new UndeclaredActionError(undeclared, role);
      return await next(args);
    },
    { step: "initialize", priority: "high", name: "groundskeeperGuard" },
  );
}

/**
 * The permissions that a command needs, `ec2:DescribeInstances`, from what the SDK says of it. An item
 * of a transaction that is not known here needs an action that nobody declares.
 */
function actionsOf(
  context: { clientName?: string; commandName?: string },
  input: { readonly TransactItems?: readonly object[] },
): string[] {
  const { clientName = "", commandName = "" } = context;
  const service = clientName.replace(/Client$/, "").toLowerCase();
  const action = `${IAM_PREFIX[service] ?? service}:${commandName.replace(/Command$/, "")}`;
  if (action !== "dynamodb:TransactWriteItems") return [IAM_ACTION[action] ?? action];
  return (input.TransactItems ?? []).flatMap(Object.keys)
    .map((kind) => IN_TRANSACTION[kind] ?? `${action} with ${kind}`);
}
