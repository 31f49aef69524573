import { untilWritten } from "../../core/store/until_written.ts";
import type { Session } from "../../core/aws/session.ts";
import { judgeSender } from "../../core/attest/sender.ts";
import { embeddedMetrics } from "../../core/log/metrics.ts";
import type { Write } from "../../core/store/store.ts";
import type { ObservedInstance } from "../instances.ts";
import { INSTANCES, LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import { counting, countRows, type Place, unsettledId } from "../record.ts";
import { mayBeListedLater, type SenderVerdict, type Settling } from "./settling.ts";

type Judge = (sender: string | null, at: string) => SenderVerdict;

/**
 * Compares senders with the role of an instance.
 *
 * @param instance undefined: EC2 does not list it
 * @param observe a session of its account
 */
export async function senderJudge(
  id: string,
  instance: ObservedInstance | undefined,
  observe: Session,
  { clock, profileRoles }: Settling,
): Promise<Judge> {
  const roleId = instance?.profile ? await profileRoles.roleId(observe, instance.profile) : null;
  return (sender, at) => {
    if (!instance && mayBeListedLater(at, clock.now())) return "pending";
    if (!instance || roleId === null || sender === null) return "unprovable";
    return judgeSender(sender, id, roleId) === "verified" ? "verified" : "refuted";
  };
}

/** Compares who sent an event or a `hello` that waits for that, and writes what it shows. */
export async function verifySender(
  place: Place,
  thing: string,
  judge: Judge,
  settling: Settling,
): Promise<void> {
  await (thing === "hello" ? verifyHello : verifyEvent)(place, thing, judge, settling);
}

async function verifyHello(
  place: Place,
  thing: string,
  judge: Judge,
  { store }: Settling,
): Promise<void> {
  const rows = INSTANCES.of(place.account);
  const done = UNSETTLED.write(unsettledId(place, thing), undefined);
  await untilWritten(store, async () => {
    const known = await rows.get(store, place.id);
    const hello = known?.value.hello;
    if (!hello) return { rows: [done], became: null };
    const verdict = judge(hello.sender, hello.at);
    if (verdict === "pending") return { rows: [], became: null };
    const level = verdict === "verified" ? verdict : hello.level;
    const row = { ...known.value, hello: { ...hello, level } };
    return { rows: [rows.write(place.id, row, known.revision), done], became: null };
  });
}

async function verifyEvent(
  place: Place,
  thing: string,
  judge: Judge,
  { store, config, clock, log }: Settling,
): Promise<void> {
  const rows = LEDGER_EVENTS.of(place.account);
  const rowId = `${place.id}/${thing}`;
  const done = UNSETTLED.write(unsettledId(place, thing), undefined);
  const became = await untilWritten(store, async () => {
    const known = await rows.get(store, rowId);
    if (!known) return { rows: [done], became: null };
    const before = known.value;
    if (before.verification !== "pending") return { rows: [], became: null };
    const verdict = judge(before.sender, before.received_at);
    if (verdict === "pending") return { rows: [], became: null };
    const row = counting(
      config,
      verdict === "verified"
        ? { ...before, level: verdict, verification: "done" }
        : { ...before, verification: verdict },
    );
    const counted = await countRows(store, config, { instance: place, id: thing, row, before });
    // It stays open where auditors are to be told of it.
    const isOpen = counted.some(({ kind, id }: Write) => kind === done.kind && id === done.id);
    const write = rows.write(rowId, row, known.revision);
    return { rows: [write, ...counted, ...isOpen ? [] : [done]], became: row };
  });
  if (became?.verification !== "refuted") return;
  tellMismatch("sender-other-role", place, became.sender, { log, clock });
}

/** Somebody else has sent what an instance is said to have sent. */
export function tellMismatch(
  reason: string,
  { account, region, id }: Place,
  sender: string | null,
  { log, clock }: Pick<Settling, "log" | "clock">,
): void {
  log.warn(`What an instance is said to have sent is not believed: ${reason}`, {
    ...embeddedMetrics({ Mismatched: 1 }, { job: "dirty", verb: "serve" }, clock.now()),
    account,
    region,
    instance_id: id,
    sender,
  });
}
