import { accountLabel } from "../../core/aws/session.ts";
import { regionOf } from "../../core/limits/counts.ts";
import { instanceArn } from "../../core/aws/arn.ts";
import type { Place } from "../../core/plan/change.ts";
import {
  type AuditCanary,
  type CanaryJudgement,
  canaryLock,
  canaryTags,
  judgeCanary,
  ownTags,
  wantsCanary,
} from "./canary.ts";
import type { AuditTypes } from "../audit_plan.ts";
import type { AuditConfig } from "../config.ts";
import { enforcementOf } from "../enforcement.ts";
import {
  type CanaryImage,
  GONE_STATES,
  type ObservedAccount,
  type ObservedRegion,
  placesOf,
} from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { changeOf } from "../ladder/changes.ts";
import type { ChangeOf } from "../ladder/audit_change.ts";
import { sameTags, type Tags } from "../tags.ts";

/** What is to be done about a region's canary. */
export type CanaryPlan = AuditCanary & {
  readonly name: string;
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
  /** What it would be made of; null where that is not known, or none is to be made. */
  readonly image: CanaryImage | null;
  /** Why the image could not be found. */
  readonly error: string | null;
  readonly subnet: string | null;
  /** What is done; null: nothing, or it cannot be done. */
  readonly change: ChangeOf<"create-canary" | "stop-canary"> | null;
};

/** The types of the plans of canaries: those of the audit, but for what only its plans say. */
export type CanaryTypes = Omit<AuditTypes, "Own"> & {
  readonly Own: readonly CanaryPlan[];
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
  const rowId = regionOf(place);
  const row = earlier.canaries.get(rowId);
  const tags = canaryTags(config, region.region);
  const judged = judgeCanary(region, tags, row, earlier.stamps.get(rowId), now);
  const action = actionFor(judged, region, row?.instance_id);
  const instance = row?.instance_id ?? null;
  const { canaryImage } = region;
  const image = canaryImage && "id" in canaryImage ? canaryImage : null;
  const subnet = subnetOf(config, place);
  return {
    ...place,
    name: accountLabel(account),
    status: judged.status,
    detail: judged.detail,
    instance,
    action,
    candidates: row === undefined || judged.status === "absent" ? candidatesIn(region, tags) : [],
    image,
    error: canaryImage && "reason" in canaryImage ? canaryImage.detail : null,
    subnet,
    change: changeFor(),
  };

  function changeFor(): CanaryPlan["change"] {
    const targetOf = (id: string) => instanceArn(account.partition, place.region, account.id, id);
    if (action === "stop") {
      const { id, state } = judged.instance!;
      return changeOf("stop-canary", { place, target: targetOf(id) }, {
        reason: "the region's canary is to be stopped",
        before: { state },
        after: { canary: id, state: "stopped" },
      });
    }
    if (action !== "create" || !image) return null;
    const created = changeOf("create-canary", { place, target: targetOf("*") }, {
      reason: "the region's canary is to be made",
      before: { canary: instance },
      after: { tags, stamp: now.toISOString(), subnet, image },
      // It is one change, whatever the image is when it is made.
    }, { tags, subnet });
    return { ...created, lock: canaryLock(place) };
  }
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
  if (GONE_STATES.has(instance.state)) return "create";
  return instance.state === "running" ? "stop" : "none";
}

function candidatesIn({ instances, secondSource }: ObservedRegion, expected: Tags): string[] {
  return instances.filter(({ id, state, tags, managedBy, rootDevice, doubt }) =>
    !doubt && state === "stopped" && rootDevice === "ebs" && managedBy.length === 0 &&
    sameTags(ownTags(tags), expected) && sameTags(ownTags(secondSource?.tags[id] ?? {}), expected)
  ).map(({ id }) => id);
}

/** The subnet for an account and region, for the region in every account, or none. */
function subnetOf({ canary }: AuditConfig, { account, region }: Place): string | null {
  return canary.subnets[`${account}/${region}`] ?? canary.subnets[region] ?? null;
}
