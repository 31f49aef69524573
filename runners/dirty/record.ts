import { isAtLeast, type Level } from "../core/attest/levels.ts";
import type { InstanceName } from "../core/contract/login.ts";
import type { Store, Write } from "../core/store/store.ts";
import { untilWritten } from "../core/store/until_written.ts";
import type { DirtyConfig } from "./config.ts";
import {
  ACCOUNTS,
  CLEARANCES,
  type EventRow,
  type InstanceRow,
  INSTANCES,
  LEDGER_EVENTS,
  type Mark,
  newInstance,
  TAG_EVENT,
  TAGS,
  UNSETTLED,
  UNTOLD,
} from "./ledger.ts";
import { isIgnored } from "./messages/ignore.ts";
import { withoutPeople } from "./messages/people.ts";
import { isMarked } from "./standing.ts";
import type { Told } from "./told.ts";

/** What is told, with what is known of who told it. */
export type Judged = {
  readonly told: Told;
  readonly level: Level;
  readonly verification: EventRow["verification"];
  readonly sender: string | null;
  readonly receivedAt: Date;
};

/** What is still to be done is found by its place. */
export function unsettledId({ account, region, id }: InstanceName, thing: string): string {
  return `${account}/${region}/${id}/${thing}`;
}

/**
 * Records an event, or raises the level of one that is recorded: once, however often it is told.
 *
 * @returns "duplicate": it was recorded before, at least at this level
 * @throws StoreError; Error if others are faster each time
 */
export async function recordEvent(
  store: Store,
  config: DirtyConfig,
  judged: Judged,
): Promise<"recorded" | "duplicate"> {
  const { told: { id, instance } } = judged;
  const rowId = `${instance.id}/${id}`;
  return await untilWritten(store, async () => {
    const events = LEDGER_EVENTS.of(instance.account);
    const known = await events.get(store, rowId);
    if (known && !isBetter(judged, known.value)) return { rows: [], became: "duplicate" };
    const row = eventRow(config, judged, known?.value);
    const write = events.write(rowId, row, known?.revision ?? "absent");
    const counted = await countRows(store, config, instance, id, row, known?.value);
    return { rows: [write, ...counted], became: "recorded" };
  });
}

/** A level that is higher, or that can still rise: whatever somebody else has sent before. */
function isBetter({ level, verification }: Judged, known: EventRow): boolean {
  return level === known.level
    ? verification === "pending" && known.verification !== "pending"
    : isAtLeast(level, known.level);
}

/** @param known what was told before by this ID: what is better proven only adds to that */
function eventRow(config: DirtyConfig, judged: Judged, known?: EventRow): EventRow {
  const { level, verification, sender, receivedAt } = judged;
  if (known && known.level !== "claimed") {
    return counting(config, { ...known, level, verification, sender });
  }
  const ignored = isIgnored(judged.told, config.ignore);
  const { event, source, at, who, detail, instance: { region } } = config.people === "omit"
    ? withoutPeople(judged.told)
    : judged.told;
  return counting(config, {
    event,
    source,
    region,
    at,
    received_at: receivedAt.toISOString(),
    level,
    verification,
    sender,
    marking: known?.marking ||
      !ignored && (event === TAG_EVENT || config.events.mark.includes(event)),
    ignored,
    who,
    detail,
    counts: known?.counts ?? null,
  });
}

/**
 * With what an event is to its instance: it marks it, it would if it were proven, or neither. What
 * marks it does so for ever.
 */
export function counting({ require }: DirtyConfig, row: EventRow): EventRow {
  if (!row.marking || row.counts === "mark") return row;
  return { ...row, counts: isAtLeast(row.level, require) ? "mark" : "doubt" };
}

/**
 * The rows that follow from an event's: of its instance, and of what is now to be done.
 *
 * @param before the event's row as it was; undefined: it was not recorded
 */
export async function countRows(
  store: Store,
  config: DirtyConfig,
  instance: InstanceName,
  id: string,
  row: EventRow,
  before?: EventRow,
): Promise<Write[]> {
  const [was, is] = [before?.counts ?? null, row.counts];
  const [rows, tags] = [INSTANCES.of(instance.account), TAGS.of(instance.account)];
  const known = await rows.get(store, instance.id);
  const old = known?.value ?? newInstance(instance.region);
  const marks = is === "mark" && was !== "mark";
  const cleared = marks ? await CLEARANCES.of(instance.account).get(store, instance.id) : undefined;
  const dirty = marks && isMarked({ row: old, clearance: cleared?.value });
  const tag = dirty ? await tags.get(store, instance.id) : undefined;
  const isTagged = tag?.value.state === "written";
  const { event, source, received_at: at, level } = row;
  const mark: Mark = { id, event, source, at, level };
  const next: InstanceRow = {
    ...old,
    events: old.events + (before ? 0 : 1),
    // They never fall: a clearance counts by them.
    marks: old.marks + (marks ? 1 : 0),
    doubts: old.doubts + (is === "doubt" && was === null ? 1 : 0),
    since: marks && !dirty ? mark : old.since,
    last: marks ? mark : old.last,
    latest: old.latest !== null && old.latest > at ? old.latest : at,
  };
  const open = (thing: string) => [unsettledId(instance, thing), { since: at }] as const;
  return [
    ...instanceRows(instance.account, instance.id, next, known?.revision),
    ...row.verification === "pending" ? [UNSETTLED.write(...open(id))] : [],
    ...marks && config.auditors.length > 0 ? [UNTOLD.write(...open(id))] : [],
    ...marks && config.tag !== null && !isTagged ? [UNSETTLED.write(...open("tag"))] : [],
    // Written as it is: if it is removed meanwhile, all this is done again.
    ...marks && isTagged ? [tags.write(instance.id, tag.value, tag.revision)] : [],
  ];
}

/** The row of an instance; of a new one, with the row by which its account is found. */
function instanceRows(account: string, id: string, row: InstanceRow, revision?: number): Write[] {
  const write = INSTANCES.of(account).write(id, row, revision ?? "absent");
  const at = row.latest ?? row.hello?.at ?? new Date(0).toISOString();
  return revision === undefined ? [write, ACCOUNTS.write(account, { at })] : [write];
}

/**
 * Records that the client on an instance has spoken. Of several, the latest counts; but what anyone
 * may claim takes the place of nothing that is proven. If its spool has dropped events since, that
 * is a doubt: they may have been logins.
 */
export async function recordHello(
  store: Store,
  judged: Judged,
): Promise<"recorded" | "duplicate"> {
  const { told: { id, instance, detail }, level, verification, receivedAt } = judged;
  const rows = INSTANCES.of(instance.account);
  return await untilWritten(store, async () => {
    const known = await rows.get(store, instance.id);
    const old = known?.value ?? newInstance(instance.region);
    const at = receivedAt.toISOString();
    const isKnown = old.hello !== null &&
      (old.hello.at > at || old.hello.id === id && isAtLeast(old.hello.level, level) ||
        verification === "done" && level === "claimed" && old.hello.level !== level);
    if (isKnown) return { rows: [], became: "duplicate" };
    const hello = {
      id,
      at,
      level,
      version: String(detail["version"] ?? ""),
      dropped: Number(detail["dropped"] ?? 0),
      sender: judged.sender,
    };
    const before = old.hello && isAtLeast(old.hello.level, level) ? old.hello.dropped : 0;
    const row = { ...old, hello, doubts: old.doubts + (hello.dropped > before ? 1 : 0) };
    const open = UNSETTLED.write(unsettledId(instance, "hello"), { since: at });
    return {
      rows: [
        ...instanceRows(instance.account, instance.id, row, known?.revision),
        ...verification === "pending" ? [open] : [],
      ],
      became: "recorded",
    };
  });
}
