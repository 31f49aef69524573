import * as z from "zod";
import { LEVELS } from "../core/attest/levels.ts";
import { DAY_MS } from "../core/duration.ts";
import { accountRows, instantInRow, rowKind } from "../core/store/row_kind.ts";
import type { Who } from "./told.ts";

/*
 * The ledger: a row for each instance, and one for each event on it. The tag on the instance only shows
 * what the ledger says.
 *
 * Nothing takes an event away. A clearance says how many events had been counted when a person found
 * the instance clean. It is dirty again if there are more.
 */

/** EC2 forgets an instance; its rows stay for as long as somebody may ask. */
const GONE_KEPT_MS = 90 * DAY_MS;
const EVENT_KEPT_MS = 400 * DAY_MS;

/** An event that the ledger did not see: the instance has the tag, and no row says why. */
export const TAG_EVENT = "x-tag";

const after = (at: string, keptMs: number) => new Date(Date.parse(at) + keptMs);
const level = z.enum(LEVELS);
const count = z.int().min(0);

/** An event that marks an instance, in short. */
const mark = z.object({
  id: z.string(),
  event: z.string(),
  source: z.string(),
  at: instantInRow,
  level,
});
export type Mark = z.infer<typeof mark>;

/** What the client on an instance last said of itself. */
const hello = z.object({
  id: z.string(),
  /** When SQS was given it. */
  at: instantInRow,
  level,
  /** SQS's SenderId. */
  sender: z.string().nullable(),
  version: z.string(),
  /** How many events its spool has dropped since the client was installed. */
  dropped: count,
});
export type Hello = z.infer<typeof hello>;

const instance = z.object({
  region: z.string(),
  /** How many events were recorded. */
  events: count,
  /** How many of them mark the instance. */
  marks: count,
  /** How many were not proven when they came, and would mark it, or were dropped by its client. */
  doubts: count,
  /** The first event that marks it since the last clearance, and the last one. */
  since: mark.nullable(),
  last: mark.nullable(),
  /** When the last event of any kind came to a queue. */
  latest: instantInRow.nullable(),
  hello: hello.nullable(),
  /** When it was found that EC2 knows it no longer. */
  gone_at: instantInRow.nullable(),
});
export type InstanceRow = z.infer<typeof instance>;

/** By the instance. One that only has a client, and never says so again, is forgotten like events. */
export const INSTANCES = accountRows<InstanceRow>(
  "dirty/instance",
  instance,
  ({ gone_at, events, hello }) => {
    if (gone_at !== null) return after(gone_at, GONE_KEPT_MS);
    return events === 0 && hello ? after(hello.at, EVENT_KEPT_MS) : undefined;
  },
);

/** The accounts that have an instance in the ledger. */
export const ACCOUNTS = rowKind<{ readonly at: string }>("dirty/account");

const event = z.object({
  event: z.string(),
  source: z.string(),
  region: z.string(),
  /** When it happened, as its source says, and when it came to a queue. */
  at: z.string(),
  received_at: instantInRow,
  level,
  /**
   * "pending": SQS's sender is compared once the account can be asked. "unprovable": the instance was
   * gone before that or not in this Region, acts under no role, or its account could not be asked for
   * 14 days. "refuted": it was not sent under the role that the instance then had.
   */
  verification: z.enum(["done", "pending", "unprovable", "refuted"]),
  /** SQS's SenderId. */
  sender: z.string().nullable(),
  /** It marks the instance if its level is what `dirty.require` asks for. */
  marking: z.boolean(),
  /** What it was counted as in the instance's row, by the `dirty.require` of that time. */
  counts: z.enum(["mark", "doubt"]).nullable(),
  /** An entry of `dirty.ignore` matched. */
  ignored: z.boolean(),
  who: z.custom<Who>(),
  detail: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type EventRow = z.infer<typeof event>;

/** Ids are `INSTANCE/EVENT`. */
export const LEDGER_EVENTS = accountRows<EventRow>(
  "dirty/event",
  event,
  ({ received_at }) => after(received_at, EVENT_KEPT_MS),
);

const clearance = z.object({
  at: instantInRow,
  reason: z.string(),
  by: z.string(),
  /** What the instance's row had counted. */
  marks: count,
  doubts: count,
  /** The tag that it had. */
  value: z.string().nullable(),
  gone_at: instantInRow.nullable().exactOptional(),
});
export type ClearanceRow = z.infer<typeof clearance>;

/** By the instance. A clearance goes with it: without the clearance it would be dirty again. */
export const CLEARANCES = accountRows<ClearanceRow>(
  "dirty/clearance",
  clearance,
  ({ gone_at }) => gone_at ? after(gone_at, GONE_KEPT_MS) : undefined,
);

const tag = z.object({
  /** The value that the tag has, or is about to get. */
  value: z.string(),
  /** "removed": or it is just being removed. "forbidden": the account refuses it. */
  state: z.enum(["pending", "written", "forbidden", "gone", "removed"]),
  at: instantInRow,
  detail: z.string(),
});
export type TagRow = z.infer<typeof tag>;

/** What is known of the tag on an instance, by the instance. */
export const TAGS = accountRows<TagRow>(
  "dirty/tag",
  tag,
  ({ state, at }) => state === "gone" ? after(at, GONE_KEPT_MS) : undefined,
);

const open = z.object({ since: instantInRow });
type Open = { readonly since: string };

/**
 * What is still to be asked or written in an account; nothing else says so. Ids are
 * `ACCOUNT/REGION/INSTANCE/THING`. The thing is the ID of an event whose sender is compared, `hello`,
 * or `tag`.
 */
export const UNSETTLED = rowKind<Open>("dirty/unsettled", open);

/** The events that auditors are still to be told of, by the same IDs. */
export const UNTOLD = rowKind<Open>("dirty/untold", open);

/** When EventBridge first and last sent something of an account and Region, by `ACCOUNT/REGION`. */
export const HEARD = rowKind<{ readonly first_at: string; readonly last_at: string }>(
  "dirty/heard",
  z.object({ last_at: instantInRow }),
);

/** Who sent an SSM command, by its ID. EventBridge names its instances apart. */
export const COMMANDS = rowKind<{ readonly at: string; readonly who: Who }>(
  "dirty/command",
  z.object({ at: instantInRow }),
  ({ at }) => after(at, DAY_MS),
);

/** The row of an instance of which nothing was recorded yet. */
export function newInstance(region: string): InstanceRow {
  const nothing = { since: null, last: null, latest: null, hello: null, gone_at: null };
  return { region, events: 0, marks: 0, doubts: 0, ...nothing };
}
