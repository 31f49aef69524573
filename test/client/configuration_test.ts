import assert from "assert";
import { queueAt, readConfiguration } from "../../client/configuration.ts";

const ACCOUNT = "111111111111";

const QUEUES: readonly (readonly [url: string, region: string])[] = [
  [`https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins`, "us-east-1"],
  [`https://sqs.us-gov-west-1.amazonaws.com/${ACCOUNT}/log-ins_1`, "us-gov-west-1"],
  [`https://sqs-fips.us-west-2.amazonaws.com/${ACCOUNT}/logins`, "us-west-2"],
  [`https://sqs.cn-north-1.amazonaws.com.cn/${ACCOUNT}/logins`, "cn-north-1"],
  [
    `https://vpce-0a1b2c3d4e5f6a7b8-abcdefgh.sqs.eu-west-1.vpce.amazonaws.com/${ACCOUNT}/logins`,
    "eu-west-1",
  ],
  [
    `https://vpce-0a1b-abcd-eu-west-1a.sqs.eu-west-1.vpce.amazonaws.com/${ACCOUNT}/logins`,
    "eu-west-1",
  ],
];

for (const [url, region] of QUEUES) {
  Deno.test(`the host of ${url} is SQS's in ${region}`, () => {
    assert.deepEqual(queueAt(url, false), {
      url,
      region,
      account: ACCOUNT,
      name: "logins" === url.split("/").at(-1) ? "logins" : "log-ins_1",
    });
  });
}

const NO_QUEUES: readonly string[] = [
  "",
  "logins",
  `http://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins.fifo`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/`,
  `https://sqs.us-east-1.amazonaws.com/1111/logins`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins?x=1`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins#x`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/a/logins`,
  `https://sqs.us-east-1.amazonaws.com:444/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.amazonaws.com.evil.com/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.amazonaws.com.cn/${ACCOUNT}/logins`,
  `https://sqs.cn-north-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.evil.com/${ACCOUNT}/logins`,
  `https://evil.com/sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://user@sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://user:word@sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://ec2-1-2-3-4.compute-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://bucket.s3.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.vpce.amazonaws.com.evil/${ACCOUNT}/logins`,
  `https://SQS.us-east-1.amazonaws.com/${ACCOUNT}/logins`,
  `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/logins\n`,
  `http://127.0.0.1:4566/${ACCOUNT}/logins`,
  `http://169.254.169.254/${ACCOUNT}/logins`,
];

Deno.test("no other URL is a queue's", () => {
  for (const url of NO_QUEUES) assert.throws(() => queueAt(url, false), RangeError, url);
});

Deno.test("a queue of this machine is one where client.json names an endpoint for SQS", () => {
  const url = `http://127.0.0.1:4566/${ACCOUNT}/logins`;
  assert.deepEqual(queueAt(url, true), { url, account: ACCOUNT, name: "logins", region: null });
  for (const host of ["10.0.0.1", "evil.com", "127.0.0.1.evil.com", "[::2]"]) {
    assert.throws(() => queueAt(`http://${host}/${ACCOUNT}/logins`, true), RangeError, host);
  }
});

const RIGHT = { queueUrl: QUEUES[0]![0] };

async function read(text: string, mode = 0o644) {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, text);
    await Deno.chmod(path, mode);
    return readConfiguration(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("client.json needs a queue, and has defaults for the others", async () => {
  const { queueUrl, ...others } = await read(JSON.stringify(RIGHT));
  assert.equal(queueUrl.url, RIGHT.queueUrl);
  assert.deepEqual(others, {
    helloQueueUrl: null,
    spool: "/var/spool/groundskeeper",
    endpoints: {},
  });
  await read(JSON.stringify({ ...RIGHT, helloQueueUrl: null }));
});

const WRONG: readonly (readonly [settings: object | string, says: RegExp])[] = [
  ["{", /JSON/],
  [{}, /is not https:\/\/sqs/],
  [{ ...RIGHT, helloQueueUrl: "x" }, /"x" is not https:\/\/sqs/],
  [{ ...RIGHT, helloQueueUrl: 1 }, /"1" is not/],
  [{ ...RIGHT, spool: "spool" }, /spool is not an absolute path/],
  [{ ...RIGHT, spool: "/var/../etc" }, /spool is not an absolute path/],
  [{ ...RIGHT, spool: 1 }, /spool is not an absolute path/],
  [{ ...RIGHT, spool: "/" }, /spool is not an absolute path/],
  [{ ...RIGHT, region: "us-east-1" }, /"region" is not a setting/],
  [{ ...RIGHT, endpoints: { ec2: "http://127.0.0.1" } }, /"ec2" is not a setting/],
  [{ ...RIGHT, endpoints: "http://127.0.0.1" }, /is not a setting/],
  ...[
    "http://10.0.0.1",
    "https://sts.us-east-1.amazonaws.com",
    "http://127.0.0.1/path",
    "http://127.0.0.1.evil.com",
    "http://user@127.0.0.1",
    "ftp://127.0.0.1",
    "127.0.0.1",
    1,
    null,
  ].map((origin) =>
    [{ ...RIGHT, endpoints: { metadata: origin } }, /is not an origin of this machine/] as const
  ),
];

for (const [settings, says] of WRONG) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  Deno.test(`client.json is refused as ${text}`, async () => {
    await assert.rejects(read(text), (error: Error) => {
      assert.match(error.message, /^Cannot use \/.*"groundskeeper-client install" shows/s);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("client.json is believed only if nobody else can write it", async () => {
  for (const mode of [0o600, 0o640, 0o644]) await read(JSON.stringify(RIGHT), mode);
  for (const mode of [0o666, 0o664, 0o622, 0o646]) {
    await assert.rejects(read(JSON.stringify(RIGHT), mode), /others can write it/);
  }
});
