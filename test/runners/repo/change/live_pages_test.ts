import assert from "assert";
import type { IAMClient } from "@aws-sdk/client-iam";
import { isOnlyOf, readLivePolicies } from "../../../../runners/repo/change/live_policies.ts";

const reading = { abortSignal: new AbortController().signal };
const answering = (answer: object) =>
  ({ send: () => Promise.resolve(answer) }) as unknown as IAMClient;

const WHOLE = {
  PolicyNames: ["a"],
  PolicyRoles: [{ RoleId: "AROA1" }],
  PolicyUsers: [],
  PolicyGroups: [],
};
const CUT = { ...WHOLE, IsTruncated: true };

Deno.test("a list of policies that is cut without a marker is no list", async () => {
  await assert.rejects(readLivePolicies(answering(CUT), "app", reading), {
    name: "IncompleteAnswerError",
  });
});

Deno.test("who else has a managed policy is not known from a list that is cut", async () => {
  await assert.rejects(isOnlyOf(answering(CUT), "arn:aws:iam::1:policy/a", "AROA1", reading), {
    name: "IncompleteAnswerError",
  });
});

for (const list of ["PolicyRoles", "PolicyUsers", "PolicyGroups"]) {
  Deno.test(`who else has a managed policy is not known without ${list}`, async () => {
    const ask = (answer: object) =>
      isOnlyOf(answering(answer), "arn:aws:iam::1:policy/a", "AROA1", reading);
    assert.equal(await ask(WHOLE), true);
    await assert.rejects(ask({ ...WHOLE, [list]: undefined }), { name: "IncompleteAnswerError" });
  });
}

Deno.test("the name of a policy that is listed twice is one policy", async () => {
  const Role = { PolicyNames: ["a", "a"], PolicyDocument: "%7B%7D" };
  assert.deepEqual({ ...await readLivePolicies(answering(Role), "app", reading) }, { a: "{}" });
});
