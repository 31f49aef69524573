import "../aws/start_shared_both.ts";
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { LoginMessage } from "../../runners/core/contract/login.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws } from "../aws/local_aws.ts";
import { type MetadataFacts, MetadataService } from "../aws/metadata_service.ts";
import type { Proxy } from "../aws/proxy.ts";
import { clientConfig } from "../aws/seed.ts";
import type { Visit } from "./doors.ts";
import { DoorsMachine, type Ran } from "./doors_machine.ts";
import { CONFIG, installClient } from "./installed_client.ts";

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
    await installClient(machine);
    await Deno.writeTextFile(machine.path(CONFIG), JSON.stringify(config));
    return new DoorsClient(machine, metadata, aws.proxy, sqs, QueueUrl!, stack.move());
  }

  /**
   * Gives a service sshd's PAM file with the client's line, and words before the command in it.
   * @param prefix empty: the line as it is installed
   */
  async prefixReport(service: string, prefix: string): Promise<void> {
    const stack = await Deno.readTextFile(this.machine.path("/etc/pam.d/sshd"));
    const prefixed = stack.replace(/(?<=open_session ).*(?=\/usr\/local\/bin\/deno)/, prefix);
    await Deno.writeTextFile(this.machine.path(`/etc/pam.d/${service}`), prefixed);
  }

  /** Sends what waits in the spool, by the command of systemd's unit. */
  drain(): Promise<Ran> {
    return this.#runInstalled(
      "/etc/systemd/system/groundskeeper-login.service",
      /^ExecStart=(.*)$/m,
    );
  }

  /** @returns the names of doctor's checks that found something to fix */
  async toFix(): Promise<string[]> {
    const command = await this.#runInstalled(
      "/usr/local/sbin/groundskeeper-client",
      /^exec (.*) "\$@"$/m,
      "doctor",
      "--json",
    );
    const { checks } = JSON.parse(command.stdout) as { checks: { name: string; state: string }[] };
    return checks.filter(({ state }) => state === "fix").map(({ name }) => name);
  }

  /** Runs a command that stands in an installed file. */
  async #runInstalled(file: string, line: RegExp, ...more: string[]): Promise<Ran> {
    const [, command = ""] = line.exec(await Deno.readTextFile(this.machine.path(file)))!;
    // The local AWS is on loopback, which the permissions of an instance leave out.
    const words = command.replace("--allow-net=", "$&127.0.0.1,").split(" ");
    return await this.machine.run(["env", "-i", ...words, ...more]);
  }

  /** Sends what waits. @throws Error if an event stays, or is dropped */
  async drainAll(): Promise<void> {
    const { code, stderr } = await this.drain();
    if (code !== 0 || stderr !== "") throw new Error(`Cannot send all of the spool: ${stderr}`);
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
export async function withDoorsClient<Told>(
  work: (client: DoorsClient, alice: Visit) => Promise<Told>,
): Promise<Told> {
  await using client = await DoorsClient.start();
  const { machine } = client;
  for (const person of ["alice", "bob"]) await machine.addPerson(person);
  return await work(client, {
    machine,
    port: await machine.startSshd(),
    person: "alice",
    other: "bob",
  });
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
