import assert from "assert";
import type { CanaryJudgement } from "../../../runners/audit/canary/canary.ts";
import { proveRegion } from "../../../runners/audit/proof.ts";
import { anInstance, aRegion, configOf, idOf } from "./world.ts";

const config = configOf({ required: [{ key: "owner" }] });

/** No canary is asked for. */
const UNASKED: CanaryJudgement = { status: "disabled", detail: "", instance: null };

/** A region of tagged instances; DescribeTags gives the first ones another owner. */
function differing(count: number, of: number) {
  const instances = Array.from(
    { length: of },
    (_, index) => anInstance(index, { tags: { owner: "alice" } }),
  );
  const whole = aRegion("us-east-1", instances);
  const second = whole.secondSource!;
  const changed = Object.fromEntries(
    instances.slice(0, count).map(({ id }) => [id, { owner: "bob" }]),
  );
  return { ...whole, secondSource: { ...second, tags: { ...second.tags, ...changed } } };
}

const shares: readonly [count: number, of: number, proven: boolean][] = [
  [0, 1, true],
  [1, 1, false],
  [1, 99, false],
  [1, 100, true],
  [2, 200, true],
  [3, 200, false],
  [61, 61, false],
];

for (const [count, of, proven] of shares) {
  Deno.test(`a region is ${proven ? "" : "not "}believed where ${count} of ${of} differ`, () => {
    assert.equal(proveRegion(differing(count, of), config, UNASKED).proven, proven);
  });
}

Deno.test("what is not believed says how many tags each source has seen", () => {
  const instances = Array.from({ length: 61 }, (_, index) => anInstance(index));
  const whole = aRegion("us-east-1", instances);
  const tags = Object.fromEntries(instances.map(({ id }) => [id, { owner: "alice" }]));
  const proof = proveRegion(
    { ...whole, secondSource: { ...whole.secondSource!, tags } },
    config,
    UNASKED,
  );
  assert.deepEqual(proof, {
    proven: false,
    reason: "tag-sources-disagree",
    detail: "DescribeInstances says 0 of 61 instances have tags, DescribeTags says 61 of the 61 " +
      "it was asked about; they differ on 61",
  });
});

Deno.test("an instance that only DescribeTags knows of does not agree", () => {
  const whole = aRegion("us-east-1", [anInstance(1, { tags: { owner: "alice" } })]);
  const second = whole.secondSource!;
  const proof = proveRegion(
    {
      ...whole,
      secondSource: { ...second, asked: [idOf(2)], tags: { [idOf(2)]: { owner: "bob" } } },
    },
    config,
    UNASKED,
  );
  assert.equal(proof.proven, false);
});

Deno.test("a second source that was asked about nothing proves nothing", () => {
  const whole = aRegion("us-east-1", [anInstance(1)]);
  const second = { ...whole.secondSource!, asked: [] };
  assert.equal(proveRegion({ ...whole, secondSource: second }, config, UNASKED).proven, false);
});

Deno.test("an answer that lists instances is not proven by an empty DescribeTags", () => {
  const whole = aRegion("us-east-1", [anInstance(1)]);
  const second = { ...whole.secondSource!, asked: "all" as const, tags: {} };
  assert.equal(proveRegion({ ...whole, secondSource: second }, config, UNASKED).proven, false);
});

Deno.test("a region whose canary is well is proven by it, where both sources agree", () => {
  const canary: CanaryJudgement = { status: "ok", detail: "", instance: anInstance(1) };
  assert.deepEqual(proveRegion(differing(0, 3), config, canary), {
    proven: true,
    proof: "canary",
  });
  assert.equal(proveRegion(differing(1, 3), config, canary).proven, false);
});

for (const status of ["absent", "tags-missing", "stale", "state", "error"] as const) {
  Deno.test(`a region whose canary is "${status}" is not proven, whatever both sources say`, () => {
    assert.deepEqual(
      proveRegion(differing(0, 3), config, { status, detail: "why", instance: null }),
      { proven: false, reason: `canary-${status}`, detail: "why" },
    );
  });
}

Deno.test("that a region could not be read is told before its canary", () => {
  const failed = { ...differing(0, 3), failure: { reason: "throttled", detail: "slow" } };
  assert.deepEqual(
    proveRegion(failed, config, { status: "error", detail: "slow", instance: null }),
    {
      proven: false,
      reason: "throttled",
      detail: "slow",
    },
  );
});
