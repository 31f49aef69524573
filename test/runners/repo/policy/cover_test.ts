import assert from "assert";
import fc from "fast-check";
import type { ActionSet } from "../../../../runners/repo/catalogue/action_set.ts";
import type { Universe } from "../../../../runners/repo/catalogue/universe.ts";
import { coverAll } from "../../../../runners/repo/policy/cover.ts";
import { FIXED, propertyTest } from "../../core/properties.ts";
import { aRemoval } from "../arbitrary_policy.ts";
import { naively, SMALL } from "../small_universe.ts";

/** A few patterns that match exactly this set. */
function covering(actions: ActionSet, universe: Universe): string[] {
  return coverAll({
    universe,
    needed: actions,
    avoided: universe.all().minus(actions),
    cuts: "words",
    room: Infinity,
  });
}

propertyTest<typeof covering>(
  "the patterns that cover a set come to the set again",
  covering,
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
      covering(actions, universe).map((one) => one.replace(/.\*$/, "*")),
    "forgets one": (actions, universe) => covering(actions, universe).slice(1),
  },
);

Deno.test("whole services are named as such", () => {
  assert.deepEqual(covering(SMALL.none(), SMALL), []);
  const some = SMALL.union(["s3:*", "sqs:Get*", "sqs:TagQueue", "sts:Get*", "newsvc:DoThing"]);
  assert.deepEqual(covering(some, SMALL), [
    "newsvc:DoThing",
    "s3:*",
    "sqs:Get*",
    "sqs:TagQueue",
    "sts:Get*",
  ]);
});
