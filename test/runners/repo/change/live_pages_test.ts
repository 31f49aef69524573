import assert from "assert";
import type { IAMClient } from "@aws-sdk/client-iam";
import { readLivePolicies } from "../../../../runners/repo/change/live_policies.ts";
import { isOnlyOf } from "../../../../runners/repo/change/live_policy.ts";

const reading = { abortSignal: new AbortController().signal };
const answering = (answer: object) =>
  ({ send: () => Promise.resolve(answer) }) as unknown as IAMClient;

const CUT = { IsTruncated: true, PolicyNames: ["a"], PolicyRoles: [{ RoleId: "AROA1" }] };

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
