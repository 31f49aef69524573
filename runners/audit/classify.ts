import { durationMs } from "../core/duration.ts";
import { eachInStep, type Steps } from "../core/steps.ts";
import { canaryTags, carriesCanaryTags } from "./canary/canary.ts";
import { type AuditConfig, type Exemption, usesCanaries } from "./config.ts";
import { exemptionOf } from "./exemptions.ts";
import type { ObservedInstance, ObservedRegion } from "./observed.ts";
import { type Finding, judgeTags, type Verdict } from "./rules.ts";

/** How an instance stands before anything is confirmed. */
type Standing =
  | "compliant"
  /** The rules that could be decided are kept; another could not. */
  | "undecided"
  | "in-grace"
  | "exempt"
  /** Its record is not whole, or its copies differ: nothing is concluded of it. */
  | "doubtful"
  | "violating";

export type Classified = {
  readonly instance: ObservedInstance;
  readonly verdict: Verdict;
  readonly standing: Standing;
  /** Since the instant that `audit.clock` names, in milliseconds. */
  readonly ageMs: number;
  /** The exemption, where the standing is "exempt". */
  readonly exemption: Exemption | undefined;
};

/** What is classified: a region, and what is known of its account. */
type Classifying = {
  readonly region: Pick<ObservedRegion, "region"> & {
    readonly instances: readonly ObservedInstance[];
  };
  readonly account: string;
  /** The IAM users; null where they are not known. */
  readonly users: ReadonlySet<string> | null;
  /** The id of the region's canary, which no rule applies to. */
  readonly canary: string | undefined;
};

/**
 * Classifies the instances that are in one of the configured states, and those that are in doubt; one
 * a step, since patterns may take long over thousands of tags.
 */
export function* classify(
  { region, account, users, canary }: Classifying,
  config: AuditConfig,
  now: Date,
): Steps<Classified[]> {
  const graceMs = durationMs(config.grace);
  const states: readonly string[] = config.states;
  const copyOf = usesCanaries(config) ? canaryTags(config, region.region) : null;
  const examined = region.instances.filter(({ state, id, doubt }) =>
    (states.includes(state) || doubt) && id !== canary
  );
  return yield* eachInStep(examined, (instance): Classified => {
    const judged = judgeTags(config.required, instance.tags, users);
    const copies = copyOf !== null && carriesCanaryTags(instance.tags, copyOf);
    const verdict = copies ? { ...judged, findings: [...judged.findings, COPY] } : judged;
    const since = config.clock === "created" ? instance.created : instance.launched;
    const ageMs = now.getTime() - Date.parse(since);
    const exemption = exemptionOf(config.exempt, account, instance, now);
    const standing = instance.doubt
      ? "doubtful"
      : verdict.findings.length === 0
      ? verdict.undecided.length > 0 ? "undecided" : "compliant"
      : exemption
      ? "exempt"
      : ageMs < graceMs
      ? "in-grace"
      : "violating";
    return { instance, verdict, standing, ageMs, exemption };
  });
}

const COPY: Finding = {
  key: "canary",
  kind: "canary-copy",
  detail: "it carries the tags of the region's canary, and is not the canary",
};
