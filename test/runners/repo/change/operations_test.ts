import assert from "assert";
import fc from "fast-check";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { operationsBetween } from "../../../../runners/repo/change/operations.ts";
import {
  type ChangeKind,
  mapOf,
  type Policies,
} from "../../../../runners/repo/change/repo_change.ts";
import { policySize } from "../../../../runners/repo/policy/size.ts";
import { actionsOf, performed, policyOf, policySets, removals, wholeOf } from "./policy_sets.ts";

type Operations = typeof operationsBetween;

const changeTo = (before: Policies, after: Policies, kind: ChangeKind = "repo") => ({
  kind,
  policies: wholeOf(before, after),
});

propertyTest<Operations>(
  "at no moment is a permission missing that was there and stays",
  operationsBetween,
  (operations) => {
    fc.assert(
      fc.property(removals, ([before, after]) => {
        const stays = [...actionsOf(before)].filter((action) => actionsOf(after).has(action));
        let policies = before;
        for (const one of operations({ policies: before }, changeTo(before, after))) {
          policies = performed(policies, one);
          const missing = stays.filter((action) => !actionsOf(policies).has(action));
          assert.deepEqual(missing, []);
        }
      }),
      FIXED,
    );
  },
  {
    "deletes what it writes anew": (before, after) =>
      operationsBetween(before, after).flatMap((one) =>
        one.document !== null && one.name in before.policies
          ? [{ ...one, document: null }, one]
          : [one]
      ),
  },
);

propertyTest<Operations>(
  "a restore that moves permissions to policies of other names never misses one meanwhile",
  operationsBetween,
  (operations) => {
    fc.assert(
      fc.property(policySets, policySets, (before, others) => {
        const after = mapOf(Object.entries(others).map(([name, text]) => [`new-${name}`, text]));
        const stays = [...actionsOf(before)].filter((action) => actionsOf(after).has(action));
        let policies = before;
        for (const one of operations({ policies: before }, changeTo(before, after, "restore"))) {
          policies = performed(policies, one);
          assert.deepEqual(stays.filter((action) => !actionsOf(policies).has(action)), []);
        }
      }),
      FIXED,
    );
  },
  {
    "deletes first": (before, after) =>
      operationsBetween(before, after).toSorted((a, b) =>
        Number(a.document !== null) - Number(b.document !== null)
      ),
  },
);

propertyTest<Operations>(
  "the calls lead from the one set of policies to the other",
  operationsBetween,
  (operations) => {
    fc.assert(
      fc.property(policySets, policySets, (before, after) => {
        const reached = operations({ policies: before }, changeTo(before, after)).reduce(
          performed,
          before,
        );
        assert.deepEqual({ ...reached }, { ...after });
      }),
      FIXED,
    );
  },
  {
    "keeps what should go": (before, after) =>
      operationsBetween(before, after).filter(({ document }) => document !== null),
    "takes a policy for written that has only the same name": (before, after) =>
      operationsBetween(before, after).filter(({ name, document }) =>
        document === null || !(name in before.policies)
      ),
  },
);

/** Policies of many sizes, three of which fill the quota of these tests. */
const QUOTA = 1_000;
const sized = fc.uniqueArray(
  fc.tuple(
    fc.constantFrom("a", "b", "c", "d"),
    fc.integer({ min: 1, max: 40 }).map((count) =>
      policyOf(Array.from({ length: count }, (_, at) => `s3:Action${at}`))
    ),
  ),
  { maxLength: 4, selector: ([name]) => name },
).map((entries) => Object.fromEntries(entries))
  .filter((policies) => policySize(Object.values(policies)) <= QUOTA);

propertyTest<Operations>(
  "where both sets fit into the quota, every set between them that can fit does",
  operationsBetween,
  (operations) => {
    fc.assert(
      fc.property(
        sized,
        sized,
        fc.constantFrom<ChangeKind>("repo", "restore"),
        (before, after, kind) => {
          let policies: Readonly<Record<string, string>> = before;
          // Where a policy only grows, there may be nothing to delete first; IAM refuses that call.
          const growing = Object.keys(after).some((name) =>
            name in before && policySize([after[name]!]) > policySize([before[name]!])
          );
          fc.pre(!growing);
          for (
            const one of operations({ policies: before }, changeTo(before, after, kind), QUOTA)
          ) {
            policies = performed(policies, one);
            assert.ok(policySize(Object.values(policies)) <= QUOTA);
          }
        },
      ),
      { ...FIXED, numRuns: generated(1_000) },
    );
  },
  {
    "knows of no quota": (before, after) => operationsBetween(before, after, Infinity),
  },
);

Deno.test("a policy that stays as it is, is not written", () => {
  const before = { a: policyOf(["s3:GetObject"]), b: policyOf(["sns:Publish"]) };
  const after = { a: before.a, b: null };
  assert.deepEqual(operationsBetween({ policies: before }, { kind: "repo", policies: after }), [{
    name: "b",
    document: null,
  }]);
});
