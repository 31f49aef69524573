import pLimit from "p-limit";
import { isInterruption } from "../../core/aws/failure.ts";
import { StoreError } from "../../core/errors.ts";
import { errorField } from "../../core/log/log.ts";
import type { Store } from "../../core/store/store.ts";
import { readInstances } from "../instances.ts";
import { LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import type { Place } from "../record.ts";
import type { Found, Open, SenderVerdict, Settling } from "./settling.ts";
import { tellAuditors } from "./tell_auditors.ts";
import { senderJudge, verifySender } from "./verify_sender.ts";
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
  /** Compares who has just sent something with the role of the instance. @throws InterruptedError */
  judgeSender(place: Place, sender: string | null, at: Date): Promise<SenderVerdict>;
}

export function settlerOf(settling: Settling): Settler {
  const { store, config: { tag }, session } = settling;
  const waits = waitsOf(settling);
  const rounds = new Map<string, { readonly now: Promise<void>; next?: Promise<void> }>();
  const begin = (place: string): Promise<void> => {
    const own: { now: Promise<void>; next?: Promise<void> } = {
      now: round(place, settling, waits),
    };
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
    judgeSender: async ({ account, region, id }, sender, at) =>
      await waits.unlessFailing(`${account}/${region}`, async () => {
        const observe = await session(account, "observe");
        const [instance] = await readInstances(observe, region, tag, [id]);
        return (await senderJudge(id, instance, observe, settling))(sender, at.toISOString());
      }) ?? "pending",
  };
}

type Waits = ReturnType<typeof waitsOf>;

/** Leaves an account and Region alone for some time when it has failed. */
function waitsOf({ clock, log }: Settling) {
  const waits = new Map<string, { readonly untilMs: number; readonly waitMs: number }>();
  return {
    /**
     * @returns undefined: it has failed now, or not long ago
     * @throws StoreError; InterruptedError
     */
    async unlessFailing<Value>(
      place: string,
      work: () => Promise<Value>,
    ): Promise<Value | undefined> {
      const wait = waits.get(place);
      if (wait !== undefined && clock.monotonicMs() < wait.untilMs) return undefined;
      try {
        const value = await work();
        waits.delete(place);
        return value;
      } catch (error) {
        if (error instanceof StoreError || isInterruption(error)) throw error;
        const { first, longest } = BACK_OFF_MS;
        const waitMs = wait === undefined ? first : Math.min(2 * wait.waitMs, longest);
        waits.set(place, { untilMs: clock.monotonicMs() + waitMs, waitMs });
        const [account, region] = place.split("/");
        log.warn(`Senders and tags are left for later here, for ${waitMs / 1_000} s at least`, {
          account,
          region,
          error: errorField(error),
        });
      }
    },
  };
}

/** One round in an account and Region. */
async function round(place: string, settling: Settling, waits: Waits): Promise<void> {
  const open = await openIn(settling.store, place);
  if (open.length === 0) return;
  await waits.unlessFailing(place, () => askAccount(open, settling));
  await tellAuditors(open, settling);
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
    const judge = await senderJudge(place.id, found.get(place.id), observe, settling);
    for (const thing of things.filter((thing) => thing !== "tag")) {
      await verifySender(place, thing, judge, settling);
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
