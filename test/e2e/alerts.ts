import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { clientConfig } from "../aws/seed.ts";
import type { Notify, World } from "./world.ts";

/** The configuration that tells a topic of the first account. */
export const toAlerts: Notify = ([account]) => [{ sns: `arn:aws:sns:us-east-1:${account}:alerts` }];

/** Makes that topic. */
export async function makeAlerts({ aws, accounts: [account = ""] }: World): Promise<void> {
  const client = new SNSClient(clientConfig(aws.endpoint, account));
  await client.send(new CreateTopicCommand({ Name: "alerts" }));
  client.destroy();
}
