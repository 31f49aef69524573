import { INSTANCES, LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import { countsAs, unsettledId } from "../record.ts";
import type { Open, Settling } from "./settling.ts";

/** Tells the auditors of the events that mark an instance, each once as far as they take it. */
export async function tellAuditors(open: readonly Open[], settling: Settling): Promise<void> {
  const { config, store, tell } = settling;
  for (const { things, ...place } of open) {
    for (const id of things.filter((thing) => thing !== "tag" && thing !== "hello")) {
      const row = (await LEDGER_EVENTS.of(place.account).get(store, `${place.id}/${id}`))?.value;
      if (row?.verification === "pending") continue;
      const instance = (await INSTANCES.of(place.account).get(store, place.id))?.value;
      const isDone = countsAs(config, row) !== "mark" || await tell({
        ...row!,
        account: place.account,
        instance_id: place.id,
        event_id: id,
        first: instance?.since?.id === id,
      });
      if (isDone) await store.write([UNSETTLED.write(unsettledId(place, id), undefined)]);
    }
  }
}
