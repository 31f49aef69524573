import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  IAMClient,
} from "@aws-sdk/client-iam";
import { AssociateIamInstanceProfileCommand, EC2Client } from "@aws-sdk/client-ec2";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { instanceCredentials } from "../aws/instance_credentials.ts";
import type { LocalAws } from "../aws/local_aws.ts";
import { MetadataService } from "../aws/metadata_service.ts";
import { clientConfig } from "../aws/seed.ts";
import { run } from "../client/programs.ts";
import { LOGINS } from "./configuration.ts";

/** Makes the queue that the configuration of the demo names. */
export async function makeQueue({ endpoint }: LocalAws): Promise<void> {
  const [account = "", QueueName = ""] = new URL(LOGINS).pathname.slice(1).split("/");
  const sqs = new SQSClient(clientConfig(endpoint, account));
  await sqs.send(new CreateQueueCommand({ QueueName }));
  sqs.destroy();
}

/** An instance with the client on it: the real program, before a metadata service of its own. */
export class ClientInstance implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    private readonly metadata: MetadataService,
    private readonly endpoint: string,
  ) {}

  /** @param role of the account; the instance gets a profile of this name with it */
  static async open(
    aws: LocalAws,
    where: { account: string; region: string; id: string; role: string },
  ): Promise<ClientInstance> {
    const { account, region, id, role } = where;
    await giveProfile(aws, where);
    const { profile: credentials, identity } = await instanceCredentials(aws, {
      ...{ account, region, instanceId: id },
    });
    const metadata = new MetadataService({
      ...{ instanceId: id, region, accountId: account },
      profile: { roleName: role, credentials },
      identity,
    });
    const folder = await Deno.makeTempDir({ prefix: "groundskeeper-instance-" });
    const endpoints = { metadata: metadata.endpoint, sqs: aws.endpoint, sts: aws.endpoint };
    const config = { queueUrl: LOGINS, spool: `${folder}/spool`, endpoints };
    await Deno.writeTextFile(`${folder}/client.json`, JSON.stringify(config));
    return new ClientInstance(folder, metadata, aws.endpoint);
  }

  /** What systemd runs when the instance boots. */
  async boot(): Promise<void> {
    await this.#run("hello");
  }

  /** What PAM runs when a person logs in by SSH, and what systemd runs then. */
  async login(user: string): Promise<void> {
    const session = { PAM_TYPE: "open_session", PAM_SERVICE: "sshd", PAM_TTY: "ssh" };
    const env = { ...session, PAM_USER: user, PAM_RHOST: "203.0.113.9", SSH_AUTH_INFO_0: KEY };
    await this.#run("report", env);
    await this.#run("drain");
  }

  async #run(verb: string, env: { readonly [name: string]: string } = {}): Promise<void> {
    const { folder, metadata, endpoint } = this;
    const local = [metadata.endpoint, endpoint];
    const { code, stderr } = await run("login", [verb], { folder, local, env });
    if (code !== 0 || stderr !== "") throw new Error(`The client's ${verb}: ${code} ${stderr}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.metadata[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** How sshd tells by which key a person has come. */
const KEY =
  "publickey ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKpfcS0e1R2pKZP0WUjbBx1Gn5HgPqV8bD9zvBzJ8u4S\n";

/** The role acts for the instance from now on. */
async function giveProfile(
  { endpoint }: LocalAws,
  { account, region, id, role }: { account: string; region: string; id: string; role: string },
): Promise<void> {
  const iam = new IAMClient(clientConfig(endpoint, account));
  const profile = { InstanceProfileName: role };
  await iam.send(new CreateInstanceProfileCommand(profile));
  await iam.send(new AddRoleToInstanceProfileCommand({ ...profile, RoleName: role }));
  iam.destroy();
  const ec2 = new EC2Client(clientConfig(endpoint, account, region));
  const IamInstanceProfile = { Name: role };
  await ec2.send(new AssociateIamInstanceProfileCommand({ InstanceId: id, IamInstanceProfile }));
  ec2.destroy();
}
