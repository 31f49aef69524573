import "../aws/start_shared_both.ts";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { LoginMessage } from "../../runners/core/contract/login.ts";
import { dirname } from "node:path";
import { ROOT } from "../architecture/module_graph.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import { type MetadataFacts, MetadataService } from "../aws/metadata_service.ts";
import type { Proxy } from "../aws/proxy.ts";
import { clientConfig } from "../aws/seed.ts";
import type { Visit } from "./doors.ts";
import { DoorsMachine, type Ran } from "./doors_machine.ts";

/** Where the client's files are on the machine. */
export const BUNDLE = "/usr/lib/groundskeeper/groundskeeper-login.js";
export const CONFIG = "/etc/groundskeeper/client.json";
export const SPOOL = "/var/spool/groundskeeper";

/** As many events wait at most. */
export const SPOOL_CAP = 1_000;

const PAM_LINE = "session optional pam_exec.so seteuid quiet type=open_session";

const PERMISSIONS = ["run", "--no-config", "-A"];

const REGION = "us-east-1";

/** The client's bundle on a machine with doors, a metadata service, and a queue in the local AWS. */
export class DoorsClient implements AsyncDisposable {
  private constructor(
    readonly machine: DoorsMachine,
    readonly metadata: MetadataService,
    /** In front of the queue. */
    readonly proxy: Proxy,
    private readonly sqs: SQSClient,
    private readonly queueUrl: string,
    private readonly owned: AsyncDisposableStack,
  ) {}

  static async start(): Promise<DoorsClient> {
    await using stack = new AsyncDisposableStack();
    const machine = stack.use(await DoorsMachine.start());
    const aws = stack.use(await connectLocalAws({ services: { ministack: true } }));
    const [account = ""] = freshAccounts(1);
    const metadata = stack.use(new MetadataService(factsOf(account)));
    const sqs = stack.adopt(
      new SQSClient({ ...clientConfig(aws.endpoint, account), useQueueUrlAsEndpoint: false }),
      (client) => client.destroy(),
    );
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "logins" }));
    const config = {
      queueUrl: `https://sqs.${REGION}.amazonaws.com/${account}/logins`,
      endpoints: { metadata: metadata.endpoint, sqs: aws.endpoint, sts: aws.endpoint },
    };
    await machine.runWell(["mkdir", "-p", dirname(BUNDLE), dirname(CONFIG)]);
    await Deno.copyFile(`${ROOT}out/client/groundskeeper-login.js`, machine.path(BUNDLE));
    await Deno.writeTextFile(machine.path(CONFIG), JSON.stringify(config));
    const client = new DoorsClient(machine, metadata, aws.proxy, sqs, QueueUrl!, stack.move());
    for (const service of ["sshd", "login"]) await client.setPam(service, client.report);
    return client;
  }

  /** What PAM starts. */
  readonly report = [Deno.execPath(), ...PERMISSIONS, BUNDLE, "report"].join(" ");

  /** Makes PAM start `command` when it opens a session for the service. */
  async setPam(service: string, command: string): Promise<void> {
    const path = this.machine.path(`/etc/pam.d/${service}`);
    const stack = await Deno.readTextFile(path);
    const others = stack.split("\n").filter((line) => !line.startsWith(PAM_LINE));
    // Before pam_env, which lets people set the environment of what comes after it.
    const first = others.findIndex((line) => /^session\b/.test(line));
    others.splice(first, 0, `${PAM_LINE} ${command}`);
    await Deno.writeTextFile(path, others.join("\n"));
  }

  /** Sends what waits in the spool, as the unit of systemd does. */
  drain(): Promise<Ran> {
    return this.machine.run([Deno.execPath(), ...PERMISSIONS, BUNDLE, "drain"]);
  }

  /** Sends until nothing waits. @throws Error if that does not succeed at once */
  async drainAll(): Promise<void> {
    const { code, stderr } = await this.drain();
    if (code !== 0) throw new Error(`Cannot send the spool: ${stderr}`);
  }

  /** Takes the messages that have arrived in the queue, in the order of their events. */
  async received(): Promise<LoginMessage[]> {
    const messages: LoginMessage[] = [];
    while (true) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: this.queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) break;
      messages.push(...Messages.map(({ Body }) => JSON.parse(Body!) as LoginMessage));
      const { Failed = [] } = await this.sqs.send(
        new DeleteMessageBatchCommand({
          QueueUrl: this.queueUrl,
          Entries: Messages.map(({ ReceiptHandle }, index) => ({
            Id: String(index),
            ReceiptHandle: ReceiptHandle!,
          })),
        }),
      );
      if (Failed.length > 0) throw new Error(`Cannot delete messages: ${Failed[0]!.Message}`);
    }
    return messages.sort((a, b) => a.id < b.id ? -1 : 1);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.owned.disposeAsync();
  }
}

/** Does `work` with a machine of its own, where alice and bob have accounts. */
export async function withDoorsClient(
  work: (client: DoorsClient, alice: Visit) => Promise<void>,
): Promise<void> {
  await using client = await DoorsClient.start();
  const { machine } = client;
  for (const person of ["alice", "bob"]) await machine.addPerson(person);
  await work(client, { machine, port: await machine.startSshd(), person: "alice", other: "bob" });
}

function factsOf(account: string): MetadataFacts {
  const credentials = { AccessKeyId: account, SecretAccessKey: "test", Token: "test" };
  return {
    instanceId: "i-0123456789abcdef0",
    region: REGION,
    accountId: account,
    profile: { roleName: "web", credentials },
    identity: credentials,
  };
}
