import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Recorded, Settlement } from "../../core/job.ts";
import type { AuditJobPlan, AuditTypes } from "../audit_plan.ts";
import type { ChangeOf } from "./audit_change.ts";
import { isBack } from "./lifts.ts";
import {
  GONE_STATES,
  type Observed,
  type ObservedInstance,
  type ObservedRegion,
} from "../observed.ts";
import { tagOf } from "../tags.ts";

/** Judges an intent without outcome by what a proven region says of its instance. */
export function settle(
  { change, entry }: Recorded<AuditTypes>,
  observed: Observed,
  { coverage }: AuditJobPlan,
): Settlement {
  const { account, region } = change;
  const proof = coverage.regions.find((place) =>
    place.account === account && place.region === region
  )?.proof;
  if (proof === undefined) return { verdict: "unread" };
  const seen = observed.accounts.find(({ id }) => id === account)
    ?.regions.find((one) => one.region === region);
  const instance = seen?.instances.find(({ id }) => id === instanceIdOf(change.target));
  if (instance?.doubt) return { verdict: "unread" };
  if (!instance) {
    const sinceMs = Date.parse(seen!.at) - Date.parse(entry.intended_at);
    // What is missing before that hour is over has only been left out of the answer, and who knows
    // what became of it later: that it is gone is known where AWS says so.
    return change.kind === "terminate" && proof !== "none" && sinceMs < LISTED_MS
      ? { verdict: "unread" }
      : { verdict: "unknown", detail: "The instance is gone" };
  }
  switch (change.kind) {
    case "mark":
    case "unmark":
    case "stamp":
      return settleTag(change, instance, seen!);
    case "stop":
      return settleState(instance, new Set(["stopping", "stopped"]), change);
    case "terminate":
      return settleState(instance, GONE_STATES, change);
    case "restore":
      // Where it is not known to be back it is planned again: to set it twice is to set it once.
      return { verdict: isBack(change.after, instance.protection) ? "done" : "noEffect" };
  }
}

/** A terminated instance is listed for about an hour (EC2 user guide, "Terminate instances"). */
const LISTED_MS = 3_600_000;

/** Seconds before the intent it was in another state; the state that it wanted is its effect. */
function settleState(
  { state }: ObservedInstance,
  wanted: ReadonlySet<string>,
  { before }: ChangeOf<"stop" | "terminate">,
): Settlement {
  if (wanted.has(state)) return { verdict: "done" };
  return state === before.state
    ? { verdict: "noEffect" }
    : { verdict: "unknown", detail: `The instance is ${state} now` };
}

/** Ours is what carries the very value that the intent announced: it holds the run's instants. */
function settleTag(
  { before, after: { key, value } }: ChangeOf<"mark" | "unmark" | "stamp">,
  instance: ObservedInstance,
  region: ObservedRegion,
): Settlement {
  const tag = tagOf(instance.tags, key) ?? null;
  const second = region.secondSource?.tags[instance.id];
  if (second && (tagOf(second, key) ?? null) !== tag) return { verdict: "unread" };
  const was = "stamp" in before ? before.stamp : tagOf(before.tags, key) ?? null;
  if (tag === value) return { verdict: "done" };
  if (tag === was) return { verdict: "noEffect" };
  return {
    verdict: "unknown",
    detail: `The instance carries another ${key} than the interrupted run announced`,
  };
}
