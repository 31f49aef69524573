import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { Place } from "../../core/plan/change.ts";
import {
  type AuditCanary,
  type CanaryJudgement,
  canaryTags,
  judgeCanary,
  ownTags,
  wantsCanary,
} from "./canary.ts";
import { regionRowId } from "./canary_rows.ts";
import type { AuditConfig } from "../config.ts";
import { enforcementOf } from "../enforcement.ts";
import {
  accountLabel,
  GONE_STATES,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
  placesOf,
} from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { sameTags, tagOf, type Tags } from "../tags.ts";

/** What is to be done about a region's canary. */
export type CanaryPlan = AuditCanary & {
  /** How people call the account. */
  readonly name: string;
  readonly partition: string;
  readonly action:
    | "create"
    /** The canary runs. */
    | "stop"
    /** It is well, or only people can put it right. */
    | "none"
    /** The region could not be read, or the canary may only be hidden. */
    | "unread";
  /** Stopped instances with exactly the canary's tags: one could be adopted. */
  readonly candidates: readonly string[];
  /** Instances that a run may have made as the canary, and then died before it could store that. */
  readonly begun: readonly Pick<ObservedInstance, "id" | "launched">[];
  readonly tags: Tags;
  readonly subnet: string | null;
};

/** What is to be done about the canary of each region that needs one. Pure. */
export function planCanaries(planning: AuditPlanning): CanaryPlan[] {
  const { observed, config, now } = planning;
  return placesOf(observed)
    .filter(({ account }) => wantsCanary(config, enforcementOf(account, config, now)))
    .map(({ account, region }) => planRegion(account, region, planning)).toArray();
}

function planRegion(
  account: ObservedAccount,
  region: ObservedRegion,
  { config, earlier, now }: AuditPlanning,
): CanaryPlan {
  const place = { account: account.id, region: region.region };
  const rowId = regionRowId(place);
  const row = earlier.canaries.get(rowId);
  const tags = canaryTags(config, region.region);
  const judged = judgeCanary(region, tags, row, earlier.stamps.get(rowId), now);
  return {
    ...place,
    name: accountLabel(account),
    partition: account.partition,
    status: judged.status,
    detail: judged.detail,
    instance: row?.instance_id ?? null,
    action: actionFor(judged, region, row?.instance_id),
    candidates: row === undefined || judged.status === "absent" ? candidatesIn(region, tags) : [],
    begun: begunIn(region, tags, row?.instance_id),
    tags,
    subnet: subnetOf(config, place),
  };
}

/**
 * A canary that is not in the answer may only be hidden. Another is made if AWS says that it is
 * gone, or if the second source has no tags of it either.
 */
function actionFor(
  { status, instance }: CanaryJudgement,
  { failure, secondSource }: ObservedRegion,
  known: string | undefined,
): CanaryPlan["action"] {
  if (failure || status === "error") return "unread";
  if (known === undefined) return "create";
  if (status === "absent") {
    return Object.keys(secondSource?.tags[known] ?? {}).length > 0 ? "unread" : "create";
  }
  if (status !== "state" || instance === null) return "none";
  return GONE_STATES.has(instance.state)
    ? "create"
    : instance.state === "running"
    ? "stop"
    : "none";
}

function candidatesIn({ instances, secondSource }: ObservedRegion, expected: Tags): string[] {
  return instances.filter(({ id, state, tags, managedBy, rootDevice, doubt }) =>
    !doubt && state === "stopped" && rootDevice === "ebs" && managedBy.length === 0 &&
    sameTags(ownTags(tags), expected) && sameTags(ownTags(secondSource?.tags[id] ?? {}), expected)
  ).map(({ id }) => id);
}

function begunIn(
  { instances }: ObservedRegion,
  expected: Tags,
  known: string | undefined,
): CanaryPlan["begun"] {
  return instances.filter(({ id, state, tags }) =>
    id !== known && !GONE_STATES.has(state) && tagOf(tags, CANARY_STAMP_TAG) !== undefined &&
    sameTags(ownTags(tags), expected)
  ).map(({ id, launched }) => ({ id, launched }));
}

/** The subnet for an account and region, for the region in every account, or none. */
function subnetOf({ canary }: AuditConfig, { account, region }: Place): string | null {
  return canary.subnets[`${account}/${region}`] ?? canary.subnets[region] ?? null;
}
