import pLimit from "p-limit";
import { isInterruption } from "../../core/aws/failure.ts";
import { StoreError } from "../../core/errors.ts";
import { errorField } from "../../core/log/log.ts";
import type { Store } from "../../core/store/store.ts";
import { readInstances } from "../instances.ts";
import { LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import type { Found, Open, Settling } from "./settling.ts";
import { tellAuditors } from "./tell_auditors.ts";
import { verifySender } from "./verify_sender.ts";
import { writeTags } from "./write_tags.ts";

/** How many accounts and Regions are settled at once: one that fails may take long to do so. */
const PLACES_AT_ONCE = 20;

/** If an account or a Region fails, it is asked again after a time that doubles up to the longest. */
const BACK_OFF_MS = { first: 20_000, longest: 3_600_000 } as const;

/**
 * Does what the ledger has open: compares the senders of events with the roles of their instances,
 * writes tags, and tells auditors. Each thing is found by a row of its own, which is deleted together
 * with the write that says that it is done. So nothing is lost when the process dies.
 */
export interface Settler {
  /**
   * Settles all that is open in an account and Region. What is asked for while it works is done by one
   * more round, for all who ask. If AWS fails, that is told, and tried again later.
   *
   * @throws StoreError; InterruptedError
   */
  settle(account: string, region: string): Promise<void>;
  /** The same for all that is open. @returns how many things are open after it */
  settleAll(): Promise<number>;
}

export function settlerOf(settling: Settling): Settler {
  const { store } = settling;
  const rounds = new Map<string, { readonly now: Promise<void>; next?: Promise<void> }>();
  const round = roundOf(settling);
  const begin = (place: string): Promise<void> => {
    const own: { now: Promise<void>; next?: Promise<void> } = { now: round(place) };
    rounds.set(place, own);
    const end = () => {
      if (rounds.get(place) === own) rounds.delete(place);
    };
    own.now.then(end, end);
    return own.now;
  };
  const settle = (place: string): Promise<void> => {
    const under = rounds.get(place);
    if (!under) return begin(place);
    return under.next ??= under.now.catch(() => {}).then(() => begin(place));
  };
  const openPlaces = async () => {
    const places: string[] = [];
    for await (const { id } of UNSETTLED.list(store)) places.push(id.split("/", 2).join("/"));
    return places;
  };
  return {
    settle: (account, region) => settle(`${account}/${region}`),
    settleAll: async () => {
      const limit = pLimit(PLACES_AT_ONCE);
      await Promise.all([...new Set(await openPlaces())].map((place) => limit(settle, place)));
      return (await openPlaces()).length;
    },
  };
}

/** One round in an account and Region. */
function roundOf(settling: Settling) {
  const { clock, log } = settling;
  const waits = new Map<string, { readonly untilMs: number; readonly waitMs: number }>();
  return async (key: string): Promise<void> => {
    const open = await openIn(settling.store, key);
    if (open.length === 0) return;
    const wait = waits.get(key);
    if (wait === undefined || clock.monotonicMs() >= wait.untilMs) {
      try {
        await askAccount(open, settling);
        waits.delete(key);
      } catch (error) {
        if (error instanceof StoreError || isInterruption(error)) throw error;
        const waitMs = wait === undefined
          ? BACK_OFF_MS.first
          : Math.min(2 * wait.waitMs, BACK_OFF_MS.longest);
        waits.set(key, { untilMs: clock.monotonicMs() + waitMs, waitMs });
        const [{ account, region }] = open as [Open];
        log.warn(
          `Senders and tags are settled later here: in ${waitMs / 1_000} s at the earliest`,
          {
            account,
            region,
            error: errorField(error),
          },
        );
      }
    }
    await tellAuditors(open, settling);
  };
}

async function openIn(store: Store, place: string): Promise<Open[]> {
  const [account = "", region = ""] = place.split("/");
  const byId = new Map<string, { readonly things: string[]; since: string }>();
  for await (const { id: key, value } of UNSETTLED.list(store, `${place}/`)) {
    const [, , id = "", thing = ""] = key.split("/");
    const one = byId.getOrInsertComputed(id, () => ({ things: [], since: value.since }));
    one.things.push(thing);
    if (value.since > one.since) one.since = value.since;
  }
  return [...byId].map(([id, one]) => ({ account, region, id, ...one }));
}

/** What needs the account: the senders, and then the tags that follow from them. */
async function askAccount(open: readonly Open[], settling: Settling): Promise<void> {
  const { config: { tag }, store, session } = settling;
  const asks = await Promise.all(open.map((one) => needsAccount(one, store)));
  const asked = open.filter((_, at) => asks[at]);
  const [first] = asked;
  if (!first) return;
  const observe = await session(first.account, "observe");
  const ids = asked.map(({ id }) => id);
  const found: Found = new Map(
    (await readInstances(observe, first.region, tag, ids)).map((one) => [one.id, one]),
  );
  for (const { things, ...place } of asked) {
    for (const thing of things.filter((thing) => thing !== "tag")) {
      await verifySender(place, thing, found.get(place.id), observe, settling);
    }
  }
  await writeTags(await openIn(store, `${first.account}/${first.region}`), found, settling);
}

/** Whether more is open than what auditors are to be told. */
async function needsAccount({ account, id, things }: Open, store: Store): Promise<boolean> {
  if (things.includes("tag") || things.includes("hello")) return true;
  const rows = await Promise.all(
    things.map((thing) => LEDGER_EVENTS.of(account).get(store, `${id}/${thing}`)),
  );
  return rows.some((row) => row?.value.verification === "pending");
}
