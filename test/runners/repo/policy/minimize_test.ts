import assert from "assert";
import fc from "fast-check";
import { minimize } from "../../../../runners/repo/policy/minimize.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { aRemoval } from "../arbitrary_policy.ts";
import { naively, SMALL } from "../small_universe.ts";

propertyTest<typeof minimize>(
  "what a set is shortened to comes to the set again",
  minimize,
  (shorten) => {
    fc.assert(
      fc.property(aRemoval(SMALL), (actions) => {
        const found = new Set(shorten(actions, SMALL).flatMap((one) => [...naively(one, SMALL)]));
        assert.deepEqual([...found].sort(), [...actions].sort());
      }),
      FIXED,
    );
  },
  {
    "cuts a letter too much": (actions, universe) =>
      minimize(actions, universe).map((one) => one.replace(/.\*$/, "*")),
    "forgets one": (actions, universe) => minimize(actions, universe).slice(1),
  },
);

Deno.test("whole services are named as such, and everything is a star", () => {
  assert.deepEqual(minimize(SMALL.all(), SMALL), ["*"]);
  assert.deepEqual(minimize(SMALL.none(), SMALL), []);
  const some = SMALL.union(["s3:*", "sqs:Get*", "sqs:TagQueue", "sts:Get*", "newsvc:DoThing"]);
  assert.deepEqual(minimize(some, SMALL), [
    "newsvc:DoThing",
    "s3:*",
    "sqs:Get*",
    "sqs:TagQueue",
    "sts:Get*",
  ]);
});
