import assert from "assert";
import { readStsAnswer } from "../../../../runners/core/attest/sts_answer.ts";
import { proveBySts } from "../../../../runners/core/attest/proof.ts";

const ARN = "arn:aws:sts::111111111111:assumed-role/aws:ec2-instance/i-0123456789abcdef0";
const identity = (...arns: readonly string[]) =>
  `<GetCallerIdentityResponse><GetCallerIdentityResult>${
    arns.map((arn) => `<Arn>${arn}</Arn>`).join("")
  }</GetCallerIdentityResult></GetCallerIdentityResponse>`;
const error = (code: string, message = "no") =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message>` +
  `</Error></ErrorResponse>`;

/** What STS says by which status and body; `null`: nothing of the proof, so that it is asked again. */
const answers: readonly (readonly [
  what: string,
  status: number,
  body: string,
  says: "arn" | "expired" | "invalid" | null,
])[] = [
  ["an identity", 200, identity(ARN), "arn"],
  ["an identity twice", 200, identity(ARN, ARN), null],
  ["no identity", 200, identity(), null],
  ["the ARN of another answer", 200, `<AssumedRoleUser><Arn>${ARN}</Arn></AssumedRoleUser>`, null],
  ["a page of somebody between", 200, "<html>Log in</html>", null],
  ["nothing", 200, "", null],
  ["an identity with another status", 203, identity(ARN), null],
  ["an identity in an error", 400, identity(ARN), null],
  ["a redirect", 302, identity(ARN), null],
  ["a redirect that keeps the method", 307, "", null],
  ["an expired token", 403, error("ExpiredToken"), "expired"],
  ["an expired token, in the reference's words", 400, error("ExpiredTokenException"), "expired"],
  ["an expired request", 400, error("RequestExpired"), "expired"],
  [
    "an expired signature",
    403,
    error("SignatureDoesNotMatch", "Signature expired: 20190409T163401Z is now earlier than …"),
    "expired",
  ],
  ["another signature", 403, error("SignatureDoesNotMatch"), "invalid"],
  [
    "another signature, and words of the sender's in the message",
    403,
    error("SignatureDoesNotMatch", "no: Signature expired: never"),
    "invalid",
  ],
  ["an unknown key", 403, error("InvalidClientTokenId"), "invalid"],
  ["half a signature", 400, error("IncompleteSignature"), "invalid"],
  ["a throttling", 400, error("Throttling"), null],
  ["a throttling of HTTP", 429, "", null],
  ["an unknown key, by a server that fails", 500, error("InvalidClientTokenId"), null],
  ["an expired token, by a server that fails", 503, error("ExpiredToken"), null],
  ["a code that is not known", 403, error("RegionDisabledException"), null],
  ["two codes", 403, error("ExpiredToken") + error("InvalidClientTokenId"), null],
  ["a 403 of somebody between", 403, "<html>no</html>", null],
];

for (const [what, status, body, says] of answers) {
  Deno.test(`STS answers with ${what}: ${says ?? "it is asked again"}`, () => {
    if (says === null) assert.throws(() => readStsAnswer({ status, body }), /Cannot check a proof/);
    else assert.deepEqual(Object.keys(readStsAnswer({ status, body })), [says]);
  });
}

/** ARNs as no local server gives them, and what they are for a message of the instance above. */
const identities: readonly (readonly [arn: string, reason: string])[] = [
  [ARN, "attested"],
  [ARN.replace("sts", "iam"), "proof-not-an-instance"],
  [ARN.replace("assumed-role", "role"), "proof-not-an-instance"],
  [ARN.replace("assumed-role", "federated-user"), "proof-not-an-instance"],
  [ARN.replace("aws:ec2-instance", "AWS:ec2-instance"), "proof-not-an-instance"],
  [ARN.replace("aws:ec2-instance", "aws:ec2-infrastructure"), "proof-not-an-instance"],
  [ARN.replace("aws:ec2", "team/aws:ec2"), "proof-not-an-instance"],
  [`${ARN}/i-0123456789abcdef0`, "proof-not-an-instance"],
  [ARN.replace("/i-0123456789abcdef0", ""), "proof-other-instance"],
  [ARN.replace("arn:aws:", "arn:aws-cn:"), "proof-not-an-instance"],
  [ARN.replace("111111111111", "222222222222"), "proof-other-account"],
  [`${ARN}0`, "proof-other-instance"],
  [ARN.toUpperCase().replace("ARN:AWS:STS", "arn:aws:sts"), "proof-not-an-instance"],
  [ARN.slice(0, -1), "proof-other-instance"],
];

for (const [arn, reason] of identities) {
  Deno.test(`STS names ${arn}: ${reason}`, async () => {
    const audience = "arn:aws:sqs:us-east-1:111111111111:logins|00";
    const parameters = new URLSearchParams({
      "Action": "GetCallerIdentity",
      "Version": "2011-06-15",
      "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
      "X-Amz-Credential": "ASIA0/20261120/us-east-1/sts/aws4_request",
      "X-Amz-Date": "20261120T120000Z",
      "X-Amz-Expires": "900",
      "X-Amz-Security-Token": "t",
      "X-Amz-SignedHeaders": "host;x-groundskeeper-audience",
      "X-Amz-Signature": "0".repeat(64),
    });
    const result = await proveBySts(
      {
        url: `https://sts.us-east-1.amazonaws.com/?${parameters}`,
        headers: { "x-groundskeeper-audience": audience },
      },
      {
        queueArn: "arn:aws:sqs:us-east-1:111111111111:logins",
        sha256: "00",
        instance: { id: "i-0123456789abcdef0", region: "us-east-1", account: "111111111111" },
        now: new Date("2026-11-20T12:00:00Z"),
      },
      () => Promise.resolve({ status: 200, body: identity(arn) }),
      new AbortController().signal,
    );
    assert.equal(result.verdict === "refused" ? result.reason : result.verdict, reason);
  });
}
