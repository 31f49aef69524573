import * as z from "zod";
import { type Level, LEVELS } from "../core/attest/levels.ts";
import { DAY_MS } from "../core/duration.ts";
import { accountRows, instantInRow, rowKind } from "../core/store/row_kind.ts";
import type { Who } from "./told.ts";

/*
 * The ledger. An instance has one row, and each event on it one. The tag on the instance only shows
 * what the ledger says.
 *
 * Nothing takes an event away. A clearance says how many had been counted when a person found the
 * instance clean: it is dirty again if there are more.
 */

/** EC2 forgets an instance; its rows stay for as long as somebody may ask. */
const GONE_KEPT_MS = 90 * DAY_MS;
const EVENT_KEPT_MS = 400 * DAY_MS;

/** What the client on an instance last said of itself. */
export type Hello = {
  readonly id: string;
  /** When SQS was given it. */
  readonly at: string;
  readonly level: Level;
  /** SQS's SenderId. */
  readonly sender: string | null;
  readonly version: string;
  /** How many events its spool has dropped since the client was installed. */
  readonly dropped: number;
};

/** What is known of an instance. */
export type InstanceRow = {
  readonly region: string;
  /** How many events were recorded. */
  readonly events: number;
  /** How many of them mark the instance. */
  readonly marks: number;
  /** How many would mark it if it were proven who sent them. */
  readonly doubts: number;
  /** The first event that marks it since the last clearance. */
  readonly since: Mark | null;
  /** The last one that marks it. */
  readonly last: Mark | null;
  readonly hello: Hello | null;
  /** When it was found that EC2 knows it no longer. */
  readonly gone_at: string | null;
};

/** An event that marks an instance, in short. */
export type Mark = {
  readonly id: string;
  readonly event: string;
  readonly source: string;
  readonly at: string;
  readonly level: Level;
};

/** How it stands with the proof of who sent an event. */
export type Verification =
  /** The level is final. */
  | "done"
  /** SQS's sender is compared once the account can be asked. */
  | "pending"
  /** The instance was gone before its account could be asked, or acts under no role. */
  | "unprovable"
  /** It was asked: somebody else has sent it. */
  | "refuted";

/** An event on an instance. */
export type EventRow = {
  readonly event: string;
  readonly source: string;
  readonly region: string;
  /** When it happened, as its source says, and when it came to a queue. */
  readonly at: string;
  readonly received_at: string;
  readonly level: Level;
  readonly verification: Verification;
  /** SQS's SenderId. */
  readonly sender: string | null;
  /** It marks the instance if its level is what `dirty.require` asks for. */
  readonly marking: boolean;
  /** An entry of `dirty.ignore` matched. */
  readonly ignored: boolean;
  readonly who: Who;
  readonly detail: { readonly [key: string]: string | number };
};

/** A person found the instance clean. */
export type ClearanceRow = {
  readonly at: string;
  readonly reason: string;
  readonly by: string;
  /** What the instance's row had counted. */
  readonly marks: number;
  readonly doubts: number;
  /** The tag that it had. */
  readonly value: string | null;
  /** When it was found that EC2 knows the instance no longer. */
  readonly gone_at?: string | null;
};

/** What is known of the tag on an instance. */
export type TagRow = {
  /** The value that it has, or is about to get. */
  readonly value: string;
  /**
   * "removed": or it is just being removed. "forbidden": the account refuses it. "gone": the
   * instance was terminated before.
   */
  readonly state: "pending" | "written" | "forbidden" | "gone" | "removed";
  readonly at: string;
  readonly detail: string;
};

/** Something that is still to be done for an instance; nothing else says so. */
export type UnsettledRow = {
  readonly since: string;
};

/** An event that the ledger did not see: the instance has the tag, and no row says why. */
export const TAG_EVENT = "x-tag";

const level = z.enum(LEVELS);
const count = z.int().min(0);
const mark = z.looseObject({ at: instantInRow }).nullable();
const after = (at: string, keptMs: number) => new Date(Date.parse(at) + keptMs);

export const INSTANCES = accountRows<InstanceRow>(
  "dirty/instance",
  z.looseObject({
    region: z.string(),
    events: count,
    marks: count,
    doubts: count,
    since: mark,
    last: mark,
    hello: z.looseObject({ at: instantInRow, level }).nullable(),
    gone_at: instantInRow.nullable(),
  }),
  ({ gone_at, events, hello }) =>
    gone_at !== null
      ? after(gone_at, GONE_KEPT_MS)
      : events === 0 && hello
      ? after(hello.at, EVENT_KEPT_MS)
      : undefined,
);

/** The accounts that have an instance in the ledger. */
export const ACCOUNTS = rowKind<{ readonly at: string }>(
  "dirty/account",
  z.looseObject({ at: instantInRow }),
);

/** Ids are `INSTANCE/EVENT`. */
export const LEDGER_EVENTS = accountRows<EventRow>(
  "dirty/event",
  z.looseObject({
    event: z.string(),
    received_at: instantInRow,
    level,
    verification: z.enum(["done", "pending", "unprovable", "refuted"]),
    marking: z.boolean(),
  }),
  ({ received_at }) => after(received_at, EVENT_KEPT_MS),
);

/** By the instance. They go with the instance: without them it would be dirty again. */
export const CLEARANCES = accountRows<ClearanceRow>(
  "dirty/clearance",
  z.looseObject({ at: instantInRow, marks: count, doubts: count }),
  ({ gone_at }) => gone_at ? after(gone_at, GONE_KEPT_MS) : undefined,
);

/** By the instance. */
export const TAGS = accountRows<TagRow>(
  "dirty/tag",
  z.looseObject({
    value: z.string(),
    state: z.enum(["pending", "written", "forbidden", "gone", "removed"]),
    at: instantInRow,
  }),
  ({ state, at }) => state === "gone" ? after(at, GONE_KEPT_MS) : undefined,
);

/** Ids are `ACCOUNT/REGION/INSTANCE/THING`; the thing is an event's id, `hello`, or `tag`. */
export const UNSETTLED = rowKind<UnsettledRow>(
  "dirty/unsettled",
  z.looseObject({ since: instantInRow }),
);

/** When EventBridge first and last sent something of an account and Region, by `ACCOUNT/REGION`. */
export const HEARD = rowKind<{ readonly first_at: string; readonly last_at: string }>(
  "dirty/heard",
  z.looseObject({ last_at: instantInRow }),
);

/** Who sent an SSM command, by its ID. EventBridge names its instances apart. */
export const COMMANDS = rowKind<{ readonly at: string; readonly who: Who }>(
  "dirty/command",
  z.looseObject({ at: instantInRow }),
  ({ at }) => after(at, DAY_MS),
);

/** The row of an instance of which nothing was recorded yet. */
export function newInstance(region: string): InstanceRow {
  return {
    region,
    events: 0,
    marks: 0,
    doubts: 0,
    since: null,
    last: null,
    hello: null,
    gone_at: null,
  };
}

type Counted = Pick<InstanceRow, "marks" | "doubts">;
const NOTHING_CLEARED: Counted = { marks: 0, doubts: 0 };

/** Whether an event marks the instance that no clearance has counted. */
export function isDirty({ marks }: Counted, cleared: Counted = NOTHING_CLEARED): boolean {
  return marks > cleared.marks;
}

/** Whether there was an event of which it is not known who sent it. */
export function isDoubtful({ doubts }: Counted, cleared: Counted = NOTHING_CLEARED): boolean {
  return doubts > cleared.doubts;
}
