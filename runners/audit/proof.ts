import { counted } from "../core/cli/words.ts";
import type { CanaryJudgement } from "./canary/canary.ts";
import type { AuditConfig } from "./config.ts";
import type { ObservedRegion } from "./observed.ts";
import { relevantKeys, relevantTags } from "./rules.ts";
import { sameTags } from "./tags.ts";

/** Whether a region's answer may be believed, and by what. */
export type RegionProof =
  | { readonly proven: true; readonly proof: "canary" | "second-source" | "none" }
  | { readonly proven: false; readonly reason: string; readonly detail: string };

/** Compares what the two sources said of a region, and the canary, where one is asked for. */
export function proveRegion(
  region: ObservedRegion,
  config: AuditConfig,
  canary: CanaryJudgement,
): RegionProof {
  if (region.failure) return { proven: false, ...region.failure };
  const { status, detail } = canary;
  if (status !== "disabled" && status !== "ok") return unproven(`canary-${status}`, detail);
  const proof = proveBySecondSource(region, config);
  return proof.proven && status === "ok" ? { proven: true, proof: "canary" } : proof;
}

function proveBySecondSource(region: ObservedRegion, config: AuditConfig): RegionProof {
  const { secondSource, instances } = region;
  if (!secondSource) {
    return unproven("unconfirmed", "DescribeTags was not asked about this region");
  }
  if (secondSource.asked === "all" && instances.length === 0) {
    const named = Object.keys(secondSource.tags).length;
    return named === 0 ? { proven: true, proof: "none" } : unproven(
      "empty-answer",
      `DescribeInstances lists no instance, DescribeTags has tags of ${named}`,
    );
  }
  const confirmed = confirmations(region, relevantKeys(config));
  const doubtful = instances.find(({ doubt }) => doubt);
  if (confirmed.size === 0 && doubtful?.doubt) {
    const { reason, detail } = doubtful.doubt;
    return unproven(reason, `Nothing of the region could be confirmed. ${doubtful.id}: ${detail}`);
  }
  if (secondSource.asked === "all" || secondSource.asked.length === 0) {
    return unproven("unconfirmed", "DescribeTags was asked about none of the instances");
  }
  const disagreeing = [...confirmed.values()].filter((agrees) => !agrees).length;
  if (disagreeing / confirmed.size > config.breakers.tagDisagree) {
    const tagged = instances.filter(({ tags }) => Object.keys(tags).length > 0).length;
    const taggedToo = secondSource.asked.filter((id) =>
      Object.keys(secondSource.tags[id] ?? {}).length > 0
    ).length;
    return unproven(
      "tag-sources-disagree",
      `DescribeInstances says ${tagged} of ${counted(instances.length, "instance")} ` +
        `${tagged === 1 ? "has" : "have"} tags, DescribeTags ` +
        `says ${taggedToo} of the ${secondSource.asked.length} it was asked about; ` +
        `they differ on ${disagreeing}`,
    );
  }
  return { proven: true, proof: "second-source" };
}

/**
 * The instances that DescribeTags was asked about, each with whether both sources say the same of
 * the tags that matter. An instance in doubt confirms nothing.
 */
export function confirmations(
  region: ObservedRegion,
  keys: ReadonlySet<string>,
): ReadonlyMap<string, boolean> {
  const { secondSource, instances } = region;
  if (!secondSource || secondSource.asked === "all") return new Map();
  const first = new Map(instances.map((one) => [one.id, one]));
  return new Map(
    secondSource.asked.filter((id) => !first.get(id)?.doubt).map((id) => {
      const [one, other] = [first.get(id)?.tags ?? {}, secondSource.tags[id] ?? {}];
      return [id, sameTags(relevantTags(one, keys), relevantTags(other, keys))];
    }),
  );
}

function unproven(reason: string, detail: string): RegionProof {
  return { proven: false, reason, detail };
}
