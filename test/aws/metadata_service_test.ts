import assert from "assert";
import { type MetadataFacts, MetadataService } from "./metadata_service.ts";

const FACTS: MetadataFacts = {
  instanceId: "i-0123456789abcdef0",
  region: "us-east-1",
  accountId: "111111111111",
  profile: {
    roleName: "web",
    credentials: { AccessKeyId: "ASIAPROFILE", SecretAccessKey: "secret", Token: "token" },
  },
  identity: { AccessKeyId: "ASIAIDENTITY", SecretAccessKey: "secret", Token: "token" },
};

const DOCUMENT = "/latest/dynamic/instance-identity/document";
const PROFILES = "/latest/meta-data/iam/security-credentials/";
const IDENTITY = "/latest/meta-data/identity-credentials/ec2/security-credentials/ec2-instance";

async function ask(
  service: MetadataService,
  path: string,
  init: RequestInit = {},
): Promise<{ readonly status: number; readonly text: string }> {
  const response = await fetch(`${service.endpoint}${path}`, init);
  return { status: response.status, text: await response.text() };
}

async function tokenOf(service: MetadataService, ttlSeconds = "60"): Promise<string> {
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": ttlSeconds };
  const { status, text } = await ask(service, "/latest/api/token", { method: "PUT", headers });
  return status === 200 ? text : `refused: ${status}`;
}

async function read(service: MetadataService, path: string) {
  return await ask(service, path, {
    headers: { "x-aws-ec2-metadata-token": await tokenOf(service) },
  });
}

Deno.test("the metadata service answers nothing without a token of its own", async () => {
  await using service = new MetadataService(FACTS);
  assert.equal((await ask(service, DOCUMENT)).status, 401);
  const headers = { "x-aws-ec2-metadata-token": "made up" };
  assert.equal((await ask(service, DOCUMENT, { headers })).status, 401);
  assert.equal((await read(service, DOCUMENT)).status, 200);
});

Deno.test("a token lives as long as was asked for, six hours at most", async () => {
  await using service = new MetadataService(FACTS);
  for (const ttl of ["", "0", "-1", "1.5", "21601", "long"]) {
    assert.equal(await tokenOf(service, ttl), "refused: 400", ttl);
  }
  const token = await tokenOf(service, "21600");
  const headers = { "x-aws-ec2-metadata-token": token };
  assert.equal((await ask(service, DOCUMENT, { headers })).status, 200);
  service.expireTokens();
  assert.equal((await ask(service, DOCUMENT, { headers })).status, 401);
});

Deno.test("a request that a proxy passed on is refused", async () => {
  await using service = new MetadataService(FACTS);
  const headers = {
    "x-aws-ec2-metadata-token-ttl-seconds": "60",
    "x-forwarded-for": "203.0.113.9",
  };
  const { status } = await ask(service, "/latest/api/token", { method: "PUT", headers });
  assert.equal(status, 403);
});

Deno.test("the instance's name and both roles' credentials are told as they were handed in", async () => {
  await using service = new MetadataService(FACTS);
  const document = JSON.parse((await read(service, DOCUMENT)).text);
  assert.equal(document.instanceId, FACTS.instanceId);
  assert.equal(document.accountId, FACTS.accountId);
  assert.equal((await read(service, PROFILES)).text, "web");
  assert.equal(JSON.parse((await read(service, `${PROFILES}web`)).text).AccessKeyId, "ASIAPROFILE");
  assert.equal(JSON.parse((await read(service, IDENTITY)).text).AccessKeyId, "ASIAIDENTITY");
});

Deno.test("an instance without a profile and identity credentials has none", async () => {
  const { profile: _, identity: __, ...bare } = FACTS;
  await using service = new MetadataService(bare);
  assert.equal((await read(service, PROFILES)).status, 404);
  assert.equal((await read(service, IDENTITY)).status, 404);
});

Deno.test("a service that hangs answers nobody, and ends all the same", async () => {
  const service = new MetadataService(FACTS);
  service.behaviour = "hangs";
  const signal = AbortSignal.timeout(50);
  await assert.rejects(fetch(`${service.endpoint}${DOCUMENT}`, { signal }), {
    name: "TimeoutError",
  });
  await service[Symbol.asyncDispose]();
  await assert.rejects(fetch(`${service.endpoint}${DOCUMENT}`), TypeError);
});

Deno.test("behind one hop too many the token never comes", async () => {
  await using service = new MetadataService(FACTS);
  service.behaviour = "drops-tokens";
  const signal = AbortSignal.timeout(50);
  const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "60" };
  await assert.rejects(
    fetch(`${service.endpoint}/latest/api/token`, { method: "PUT", headers, signal }),
    { name: "TimeoutError" },
  );
  assert.equal((await ask(service, DOCUMENT)).status, 401);
});

Deno.test("a service that is turned off answers 403, and a slow one late", async () => {
  await using service = new MetadataService(FACTS);
  service.behaviour = "off";
  assert.equal(await tokenOf(service), "refused: 403");
  service.behaviour = { delayMs: 30 };
  const began = performance.now();
  assert.equal((await read(service, DOCUMENT)).status, 200);
  assert.ok(performance.now() - began >= 50, "two requests, each 30 ms late");
});

Deno.test("one path may answer something else, and every request is on record", async () => {
  await using service = new MetadataService(FACTS);
  service.behaviour = { path: IDENTITY, status: 500, body: "oops" };
  assert.deepEqual(await read(service, IDENTITY), { status: 500, text: "oops" });
  assert.equal((await read(service, DOCUMENT)).status, 200);
  assert.deepEqual(service.requests.map(({ method, status }) => `${method} ${status}`), [
    "PUT 200",
    "GET 500",
    "PUT 200",
    "GET 200",
  ]);
});
