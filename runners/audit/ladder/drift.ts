import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { AuditChange, ChangeOf } from "./audit_change.ts";
import type { AuditConfig } from "../config.ts";
import { managersOf } from "../managed.ts";
import { type ObservedInstance, STOPPED_STATES } from "../observed.ts";
import { touched } from "../undo/touched.ts";
import { relevantKeys, relevantTags } from "../rules.ts";
import { sameTags, tagOf, type Tags } from "../tags.ts";

/** An instance as DescribeInstances tells of it seconds before a write. */
export type InstanceNow =
  & Pick<
    ObservedInstance,
    "id" | "state" | "type" | "created" | "launched" | "managedBy" | "tags" | "doubt"
  >
  /** `secondTags`: what DescribeTags says. */
  & { readonly secondTags: Tags };

/** Why a change may not be made any more, seconds before it would be; undefined where it may. */
export function drift(
  change: AuditChange,
  now: InstanceNow | undefined,
  config: AuditConfig,
): string | undefined {
  if (!now) return "The instance is gone";
  if (now.doubt) return `It is in doubt now: ${now.doubt.detail}`;
  switch (change.kind) {
    case "restore":
    case "create-canary":
      return undefined;
    case "start":
      return touched(change.before, now, config.mark)?.detail;
    case "stop-canary":
      return now.state === change.before.state ? undefined : `The canary is ${now.state} now`;
    case "stamp":
      if (!STOPPED_STATES.has(now.state)) return `The canary is ${now.state} now`;
      return (tagOf(now.tags, CANARY_STAMP_TAG) ?? null) === change.before.stamp
        ? undefined
        : "Another run has written the canary's stamp";
    case "stop":
      // The type decided what the stop loses.
      if (now.type !== change.before.instance.type) return `Its type is ${now.type} now`;
  }
  // The state that the plan has seen, and no other.
  const states: readonly string[] = "state" in change.before
    ? [change.before.state]
    : config.states;
  return states.includes(now.state)
    ? tagDrift(change, now, config)
    : `The instance is ${now.state} now`;
}

/** Both sources must still say what the plan relies on. */
function tagDrift(
  change: ChangeOf<"mark" | "unmark" | "stop" | "terminate">,
  now: InstanceNow,
  config: AuditConfig,
): string | undefined {
  const managers = managersOf(now, now.secondTags, config);
  if (config.managed === "report" && managers.length > 0 && change.kind !== "unmark") {
    return `It is managed by ${managers.join(", ")} now`;
  }
  const keys = relevantKeys(config);
  const first = relevantTags(now.tags, keys);
  if (!sameTags(first, relevantTags(now.secondTags, keys))) {
    return "DescribeInstances and DescribeTags differ on its tags now";
  }
  return sameTags(first, change.before.tags)
    ? undefined
    : "Its tags have changed since they were read";
}
