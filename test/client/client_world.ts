/** An instance with the client on it: a metadata service, a queue in the local AWS, a spool. */

import "../aws/start_shared_both.ts";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import type { LoginMessage } from "../../runners/core/contract/login.ts";
import { freshAccounts } from "../aws/fresh_accounts.ts";
import { connectLocalAws, type LocalAws } from "../aws/local_aws.ts";
import { type MetadataFacts, MetadataService } from "../aws/metadata_service.ts";
import { clientConfig } from "../aws/seed.ts";
import { type Ended, run } from "./programs.ts";

export const INSTANCE = "i-0123456789abcdef0";

/** What PAM and sshd say of a session. */
export const SESSION = {
  PAM_TYPE: "open_session",
  PAM_SERVICE: "sshd",
  PAM_USER: "alice",
  PAM_RHOST: "203.0.113.9",
  PAM_TTY: "ssh",
} as const;

export class ClientWorld implements AsyncDisposable {
  private constructor(
    readonly folder: string,
    readonly aws: LocalAws,
    readonly metadata: MetadataService,
    readonly account: string,
    readonly queueUrl: string,
    readonly helloQueueUrl: string,
    readonly sqs: SQSClient,
  ) {}

  static async open(): Promise<ClientWorld> {
    const aws = await connectLocalAws({ services: { ministack: true } });
    const [account = ""] = freshAccounts(1);
    const sqs = new SQSClient({
      ...clientConfig(aws.endpoint, account),
      useQueueUrlAsEndpoint: false,
    });
    const queue = async (QueueName: string) => {
      const { QueueUrl = "" } = await sqs.send(new CreateQueueCommand({ QueueName }));
      return QueueUrl;
    };
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-instance-" });
    const metadata = new MetadataService(factsOf(account));
    const urls = [await queue("logins"), await queue("hellos")] as const;
    const world = new ClientWorld(folder, aws, metadata, account, ...urls, sqs);
    await world.configure({});
    return world;
  }

  get spool(): string {
    return `${this.folder}/spool`;
  }

  /** Writes client.json, with other settings than the usual ones. */
  async configure(settings: { readonly [name: string]: unknown }): Promise<void> {
    const usual = {
      queueUrl: this.queueUrl,
      spool: this.spool,
      endpoints: {
        metadata: this.metadata.endpoint,
        sqs: this.aws.endpoint,
        sts: this.aws.endpoint,
      },
    };
    await Deno.writeTextFile(
      `${this.folder}/client.json`,
      JSON.stringify({ ...usual, ...settings }),
    );
  }

  /** Runs `groundskeeper-login`. */
  async login(verb: string, env: { readonly [name: string]: string } = {}): Promise<Ended> {
    const { folder, metadata, aws } = this;
    const local = [metadata.endpoint, aws.endpoint];
    return await run("login", verb.split(" "), { env, folder, local });
  }

  /** The events that wait, oldest first. */
  waiting(): string[] {
    return [...Deno.readDirSync(this.spool)].map(({ name }) => name)
      .filter((name) => name.endsWith(".json")).sort();
  }

  dropped(): number {
    try {
      return Deno.statSync(`${this.spool}/dropped`).size;
    } catch {
      return 0;
    }
  }

  /** Takes all messages from a queue, in the order of their IDs. */
  async messages(queueUrl = this.queueUrl): Promise<LoginMessage[]> {
    const found: LoginMessage[] = [];
    while (true) {
      const { Messages = [] } = await this.sqs.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10 }),
      );
      if (Messages.length === 0) return found.sort((a, b) => a.id < b.id ? -1 : 1);
      for (const { Body = "", ReceiptHandle } of Messages) {
        found.push(JSON.parse(Body));
        await this.sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.sqs.destroy();
    await this.metadata[Symbol.asyncDispose]();
    await this.aws[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** The instance's roles; the local SQS takes the account's root user as the profile's role. */
export function factsOf(account: string): MetadataFacts {
  return {
    instanceId: INSTANCE,
    region: "us-east-1",
    accountId: account,
    profile: {
      roleName: "web",
      credentials: { AccessKeyId: account, SecretAccessKey: "test", Token: "profile/token+==" },
    },
    identity: {
      AccessKeyId: "ASIAIDENTITYROLE0000",
      SecretAccessKey: "identity+secret/key",
      Token: `IQoJb3JpZ2luX2VjE${"aB/+".repeat(250)}==`,
    },
  };
}
