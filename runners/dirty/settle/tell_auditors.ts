import pLimit from "p-limit";
import { INSTANCES, LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import { unsettledId } from "../record.ts";
import type { InstanceName } from "../../core/contract/login.ts";
import type { Open, Settling } from "./settling.ts";

/** Auditors may be slow: so many marks are told at once. */
const AT_ONCE = 20;

/** Tells the auditors of the events that mark an instance, each once as far as they take it. */
export async function tellAuditors(open: readonly Open[], settling: Settling): Promise<void> {
  const events = open.flatMap(({ things, ...place }) =>
    things.filter((thing) => thing !== "tag" && thing !== "hello").map((id) => ({ place, id }))
  );
  await pLimit(AT_ONCE).map(events, ({ place, id }) => tellOne(place, id, settling));
}

async function tellOne(place: InstanceName, id: string, { store, tell }: Settling): Promise<void> {
  const row = (await LEDGER_EVENTS.of(place.account).get(store, `${place.id}/${id}`))?.value;
  if (row?.verification === "pending") return;
  const instance = (await INSTANCES.of(place.account).get(store, place.id))?.value;
  const isDone = row?.counts !== "mark" || await tell({
    ...row,
    account: place.account,
    instance_id: place.id,
    event_id: id,
    first: instance?.since?.id === id,
  });
  if (isDone) await store.write([UNSETTLED.write(unsettledId(place, id), undefined)]);
}
