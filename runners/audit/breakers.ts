import { regionOf } from "../core/limits/counts.ts";
import { counted, percentText } from "../core/cli/words.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Place } from "../core/plan/change.ts";
import type { Breaker } from "../core/plan/document.ts";
import type { CanaryStatus } from "./canary/canary.ts";
import type { AuditConfig } from "./config.ts";
import { sumOf } from "../core/sum_of.ts";
import {
  dropOf,
  exceeds,
  type Figures,
  isBelievedByNow,
  lastingOf,
  type Level,
  ratioOf,
} from "./levels.ts";

/** What the breakers know of one account and region. */
export type RegionFacts = Place & {
  readonly name: string;
  readonly canary: CanaryStatus;
  /** A canary is asked for, and none was ever made or adopted. */
  readonly isCanaryNew: boolean;
  /** A policy denies the Region: it says nothing about how well the API answers. */
  readonly isDenied: boolean;
  /** How many instances DescribeTags was asked about, and on how many it differed. */
  readonly asked: number;
  readonly disagreeing: number;
  /** null where nothing was read. */
  readonly seen: Figures | null;
  /** How many instances, besides those of groups, are gone for a known reason. */
  readonly explained: number;
  readonly level: Level | undefined;
};

type Limits = Pick<AuditConfig, "breakers"> & { readonly limits: { minPopulation: number } };

/**
 * What is so unusual that nothing may be changed anywhere in this run. A share of few instances
 * says little, so that shares bind from `limits.minPopulation` instances on. Sorted by region.
 *
 * @param changes whether the run would change anything. If not, a canary that was never made is no
 *   failure: its Region is not proven, and people are told how to make it
 */
export function trippedBreakers(
  facts: readonly RegionFacts[],
  config: Limits,
  now: Date,
  changes: boolean,
): Breaker[] {
  const regions = facts.toSorted((a, b) => compareText(regionOf(a), regionOf(b)));
  return [
    ...canaryFailures(
      regions.filter(({ isDenied, isCanaryNew }) => !isDenied && (changes || !isCanaryNew)),
      config,
    ),
    ...tagDisagreement(regions, config),
    ...regions.flatMap((region) => populationDrop(region, config, now) ?? []),
    ...regions.flatMap((region) => ratioJump([region], config, now, region)),
    ...ratioJump(regions, config, now),
  ];
}

function canaryFailures(regions: readonly RegionFacts[], { breakers }: Limits): Breaker[] {
  const wanted = regions.filter(({ canary }) => canary !== "disabled");
  const failing = wanted.filter(({ canary }) => canary !== "ok").length;
  const absent = wanted.filter(({ canary }) => canary === "absent").length;
  const unmade = wanted.filter(({ isCanaryNew }) => isCanaryNew).length;
  const share = wanted.length === 0 ? 0 : failing / wanted.length;
  if (share <= breakers.canaryFailShare) return [];
  const some = absent > 0 ? `, ${absent} of them missing` : "";
  const detail = `${failing} of ${counted(wanted.length, "canary", "canaries")} ` +
    `${failing === 1 ? "is" : "are"} ${absent === failing ? "missing" : `not well${some}`}` +
    (unmade === 0
      ? ""
      : `; ${unmade} of them ${
        unmade === 1 ? "was" : "were"
      } never made: "audit canary plan" says how`);
  return [breaker("canaryFailShare", breakers, share, null, detail)];
}

function tagDisagreement(regions: readonly RegionFacts[], { breakers, limits }: Limits): Breaker[] {
  const asked = sumOf(regions, (region) => region.asked);
  const disagreeing = sumOf(regions, (region) => region.disagreeing);
  const share = asked === 0 ? 0 : disagreeing / asked;
  if (asked < limits.minPopulation || share <= breakers.tagDisagree) return [];
  const detail = `DescribeInstances and DescribeTags differ on ${disagreeing} of the ${asked} ` +
    "instances that both were asked about";
  return [breaker("tagDisagree", breakers, share, null, detail)];
}

/**
 * A region that has lost most of its instances for no known reason. A group that scales in is a
 * known reason, so that only the other instances are compared. Few of them say little, unless most
 * instances of a large region are gone together with them.
 */
export function populationDrop(
  { seen, explained, level, name, ...place }: RegionFacts,
  { breakers, limits }: Limits,
  now: Date,
): Breaker | undefined {
  if (!seen || !level) return undefined;
  const lasting = lastingOf(level, seen);
  const large = lasting.was >= limits.minPopulation || level.listed >= limits.minPopulation &&
      exceeds(dropOf(seen.listed + explained, level.listed), breakers.populationDrop);
  if (!large) return undefined;
  if (isBelievedByNow(level, seen, breakers, now)) return undefined;
  const there = lasting.now + explained;
  const drop = dropOf(there, lasting.was);
  if (!exceeds(drop, breakers.populationDrop)) return undefined;
  const others = level.managed ? ", those of groups not counted" : "";
  const detail = `${name} ${place.region} answered with ${there} of the ${lasting.was} ` +
    `instances of ${level.at}${others}`;
  return breaker("populationDrop", breakers, drop, regionOf(place), detail);
}

/** Far more breaks the rules than before: in a region, or, of small ones, in all together. */
function ratioJump(
  facts: readonly RegionFacts[],
  { breakers, limits: { minPopulation } }: Limits,
  now: Date,
  region?: RegionFacts,
): Breaker[] {
  const both = facts.flatMap(({ seen, level }) =>
    seen && level && !isBelievedByNow(level, seen, breakers, now) ? [{ seen, level }] : []
  );
  const seen = totalOf(both.map(({ seen }) => seen));
  const was = totalOf(both.map(({ level }) => level));
  if (seen.examined < minPopulation || was.examined < minPopulation) return [];
  const jump = ratioOf(seen) - ratioOf(was);
  if (!exceeds(jump, breakers.ratioJump)) return [];
  const share = percentText(seen.violating, seen.examined);
  const before = percentText(was.violating, was.examined);
  const detail = region
    ? `${region.name} ${region.region} has ${share} violating instances, and had ${before} at ` +
      region.level!.at
    : `${share} of all instances break the rules, and ${before} did in the last run`;
  return [breaker("ratioJump", breakers, jump, region ? regionOf(region) : null, detail)];
}

function totalOf(figures: readonly Figures[]): Pick<Figures, "examined" | "violating"> {
  return {
    examined: sumOf(figures, ({ examined }) => examined),
    violating: sumOf(figures, ({ violating }) => violating),
  };
}

function breaker(
  name: keyof Limits["breakers"],
  { [name]: value }: Limits["breakers"],
  share: number,
  scope: string | null,
  detail: string,
): Breaker {
  const would = Math.round(share * 10_000) / 10_000;
  return { limit: `breakers.${name}`, value, would, scope, detail };
}
