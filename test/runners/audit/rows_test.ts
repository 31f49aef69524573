import assert from "assert";
import type { Json, JsonObject } from "../../../runners/core/json.ts";
import {
  effected,
  finished,
  intentOf,
  type JournalEntry,
  type Outcome,
} from "../../../runners/core/journal/entry.ts";
import { instanceArn } from "../../../runners/core/aws/arn.ts";
import { type AuditChange, kindOf } from "../../../runners/audit/ladder/audit_change.ts";
import { auditJob } from "../../../runners/audit/job.ts";
import { kindIn } from "./store_rows.ts";
import { DEV, idOf, NOW, YESTERDAY } from "./world.ts";

const rowId = `${DEV}/us-east-1/${idOf(1)}`;
const LATER = new Date("2026-11-20T12:00:09.000Z");

/** An entry of the journal about instance 1. */
function entryOf(
  action: string,
  before: JsonObject,
  after: JsonObject,
  outcome: Outcome | null,
): JournalEntry {
  const change = {
    id: "change",
    account: DEV,
    region: "us-east-1",
    action,
    target: instanceArn("aws", "us-east-1", DEV, idOf(1)),
    reason: "why",
    before,
    after,
  };
  const entry = intentOf(change, {
    job: "audit",
    runId: "run-1",
    planId: "plan",
    principal: "arn",
    toolVersion: "0",
    now: NOW,
  });
  if (outcome === "pending") return effected(entry, { token: idOf(1) }, LATER);
  return outcome === null ? entry : finished(entry, outcome, LATER);
}

const mark = {
  value: "gk1/stop/2026-11-20T12:00:00Z/1b2c3d4e",
  deadline: "2026-11-20T12:00:00Z",
  rule_hash: "1b2c3d4e",
  marked_at: YESTERDAY,
  run_id: "run-0",
  steps: { stop: "2026-11-20T12:00:00Z" },
};
const protection = { termination: true, stop: false };

interface RowCase {
  readonly what: string;
  readonly action: string;
  readonly before?: JsonObject;
  readonly after?: JsonObject;
  /** What each outcome leaves, by kind of row; null deletes the row. Others leave nothing. */
  readonly leaves: Partial<Record<Outcome | "announced", Readonly<Record<string, Json>>>>;
}

const set = {
  "audit/mark": {
    value: "gk1/mark/x",
    deadline: "then",
    rule_hash: "1b2c3d4e",
    marked_at: NOW.toISOString(),
    run_id: "run-1",
  },
};
const steps = { stop: "2026-11-23T12:00:00Z" };
const stopped = { "audit/mark": { ...mark, stopped_at: NOW.toISOString() } };
const lifted = {
  "audit/lifted-protection": { protection, at: NOW.toISOString(), run_id: "run-1" },
};

const cases: readonly RowCase[] = [
  {
    what: "a mark leaves a row that equals the tag, also where it could not be seen",
    action: "ec2:CreateTags",
    before: { tags: {} },
    after: {
      key: "groundskeeper-audit",
      value: "gk1/mark/x",
      deadline: "then",
      rule_hash: "1b2c3d4e",
    },
    leaves: { done: set, unknown: set },
  },
  {
    what: "a mark leaves its steps where its value has them, and nowhere else",
    action: "ec2:CreateTags",
    before: { tags: {} },
    after: {
      key: "groundskeeper-audit",
      value: "gk1/mark/x",
      deadline: "then",
      rule_hash: "1b2c3d4e",
      steps,
    },
    leaves: {
      done: set,
      unknown: set,
    },
  },
  {
    what: "a mark that was taken away leaves neither a row nor a look",
    action: "ec2:DeleteTags",
    before: { tags: { "groundskeeper-audit": mark.value } },
    after: { key: "groundskeeper-audit", value: null },
    leaves: { done: { "audit/mark": null, "audit/sighting": null } },
  },
  {
    what: "a stop is written down in the mark's row before it is told, and when it was seen",
    action: "ec2:StopInstances",
    before: { mark, state: "running" },
    after: { state: "stopped" },
    leaves: {
      announced: { "audit/mark": { ...mark, told_to_stop_at: NOW.toISOString() } },
      done: stopped,
      unknown: stopped,
    },
  },
  {
    what: "a termination stays in the mark's row until its absence is explained",
    action: "ec2:TerminateInstances",
    before: { mark, state: "stopped" },
    after: { state: "terminated" },
    leaves: { done: { "audit/mark": { ...mark, terminated_at: NOW.toISOString() } } },
  },
  {
    what:
      "what is lifted is known from the announcement on until the instance is gone or it is back",
    action: "ec2:TerminateInstances",
    before: { mark, state: "stopped", protection },
    after: { state: "terminated" },
    leaves: {
      announced: lifted,
      done: {
        "audit/mark": { ...mark, terminated_at: NOW.toISOString() },
        "audit/lifted-protection": null,
      },
      failed: { "audit/lifted-protection": null },
    },
  },
  {
    what: "what was put back leaves no row",
    action: "ec2:ModifyInstanceAttribute",
    before: { lift: { protection, at: YESTERDAY, run_id: "run-0" } },
    after: { protection },
    leaves: { done: { "audit/lifted-protection": null } },
  },
  {
    what: "a start leaves the mark as it is, so that the ladder goes on",
    action: "ec2:StartInstances",
    before: { run_id: "run-0", state: "stopped" },
    after: { state: "running" },
    leaves: {},
  },
  {
    what: "a stamp is known once it was seen, and never leaves a mark",
    action: "ec2:CreateTags",
    before: { stamp: null },
    after: { key: "groundskeeper-canary", value: "2026-11-20T12:00:00.000Z" },
    leaves: {
      done: { "audit/canary-stamp": { instance_id: idOf(1), value: "2026-11-20T12:00:00.000Z" } },
    },
  },
];

/** With as much of its change as a case says. */
function recorded(entry: JournalEntry) {
  return { change: { ...entry, kind: kindOf(entry) } as unknown as AuditChange, entry };
}

for (const { what, action, before = {}, after = {}, leaves } of cases) {
  Deno.test(`of the audit's rows: ${what}`, () => {
    for (const outcome of [null, "done", "failed", "drifted", "skipped", "unknown"] as const) {
      const writes = auditJob.rowsFor(
        recorded(entryOf(action, before, after, outcome)),
      );
      assert.deepEqual(
        Object.fromEntries(writes.map((write) => [kindIn(write), write.value ?? null])),
        leaves[outcome ?? "announced"] ?? {},
        String(outcome),
      );
      const isStamp = after["key"] === "groundskeeper-canary";
      for (const { kind, id, value, expires } of writes) {
        assert.ok(kind.endsWith(`#${DEV}`), kind);
        assert.equal(id, isStamp ? `${DEV}/us-east-1` : rowId);
        const isTerminated = JSON.stringify(value ?? null).includes("terminated_at");
        assert.equal(
          expires,
          isTerminated ? "retained" : undefined,
          "a mark in force is never over",
        );
      }
    }
  });
}
