import { instanceIdOf } from "../../core/aws/arn.ts";
import type { Settlement } from "../../core/job.ts";
import type { JournalEntry } from "../../core/journal/journal.ts";
import type { JobPlan } from "../../core/plan/document.ts";
import { deedOf } from "./changes.ts";
import { isBack } from "./lifts.ts";
import {
  GONE_STATES,
  type Observed,
  type ObservedInstance,
  type ObservedRegion,
  type Protection,
} from "../observed.ts";
import { tagOf, type Tags } from "../tags.ts";

/** Judges an intent without outcome by what a proven region says of its instance. */
export function settle(entry: JournalEntry, observed: Observed, { coverage }: JobPlan): Settlement {
  const { account, region } = entry;
  const proof = coverage.regions.find((place) =>
    place.account === account && place.region === region
  )?.proof;
  if (proof === undefined) return { verdict: "unread" };
  const seen = observed.accounts.find(({ id }) => id === account)
    ?.regions.find((one) => one.region === region);
  const instance = seen?.instances.find(({ id }) => id === instanceIdOf(entry.target));
  const deed = deedOf(entry);
  if (instance?.doubt) return { verdict: "unread" };
  if (!instance) return settleAbsent(entry, seen!, proof === "none");
  switch (deed) {
    case "mark":
    case "unmark":
    case "stamp":
      return settleTag(entry, instance, seen!);
    case "stop":
      return settleState(instance, new Set(["stopping", "stopped"]), entry);
    case "terminate":
      return settleState(instance, GONE_STATES, entry);
    case "restore":
      return settleRestore(entry, instance);
  }
}

/** Where it is not known to be back it is planned again: to set it twice is to set it once. */
function settleRestore({ after }: JournalEntry, { protection }: ObservedInstance): Settlement {
  const wanted = after["protection"] as unknown as Protection;
  return isBack({ protection: wanted }, protection) ? { verdict: "done" } : { verdict: "noEffect" };
}

/** A terminated instance is listed for about an hour (EC2 user guide, "Terminate instances"). */
const LISTED_MS = 3_600_000;

/**
 * What is missing before that hour is over has only been left out of the answer, and who knows what
 * became of it later: that it is gone is known where AWS says so.
 */
function settleAbsent(entry: JournalEntry, { at }: ObservedRegion, empty: boolean): Settlement {
  const sinceMs = Date.parse(at) - Date.parse(entry.intended_at);
  return deedOf(entry) === "terminate" && !empty && sinceMs < LISTED_MS
    ? { verdict: "unread" }
    : { verdict: "unknown", detail: "The instance is gone" };
}

/** Seconds before the intent it was in another state; the state that it wanted is its effect. */
function settleState(
  { state }: ObservedInstance,
  wanted: ReadonlySet<string>,
  { before }: JournalEntry,
): Settlement {
  if (wanted.has(state)) return { verdict: "done" };
  return state === before["state"]
    ? { verdict: "noEffect" }
    : { verdict: "unknown", detail: `The instance is ${state} now` };
}

/** Ours is what carries the very value that the intent announced: it holds the run's instants. */
function settleTag(
  entry: JournalEntry,
  instance: ObservedInstance,
  region: ObservedRegion,
): Settlement {
  const key = String(entry.after["key"]);
  const tag = tagOf(instance.tags, key) ?? null;
  const second = region.secondSource?.tags[instance.id];
  if (second && (tagOf(second, key) ?? null) !== tag) return { verdict: "unread" };
  const before = "stamp" in entry.before
    ? entry.before["stamp"]
    : tagOf(entry.before["tags"] as Tags, key) ?? null;
  if (tag === entry.after["value"]) return { verdict: "done" };
  if (tag === before) return { verdict: "noEffect" };
  return {
    verdict: "unknown",
    detail: `The instance carries another ${key} than the interrupted run announced`,
  };
}
