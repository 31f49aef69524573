import { instanceArn } from "../../core/aws/arn.ts";
import {
  finished,
  intentOf,
  type JournalEntry,
  type OutcomeError,
} from "../../core/journal/entry.ts";
import {
  intentWrites,
  journalIdOf,
  openIntents,
  outcomeWrites,
  targetWrites,
} from "../../core/journal/journal.ts";
import type { Clock } from "../../core/clock.ts";
import { makeChange, type WrittenChange } from "../../core/plan/change.ts";
import type { Store, Write } from "../../core/store/store.ts";
import type { CanaryPlan } from "./canary_plan.ts";

/** A write to a canary, announced in the journal. */
type AnnouncedCanary = {
  /** When an earlier run announced it without an outcome; null where none did. */
  readonly since: Date | null;
  /** Closes the entry, with the rows that belong to it. @throws where the store does */
  done(id: string, requestId: string | null, rows: readonly Write[]): Promise<void>;
  failed(error: OutcomeError): Promise<void>;
};

/** The creation or the stop of a region's canary, for the journal. */
export function canaryChange(plan: CanaryPlan, action: "ec2:RunInstances" | "ec2:StopInstances") {
  const { account, region, partition, instance, tags, subnet } = plan;
  return makeChange("audit", {
    account,
    region,
    action,
    target: instanceArn(partition, region, account, instance ?? "*"),
    reason: action === "ec2:RunInstances"
      ? "the region's canary is to be made"
      : "the region's canary is to be stopped",
    before: { canary: instance },
    after: { tags, subnet },
  }, { tags, subnet });
}

/**
 * Announces a write. If a run died over the same write, its entry is continued, since the write is
 * idempotent.
 *
 * @returns undefined where another run was faster
 */
export async function announceCanary(
  store: Store,
  change: WrittenChange,
  clock: Clock,
  run: Pick<Parameters<typeof intentOf>[1], "runId" | "toolVersion" | "principal">,
): Promise<AnnouncedCanary | undefined> {
  const open = (await openIntents(store, "audit"))
    .find(({ entry }) => entry.change_id === change.id);
  const since = open ? new Date(open.entry.intended_at) : null;
  const entry = intentOf(change, {
    ...run,
    job: "audit",
    planId: "",
    now: since ?? clock.now(),
  });
  if (!(await store.write(intentWrites(entry, open))).written) return undefined;
  const journalId = journalIdOf(entry, open);
  const close = async (closed: JournalEntry, rows: readonly Write[]) => {
    await store.write([
      ...outcomeWrites(journalId, closed),
      // The instance that was made was not known when it was announced.
      ...targetWrites(closed, journalId),
      ...rows,
    ]);
  };
  return {
    since,
    done: (id, requestId, rows) =>
      close({
        ...finished(entry, "done", clock.now()),
        target: entry.target.replace(/\/[^/]*$/, `/${id}`),
        aws_request_id: requestId,
      }, rows),
    failed: (error) => close(finished(entry, "failed", clock.now(), error), []),
  };
}
