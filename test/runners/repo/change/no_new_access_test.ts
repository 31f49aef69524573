import assert from "assert";
import type { Session } from "../../../../runners/core/aws/session.ts";
import { isRefusedByAws } from "../../../../runners/core/aws/failure.ts";
import { noNewAccess } from "../../../../runners/repo/change/maker.ts";
import { NARROW, WIDE } from "./managed_changes.ts";
import { awsError } from "./scripted_iam.ts";

const { signal } = new AbortController();

/** A check that answers as it is told, and what it was asked. */
async function checking(answers: readonly (object | Error)[], partition = "aws") {
  const asked: object[] = [];
  const regions: string[] = [];
  const client = {
    send: ({ input }: { input: object }) => {
      const answer = answers[asked.length]!;
      asked.push(input);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  };
  const proof = await noNewAccess({
    partition,
    client: (_class: unknown, region: string) => {
      regions.push(region);
      return client;
    },
  } as unknown as Session);
  return { proof, asked, regions };
}

const rewrite = (name: string) => ({ name, before: WIDE, after: NARROW });

const REFUSED: [what: string, answer: object | Error, code: string, message: RegExp][] = [
  [
    "FAIL with reasons",
    { result: "FAIL", reasons: [{ description: "New access in it.", statementIndex: 0 }] },
    "new-access",
    /"app" would grant .* nothing was written: statement 1: New access in it\./,
  ],
  [
    "FAIL with a statement's Sid",
    { result: "FAIL", reasons: [{ description: "New access.", statementId: "Read" }] },
    "new-access",
    /statement Read: New access\./,
  ],
  ["FAIL without a reason", { result: "FAIL" }, "new-access", /it gives no reason/],
  ["nothing", {}, "no-proof", /could not check the policy "app".*it answered null/],
  ["a word nobody knows", { result: "MAYBE" }, "no-proof", /it answered "MAYBE"/],
  ["that it is throttled", awsError("ThrottlingException", 429, 8), "no-proof", /Throttling/],
  ["that it is denied", awsError("AccessDeniedException", 403), "no-proof", /AccessDenied/],
  ["a fault", awsError("InternalServerException", 500, 8), "no-proof", /InternalServer/],
];

for (const [what, answer, code, message] of REFUSED) {
  Deno.test(`where Access Analyzer answers ${what}, nothing is to be written`, async () => {
    const { proof } = await checking([{ result: "PASS" }, answer]);
    const error = await proof([rewrite("first"), rewrite("app")], signal).then(
      () => assert.fail("it passed"),
      (error: unknown) => error,
    );
    assert.equal((error as { code: string }).code, code);
    assert.match((error as Error).message, message);
    assert.ok(isRefusedByAws(error), "it counts as refused");
  });
}

Deno.test("each policy is asked about once, as an identity policy, where IAM answers", async () => {
  for (const [partition, region] of [["aws", "us-east-1"], ["aws-cn", "cn-north-1"]] as const) {
    const { proof, asked, regions } = await checking([{ result: "PASS" }], partition);
    await proof([rewrite("app")], signal);
    assert.deepEqual(regions, [region]);
    assert.deepEqual(asked, [{
      policyType: "IDENTITY_POLICY",
      existingPolicyDocument: WIDE,
      newPolicyDocument: NARROW,
    }]);
  }
});
