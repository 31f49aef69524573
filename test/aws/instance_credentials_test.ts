import assert from "assert";
import { GetInstanceProfileCommand, IAMClient } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  STSClient,
  type STSClientConfig,
} from "@aws-sdk/client-sts";

import { instanceCredentials, type MetadataCredentials } from "./instance_credentials.ts";
import { region, scene } from "./instance_scene.ts";
import { presignedUrl, type Presigning } from "./presigned_url.ts";
import { clientConfig } from "./seed.ts";

/** An account with one instance, and the instance's credentials. */
async function instanceScene() {
  await using stack = new AsyncDisposableStack();
  const { aws, account, id } = stack.use(
    await scene([{ name: "web", instanceProfile: "web" }, { name: "bare" }]),
  );
  const instanceId = id("web");
  const credentials = await instanceCredentials(aws, { account, region, instanceId });
  const owned = stack.move();
  return {
    aws,
    account,
    instanceId,
    bareId: id("bare"),
    ...credentials,
    async identityBy(of: MetadataCredentials) {
      const sts = new STSClient({ ...config(aws.endpoint), credentials: keysOf(of) });
      const { Arn, UserId } = await sts.send(new GetCallerIdentityCommand({}));
      sts.destroy();
      return { Arn, UserId };
    },
    /** What the proxy answers to a presigned URL, by its text. */
    async answerTo(by: MetadataCredentials, presigning: Partial<Presigning> = {}, change = same) {
      const url = await presignedUrl(by, {
        host: new URL(aws.endpoint).host,
        region,
        now: new Date(aws.proxy.now()),
        ...presigning,
      });
      const { search } = new URL(url);
      const response = await fetch(`${aws.endpoint}/${change(search)}`, {
        headers: presigning.headers ?? {},
      });
      return await response.text();
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const same = (text: string) => text;

function config(endpoint: string): STSClientConfig {
  return { endpoint, region, maxAttempts: 1 };
}

function keysOf({ AccessKeyId, SecretAccessKey, Token }: MetadataCredentials) {
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: Token };
}

Deno.test("the profile's credentials are of its role, in a session named after the instance", async () => {
  await using scene = await instanceScene();
  const { aws, account, instanceId, profile, roleName } = scene;
  const iam = new IAMClient(clientConfig(aws.endpoint, account));
  const { InstanceProfile } = await iam.send(
    new GetInstanceProfileCommand({ InstanceProfileName: "web" }),
  );
  iam.destroy();
  assert.equal(roleName, "web");
  assert.deepEqual(await scene.identityBy(profile), {
    Arn: `arn:aws:sts::${account}:assumed-role/web/${instanceId}`,
    UserId: `${InstanceProfile?.Roles?.[0]?.RoleId}:${instanceId}`,
  });
});

Deno.test("the identity credentials are of a role that nobody can create", async () => {
  await using scene = await instanceScene();
  const { account, instanceId, identity } = scene;
  assert.deepEqual(await scene.identityBy(identity), {
    Arn: `arn:aws:sts::${account}:assumed-role/aws:ec2-instance/${instanceId}`,
    UserId: `${account}:aws:ec2-instance:${instanceId}`,
  });
});

Deno.test("an instance without a profile gets no credentials", async () => {
  await using scene = await instanceScene();
  const { aws, account, bareId: instanceId } = scene;
  await assert.rejects(instanceCredentials(aws, { account, region, instanceId }), {
    message: `${instanceId} in ${account} has no instance profile`,
  });
});

Deno.test("a presigned GetCallerIdentity says whose it is, and the log says so too", async () => {
  await using scene = await instanceScene();
  const { aws, account, instanceId, identity } = scene;
  const arn = `arn:aws:sts::${account}:assumed-role/aws:ec2-instance/${instanceId}`;
  aws.proxy.clearCalls();
  const answer = await scene.answerTo(identity, { headers: { "x-audience": "a  queue" } });
  assert.ok(answer.includes(`<Arn>${arn}</Arn>`), answer);
  assert.deepEqual(
    aws.proxy.calls.map(({ action, account, principal }) => ({ action, account, principal })),
    [{ action: "sts:GetCallerIdentity", account, principal: arn }],
  );
});

Deno.test("a session of an assumed role signs, too", async () => {
  await using scene = await instanceScene();
  const { aws, account } = scene;
  const sts = new STSClient(clientConfig(aws.endpoint, account));
  const { Credentials } = await sts.send(
    new AssumeRoleCommand({
      RoleArn: `arn:aws:iam::${account}:role/groundskeeper-audit-observe`,
      RoleSessionName: "person",
    }),
  );
  sts.destroy();
  const { AccessKeyId = "", SecretAccessKey = "", SessionToken: Token = "" } = Credentials ?? {};
  const answer = await scene.answerTo({ ...scene.identity, AccessKeyId, SecretAccessKey, Token });
  assert.match(answer, /<Arn>[^<]+:assumed-role\/groundskeeper-audit-observe\/person<\/Arn>/);
});

const minuteMs = 60_000;

/** What STS refuses, by its code and message. */
const refused: Readonly<
  Record<string, {
    readonly by?: Partial<MetadataCredentials>;
    readonly laterMs?: number;
    readonly presigning?: Partial<Presigning>;
    readonly change?: (search: string) => string;
    readonly says: RegExp;
  }>
> = {
  "another secret": {
    by: { SecretAccessKey: "x" },
    says: /SignatureDoesNotMatch.*signature we calculated/,
  },
  "a changed header": {
    presigning: { signedHeaders: { "x-audience": "a" }, headers: { "x-audience": "b" } },
    says: /SignatureDoesNotMatch.*signature we calculated/,
  },
  "an added parameter": {
    change: (search) => `${search}&Extra=1`,
    says: /SignatureDoesNotMatch.*signature we calculated/,
  },
  "another service": {
    presigning: { service: "iam" },
    change: (search) => search.replace("%2Fiam%2F", "%2Fsts%2F"),
    says: /SignatureDoesNotMatch.*signature we calculated/,
  },
  "an unknown key": {
    by: { AccessKeyId: "ASIA0000000000000000" },
    says: /InvalidClientTokenId/,
  },
  "another token": { by: { Token: "x" }, says: /InvalidClientTokenId/ },
  "credentials that have expired": { laterMs: 361 * minuteMs, says: /ExpiredToken/ },
  "a signature of 16 minutes ago": {
    presigning: { agoMs: 16 * minuteMs },
    says: /SignatureDoesNotMatch.*Signature expired: \d{8}T\d{6}Z is now earlier than/,
  },
  "a signature of six minutes ahead": {
    presigning: { agoMs: -6 * minuteMs },
    says: /SignatureDoesNotMatch.*Signature not yet current/,
  },
};

for (const [what, { by, laterMs = 0, presigning, change, says }] of Object.entries(refused)) {
  Deno.test(`a presigned GetCallerIdentity is refused: ${what}`, async () => {
    await using scene = await instanceScene();
    scene.aws.proxy.setClock(laterMs);
    const answer = await scene.answerTo({ ...scene.identity, ...by }, presigning, change);
    assert.match(answer, says);
  });
}
