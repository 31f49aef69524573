import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import { sightedAgain } from "../../../runners/audit/ladder/sightings.ts";
import type { ObservedAccount } from "../../../runners/audit/observed.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  documentOf,
  NOTHING_EARLIER,
  oneRegion,
  planningOf,
  YESTERDAY,
} from "./world.ts";

const config = configOf({
  required: [{ key: "owner" }, { key: "by", value: { principal: { users: true } } }],
});
const row = (number: number, region = "us-east-1") => `${DEV}/${region}/${anInstance(number).id}`;

/** What is different, where instances were seen yesterday. */
function since(observed: Parts<ObservedAccount>, ...seen: readonly string[]) {
  const look = sightedAgain(undefined, config, new Date(YESTERDAY));
  const sightings = new Map(seen.map((rowId) => [rowId, look]));
  const planning = planningOf(observed, config, { earlier: { ...NOTHING_EARLIER, sightings } });
  return documentOf(planning).own.since;
}

Deno.test("nothing is said to be put right of a region that is not proven", () => {
  const observed = partsOf([anAccount(DEV, [aFailedRegion("us-east-1")])]);
  assert.deepEqual(since(observed, row(1)).cleared, []);
});

Deno.test("an instance whose rule cannot be decided is not said to be put right", () => {
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const tags = { owner: "alice", by: "mallory" };
  const observed = partsOf([
    anAccount(DEV, [aRegion("us-east-1", [anInstance(1, { tags })])], { users }),
  ]);
  assert.deepEqual(since(observed, row(1)).cleared, []);
});

Deno.test("an instance that is stopping is not said to be put right", () => {
  const observed = oneRegion(anInstance(1, { state: "stopping" }));
  assert.deepEqual(since(observed, row(1)).cleared, []);
});

Deno.test("what breaks the rules now and did not then has appeared, and what did is cleared", () => {
  const observed = oneRegion(anInstance(1), anInstance(2), anInstance(3));
  assert.deepEqual(since(observed, row(3), row(5), row(4), row(6, "eu-west-1")), {
    at: YESTERDAY,
    appeared: [row(1), row(2)],
    cleared: [row(4), row(5)],
  });
});

Deno.test("where nothing was looked at before, nothing has appeared", () => {
  assert.deepEqual(since(oneRegion(anInstance(1))), { at: null, appeared: [], cleared: [] });
});
