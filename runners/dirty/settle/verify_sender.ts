import { untilWritten } from "../../core/store/until_written.ts";
import { type SenderJudge, tellMismatch } from "../../core/attest/sender_judge.ts";
import { INSTANCES, LEDGER_EVENTS, UNSETTLED } from "../ledger.ts";
import { counting, countRows, unsettledId } from "../record.ts";
import type { InstanceName } from "../../core/contract/login.ts";
import type { Settling } from "./settling.ts";

/** Compares who sent a `hello` that waits for that, and writes what it shows. */
export async function verifyHello(
  place: InstanceName,
  thing: string,
  judge: SenderJudge,
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

/** The same for an event. */
export async function verifyEvent(
  place: InstanceName,
  thing: string,
  judge: SenderJudge,
  { store, config, clock, log }: Settling,
): Promise<void> {
  const rows = LEDGER_EVENTS.of(place.account);
  const rowId = `${place.id}/${thing}`;
  const done = UNSETTLED.write(unsettledId(place, thing), undefined);
  const became = await untilWritten(store, async () => {
    const known = await rows.get(store, rowId);
    if (!known) return { rows: [done], became: null };
    const before = known.value;
    // Another message has proven it. Written as it is: it may be pending again meanwhile.
    if (before.verification !== "pending") {
      return { rows: [rows.write(rowId, before, known.revision), done], became: null };
    }
    const verdict = judge(before.sender, before.received_at);
    if (verdict === "pending") return { rows: [], became: null };
    const level = verdict === "verified" ? verdict : before.level;
    const verification = verdict === "verified" ? "done" : verdict;
    const row = counting(config, { ...before, level, verification });
    const counted = await countRows(store, config, place, thing, row, before);
    return { rows: [rows.write(rowId, row, known.revision), ...counted, done], became: row };
  });
  if (became?.verification !== "refuted") return;
  tellMismatch("sender-other-role", place, became.sender, { job: "dirty", log, clock });
}
