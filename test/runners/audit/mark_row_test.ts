import assert from "assert";
import fc from "fast-check";
import { StoreError } from "../../../runners/core/errors.ts";
import type { Json, JsonObject } from "../../../runners/core/json.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { ladderPosition } from "../../../runners/audit/ladder/ladder.ts";
import {
  markedAtMs,
  type MarkRow,
  markValue,
  promisedBy,
  ruleHash,
} from "../../../runners/audit/ladder/mark.ts";
import { generated, propertyTest } from "../core/properties.ts";
import { storeOf } from "./store_rows.ts";
import { configOf, DEV, idOf, NOW, WHOLE_LADDER } from "./world.ts";

const config = configOf({ required: [{ key: "owner" }], ladder: WHOLE_LADDER });
const hash = ruleHash(config);
const steps = { stop: "2026-11-24T03:00:00Z", terminate: "2026-12-05T03:00:00Z" };
const value = markValue(steps, NOW, hash);
const row: MarkRow = {
  value,
  deadline: steps.stop,
  rule_hash: hash,
  marked_at: "2026-11-21T03:00:00.000Z",
  run_id: "run-0",
};

const standing = (mark: MarkRow, state: string) =>
  ladderPosition({ tags: { [config.mark]: value }, state, mark, sighting: undefined }, config, NOW);

const instant = fc.integer({ min: -400, max: 400 }).map((hours) =>
  new Date(NOW.getTime() + hours * 3_600_000).toISOString()
);
/** A row of the mark in which everything but the value and the hash may be wrong. */
const wrongRow = fc.record({
  deadline: instant,
  marked_at: instant,
  told_to_stop_at: instant,
  stopped_at: instant,
  steps: fc.record({ stop: instant, terminate: instant }, { requiredKeys: [] }),
}, { requiredKeys: [] }).map((wrong): MarkRow => ({ ...row, ...wrong }));

type Stand = typeof ladderPosition;
type OldRow = MarkRow & { readonly steps?: { readonly [step: string]: string } };

/** Where the instance would be on the ladder if the due instant came from elsewhere. */
const dueBy = (at: (mark: OldRow, step: string) => string | undefined): Stand => (on, ...rest) => {
  const standing = ladderPosition(on, ...rest);
  const other = standing.next && on.mark && at(on.mark, standing.next.step);
  return other ? { ...standing, next: { ...standing.next!, due: new Date(other) } } : standing;
};

propertyTest<Stand>(
  "whatever else its row says, a mark's step never comes before the instant that its tag names",
  ladderPosition,
  (stand) => {
    fc.assert(
      fc.property(wrongRow, fc.constantFrom("running", "stopped"), (mark, state) => {
        const on = { tags: { [config.mark]: value }, state, mark, sighting: undefined };
        const { next } = stand(on, config, NOW);
        const step = state === "running" ? "stop" : "terminate";
        assert.equal(next?.step, step);
        assert.ok(next!.due.getTime() >= Date.parse(steps[step]));
      }),
      { seed: 20_261_129, numRuns: generated(400) },
    );
  },
  {
    "believes the row's steps": dueBy(({ steps }, step) => steps?.[step]),
    "believes the row's deadline": dueBy(({ deadline }) => deadline),
    "counts from when the row says that it was marked": dueBy(({ marked_at }) => marked_at),
    "counts from when the row says that it was stopped": dueBy(({ stopped_at }) => stopped_at),
  },
);

Deno.test("a mark that is no notice is set again, and the plan says why", () => {
  assert.equal(standing(row, "running").note, null);
  const { next, note } = standing({ ...row, is_void: true }, "running");
  assert.equal(next?.step, "mark");
  assert.match(
    note!,
    /^its mark counts no longer: since it was set, the instance kept the rules, or/,
  );
});

Deno.test("of two instants at which it was stopped, the later one counts, whichever it is", () => {
  const [earlier, later] = ["2026-11-25T00:00:00.000Z", "2026-11-29T00:00:00.000Z"];
  for (const [told_to_stop_at, stopped_at] of [[earlier, later], [later, earlier]] as const) {
    const { next } = standing({ ...row, told_to_stop_at, stopped_at }, "stopped");
    assert.equal(next?.due.toISOString(), "2026-12-10T00:00:00.000Z");
  }
});

Deno.test("a mark is never taken for one that was set later than its value allows", () => {
  const atMs = Date.parse(row.marked_at);
  assert.equal(markedAtMs({ ...row, marked_at: "2027-01-01T00:00:00.000Z" }, config), atMs);
  assert.equal(
    markedAtMs({ ...row, marked_at: "2026-11-01T00:00:00.000Z" }, config),
    1_793_491_200_000,
  );
});

const noMarks: readonly [what: string, value: string][] = [
  ["names no step", markValue({}, NOW, hash)],
  ["names one step of two", markValue({ stop: steps.stop }, NOW, hash)],
  [
    "names the steps in another order",
    markValue({ terminate: steps.terminate, stop: steps.stop }, NOW, hash),
  ],
  ["names no instant", value.replace(steps.stop, "soon")],
  ["names a day that does not exist", value.replace(steps.stop, "2026-02-30T03:00:00Z")],
  ["names an instant of no time zone", value.replace(steps.stop, "2026-11-24T03:00:00")],
  ["is of other rules than its row says", value.replace(hash, "00000000")],
  ["is of another version", value.replace("gk1", "gk2")],
  ["goes on after its end", `${value}/${hash}`],
];

for (const [what, value] of noMarks) {
  Deno.test(`a mark that ${what} promises nothing, and the ladder begins again`, () => {
    assert.equal(promisedBy(value, config), undefined);
    const mark = { ...row, value };
    const on = { tags: { [config.mark]: value }, state: "running", mark, sighting: undefined };
    const { stage, next, note } = ladderPosition(on, config, NOW);
    assert.deepEqual([stage, next?.step, note], [
      "violating",
      "mark",
      "its mark does not say when the next step comes",
    ]);
  });
}

const ONE_ACCOUNT = { accounts: [DEV], publishes: false };

/** What each kind of row is without, or has in another form. */
const unreadable: readonly [kind: string, field: string, value: Json][] = [
  ["audit/mark", "marked_at", { ...row, marked_at: "yesterday" }],
  ["audit/mark", "stopped_at", { ...row, stopped_at: 1_790_000_000 }],
  ["audit/mark", "value", { ...row, value: null } as unknown as JsonObject],
  ["audit/mark", "its value", "gk1"],
  ["audit/sighting", "first_seen", { last_seen: NOW.toISOString(), count: 1, rule_hash: hash }],
  ["audit/lifted-protection", "protection", { at: NOW.toISOString(), run_id: "run-0" }],
  ["audit/level", "listed", { at: NOW.toISOString() }],
  ["audit/level", "enforced.since", {
    at: NOW.toISOString(),
    listed: 1,
    examined: 1,
    violating: 0,
    enforced: { until: NOW.toISOString() },
  }],
  ["audit/owner", "owner", { at: NOW.toISOString() }],
  ["audit/canary", "instance_id", { how: "created", at: NOW.toISOString() }],
  ["audit/canary-stamp", "its value", []],
];

for (const [kind, field, value] of unreadable) {
  Deno.test(`a row "${kind}" that cannot be read is an error that names it and "${field}"`, async () => {
    const id = `${DEV}/us-east-1/${idOf(1)}`;
    const store = await storeOf({ kind: `${kind}#${DEV}`, id, value });
    await assert.rejects(auditJob.earlier(store, ONE_ACCOUNT), (error) => {
      assert.ok(error instanceof StoreError);
      const named = `Cannot read the row "${kind}#${DEV}" "${id}" of the store: ${field}: `;
      assert.ok(error.message.startsWith(named), error.message);
      return true;
    });
  });
}

Deno.test("a row of an earlier version is read, with what it says besides", async () => {
  const old = { ...row, steps } as unknown as JsonObject;
  const id = `${DEV}/us-east-1/${idOf(1)}`;
  const store = await storeOf({ kind: `audit/mark#${DEV}`, id, value: old });
  const { marks } = await auditJob.earlier(store, ONE_ACCOUNT);
  assert.deepEqual([...marks], [[id, old]]);
});
