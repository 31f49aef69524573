import { durationMs } from "../core/duration.ts";
import { eachInStep, type Steps } from "../core/steps.ts";
import { canaryTags, carriesCanaryTags } from "./canary/canary.ts";
import { type Exemption, usesCanaries } from "./config.ts";
import { exemptionOf } from "./exemptions.ts";
import { accountFacts, believed, listingsIn } from "./listings.ts";
import type { ObservedAccount, ObservedInstance, ObservedRegion } from "./observed.ts";
import { type AuditPlanning, canaryOf } from "./planning.ts";
import { type Finding, judgeTags, type Verdict } from "./rules.ts";

/** How the rules judge an instance, before DescribeTags confirms its tags. */
type JudgedAs =
  | "compliant"
  /** The rules that could be decided are kept; another could not. */
  | "undecided"
  | "in-grace"
  | "exempt"
  /** Its record is incomplete, or its copies differ: nothing is concluded of it. */
  | "doubtful"
  | "violating";

export type Classified = {
  readonly instance: ObservedInstance;
  readonly verdict: Verdict;
  readonly judgedAs: JudgedAs;
  /** Since the instant that `audit.clock` names, in milliseconds. */
  readonly ageMs: number;
  /** The exemption, where it is judged as "exempt". */
  readonly exemption: Exemption | undefined;
  /** The settings that leave it out for its tags or its VPC, by their paths. */
  readonly leftOutBy: readonly string[];
};

/**
 * Classifies the instances in one of the configured states, and those in doubt, one in each step:
 * patterns may take long over thousands of tags. No rule applies to the canary.
 */
export function* classify(
  account: ObservedAccount,
  { region, instances }: Pick<ObservedRegion, "region" | "instances">,
  { config, earlier, now }: Pick<AuditPlanning, "config" | "earlier" | "now">,
): Steps<Classified[]> {
  const listings = believed(listingsIn(account, { config, earlier, now }));
  const evidence = { ...accountFacts(account), region, listings, now };
  const canary = canaryOf(earlier, { account: account.id, region });
  const graceMs = durationMs(config.grace);
  const states: readonly string[] = config.states;
  const copyOf = usesCanaries(config) ? canaryTags(config, region) : null;
  const examined = instances.filter(({ state, id, doubt }) =>
    (states.includes(state) || doubt) && id !== canary
  );
  return yield* eachInStep(examined, (instance): Classified => {
    const { tags } = instance;
    const vpc = instance.vpc ?? null;
    const judged = judgeTags(config.required, tags, { ...evidence, vpc });
    const copies = copyOf !== null && carriesCanaryTags(tags, copyOf);
    const verdict = copies ? { ...judged, findings: [...judged.findings, COPY] } : judged;
    const since = config.clock === "created" ? instance.created : instance.launched;
    const ageMs = now.getTime() - Date.parse(since);
    const exemption = exemptionOf(config.exempt, account.id, instance, now);
    const judgedAs = instance.doubt
      ? "doubtful"
      : verdict.findings.length === 0
      ? verdict.undecided.length > 0 ? "undecided" : "compliant"
      : exemption
      ? "exempt"
      : ageMs < graceMs
      ? "in-grace"
      : "violating";
    const leftOutBy = instance.doubt ? [] : [
      ...judged.leftOut.map((index) => `audit.required[${index}].when`),
      ...(exemption && "tag" in exemption.match
        ? [`audit.exempt[${config.exempt.indexOf(exemption)}]`]
        : []),
    ];
    return { instance, verdict, judgedAs, ageMs, exemption, leftOutBy };
  });
}

const COPY: Finding = {
  key: "canary",
  kind: "canary-copy",
  detail: "it carries the tags of the region's canary, and is not the canary",
};
