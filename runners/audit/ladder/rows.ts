import { regionOf } from "../../core/limits/counts.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Recorded } from "../../core/job.ts";
import type { Write } from "../../core/store/store.ts";
import type { AuditChange } from "./audit_change.ts";
import { CANARIES, type CanaryRow, STAMPS } from "../canary/canary.ts";
import { LIFTS } from "./protection.ts";
import { SIGHTINGS } from "./sightings.ts";
import { instanceRowId, MARKS } from "./mark.ts";

/** The audit's own rows that an entry of the journal leaves. */
export function rowsFor({ change, entry }: Recorded<AuditChange>): Write[] {
  const { account, region, target } = change;
  const { outcome, intended_at, run_id } = entry;
  const rowId = instanceRowId(account, region, instanceIdOf(target));
  const done = outcome === "done";
  // A write with an unknown outcome may have had its effect.
  const mayBe = done || outcome === "unknown";
  switch (change.kind) {
    case "mark": {
      const { value, deadline, rule_hash } = change.after;
      const row = { value, deadline, rule_hash, marked_at: intended_at, run_id };
      // Also of a mark that could not be seen yet: a row counts only with its tag.
      return mayBe ? [MARKS.write(rowId, row)] : [];
    }
    case "unmark":
      return done ? [MARKS, SIGHTINGS].map((rows) => rows.write(rowId, undefined)) : [];
    case "stop": {
      const { mark } = change.before;
      // Before the stop is sent, so that it counts also if its outcome is never seen.
      if (outcome === null) return [MARKS.write(rowId, { ...mark, told_to_stop_at: intended_at })];
      return mayBe ? [MARKS.write(rowId, { ...mark, stopped_at: intended_at })] : [];
    }
    case "terminate": {
      const { mark, protection } = change.before;
      const lift = outcome === null ? { at: intended_at, run_id } : undefined;
      const isTold = outcome === null || done || outcome === "failed";
      return [
        ...(done ? [MARKS.write(rowId, { ...mark, terminated_at: intended_at })] : []),
        // There from before the protection is lifted until the instance is gone or it is back.
        ...(protection && isTold ? [LIFTS.write(rowId, lift && { protection, ...lift })] : []),
      ];
    }
    case "restore":
      return done ? [LIFTS.write(rowId, undefined)] : [];
    case "stamp": {
      const row = { instance_id: instanceIdOf(target), value: change.after.value };
      return done ? [STAMPS.write(regionOf(change), row)] : [];
    }
    case "create-canary": {
      const made = { instance_id: instanceIdOf(entry.target), at: intended_at };
      const write = (row: CanaryRow | undefined) => [CANARIES.write(regionOf(change), row)];
      if (done || outcome === "pending") return write({ ...made, how: "created" });
      // AWS began to make it, and it did not come to run.
      return outcome === "failed" && entry.token !== undefined ? write(undefined) : [];
    }
    // As where the owner starts it: the mark stays, and the ladder goes on from it.
    case "start":
    case "stop-canary":
      return [];
  }
}
