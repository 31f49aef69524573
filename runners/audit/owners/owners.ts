import * as z from "zod";
import { DAY_MS } from "../../core/duration.ts";
import { shown } from "../../core/shown.ts";
import { fold, isBlank, plainForm } from "../../core/spelling.ts";
import { instantInRow } from "../../core/store/row_kind.ts";
import { placeRows } from "../place_rows.ts";
import type { Tags } from "../tags.ts";
import { actorOf } from "./trail_identity.ts";

const confidence = z.enum(["high", "medium", "low"]);
type Confidence = z.infer<typeof confidence>;

/** What names an owner, the best first. */
const SOURCES = ["tag", "cloudtrail", "group", "stack"] as const;

/** What people call them. */
export const SOURCE_NAMES = {
  tag: "tag",
  cloudtrail: "CloudTrail",
  group: "Auto Scaling group",
  stack: "stack",
} as const;

/** An owner, as snapshots and documents have it. */
export const ownerSchema = z.strictObject({
  name: z.string(),
  source: z.enum(SOURCES),
  confidence,
  /** The grounds, for people: `RunInstances by role Deploy, session alice, on 2026-10-28`. */
  detail: z.string(),
});

/**
 * Whom an instance probably belongs to, so that there is somebody to ask. It is a guess with its
 * grounds, and never satisfies a rule: a required tag must be there.
 */
export type Owner = Readonly<z.infer<typeof ownerSchema>>;

/** Keys that name an owner, folded, the best first. A contact may be somebody else: medium. */
const OWNER_KEYS: readonly (readonly [key: string, Confidence])[] = [
  ["owner", "high"],
  ["created_by", "high"],
  ["createdby", "high"],
  ["created-by", "high"],
  ["creator", "high"],
  ["contact", "medium"],
  ["maintainer", "medium"],
];

/** The owner by the instance's own tags; null where they name none, or with a blank value. */
export function ownerFromTags(tags: Tags): Owner | null {
  for (const [wanted, confidence] of OWNER_KEYS) {
    const [key] = Object.keys(tags)
      .filter((key) => fold(key) === wanted && !isBlank(tags[key]!))
      // Of keys that differ in case, the one that is written as above.
      .sort((a, b) => Number(b === wanted) - Number(a === wanted) || (a < b ? -1 : 1));
    if (key !== undefined) {
      const name = plainForm(tags[key]!);
      return { name, source: "tag", confidence, detail: `tag ${shown(key)}` };
    }
  }
  return null;
}

/** The owner by the tags of a group or a stack, which may not be meant for each instance. */
export function ownerOfWhole(tags: Tags, source: "group" | "stack", name: string): Owner | null {
  const owner = ownerFromTags(tags);
  return owner && {
    ...owner,
    source,
    confidence: atMostMedium(owner.confidence),
    detail: `${owner.detail} of ${SOURCE_NAMES[source]} ${name}`,
  };
}

/** CloudTrail user guide, "CloudTrail record contents"; EC2 API Reference for the elements. */
const eventSchema = z.object({
  eventName: z.enum(["RunInstances", "StartInstances"]),
  eventTime: z.string().optional().catch(undefined),
  /** Any code means that the call was refused, or was a dry run. */
  errorCode: z.null().optional(),
  userIdentity: z.unknown(),
  responseElements: z.object({
    instancesSet: z.object({
      items: z.array(z.object({ instanceId: z.string() }).nullable().catch(null)),
    }),
  }),
});

type LaunchEvent = z.infer<typeof eventSchema>;

/**
 * The owner by who launched the instance, or else by who started it last.
 *
 * If a service launched the instance, CloudTrail names no owner, also if somebody has started it
 * since: its group or its stack knows better. Somebody may start an instance for another person, so
 * that the confidence is medium at most.
 *
 * @param events CloudTrail's events as they are; those of unknown shape are ignored
 */
export function ownerFromEvents(events: readonly unknown[], instanceId: string): Owner | null {
  const successes = events.flatMap((event) => eventSchema.safeParse(event).data ?? [])
    // One call may launch many instances, this one among them.
    .filter(({ responseElements }) =>
      responseElements.instancesSet.items.some((item) => item?.instanceId === instanceId)
    )
    .sort((a, b) => timeOf(b) - timeOf(a));
  const launches = successes.filter(({ eventName }) => eventName === "RunInstances");
  if (launches.some(({ userIdentity }) => actorOf(userIdentity).kind === "service")) return null;
  const starts = successes.filter(({ eventName }) => eventName === "StartInstances");
  for (const event of [...launches, ...starts]) {
    const owner = ownerOfEvent(event);
    if (owner) return owner;
  }
  return null;
}

function ownerOfEvent(event: LaunchEvent): Owner | null {
  const actor = actorOf(event.userIdentity);
  if (actor.kind !== "named") return null;
  const { name, by, confidence } = actor;
  const time = timeOf(event);
  const day = time === 0 ? "" : `, on ${new Date(time).toISOString().slice(0, 10)}`;
  return {
    name,
    source: "cloudtrail",
    confidence: event.eventName === "RunInstances" ? confidence : atMostMedium(confidence),
    detail: `${event.eventName} by ${by}${day}`,
  };
}

/** In milliseconds since the epoch; 0 where the event has no time. */
function timeOf({ eventTime = "" }: LaunchEvent): number {
  return Date.parse(eventTime) || 0;
}

function atMostMedium(confidence: Confidence): Confidence {
  return confidence === "high" ? "medium" : confidence;
}

/** Of several owners, the one from the best source: tag, CloudTrail, group, stack. */
export function bestOwner(...owners: readonly (Owner | null)[]): Owner | null {
  const [best] = SOURCES.flatMap((source) => owners.find((one) => one?.source === source) ?? []);
  return best ?? null;
}

/**
 * The owner that an earlier run found. It is kept, since CloudTrail forgets after 90 days and may
 * be asked only about once a second; what it said of a launch stays true.
 */
type OwnerRow = Readonly<z.infer<typeof ownerRow>>;
const ownerRow = z.object({
  /** Null: all sources were asked, and none named anybody. */
  owner: ownerSchema.nullable(),
  /** When they were asked. */
  at: instantInRow,
  /** When a run wrote the row again, since the instance still breaks the rules. */
  renewed: instantInRow.exactOptional(),
});

/**
 * The owners that the store keeps, by instance; forgotten when the instance is gone. They name people,
 * so that a row is over if no run has seen the instance for as long as the store retains.
 */
export const OWNERS = placeRows<OwnerRow>("audit/owner", ownerRow.loose(), () => "retained");

/**
 * Whom the last run that saw an instance break the rules would have asked. It is retained after the
 * instance is gone, as the journal is: who is told of a termination is asked for after it.
 */
export const LAST_OWNERS = placeRows<Pick<OwnerRow, "owner" | "at">>(
  "audit/last-owner",
  ownerRow.loose(),
  () => "retained",
);

/** Less than any retention, and so long that few rows are written again in each run. */
const RENEWED_AFTER_MS = 7 * DAY_MS;

/** Whether the row of an instance that still breaks the rules is to be written again. */
export function isDueForRenewal({ at, renewed = at }: OwnerRow, now: Date): boolean {
  return now.getTime() - Date.parse(renewed) >= RENEWED_AFTER_MS;
}
