import assert from "assert";
import { AUDIENCE_HEADER, audienceOf } from "../../../../runners/core/contract/login.ts";
import type { RefusedReason } from "../../../../runners/core/attest/refused.ts";
import { MADE_BY_HAND, type Making, proofScene, QUEUE, SHA256 } from "./proof_scene.ts";
import "../../../aws/start_shared.ts";

const MINUTE_MS = 60_000;
const OTHER_SHA256 = "60".repeat(32);

type Row = Making & {
  /** "ignored": it says nothing against its message, which counts without it. */
  readonly gives: "attested" | "ignored" | RefusedReason;
  /** Whether STS was asked: only if all that can be seen without it is right. */
  readonly asked: boolean;
};

/** Replaces what must be there. */
const replaced = (from: string | RegExp, to: string) => (url: string) => {
  const changed = url.replace(from, to);
  assert.notEqual(changed, url);
  return changed;
};
const added = (text: string) => (url: string) => url + text;
const malformed = (making: Making): Row => ({ ...making, gives: "ignored", asked: false });
const notSts = (address: string): Row => ({
  url: replaced("https://sts.us-east-1.amazonaws.com/", address),
  gives: "ignored",
  asked: false,
});
/** Signed for another host than the usual one, so that STS would take it. */
const signedFor = (host: string, region: string): Pick<Making, "signing"> => ({
  signing: { host, region },
});
const attested = (making: Making): Row => ({ ...making, gives: "attested", asked: true });

const PARAMETERS = [
  "Action",
  "Version",
  "X-Amz-Algorithm",
  "X-Amz-Credential",
  "X-Amz-Date",
  "X-Amz-Expires",
  "X-Amz-Security-Token",
  "X-Amz-SignedHeaders",
  "X-Amz-Signature",
];

const eachParameter: { readonly [what: string]: Row } = Object.fromEntries(
  PARAMETERS.flatMap((name) => {
    const part = new RegExp(`([?&])${name}=([^&]*)&?`);
    return [
      [`without ${name}`, malformed({ url: (url) => url.replace(part, "$1").replace(/&$/, "") })],
      [
        `${name} twice`,
        malformed({ url: (url) => `${url}&${name}=${part.exec(url)![2]}` }),
      ],
      [
        `${name} twice, the second in lower case`,
        malformed({ url: (url) => `${url}&${name.toLowerCase()}=${part.exec(url)![2]}` }),
      ],
      [`an empty ${name}`, malformed({ url: replaced(part, `$1${name}=&`) })],
    ];
  }),
);

const rows: { readonly [what: string]: Row } = {
  "a proof of the instance": attested({}),
  "the global endpoint": attested(signedFor("sts.amazonaws.com", "us-east-1")),
  "the endpoint of another Region": attested(
    signedFor("sts.eu-central-1.amazonaws.com", "eu-central-1"),
  ),
  "a FIPS endpoint": attested(signedFor("sts-fips.us-west-2.amazonaws.com", "us-west-2")),
  "a proof of 14 minutes ago": attested({ signing: { agoMs: 14 * MINUTE_MS } }),
  "a clock that is four minutes ahead": attested({ signing: { agoMs: -4 * MINUTE_MS } }),
  "no header, as the audience is known": attested({ headers: () => ({}) }),
  "a proof that is good for a minute": attested({ signing: { expires: 60 } }),

  ...eachParameter,
  "another action": malformed({ signing: { parameters: { Action: "GetSessionToken" } } }),
  "an action with another after it": malformed({
    signing: { parameters: { Action: "GetCallerIdentityX" } },
  }),
  "another version": malformed({ signing: { parameters: { Version: "2011-06-16" } } }),
  "another algorithm": malformed({ url: replaced("HMAC-SHA256", "ECDSA-P256-SHA256") }),
  "a parameter more, which is signed": malformed({ signing: { parameters: { Extra: "1" } } }),
  "a parameter more, which is not signed": malformed({ url: added("&Extra=1") }),
  "a parameter of a prototype": malformed({ signing: { parameters: { constructor: "1" } } }),
  "an action in an encoded name": malformed({ url: added("&%41ction=GetSessionToken") }),
  "a part without a value": malformed({ url: added("&Extra") }),
  "an empty part": malformed({ url: added("&") }),
  "a token with a space": malformed({ url: replaced("Token=", "Token=%20.") }),
  "a plus that may be a space": malformed({ url: replaced("Token=", "Token=+") }),
  "a line break in a value": malformed({ url: replaced("2011-06-15", "2011-06-15%0A") }),
  "a letter of Unicode in a value": malformed({ url: replaced("2011-06-15", "2011-06-1５") }),
  "an encoding that is none": malformed({ url: replaced("2011-06-15", "2011-06-15%") }),
  "an encoding that is no UTF-8": malformed({ url: replaced("2011-06-15", "2011-06-15%FF") }),
  "an encoding in lower case": malformed({ url: replaced("%2Fsts%2F", "%2fsts%2f") }),
  "a signature in capitals": malformed({
    url: (url) =>
      url.replace(/Signature=\w+/, (text) => `Signature=${text.slice(10).toUpperCase()}`),
  }),
  "half a signature": malformed({ url: replaced(/(Signature=\w{32})\w+/, "$1") }),
  "a date with something behind it": malformed({ url: replaced(/(X-Amz-Date=\w+)/, "$1-x") }),
  "a fragment": malformed({ url: added("#x") }),
  "a second query": malformed({ url: added("?Action=GetSessionToken") }),
  "a scope of another Region": malformed({
    signing: { host: "sts.us-east-1.amazonaws.com", region: "eu-central-1" },
  }),
  "a scope of another service": malformed({ signing: { service: "iam" } }),
  "a scope of another day": malformed({ url: replaced(/%2F\d{8}%2F/, "%2F20200101%2F") }),
  "a date that is none": malformed({
    url: (url) =>
      replaced(/X-Amz-Date=\d{8}/, "X-Amz-Date=20261399")(
        replaced(/%2F\d{8}%2F/, "%2F20261399%2F")(url),
      ),
  }),
  "a life of 15 minutes and a second": malformed({ signing: { expires: 901 } }),
  "a life of a week": malformed({ signing: { expires: 604_800 } }),
  "a life of no time": malformed({ url: replaced("Expires=900", "Expires=0") }),
  "a negative life": malformed({ url: replaced("Expires=900", "Expires=-900") }),
  "a life in hexadecimal": malformed({ url: replaced("Expires=900", "Expires=0x9") }),
  "the host alone signed": malformed({
    url: replaced(/host%3B[a-z-]+/, "host"),
  }),
  "a header more, which is signed": malformed({ signing: { headers: { "x-more": "1" } } }),
  "a header more, which is not signed": malformed({
    headers: (headers) => ({ ...headers, "x-more": "1" }),
  }),
  "a host among the headers": malformed({
    headers: (headers) => ({ ...headers, host: "sts.evil.com" }),
  }),
  "the header in another spelling": malformed({
    headers: (headers) => ({ "X-Groundskeeper-Audience": headers[AUDIENCE_HEADER]! }),
  }),
  "another header in its place": malformed({ headers: () => ({ "x-more": "1" }) }),

  "another host": notSts("https://sts.evil.com/"),
  "a host that begins as STS's": notSts("https://sts.us-east-1.amazonaws.com.evil.com/"),
  "a host that ends as STS's": notSts("https://evil-sts.us-east-1.amazonaws.com/"),
  "a bucket": notSts("https://sts.s3.us-east-1.amazonaws.com/"),
  "another service": notSts("https://iam.amazonaws.com/"),
  "a Region that is not known yet": notSts("https://sts.sa-west-1.amazonaws.com/"),
  "its own endpoint in a Region that is not known yet": {
    ...signedFor("sts.sa-west-1.amazonaws.com", "sa-west-1"),
    names: { region: "sa-west-1" },
    gives: "ignored",
    asked: false,
  },
  "a VPC endpoint": notSts("https://vpce-1-2.sts.us-east-1.vpce.amazonaws.com/"),
  "China's host with the other suffix": notSts("https://sts.cn-north-1.amazonaws.com/"),
  "a user": notSts("https://sts.us-east-1.amazonaws.com@evil.com/"),
  "a user before the right host": notSts("https://me:you@sts.us-east-1.amazonaws.com/"),
  "the port of https": notSts("https://sts.us-east-1.amazonaws.com:443/"),
  "another port": notSts("https://sts.us-east-1.amazonaws.com:8443/"),
  "http": notSts("http://sts.us-east-1.amazonaws.com/"),
  "no scheme": notSts("//sts.us-east-1.amazonaws.com/"),
  "a file": notSts("file:///sts.us-east-1.amazonaws.com/"),
  "a path": notSts("https://sts.us-east-1.amazonaws.com/x"),
  "two slashes": notSts("https://sts.us-east-1.amazonaws.com//"),
  "no slash": notSts("https://sts.us-east-1.amazonaws.com"),
  "a path that leads back": notSts("https://sts.us-east-1.amazonaws.com/x/.."),
  "backslashes": notSts("https:\\\\sts.us-east-1.amazonaws.com\\"),
  "a backslash before another host": notSts("https://evil.com\\@sts.us-east-1.amazonaws.com/"),
  "a fragment before the query": notSts("https://evil.com/#@sts.us-east-1.amazonaws.com/"),
  "capitals": notSts("https://STS.us-east-1.amazonaws.com/"),
  "a dot at the end": notSts("https://sts.us-east-1.amazonaws.com./"),
  "a letter of Cyrillic": notSts("https://stѕ.us-east-1.amazonaws.com/"),
  "a full-width dot": notSts("https://sts．us-east-1.amazonaws.com/"),
  "a soft hyphen": notSts("https://sts.us-east-1.amaz\u00adonaws.com/"),
  "a tab": notSts("https://sts.us-east-1\t.amazonaws.com/"),
  "a space before": notSts(" https://sts.us-east-1.amazonaws.com/"),
  "this machine": notSts("https://127.0.0.1/"),
  "the metadata service": notSts("http://169.254.169.254/"),
  "no text": { url: () => "", gives: "ignored", asked: false },
  "a query alone": notSts(""),

  "another queue": {
    about: { queueArn: `${QUEUE}-2` },
    gives: "proof-audience",
    asked: false,
  },
  "another message": { about: { sha256: OTHER_SHA256 }, gives: "proof-audience", asked: false },
  "another message, without a header": {
    about: { sha256: OTHER_SHA256 },
    headers: () => ({}),
    gives: "proof-invalid",
    asked: true,
  },
  "an audience with something behind it": {
    audience: `${audienceOf(QUEUE, SHA256)}0`,
    gives: "proof-audience",
    asked: false,
  },
  "an audience with something before it": {
    audience: `x${audienceOf(QUEUE, SHA256)}`,
    gives: "proof-audience",
    asked: false,
  },
  "an audience in capitals": {
    audience: audienceOf(QUEUE, SHA256).toUpperCase(),
    gives: "proof-audience",
    asked: false,
  },
  "the right audience in the place of the signed one": {
    audience: audienceOf(QUEUE, OTHER_SHA256),
    headers: () => ({ [AUDIENCE_HEADER]: audienceOf(QUEUE, SHA256) }),
    gives: "proof-invalid",
    asked: true,
  },

  "a proof of 16 minutes ago": {
    signing: { agoMs: 16 * MINUTE_MS },
    gives: "ignored",
    asked: false,
  },
  "a proof that was good for a minute, two minutes ago": {
    signing: { agoMs: 2 * MINUTE_MS, expires: 60 },
    gives: "ignored",
    asked: false,
  },
  "a proof that was fresh when it was received, and is asked about late": {
    signing: { agoMs: 20 * MINUTE_MS },
    about: { now: new Date(Date.now() - 20 * MINUTE_MS) },
    gives: "ignored",
    asked: true,
  },
  "a clock that is six minutes ahead": {
    signing: { agoMs: -6 * MINUTE_MS },
    gives: "ignored",
    asked: false,
  },

  "a changed signature": {
    url: (url) => url.replace(/Signature=./, (text) => text.replace(/.$/, flipped)),
    gives: "proof-invalid",
    asked: true,
  },
  "a changed token": {
    url: (url) => url.replace(/Token=./, (text) => text.replace(/.$/, flipped)),
    gives: "proof-invalid",
    asked: true,
  },
  "an unknown key": {
    url: replaced(/ASIA\w{16}/, "ASIA0000000000000000"),
    gives: "proof-invalid",
    asked: true,
  },
  "a changed date": {
    signing: { agoMs: 5 * MINUTE_MS },
    url: (url) =>
      url.replace(/(X-Amz-Date=\d{8}T\d{5})(\d)/, (_, before, last) => before + flipped(last)),
    gives: "proof-invalid",
    asked: true,
  },

  "the other instance's proof": {
    by: "other instance",
    gives: "proof-other-instance",
    asked: true,
  },
  "an instance of another account": {
    names: { account: "999999999999" },
    gives: "proof-other-account",
    asked: true,
  },
  "the credentials of the profile": { by: "profile", gives: "proof-not-an-instance", asked: true },
  "the root user": malformed({ by: "root" }),
  ...Object.fromEntries(MADE_BY_HAND.map((by): [string, Row] => [
    `a role that somebody made, ${by.path}${by.role}`,
    { by, gives: "proof-not-an-instance", asked: true },
  ])),
  "an endpoint of another partition": {
    ...signedFor("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    by: "China",
    gives: "ignored",
    asked: false,
  },
};

/** Another character, which may stand there too. */
function flipped(character: string): string {
  return character === "1" ? "2" : "1";
}

Deno.test("a proof attests its own instance, queue and message, and nothing else", async (t) => {
  await using scene = await proofScene();
  for (const [what, { gives, asked, ...making }] of Object.entries(rows)) {
    await t.step(`${what}: ${gives}`, async () => {
      const judged = await scene.judge(making);
      const { verdict } = judged.result;
      const given = judged.result.verdict === "refused" ? judged.result.reason : verdict;
      assert.deepEqual([given, judged.asked], [gives, asked ? 1 : 0], JSON.stringify(judged));
      assert.ok(!judged.tellsToken, JSON.stringify(judged));
    });
  }
});

Deno.test("a proof of an instance in China attests it there", async () => {
  await using scene = await proofScene();
  const { result } = await scene.judge({
    ...signedFor("sts.cn-north-1.amazonaws.com.cn", "cn-north-1"),
    by: "China",
    names: scene.inChina,
  });
  assert.deepEqual(result, { verdict: "attested" });
});

Deno.test("a proof whose credentials have expired is ignored", async () => {
  await using scene = await proofScene();
  scene.aws.proxy.setClock(361 * MINUTE_MS);
  assert.deepEqual((await scene.judge()).result, {
    verdict: "ignored",
    detail: "STS says: ExpiredToken: The security token included in the request is expired",
  });
});

Deno.test("what is told of a value that cannot be used is short, and shows what nobody sees", async () => {
  await using scene = await proofScene();
  const long = { url: () => `https://${"a".repeat(5_000)}\u200b?` };
  const seen = { url: () => "https://sts\u200b.amazonaws.com/?" };
  const details = [];
  for (const making of [long, seen]) {
    const { result } = await scene.judge(making);
    details.push("detail" in result ? result.detail : result.verdict);
  }
  assert.deepEqual(details, [
    `"https://${"a".repeat(92)}…" is no endpoint of STS that is known here`,
    '"https://sts<U+200B>.amazonaws.com/" is no endpoint of STS that is known here',
  ]);
});
