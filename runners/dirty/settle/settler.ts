import type { AccountVerdict } from "../../core/attest/sender_judge.ts";
import { isGivenUp, judgeNow, senderJudge } from "../../core/attest/sender_judge.ts";
import pLimit from "p-limit";
import { type GentleRead, gentleRead } from "../../core/aws/gentle_read.ts";
import { type LeaveAlone, leaveAlone } from "../../core/aws/leave_alone.ts";
import { oneMoreRound } from "../../core/one_more_round.ts";
import type { Store } from "../../core/store/store.ts";
import { type ObservedInstance, readInstances } from "../instances.ts";
import { INSTANCES, LEDGER_EVENTS, UNSETTLED, UNTOLD } from "../ledger.ts";
import type { InstanceName } from "../../core/contract/login.ts";
import type { Found, Open, Settling } from "./settling.ts";
import { verifyEvent, verifyHello } from "./verify_sender.ts";
import { writeTags } from "./write_tags.ts";

/** How many accounts and Regions are settled at once: one that fails may take long to do so. */
const PLACES_AT_ONCE = 20;

/** Auditors may be slow: so many marks are told at once. */
const TOLD_AT_ONCE = 20;

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
  judgeSender(place: InstanceName, sender: string | null, at: Date): Promise<AccountVerdict>;
}

type Read = GentleRead<ObservedInstance>;

export function settlerOf(settling: Settling): Settler {
  const { store, config: { tag } } = settling;
  const [settleGently, askGently] = [leaveAlone(settling), leaveAlone(settling)];
  const read: Read = gentleRead(
    settling,
    (observe, region, ids) => readInstances(observe, region, tag, ids),
  );
  const settle = oneMoreRound((place) => round(place, settling, settleGently, read));
  const openPlaces = async () => {
    const open = [UNSETTLED, UNTOLD].map((kind) => Array.fromAsync(kind.list(store)));
    return (await Promise.all(open)).flat().map(({ id }) => id.split("/", 2).join("/"));
  };
  return {
    settle: (account, region) => settle(`${account}/${region}`),
    settleAll: async () => {
      const places = new Set(await openPlaces());
      // It is asked before each receive, and mostly there is nothing.
      if (places.size === 0) return 0;
      await pLimit(PLACES_AT_ONCE).map(places, (place) => settle(place));
      return (await openPlaces()).length;
    },
    judgeSender: async (place, sender, at) =>
      await askGently(place, () => judgeNow(place, read, settling, sender, at)) ?? "pending",
  };
}

/** One round in an account and Region. */
async function round(place: string, settling: Settling, gently: LeaveAlone, read: Read) {
  const [account = "", region = ""] = place.split("/");
  await gently({ account, region }, () => askAccount(place, settling, read));
  await tellAuditors(place, settling);
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
async function askAccount(place: string, settling: Settling, read: Read): Promise<void> {
  const { store, clock } = settling;
  let asked = await openIn(store, place);
  const [first] = asked;
  if (!first) return;
  const seen = await read(first, asked.map(({ id }) => id));
  if (!seen) asked = asked.filter(({ since }) => isGivenUp(since, clock.now()));
  const found: Found = seen?.found ?? new Map();
  const ids = asked.map(({ id }) => id);
  try {
    for (const { things, ...place } of asked) {
      const { profile } = found.get(place.id) ?? {};
      const judge = await senderJudge(place.id, profile, seen?.observe, settling);
      for (const thing of things.filter((thing) => thing !== "tag")) {
        const verify = thing === "hello" ? verifyHello : verifyEvent;
        await verify(place, thing, judge, settling);
      }
    }
  } finally {
    // What is proven already has its tag, whether or not IAM answers.
    const open = await openIn(store, place);
    // EC2 was not asked for an instance that was opened meanwhile: it is not gone.
    await writeTags(open.filter(({ id }) => ids.includes(id)), found, settling);
  }
}

/** Tells the auditors of the events that mark an instance, each once as far as they take it. */
async function tellAuditors(place: string, settling: Settling): Promise<void> {
  const events = await Array.fromAsync(UNTOLD.list(settling.store, `${place}/`), ({ id }) => id);
  await pLimit(TOLD_AT_ONCE).map(events, (id) => tellOne(id, settling));
}

async function tellOne(untold: string, { store, tell }: Settling): Promise<void> {
  const [account = "", , instance_id = "", event_id = ""] = untold.split("/");
  const row = (await LEDGER_EVENTS.of(account).get(store, `${instance_id}/${event_id}`))?.value;
  const instance = (await INSTANCES.of(account).get(store, instance_id))?.value;
  const first = instance?.since?.id === event_id;
  const isDone = !row || await tell({ ...row, account, instance_id, event_id, first });
  if (isDone) await store.write([UNTOLD.write(untold, undefined)]);
}
