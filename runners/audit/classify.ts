import { durationMs } from "../core/duration.ts";
import type { AuditConfig, Exemption } from "./config.ts";
import { exemptionOf } from "./exemptions.ts";
import type { ObservedInstance } from "./observed.ts";
import { judgeTags, type Verdict } from "./rules.ts";

/** How an instance stands before anything is confirmed. */
export type Standing =
  | "compliant"
  /** The rules that could be decided are kept; another could not. */
  | "undecided"
  | "in-grace"
  | "exempt"
  | "violating";

export interface Classified {
  readonly instance: ObservedInstance;
  readonly verdict: Verdict;
  readonly standing: Standing;
  /** Since the instant that `audit.clock` names, in milliseconds. */
  readonly ageMs: number;
  /** The exemption, where the standing is "exempt". */
  readonly exemption: Exemption | undefined;
}

/** Classifies the instances that are in one of the configured states. */
export function classify(
  instances: readonly ObservedInstance[],
  account: string,
  users: ReadonlySet<string> | null,
  config: AuditConfig,
  now: Date,
): Classified[] {
  const graceMs = durationMs(config.grace);
  const states: readonly string[] = config.states;
  return instances.filter(({ state }) => states.includes(state)).map((instance) => {
    const verdict = judgeTags(config.required, instance.tags, users);
    const since = config.clock === "created" ? instance.created : instance.launched;
    const ageMs = now.getTime() - Date.parse(since);
    const exemption = exemptionOf(config.exempt, account, instance, now);
    const standing = verdict.findings.length === 0
      ? verdict.undecided.length > 0 ? "undecided" : "compliant"
      : exemption
      ? "exempt"
      : ageMs < graceMs
      ? "in-grace"
      : "violating";
    return { instance, verdict, standing, ageMs, exemption };
  });
}
