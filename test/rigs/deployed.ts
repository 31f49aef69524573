import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { LocalAws } from "../aws/local_aws.ts";
import { clientConfig } from "../aws/seed.ts";
import { isAllowed, type Policy, type PolicyRequest } from "../policies/evaluate.ts";
import type { Resource } from "./terraform.ts";

/** What Terraform has made in an organization, of all stacks. */
export type Deployed = {
  readonly aws: LocalAws;
  readonly organizationId: string;
  readonly resources: readonly Resource[];
};

/** A policy that a resource of this kind has, or is. @throws Error if there is none */
export function policyOf(
  { resources }: Deployed,
  type: string,
  is: (values: Resource["values"]) => boolean = () => true,
): Policy {
  const found = resources.find((one) => one.type === type && is(one.values));
  if (!found) throw new Error(`Terraform has made no such ${type}`);
  return JSON.parse(found.values.policy as string) as Policy;
}

/** @throws Error unless each of the policies allows it */
export function mustAllow(policies: readonly Policy[], request: PolicyRequest): void {
  if (policies.every((policy) => isAllowed(policy, request))) return;
  throw new Error(`${request.principal} may not ${request.action} ${request.resource}`);
}

type Keys = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};

/** Sends to a queue. @param keys whose; left out: of the root user of the queue's account */
export async function sendTo(
  { endpoint }: LocalAws,
  queueArn: string,
  MessageBody: string,
  keys?: Keys,
): Promise<void> {
  const [, , , region = "", account = "", name = ""] = queueArn.split(":");
  const sqs = new SQSClient({
    ...clientConfig(endpoint, account, region),
    ...keys ? { credentials: keys } : {},
    useQueueUrlAsEndpoint: false,
  });
  const QueueUrl = `https://sqs.${region}.amazonaws.com/${account}/${name}`;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  sqs.destroy();
}
