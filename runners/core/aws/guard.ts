import type { Client, MetadataBearer } from "@smithy/types";
import { UndeclaredActionError } from "../errors.ts";

/** What IAM calls the service of an SDK client. Where IAM's prefix differs, it is said here. */
const IAM_PREFIX: Record<string, string> = {
  AccessAnalyzerClient: "access-analyzer",
  AutoScalingClient: "autoscaling",
  CloudFormationClient: "cloudformation",
  CloudTrailClient: "cloudtrail",
  DynamoDBClient: "dynamodb",
  EC2Client: "ec2",
  IAMClient: "iam",
  OrganizationsClient: "organizations",
  S3Client: "s3",
  SNSClient: "sns",
  SQSClient: "sqs",
  SSMClient: "ssm",
  STSClient: "sts",
};

/**
 * What IAM calls the action of a command, where the names differ (Service Authorization Reference,
 * "Amazon SQS": the batch needs the permission of the single call).
 */
const IAM_ACTION: Record<string, string> = {
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
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
      const action = actionOf(context);
      if (action !== NEEDS_NO_PERMISSION && !declared.has(action)) {
        throw new UndeclaredActionError(action, role);
      }
      return await next(args);
    },
    { step: "initialize", priority: "high", name: "groundskeeperGuard" },
  );
}

/** `ec2:DescribeInstances`, from what the SDK says of the command. */
function actionOf(context: { clientName?: string; commandName?: string }): string {
  const { clientName = "", commandName = "" } = context;
  const action = `${IAM_PREFIX[clientName] ?? clientName}:${commandName.replace(/Command$/, "")}`;
  return IAM_ACTION[action] ?? action;
}
