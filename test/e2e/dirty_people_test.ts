import assert from "assert";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { LOGIN_SCHEMA } from "../../runners/core/contract/login.ts";
import { clientConfig } from "../aws/seed.ts";
import { A_KEY } from "../runners/dirty/messages/login_message.ts";
import {
  type DirtyWorld,
  dirtyWorld,
  QUEUE_REGION,
  startedSession,
  type Where,
} from "./dirty_world.ts";

/** What says who somebody is: in each place that a message has for it. */
const NAMES = {
  user: "zoe-user",
  host: "198.51.100.77",
  certificate: "zoe-certificate",
  principal: "zoe-principal",
  session: "zoe-session",
  ignored: "zoe-ignored",
  detail: "zoe-detail",
  broken: "zoe-broken",
};

const { user, host, certificate, principal, session, ignored, detail, broken } = NAMES;

/** An SSM command that somebody has sent to an instance. */
function sentCommand(web: Where, name: string) {
  const parameters = { documentName: "AWS-RunShellScript", instanceIds: [web.id] };
  return startedSession(web, {
    ...{ eventName: "SendCommand", sourceIPAddress: host, requestParameters: parameters },
    userIdentity: { arn: `arn:aws:iam::${web.account}:user/${name}` },
    responseElements: { command: { commandId: crypto.randomUUID() } },
  });
}

/** Sends a body as the session of a role, which bears the name of a person. */
async function sendAsPerson({ aws, queueUrl }: DirtyWorld, web: Where, body: object) {
  const config = clientConfig(aws.endpoint, web.account, QUEUE_REGION);
  const sts = new STSClient(config);
  const RoleArn = `arn:aws:iam::${web.account}:role/web`;
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({ RoleArn, RoleSessionName: session }),
  );
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken = "" } = Credentials!;
  const credentials = {
    ...{ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken },
  };
  const sqs = new SQSClient({ ...config, credentials, useQueueUrlAsEndpoint: false });
  await sqs.send(
    new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(body) }),
  );
  sqs.destroy();
  sts.destroy();
}

/** The names that are anywhere in the bytes of the store. */
async function namesIn({ directory }: DirtyWorld): Promise<string[]> {
  let bytes = "";
  for await (const { name } of Deno.readDir(directory)) {
    if (!name.startsWith("groundskeeper.db")) continue;
    bytes += new TextDecoder("latin1").decode(await Deno.readFile(`${directory}/${name}`));
  }
  assert.ok(bytes.includes("dirty/event"));
  return Object.values(NAMES).filter((name) => bytes.includes(name));
}

/** Of a principal that the configuration names it must be known for a day whether it sent a command. */
const PEOPLE = [["keep", Object.values(NAMES)], ["omit", [ignored]]] as const;

for (const [people, expected] of PEOPLE) {
  Deno.test(`with people: ${people}, the store has ${expected.length} of ${Object.keys(NAMES).length} names of people, in what is recorded and rejected`, async () => {
    await using world = await dirtyWorld({
      groups: [{ name: "web", count: 1, instanceProfile: "web" }],
    });
    const [web] = world.instances() as [Where];
    world.configure({
      people,
      ignore: [{ principalArn: `arn:aws:iam::${web.account}:user/${ignored}` }],
    });
    const pam = { service: "sshd", type: "open_session", user, rhost: host, tty: "ssh" };
    const ssh = {
      ...{ method: "publickey", keyType: "ssh-ed25519-cert-v01@openssh.com", keySha256: A_KEY },
      certificate: { id: certificate, principals: [user] },
    };
    const login = world.login(web, { pam, ssh });
    await world.send(login, web);
    await sendAsPerson(world, web, world.login(web, { pam }));
    await sendAsPerson(world, web, { ...login, schema: "groundskeeper.login/2" });
    await world.send(world.login(web, { event: "x-shell", detail: { who: detail } }), web);
    await world.send(`{"schema":"${LOGIN_SCHEMA}","pam":{"user":"${broken}"`, web);
    await world.send({ ...login, instance: { ...web, account: "999999999999" } }, web);
    for (const name of [principal, ignored]) {
      await world.send(sentCommand(web, name), "root", world.eventsQueueUrl);
    }
    const served = await world.json<Record<string, number>>("dirty serve --once");
    assert.deepEqual([served["handled"], served["rejected"], served["open"]], [5, 3, 0]);
    assert.deepEqual(await namesIn(world), expected);
  });
}
