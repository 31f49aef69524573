import * as z from "zod";
import { regionOf } from "../../core/limits/counts.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import { placeRows } from "../place_rows.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import { shown } from "../../core/shown.ts";
import type { Place } from "../../core/plan/change.ts";
import type { AuditConfig } from "../config.ts";
import type { Enforcement } from "../enforcement.ts";
import {
  GONE_STATES,
  type ObservedInstance,
  type ObservedRegion,
  STOPPED_STATES,
} from "../observed.ts";
import { sameTags, tagOf, type Tags } from "../tags.ts";

/**
 * The state of a region's canary. All but "ok" and "disabled" leave the region unproven, and count as
 * failing in `audit.breakers.canaryFailShare`. "ok" is not yet a proof: `proveRegion` asks the second
 * source too, and `evaluateRegion` compares the number of instances with that of the last run.
 */
export type CanaryStatus =
  | "ok"
  /** None is known, or the known one is not in the answer. */
  | "absent"
  /** It does not carry exactly its tags in both sources. */
  | "tags-missing"
  /** The stamp that the last run wrote is not there yet: the answer is old. */
  | "stale"
  /** It is neither stopped nor on its way there. */
  | "state"
  /** The region, or the second source, could not be read. */
  | "error"
  /** No canary is asked for here. */
  | "disabled";

export type CanaryJudgement = {
  readonly status: CanaryStatus;
  /** A sentence for people; empty where all is well. */
  readonly detail: string;
  readonly instance: ObservedInstance | null;
};

/** A region's canary, as the plan document has it. */
export type AuditCanary = Place & Pick<CanaryJudgement, "status" | "detail"> & {
  /** Its id, null where none is known. */
  readonly instance: string | null;
};

/** Whether a canary must be seen in an account before its regions are believed. */
export function needsCanary({ canary }: AuditConfig, { on }: Enforcement): boolean {
  return canary.mode === "required" || canary.mode === "when-enforcing" && on;
}

/** Whether canaries are made in an account: also in a new one that is only reported yet. */
export function wantsCanary({ canary }: AuditConfig, { named }: Enforcement): boolean {
  return canary.mode === "required" || canary.mode === "when-enforcing" && named;
}

/** Exactly the tags of the canary of a region. */
export function canaryTags({ canary }: AuditConfig, region: string): Tags {
  return Object.fromEntries(
    Object.entries(canary.tags).map(([key, value]) => [key, value.replaceAll("{region}", region)]),
  );
}

/** An instance's tags, without the stamp and those that AWS sets. */
export function ownTags(tags: Tags): Tags {
  return Object.fromEntries(
    Object.entries(tags).filter(([key]) => key !== CANARY_STAMP_TAG && !key.startsWith("aws:")),
  );
}

/** Whether an instance carries the tags of the region's canary, whatever else it carries. */
export function carriesCanaryTags(tags: Tags, expected: Tags): boolean {
  return Object.entries(expected).every(([key, value]) => tagOf(tags, key) === value);
}

/**
 * Judges the canary by the same answer as all other instances. A lookup by its tags would find it
 * even if the API hid all tags from a lookup without filters.
 */
export function judgeCanary(
  region: ObservedRegion,
  expected: Tags,
  canary: CanaryRow | undefined,
  stamp: StampRow | undefined,
  now: Date,
): CanaryJudgement {
  const id = canary?.instance_id;
  const instance = region.instances.find((one) => one.id === id) ?? null;
  const say = (status: CanaryStatus, detail: string) => ({ status, detail, instance });
  if (region.failure) return say("error", region.failure.detail);
  if (id === undefined) {
    return say("absent", 'there is no canary here yet: "audit canary plan" says what to make');
  }
  if (!instance) return say("absent", `the canary ${id} is not in the answer`);
  const { state, doubt } = instance;
  if (doubt) return say("error", `the canary ${id}: ${doubt.detail}`);
  if (GONE_STATES.has(state)) {
    return say("state", `the canary ${id} is ${state}: "audit canary apply" makes another`);
  }
  const second = region.secondSource?.tags[id];
  const sources = [["DescribeInstances", instance.tags], ["DescribeTags", second]] as const;
  for (const [source, tags] of sources) {
    if (!tags) return say("error", `${source} was not asked about the canary ${id}`);
    const difference = differenceOf(ownTags(tags), expected);
    if (difference) {
      const why = "the API hides tags just now, or somebody has changed them";
      return say("tags-missing", `the canary ${id} answered ${difference} (${source}): ${why}`);
    }
  }
  if (!STOPPED_STATES.has(state)) {
    return say("state", `the canary ${id} is ${state}, and must be stopped`);
  }
  const written = stamp?.instance_id === id ? stamp.value : undefined;
  const read = sources.map(([, tags]) => tagOf(tags ?? {}, CANARY_STAMP_TAG));
  const stale = (said: string, why: string) =>
    say("stale", `the canary ${id} says ${said}, ${why}`);
  if (written !== undefined && read.some((value) => value === undefined || value < written)) {
    const said = read.find((value) => value !== written) ?? "nothing";
    return stale(said, `and the last run wrote ${written}: the API answers from the past`);
  }
  const ahead = read.find((value) => value !== undefined && value > now.toISOString());
  if (ahead === undefined) return say("ok", "");
  const why = "which is still to come: somebody else has written its stamp";
  return stale(ahead, `${why}. Remove the tag ${CANARY_STAMP_TAG}`);
}

/** How the tags differ from the expected ones, in a few words; undefined where they do not. */
function differenceOf(tags: Tags, expected: Tags): string | undefined {
  if (sameTags(tags, expected)) return undefined;
  if (Object.keys(tags).length === 0) return "without its tags";
  const { true: there = [], false: missing = [] } = Object.groupBy(
    Object.keys(expected),
    (key) => `${tagOf(tags, key) !== undefined}`,
  );
  return [
    ...missing.map((key) => `without ${shown(key)}`),
    ...there.filter((key) => tags[key] !== expected[key])
      .map((key) => `with ${shown(key)}=${shown(tags[key]!)}`),
    ...Object.keys(tags).filter((key) => tagOf(expected, key) === undefined)
      .map((key) => `with ${shown(key)}, which audit.canary.tags does not have`),
  ].join(", ");
}

/** What the store keeps of a region's canary. The id decides which it is: tags can be copied. */
export type CanaryRow = Readonly<z.infer<typeof canaryRow>>;
const canaryRow = z.object({
  instance_id: z.string(),
  how: z.enum(["created", "adopted"]),
  at: instantInRow,
});

/** The last stamp that a run wrote on a canary. */
export type StampRow = Readonly<z.infer<typeof stampRow>>;
const stampRow = z.object({
  instance_id: z.string(),
  /** The tag's value: RFC 3339, UTC. */
  value: z.string(),
});

/** The canaries that were created or adopted, by region. */
export const CANARIES = placeRows<CanaryRow>("audit/canary", canaryRow.loose());

/** The stamps that runs have written, by region. */
export const STAMPS = placeRows<StampRow>("audit/canary-stamp", stampRow.loose());

/** A Region's canary is made by one run at a time, whatever tags each would give it. */
export function canaryLock(place: Place): string {
  return `canary/${regionOf(place)}`;
}
