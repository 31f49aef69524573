import assert from "assert";
import { INLINE_QUOTA, policySize } from "../../../../runners/repo/policy/size.ts";
import { SMALL } from "../small_universe.ts";
import { rewritePolicies } from "./rewrite_policies.ts";

/** What stays has a size, with white space that does not count. */
function policyOf(size: number): string {
  const text = (resource: string) =>
    JSON.stringify(
      { Statement: [{ Effect: "Allow", Action: ["s3:Get*", "sqs:*"], Resource: resource }] },
      null,
      4,
    );
  const rest = policySize([text("").replace(',\n                "sqs:*"', "")]);
  return text("r".repeat(size - rest));
}

Deno.test("white space does not count", () => {
  assert.equal(policySize(['{\n\t"a": [ ]\r\n}', "{ }"]), 10);
});

for (
  const [size, status] of [[10_239, "rewritten"], [10_240, "rewritten"], [
    10_241,
    "refused",
  ]] as const
) {
  Deno.test(`what has ${size} characters is ${status}`, () => {
    const before = policyOf(size);
    const result = rewritePolicies({
      policies: { app: before },
      universe: SMALL,
      removed: SMALL.expand("sqs:*"),
      wildcard: "list",
      evidenceServices: new Set(),
    });
    assert.equal(result.status, status);
    assert.deepEqual(result.size, { before: policySize([before]), after: size });
    assert.equal(size <= INLINE_QUOTA, status === "rewritten");
  });
}

Deno.test("policies count together, and those that go do not count", () => {
  const half = policyOf(6000);
  const request = {
    universe: SMALL,
    removed: SMALL.expand("sqs:*"),
    wildcard: "list" as const,
    evidenceServices: new Set<string>(),
  };
  assert.equal(rewritePolicies({ ...request, policies: { a: half, b: half } }).status, "refused");
  const gone = half.replace("s3:Get*", "sqs:Get*");
  const result = rewritePolicies({ ...request, policies: { a: half, b: gone } });
  assert.deepEqual(result.status === "rewritten" && result.policies["b"], null);
  assert.equal(result.size.after, 6000);
});
