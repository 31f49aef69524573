import assert from "assert";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { AUDIENCE_HEADER, audienceOf } from "../../../../runners/core/contract/login.ts";
import type { InstanceName, StsProof } from "../../../../runners/core/contract/login.ts";
import { stsOf } from "../../../../runners/adapters/sts/ask_sts.ts";
import { type ProofAbout, proveBySts } from "../../../../runners/core/attest/proof.ts";
import type { AskSts } from "../../../../runners/core/attest/sts_answer.ts";
import { freshAccounts } from "../../../aws/fresh_accounts.ts";
import { instanceCredentials } from "../../../aws/instance_credentials.ts";
import { connectLocalAws } from "../../../aws/local_aws.ts";
import { type Keys, presignedUrl, type Presigning } from "../../../aws/presigned_url.ts";
import { clientConfig, seedWorld } from "../../../aws/seed.ts";
import { seedRoles } from "../../../aws/seed_roles.ts";

/** The message that the proofs are for. */
export const SHA256 = "5f".repeat(32);
export const QUEUE = "arn:aws:sqs:us-east-1:111111111111:groundskeeper-logins";
const REGION = "us-east-1";
const CHINA = "cn-north-1";

/** How a proof is made, and how it is then changed without its signer. */
export type Making = {
  /** Default: the identity credentials of the instance. */
  readonly by?: Signer;
  readonly signing?: Partial<Presigning>;
  /** Of the signed audience. Default: the queue and the message above. */
  readonly audience?: string;
  readonly url?: (url: string) => string;
  /** What the message says that the headers are. */
  readonly headers?: (headers: StsProof["headers"]) => StsProof["headers"];
  readonly about?: Partial<ProofAbout>;
  /** The instance that the message names, if not the signer. */
  readonly names?: Partial<InstanceName>;
};

export type Signer = "instance" | "profile" | "other instance" | "root" | "China" | RoleSession;

/** A session of a role that a person has made. */
export type RoleSession = { readonly role: string; readonly path: string };

/** Roles by which somebody might try to look like an instance identity role. */
export const MADE_BY_HAND: readonly RoleSession[] = [
  { role: "app", path: "/aws:ec2-instance/" },
  { role: "ec2-instance", path: "/aws:ec2-instance/i-/" },
  { role: "aws.ec2-instance", path: "/" },
];

/** Two instances, one in China, and the roles above, before a local STS. */
export async function proofScene() {
  await using stack = new AsyncDisposableStack();
  const aws = stack.use(await connectLocalAws());
  const [account = "", chinese = ""] = freshAccounts(2);
  const group = { name: "web", instanceProfile: "web", count: 2 };
  const seeded = await seedWorld({
    accounts: [
      { id: account, name: "a", regions: { [REGION]: [group] } },
      { id: chinese, name: "c", roles: [], regions: { [CHINA]: [group] } },
    ],
  }, { endpoint: aws.endpoint });
  const roles = MADE_BY_HAND.map(({ role: name, path }) => ({ name, path }));
  await seedRoles(aws.proxy, account, { roles });
  const [id = "", otherId = ""] = seeded.instances(account, REGION, "web");
  const [chineseId = ""] = seeded.instances(chinese, CHINA, "web");
  const instance: InstanceName = { id, region: REGION, account };
  const inChina: InstanceName = { id: chineseId, region: CHINA, account: chinese };
  const of = ({ id: instanceId, region, account }: InstanceName) =>
    instanceCredentials(aws, { account, region, instanceId });
  const own = await of(instance);
  const keys = {
    instance: own.identity,
    profile: own.profile,
    "other instance": (await of({ ...instance, id: otherId })).identity,
    root: { AccessKeyId: account, SecretAccessKey: "test" },
    China: (await of(inChina)).identity,
  };
  const keysOf = async (signer: Signer): Promise<Keys> =>
    typeof signer === "string" ? keys[signer] : await assumed(aws.endpoint, account, signer, id);
  const ask = stsOf((name) => ({ AWS_ENDPOINT_URL: aws.endpoint })[name], { answerMs: 10_000 });
  const owned = stack.move();
  return {
    aws,
    inChina,
    /** Makes a proof, and has it judged by the local STS or by `asking`. */
    async judge(making: Making = {}, asking: AskSts = ask) {
      const { by = "instance", signing, audience = audienceOf(QUEUE, SHA256) } = making;
      const now = new Date(aws.proxy.now());
      const headers = { [AUDIENCE_HEADER]: audience, ...signing?.headers };
      const url = await presignedUrl(await keysOf(by), {
        host: `sts.${REGION}.amazonaws.com`,
        region: REGION,
        now,
        ...signing,
        headers,
      });
      const proof = {
        url: making.url?.(url) ?? url,
        headers: making.headers?.(headers) ?? headers,
      };
      const about: ProofAbout = {
        queueArn: QUEUE,
        sha256: SHA256,
        instance: { ...instance, ...making.names },
        now,
        ...making.about,
      };
      aws.proxy.clearCalls();
      const result = await proveBySts(proof, about, asking, AbortSignal.timeout(20_000));
      // Long enough that nothing else says the same.
      const [, token] = /Token=[^&]*?(\w{8})/.exec(url) ?? [];
      const tellsToken = token !== undefined && JSON.stringify(result).includes(token);
      return { result, asked: aws.proxy.calls.length, tellsToken };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function assumed(
  endpoint: string,
  account: string,
  { role, path }: RoleSession,
  RoleSessionName: string,
): Promise<Keys> {
  const sts = new STSClient(clientConfig(endpoint, account));
  const RoleArn = `arn:aws:iam::${account}:role${path}${role}`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName }));
  sts.destroy();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken: Token = "" } = Credentials ?? {};
  assert.ok(Token);
  return { AccessKeyId, SecretAccessKey, Token };
}
