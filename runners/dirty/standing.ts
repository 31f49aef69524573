import pLimit from "p-limit";
import { isAtLeast, type Level } from "../core/attest/levels.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Place } from "../core/plan/change.ts";
import type { ReadStore } from "../core/store/store.ts";
import type { ObservedInstance } from "./instances.ts";
import {
  type ClearanceRow,
  CLEARANCES,
  type InstanceRow,
  INSTANCES,
  type TagRow,
  TAGS,
} from "./ledger.ts";

/** What the ledger has of one instance. */
export type Entry = {
  readonly row?: InstanceRow | undefined;
  readonly clearance?: ClearanceRow | undefined;
  readonly tag?: TagRow | undefined;
};

/** The ledger of some accounts: by account, then by instance. */
export type Ledger = ReadonlyMap<string, ReadonlyMap<string, Entry>>;

/** How many accounts are read at once: a store may be far away. */
const ACCOUNTS_AT_ONCE = 20;

export async function readLedger(
  store: ReadStore,
  { accounts }: { readonly accounts: readonly string[] },
): Promise<Ledger> {
  const read = async (account: string) => {
    const [rows, clearances, tags] = await Promise.all([
      INSTANCES.of(account).read(store),
      CLEARANCES.of(account).read(store),
      TAGS.of(account).read(store),
    ]);
    const ids = new Set([...rows.keys(), ...clearances.keys(), ...tags.keys()]);
    const entryOf = (id: string): Entry => (
      { row: rows.get(id), clearance: clearances.get(id), tag: tags.get(id) }
    );
    return [account, new Map([...ids].map((id) => [id, entryOf(id)]))] as const;
  };
  return new Map(await pLimit(ACCOUNTS_AT_ONCE).map([...accounts], read));
}

export function entryOf(ledger: Ledger, account: string, id: string): Entry {
  return ledger.get(account)?.get(id) ?? {};
}

/** Reads what the ledger has of one instance. */
export async function readEntry(store: ReadStore, account: string, id: string): Promise<Entry> {
  const [row, clearance, tag] = await Promise.all([
    INSTANCES.of(account).get(store, id),
    CLEARANCES.of(account).get(store, id),
    TAGS.of(account).get(store, id),
  ]);
  return { row: row?.value, clearance: clearance?.value, tag: tag?.value };
}

/** Whether an event marks the instance that no clearance has counted. */
export function isMarked({ row, clearance }: Entry): boolean {
  return row !== undefined && row.marks > (clearance?.marks ?? 0);
}

/** Whether an event would mark the instance if it were proven, and no clearance has counted it. */
export function isDoubted({ row, clearance }: Entry): boolean {
  return row !== undefined && row.doubts > (clearance?.doubts ?? 0);
}

/** Why an instance is not known to be clean, by stable codes. */
export const NOT_KNOWN = {
  silent: "no client has spoken since the launch",
  "unproven-client": "its client is not proven",
  "unproven-event": "an event is not proven, or was dropped",
  tagged: "it has the tag, and no event",
} as const;

/** Clean is an instance whose client has spoken since its launch, and on which there was nothing. */
export type Status = "dirty" | "clean" | keyof typeof NOT_KNOWN;

export function statusOf(
  instance: Pick<ObservedInstance, "launched" | "mark">,
  entry: Entry,
  require: Level,
): Status {
  if (isMarked(entry)) return "dirty";
  if (isDoubted(entry)) return "unproven-event";
  if (instance.mark !== null) return "tagged";
  return clientOf(instance, entry.row, require) ?? "clean";
}

/** Why the client of an instance cannot be relied on; null: it has spoken since the launch. */
function clientOf(
  { launched }: Pick<ObservedInstance, "launched">,
  row: InstanceRow | undefined,
  require: Level,
): keyof typeof NOT_KNOWN | null {
  const hello = row?.hello;
  if (!hello || Date.parse(hello.at) < Date.parse(launched)) return "silent";
  return isAtLeast(hello.level, require) ? null : "unproven-client";
}

/** How many of the running instances of a Region would tell if somebody logged in. */
export type ClientCoverage = Place & {
  readonly running: number;
  /** Their client has spoken since they were launched. */
  readonly spoke: number;
  readonly dirty: number;
  readonly clean: number;
  /** Those that are neither, by Auto Scaling group ("": of no group) and by why. */
  readonly unknown: readonly {
    readonly group: string;
    readonly why: keyof typeof NOT_KNOWN;
    readonly count: number;
  }[];
};

export function clientCoverage(
  { account, region }: Place,
  instances: readonly ObservedInstance[],
  ledger: Ledger,
  require: Level,
): ClientCoverage {
  const running = instances.filter(({ state }) => state === "running").map((instance) => {
    const entry = entryOf(ledger, account, instance.id);
    const why = statusOf(instance, entry, require);
    return { group: instance.group ?? "", why, spoke: !clientOf(instance, entry.row, require) };
  });
  const count = (status: Status) => running.filter(({ why }) => why === status).length;
  const unknown = running.flatMap(({ group, why }) =>
    why === "dirty" || why === "clean" ? [] : [{ group, why }]
  );
  return {
    account,
    region,
    running: running.length,
    spoke: running.filter(({ spoke }) => spoke).length,
    dirty: count("dirty"),
    clean: count("clean"),
    unknown: [...Map.groupBy(unknown, ({ group, why }) => `${why}/${group}`).values()]
      .map((alike) => ({ group: alike[0]!.group, why: alike[0]!.why, count: alike.length }))
      .sort((a, b) => b.count - a.count || compareText(a.group, b.group)),
  };
}
