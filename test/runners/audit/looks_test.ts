import assert from "assert";
import { auditJob } from "../../../runners/audit/job.ts";
import { type Look, lookAgain } from "../../../runners/audit/looks.ts";
import { ruleHash } from "../../../runners/audit/mark.ts";
import type { Observed } from "../../../runners/audit/observed.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { storeOf } from "./store_rows.ts";
import {
  aFailedRegion,
  anAccount,
  anInstance,
  aRegion,
  configOf,
  DEV,
  NOW,
  oneRegion,
  planningOf,
  YESTERDAY,
} from "./world.ts";

const config = configOf({
  required: [{ key: "owner" }, { key: "by", value: { principal: { users: true } } }],
  exempt: [{ match: { imageId: "ami-0000000000000000e" }, reason: "vendor", until: "2026-11-20" }],
});
const hash = ruleHash(config);
const look: Look = { first_seen: YESTERDAY, last_seen: YESTERDAY, count: 3, rule_hash: hash };
const rowId = `${DEV}/us-east-1/${anInstance(1).id}`;

/** The looks that a run leaves, by row id; null where it forgets one. */
function looksAfter(observed: Observed, earlier: readonly [string, Look][] = [[rowId, look]]) {
  const planning = planningOf(observed, config, {
    earlier: { looks: new Map(earlier), marks: new Map() },
  });
  return Object.fromEntries(
    auditJob.looks(planning, plan(planning)).map(({ kind, id, value }) => {
      assert.equal(kind, "audit-look");
      return [id, value ?? null];
    }),
  );
}

Deno.test("a violator of an unproven region keeps its look as it is", () => {
  const observed = { accounts: [anAccount(DEV, [aFailedRegion("us-east-1")])] };
  assert.deepEqual(looksAfter(observed), {});
});

Deno.test("a violator of a region that was not looked at keeps its look as it is", () => {
  const observed = { accounts: [anAccount(DEV, [aRegion("us-east-2", [])])] };
  assert.deepEqual(looksAfter(observed), {});
});

Deno.test("an instance whose rule cannot be decided just now keeps its look as it is", () => {
  const tags = { owner: "alice", by: "mallory" };
  const users = { reason: "throttled", detail: "Throttling: slow down" };
  const observed = {
    accounts: [anAccount(DEV, [aRegion("us-east-1", [anInstance(1, { tags })])], { users })],
  };
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
    },
  });
});

Deno.test("a violator that is seen again has one look more, and was first seen when it was", () => {
  assert.deepEqual(looksAfter(oneRegion(anInstance(1))), {
    [rowId]: { ...look, last_seen: NOW.toISOString(), count: 4 },
  });
});

Deno.test("a violator that is seen again under other rules begins anew", () => {
  assert.deepEqual(
    looksAfter(oneRegion(anInstance(1)), [[rowId, { ...look, rule_hash: "0ldru1e5" }]]),
    { [rowId]: lookAgain(undefined, hash, NOW) },
  );
});

Deno.test("an instance that keeps the rules, or is gone, is forgotten", () => {
  const kept = anInstance(1, { tags: { owner: "alice", by: "alice" } });
  const users = { names: ["alice"] };
  const observed = { accounts: [anAccount(DEV, [aRegion("us-east-1", [kept])], { users })] };
  assert.deepEqual(looksAfter(observed), { [rowId]: null });
  const other = anInstance(2, { tags: { owner: "alice", by: "alice" } });
  const gone = { accounts: [anAccount(DEV, [aRegion("us-east-1", [other])], { users })] };
  assert.deepEqual(looksAfter(gone), { [rowId]: null });
  // A region that is empty in both sources proves nothing.
  assert.deepEqual(looksAfter(oneRegion()), {});
  assert.deepEqual(looksAfter(oneRegion(anInstance(1, { state: "terminated" }))), {
    [rowId]: null,
  });
});

Deno.test("looks and marks are read from the store as they were written", async () => {
  const mark = {
    value: "gk1/mark/2026-11-19T12:00:00Z/1b2c3d4e",
    deadline: YESTERDAY,
    rule_hash: hash,
    marked_at: YESTERDAY,
    run_id: "run",
  };
  const earlier = await auditJob.earlier(storeOf(
    { kind: "audit-look", id: rowId, value: { ...look } },
    { kind: "audit-mark", id: rowId, value: mark },
    { kind: "journal", id: rowId, value: {} },
  ));
  assert.deepEqual([...earlier.looks], [[rowId, look]]);
  assert.deepEqual([...earlier.marks], [[rowId, mark]]);
});

Deno.test("an empty store knows of nothing", async () => {
  const earlier = await auditJob.earlier(storeOf());
  assert.deepEqual([earlier.looks.size, earlier.marks.size], [0, 0]);
});
