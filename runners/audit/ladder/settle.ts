import { regionOf } from "../../core/limits/counts.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Job, Settlement } from "../../core/job.ts";
import type { AuditTypes } from "../audit_plan.ts";
import { type AuditChange, type ChangeOf, statesAfter } from "./audit_change.ts";
import { settleCanary } from "../canary/creation.ts";
import { isBack } from "./protection.ts";
import { LISTED_MS, type ObservedInstance, type ObservedRegion } from "../observed.ts";
import { tagOf } from "../tags.ts";

/** Judges an intent without outcome by what was read of its instance in a proven region. */
export const settle: Job<AuditTypes>["settle"] = ({ change, entry }, observed, { own }) => {
  // A Region without a canary is not proven: what only makes or stops one needs no proof.
  if (change.kind === "create-canary" || change.kind === "stop-canary") {
    return settleCanary(change, observed, entry);
  }
  const proof = own.regions.get(regionOf(change))?.proof;
  const region = observed.of(change.account)?.regions
    .find(({ region }) => region === change.region);
  if (!proof?.proven || !region) return { verdict: "unread" };
  const instance = region.instances.find(({ id }) => id === instanceIdOf(change.target));
  if (instance?.doubt) return { verdict: "unread" };
  if (!instance) {
    const sinceMs = Date.parse(region.at) - Date.parse(entry.intended_at);
    // Within that hour a missing instance was only left out of the answer. That it is gone is known
    // if AWS says so.
    return change.kind === "terminate" && proof.proof !== "none" && sinceMs < LISTED_MS
      ? { verdict: "unread" }
      : { verdict: "unknown", detail: "The instance is gone" };
  }
  return settleListed(change, instance, region);
};

/** Judges an intent by its instance, which is listed and not in doubt. */
export function settleListed(
  change: Exclude<AuditChange, ChangeOf<"create-canary" | "stop-canary">>,
  instance: ObservedInstance,
  region: ObservedRegion,
): Settlement {
  switch (change.kind) {
    case "restore":
      // If it is not known to be back, it is planned again: to set it twice does no harm.
      return { verdict: isBack(change.after, instance.protection) ? "done" : "noEffect" };
    case "stop":
    case "terminate":
    case "start":
      return settleState(change, instance);
    default:
      return settleTag(change, instance, region);
  }
}

/** The instance was in another state seconds before the intent: the wanted state is its effect. */
function settleState(
  { kind, before }: ChangeOf<"stop" | "terminate" | "start">,
  { state }: ObservedInstance,
): Settlement {
  if (statesAfter(kind)?.has(state)) return { verdict: "done" };
  // A later run sees whether it runs, or has stopped again.
  if (kind === "start" && state === "pending") return { verdict: "unread" };
  return state === before.state
    ? { verdict: "noEffect" }
    : { verdict: "unknown", detail: `The instance is ${state} now` };
}

/** The value that the intent announced holds the run's instants, so that nobody else wrote it. */
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
