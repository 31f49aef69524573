import assert from "assert";
import {
  CreateRoleCommand,
  DeleteRolePolicyCommand,
  IAMClient,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { startLocalAws } from "../aws/local_aws.ts";
import { MetadataService } from "../aws/metadata_service.ts";
import { clientConfig } from "../aws/seed.ts";
import { factsOf, INSTANCE, SESSION } from "./client_world.ts";
import { run } from "./programs.ts";

const ACCOUNT = "123456789012";

/** Makes a role that may send, as the profile's role of an instance. */
async function roleThatSends(iam: IAMClient): Promise<string> {
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName: "web",
      AssumeRolePolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { AWS: ACCOUNT }, Action: "sts:AssumeRole" }],
      }),
    }),
  );
  await iam.send(
    new PutRolePolicyCommand({
      RoleName: "web",
      PolicyName: "send",
      PolicyDocument: JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Action: "sqs:SendMessage", Resource: "*" }],
      }),
    }),
  );
  return Role!.Arn!;
}

Deno.test("an SQS that checks signatures and policies takes a login, and says what is not allowed", async () => {
  await using aws = await startLocalAws({ services: { ministack: "auth" } });
  const root = clientConfig(aws.endpoint, ACCOUNT);
  const [iam, sts] = [new IAMClient(root), new STSClient(root)];
  const sqs = new SQSClient({ ...root, useQueueUrlAsEndpoint: false });
  const RoleArn = await roleThatSends(iam);
  const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName: "logins" }));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: INSTANCE }),
  );
  await using metadata = new MetadataService({
    ...factsOf(ACCOUNT),
    profile: {
      roleName: "web",
      credentials: {
        AccessKeyId: Credentials!.AccessKeyId!,
        SecretAccessKey: Credentials!.SecretAccessKey!,
        Token: Credentials!.SessionToken!,
      },
    },
  });
  const folder = await Deno.makeTempDir();
  const endpoints = { metadata: metadata.endpoint, sqs: aws.endpoint };
  await Deno.writeTextFile(
    `${folder}/client.json`,
    JSON.stringify({ queueUrl: QueueUrl, spool: `${folder}/spool`, endpoints }),
  );
  const login = (verb: string) =>
    run("login", [verb], { folder, env: SESSION, local: Object.values(endpoints) });
  await login("report");
  assert.deepEqual(await login("drain"), { code: 0, stdout: "", stderr: "" });
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
  assert.deepEqual(Messages.map(({ Body }) => JSON.parse(Body!).pam.user), ["alice"]);

  await login("report");
  const { profile } = metadata.facts;
  const credentials = { ...profile!.credentials, SecretAccessKey: "another" };
  metadata.facts = { ...metadata.facts, profile: { roleName: "web", credentials } };
  const forged = await login("drain");
  assert.equal(forged.code, 1);
  assert.match(forged.stderr, /SQS took no message: \w*Signature\w*/);

  metadata.facts = { ...metadata.facts, profile: profile! };
  await iam.send(new DeleteRolePolicyCommand({ RoleName: "web", PolicyName: "send" }));
  const denied = await login("drain");
  assert.equal(denied.code, 1);
  assert.match(denied.stderr, /AccessDenied.* attach the policy groundskeeper-client to the role/);
  await Deno.remove(folder, { recursive: true });
  for (const client of [iam, sts, sqs]) client.destroy();
});
