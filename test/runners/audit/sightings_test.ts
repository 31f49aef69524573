import assert from "assert";
import { type Parts, partsOf } from "../../../runners/core/parts.ts";
import type { Json } from "../../../runners/core/json.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { sightedAgain, type Sighting } from "../../../runners/audit/ladder/sightings.ts";
import { ruleHash } from "../../../runners/audit/ladder/mark.ts";
import type { ObservedAccount } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { kindIn, storeOf } from "./store_rows.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  NOTHING_EARLIER,
  NOW,
  oneRegion,
  planningOf,
  PROD,
  YESTERDAY,
} from "./world.ts";

const config = configOf({
  required: [{ key: "owner" }, { key: "by", value: { principal: { users: true } } }],
  exempt: [{ match: { imageId: "ami-0000000000000000e" }, reason: "vendor", until: "2026-11-20" }],
});
const hash = ruleHash(config);
const look: Sighting = {
  first_seen: YESTERDAY,
  last_seen: YESTERDAY,
  count: 3,
  rule_hash: hash,
  spaced: { count: 3, at: YESTERDAY },
};
const rowId = `${DEV}/us-east-1/${anInstance(1).id}`;

/** The sightings that a run leaves, by row id; null where it deletes one. */
function looksAfter(
  observed: Parts<ObservedAccount>,
  earlier: readonly [string, Sighting][] = [[rowId, look]],
) {
  const planning = planningOf(observed, config, {
    earlier: { ...NOTHING_EARLIER, sightings: new Map(earlier) },
  });
  return Object.fromEntries(
    auditJob.observationRows(planning, plan(planning)).flat()
      .filter((write) => kindIn(write) === "audit/sighting")
      .map(({ id, value }) => {
        const { seen: _seen, ...row } = value as Sighting ?? {};
        return [id, value === undefined ? null : row];
      }),
  );
}

Deno.test("a violator of an unproven region keeps its look as it is", () => {
  const observed = partsOf([anAccount(DEV, [aFailedRegion("us-east-1")])]);
  assert.deepEqual(looksAfter(observed), {});
});

Deno.test("a violator of a region that was not looked at keeps its look as it is", () => {
  const observed = partsOf([anAccount(DEV, [aRegion("us-east-2", [])])]);
  assert.deepEqual(looksAfter(observed), {});
});

Deno.test("an instance whose rule cannot be decided just now keeps its look as it is", () => {
  const tags = { owner: "alice", by: "mallory" };
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const observed = partsOf([
    anAccount(DEV, [aRegion("us-east-1", [anInstance(1, { tags })])], { users }),
  ]);
  assert.deepEqual(looksAfter(observed), {});
});

for (const state of ["pending", "stopping"]) {
  Deno.test(`a violator that is ${state} just now keeps its look as it is`, () => {
    assert.deepEqual(looksAfter(oneRegion(anInstance(1, { state }))), {});
  });
}

Deno.test("an exemption's time does not count as time to put it right: it leaves no look", () => {
  const observed = oneRegion(anInstance(1, { image: "ami-0000000000000000e" }));
  assert.deepEqual(looksAfter(observed, []), {});
});

Deno.test("a violator that is seen for the first time begins with one look", () => {
  assert.deepEqual(looksAfter(oneRegion(anInstance(1)), []), {
    [rowId]: {
      first_seen: NOW.toISOString(),
      last_seen: NOW.toISOString(),
      count: 1,
      rule_hash: hash,
      spaced: { count: 1, at: NOW.toISOString() },
    },
  });
});

Deno.test("a violator that is seen again has one look more, and was first seen when it was", () => {
  assert.deepEqual(looksAfter(oneRegion(anInstance(1))), {
    [rowId]: {
      ...look,
      last_seen: NOW.toISOString(),
      count: 4,
      spaced: { count: 4, at: NOW.toISOString() },
    },
  });
});

Deno.test("a violator that is seen again under other rules begins anew", () => {
  assert.deepEqual(
    looksAfter(oneRegion(anInstance(1)), [[rowId, { ...look, rule_hash: "0ldru1e5" }]]),
    { [rowId]: sightedAgain(undefined, config, NOW) },
  );
});

Deno.test("an instance that keeps the rules, or is gone, is forgotten", () => {
  const kept = anInstance(1, { tags: { owner: "alice", by: "alice" } });
  const users = { names: ["alice"] };
  const observed = partsOf([anAccount(DEV, [aRegion("us-east-1", [kept])], { users })]);
  assert.deepEqual(looksAfter(observed), { [rowId]: null });
  const other = anInstance(2, { tags: { owner: "alice", by: "alice" } });
  const gone = partsOf([anAccount(DEV, [aRegion("us-east-1", [other])], { users })]);
  assert.deepEqual(looksAfter(gone), { [rowId]: null });
  // A region that is empty in both sources proves nothing.
  assert.deepEqual(looksAfter(oneRegion()), {});
  assert.deepEqual(looksAfter(oneRegion(anInstance(1, { state: "terminated" }))), {
    [rowId]: null,
  });
});

const spacings: readonly [what: string, minutes: number, spaced: number][] = [
  ["a millisecond too early", 30 - 1 / 60_000, 1],
  ["just far enough from the last", 30, 2],
  ["long after", 3000, 2],
];

for (const [what, minutes, count] of spacings) {
  Deno.test(`a look ${what} is ${count === 2 ? "" : "not "}one more of those that count`, () => {
    const first = sightedAgain(undefined, config, NOW);
    const later = new Date(NOW.getTime() + minutes * 60_000);
    const second = sightedAgain(first, config, later);
    assert.deepEqual([second.count, second.spaced?.count], [2, count]);
    assert.equal(second.spaced?.at, (count === 2 ? later : NOW).toISOString());
  });
}

Deno.test("many looks close together never count for two", () => {
  let seen = sightedAgain(undefined, config, NOW);
  for (let minute = 1; minute < 30; minute++) {
    seen = sightedAgain(seen, config, new Date(NOW.getTime() + minute * 60_000));
  }
  assert.deepEqual([seen.count, seen.spaced?.count], [30, 1]);
});

Deno.test("a row of 0.1.0 is one look, at the time it was last seen", () => {
  const { spaced: _unknown, ...old } = look;
  const again = sightedAgain(old, config, NOW);
  assert.deepEqual(again.spaced, { count: 2, at: NOW.toISOString() });
  const soon = sightedAgain({ ...old, last_seen: NOW.toISOString() }, config, NOW);
  assert.deepEqual(soon.spaced, { count: 1, at: NOW.toISOString() });
});

Deno.test("looks, marks and all other rows are read from the store as they were written", async () => {
  const mark = {
    value: "gk1/mark/2026-11-19T12:00:00Z/1b2c3d4e",
    deadline: YESTERDAY,
    rule_hash: hash,
    marked_at: YESTERDAY,
    run_id: "run",
  };
  const regionId = `${DEV}/us-east-1`;
  const lift = { protection: { termination: true, stop: false }, at: YESTERDAY, run_id: "run" };
  const canary = { instance_id: "i-0", how: "created", at: YESTERDAY };
  const stamp = { instance_id: "i-0", value: YESTERDAY };
  const level = { listed: 3, examined: 2, violating: 1, at: YESTERDAY };
  const owner = {
    owner: { name: "alice", source: "tag", confidence: "high", detail: "tag owner" },
    at: YESTERDAY,
  };
  const inAccount = (kind: string, id: string, value: Json) => ({
    kind: `audit/${kind}#${id.slice(0, 12)}`,
    id,
    value,
  });
  const store = await storeOf(
    inAccount("sighting", rowId, { ...look }),
    inAccount("mark", rowId, mark),
    inAccount("journal", rowId, {}),
    inAccount("lifted-protection", rowId, lift),
    inAccount("canary", regionId, canary),
    inAccount("canary-stamp", regionId, stamp),
    inAccount("level", regionId, level),
    inAccount("owner", rowId, owner),
    // What is not in the scope is not read, so that it need not even have the shape.
    inAccount("mark", `${PROD}/us-east-1/i-0`, {}),
  );
  const earlier = await auditJob.earlier(store, { accounts: [DEV], publishes: false });
  assert.deepEqual([...earlier.lifts], [[rowId, lift]]);
  assert.deepEqual([...earlier.canaries], [[regionId, canary]]);
  assert.deepEqual([...earlier.stamps], [[regionId, stamp]]);
  assert.deepEqual([...earlier.levels], [[regionId, level]]);
  assert.deepEqual([...earlier.owners], [[rowId, owner]]);
  assert.deepEqual([...earlier.sightings], [[rowId, look]]);
  assert.deepEqual([...earlier.marks], [[rowId, mark]]);
});

Deno.test("an empty store knows of nothing", async () => {
  const earlier = await auditJob.earlier(await storeOf(), { accounts: [DEV], publishes: false });
  assert.deepEqual(Object.values(earlier).map(({ size }) => size), [0, 0, 0, 0, 0, 0, 0, 0]);
});
