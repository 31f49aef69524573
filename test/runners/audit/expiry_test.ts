import assert from "assert";
import { CANARIES, STAMPS } from "../../../runners/audit/canary/canary.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { MARKS } from "../../../runners/audit/ladder/mark.ts";
import { LIFTS } from "../../../runners/audit/ladder/protection.ts";
import { sightedAgain } from "../../../runners/audit/ladder/sightings.ts";
import { LEVELS } from "../../../runners/audit/levels.ts";
import { plan } from "../../../runners/audit/plan.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { DAY_MS } from "../../../runners/core/duration.ts";
import { markOf } from "./ladder_story.ts";
import { kindIn } from "./store_rows.ts";
import {
  anInstance,
  configOf,
  DEV,
  idOf,
  NOTHING_EARLIER,
  NOW,
  oneRegion,
  planningOf,
  YESTERDAY,
} from "./world.ts";

const config = configOf({ required: [{ key: "owner" }], enforce: { accounts: [DEV] } });
const regionId = `${DEV}/us-east-1`;
const rowId = `${regionId}/${idOf(1)}`;
const violating = oneRegion(anInstance(1));

/** The rows of a kind that a run leaves of instance 1. */
function rowsAfter(kind: string, earlier: Partial<AuditPlanning["earlier"]>, observed = violating) {
  const planning = planningOf(observed, config, { earlier: { ...NOTHING_EARLIER, ...earlier } });
  return auditJob.observationRows(planning, plan(planning)).flat()
    .filter((row) => kindIn(row) === kind && row.id === rowId);
}

Deno.test("a sighting is over if no run writes it again, unless it tells that a mark is void", () => {
  const sightings = new Map([[rowId, sightedAgain(undefined, config, new Date(YESTERDAY))]]);
  const marks = new Map([[rowId, markOf(YESTERDAY)]]);
  const endsOf = (earlier: Partial<AuditPlanning["earlier"]>) =>
    rowsAfter("audit/sighting", earlier).map(({ expires }) => expires);
  assert.deepEqual(endsOf({}), ["retained"]);
  assert.deepEqual(endsOf({ sightings }), ["retained"]);
  assert.deepEqual(endsOf({ sightings, marks }), [undefined]);
});

Deno.test("marks in force, lifted protections, levels and canaries are never over", () => {
  const protection = { termination: true, stop: false };
  const rows = [
    MARKS.write(rowId, markOf(YESTERDAY)),
    MARKS.write(rowId, markOf(YESTERDAY, { stopped_at: YESTERDAY })),
    LIFTS.write(rowId, { protection, at: YESTERDAY, run_id: "run" }),
    LEVELS.write(regionId, { listed: 3, examined: 2, violating: 1, at: YESTERDAY }),
    CANARIES.write(regionId, { instance_id: idOf(9), how: "created", at: YESTERDAY }),
    STAMPS.write(regionId, { instance_id: idOf(9), value: YESTERDAY }),
  ];
  assert.deepEqual(rows.map(({ expires }) => expires), rows.map(() => undefined));
});

const OWNER = { name: "alice", source: "cloudtrail", confidence: "high", detail: "" } as const;

const ages: readonly [
  what: string,
  days: number,
  renewedDays: number | null,
  isWritten: boolean,
][] = [
  ["was asked for less than a week ago", 6.9, null, false],
  ["was asked for a week ago", 7, null, true],
  ["was asked for a year ago and written this week", 365, 2, false],
  ["was asked for a year ago and written a week ago", 365, 7, true],
];

for (const [what, days, renewedDays, isWritten] of ages) {
  Deno.test(`an owner that ${what} is ${isWritten ? "" : "not "}written again`, () => {
    const daysAgo = (count: number) => new Date(NOW.getTime() - count * DAY_MS).toISOString();
    const row = {
      owner: OWNER,
      at: daysAgo(days),
      ...(renewedDays === null ? {} : { renewed: daysAgo(renewedDays) }),
    };
    const written = rowsAfter("audit/owner", { owners: new Map([[rowId, row]]) });
    assert.deepEqual(
      written.map(({ value, expires }) => ({ value, expires })),
      isWritten ? [{ value: { ...row, renewed: NOW.toISOString() }, expires: "retained" }] : [],
    );
  });
}

Deno.test("an owner that is found anew, or whose instance keeps the rules, is written once", () => {
  const owners = new Map([[rowId, { owner: null, at: "2025-01-01T00:00:00.000Z" }]]);
  const found = oneRegion(anInstance(1));
  [...found][0]!.regions[0]!.owners.push({ id: idOf(1), owner: OWNER, complete: true });
  assert.deepEqual(rowsAfter("audit/owner", { owners }, found).map(({ value }) => value), [
    { owner: OWNER, at: NOW.toISOString() },
  ]);
  const kept = oneRegion(anInstance(1, { tags: { owner: "alice" } }));
  assert.deepEqual(rowsAfter("audit/owner", { owners }, kept).map(({ value }) => value), [
    undefined,
  ]);
});
