import assert from "assert";
import { STSClient } from "@aws-sdk/client-sts";
import { canonicalJson } from "../../runners/core/contract/canonical_json.ts";
import { audienceOf, type LoginMessage } from "../../runners/core/contract/login.ts";
import { ClientWorld, SESSION } from "./client_world.ts";

/** A request as the SDK's own signer takes it. */
type Presigner = {
  presign(
    request: object,
    options: { readonly signingDate: Date; readonly expiresIn: number },
  ): Promise<{ readonly query: { readonly [name: string]: string } }>;
};

/** What the AWS SDK makes of the same request, with the same credentials at the same time. */
async function presignedBySdk(
  message: LoginMessage,
  region: string,
  identity: {
    readonly AccessKeyId: string;
    readonly SecretAccessKey: string;
    readonly Token: string;
  },
): Promise<{ readonly [name: string]: string }> {
  const { url = "", headers = {} } = message.proof ?? {};
  const { hostname, searchParams } = new URL(url);
  const client = new STSClient({
    region,
    credentials: {
      accessKeyId: identity.AccessKeyId,
      secretAccessKey: identity.SecretAccessKey,
      sessionToken: identity.Token,
    },
  });
  const signer = await (client.config as unknown as { signer(): Promise<Presigner> }).signer();
  const time = searchParams.get("X-Amz-Date") ?? "";
  const signingDate = new Date(
    time.replace(/^(....)(..)(..T..)(..)(..Z)$/, "$1-$2-$3:$4:$5"),
  );
  const { query } = await signer.presign({
    method: "GET",
    protocol: "https:",
    hostname,
    path: "/",
    query: { Action: "GetCallerIdentity", Version: "2011-06-15" },
    headers: { host: hostname, ...headers },
  }, { signingDate, expiresIn: 900 });
  client.destroy();
  return query;
}

for (
  const [region, host] of [
    ["us-east-1", "sts.us-east-1.amazonaws.com"],
    ["eu-central-1", "sts.eu-central-1.amazonaws.com"],
    ["us-gov-west-1", "sts.us-gov-west-1.amazonaws.com"],
    ["cn-north-1", "sts.cn-north-1.amazonaws.com.cn"],
  ] as const
) {
  Deno.test(`the proof of an instance in ${region} is what the AWS SDK presigns`, async () => {
    await using world = await ClientWorld.open();
    world.metadata.facts = { ...world.metadata.facts, region };
    const queueUrl = `https://sqs.us-east-1.amazonaws.com/${world.account}/logins`;
    await world.configure({ queueUrl });
    await world.login("report", { ...SESSION, PAM_USER: "Zoë 😀 \u2028" });
    assert.deepEqual(await world.login("drain"), { code: 0, stdout: "", stderr: "" });
    const [message] = await world.messages();
    const { url = "", headers = {} } = message?.proof ?? {};
    const { protocol, hostname, pathname, searchParams } = new URL(url);
    assert.deepEqual([protocol, hostname, pathname], ["https:", host, "/"]);
    const { identity } = world.metadata.facts;
    assert.deepEqual(
      Object.fromEntries(searchParams),
      await presignedBySdk(message!, region, identity!),
    );
    assert.equal(searchParams.get("X-Amz-SignedHeaders"), "host;x-groundskeeper-audience");
    assert.equal(searchParams.get("X-Amz-Expires"), "900");
    assert.deepEqual(Object.keys(headers), ["x-groundskeeper-audience"]);
  });
}

Deno.test("the audience of a proof is the queue and the message as canonical JSON", async () => {
  await using world = await ClientWorld.open();
  await world.login("report", SESSION);
  await world.login("drain");
  const [message] = await world.messages();
  const { proof, ...rest } = message!;
  const text = new TextEncoder().encode(canonicalJson(rest));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex();
  const arn = `arn:aws:sqs:us-east-1:${world.account}:logins`;
  assert.equal(proof?.headers["x-groundskeeper-audience"], audienceOf(arn, digest));
});
