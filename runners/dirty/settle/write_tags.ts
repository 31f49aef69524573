import { mayBeListedLater } from "../../core/attest/sender_judge.ts";
import { failureOf } from "../../core/aws/failure.ts";
import { untilWritten } from "../../core/store/until_written.ts";
import type { Session } from "../../core/aws/session.ts";
import { errorField } from "../../core/log/log.ts";
import { chunksOf } from "../../core/chunks.ts";
import { nameOf } from "../../core/errors.ts";
import { isThere, type ObservedInstance } from "../instances.ts";
import { INSTANCES, type TagRow, TAGS, UNSETTLED } from "../ledger.ts";
import { isMarked, readEntry } from "../standing.ts";
import { markValue } from "../../core/contract/mark.ts";
import { unsettledId } from "../record.ts";
import type { InstanceName } from "../../core/contract/login.ts";
import type { Found, Open, Settling } from "./settling.ts";

/** How many instances one call tags. */
const AT_ONCE = 50;

/** After what time an instance is asked again whose tag a policy forbids. */
const REFUSED_MS = 5 * 60_000;

/** An instance, and the value that its tag is about to have, as the ledger says. */
type Wanted = InstanceName & { readonly value: string };

/**
 * Writes the tags that are open, those of one value together.
 *
 * @throws what AWS answers where it may be tried again; of one instance that refuses its tag the
 * ledger says why
 */
export async function writeTags(
  open: readonly Open[],
  found: Found,
  settling: Settling,
): Promise<void> {
  const { config: { tag }, session, clock } = settling;
  const wanted: Wanted[] = [];
  for (const { things, since, ...place } of open) {
    const instance = found.get(place.id);
    if (!things.includes("tag") || !instance && mayBeListedLater(since, clock.now())) continue;
    const value = await announce(place, instance, settling);
    if (value !== null) wanted.push({ ...place, value });
  }
  const [first] = wanted;
  if (!first || tag === null) return;
  const mark = await session(first.account, "mark");
  let refusal: unknown;
  for (const same of Map.groupBy(wanted, ({ value }) => value).values()) {
    for (const some of chunksOf(same, AT_ONCE)) {
      await tagTogether(mark, tag, some, settling, (error) => refusal ??= error);
    }
  }
  if (refusal !== undefined) throw refusal;
}

/**
 * Says in the ledger which value the tag is about to have, before it is written.
 *
 * @returns null where no tag is to be written: the instance was cleared, or is gone, or refuses it
 */
async function announce(
  place: InstanceName,
  instance: ObservedInstance | undefined,
  { config: { tag }, store, clock }: Settling,
): Promise<string | null> {
  const { account, region, id } = place;
  const rows = TAGS.of(account);
  const done = UNSETTLED.write(unsettledId(place, "tag"), undefined);
  return await untilWritten(store, async () => {
    const entry = await readEntry(store, account, id);
    if (tag === null || !isMarked(entry)) return { rows: [done], became: null };
    const known = await rows.get(store, id);
    const now = clock.now();
    if (known && isRefusedLately(known.value, now)) return { rows: [], became: null };
    const old = known?.value.state === "removed" ? undefined : known?.value;
    const value = old?.value ?? markValue(now, entry.row?.since?.source ?? "unknown");
    const exists = instance !== undefined && isThere(instance);
    const state = exists ? "pending" : "gone";
    const next = rows.write(id, tagRow(value, state, now), known?.revision ?? "absent");
    if (!exists) return { rows: [...old?.state === "written" ? [] : [next], done], became: null };
    const isAnnounced = old?.state === "pending" || old?.state === "forbidden";
    // A message may name a Region that EC2 does not find it in.
    const row = (await INSTANCES.of(account).get(store, id))!;
    if (isAnnounced && row.value.region === region) return { rows: [], became: value };
    const here = INSTANCES.of(account).write(id, { ...row.value, region }, row.revision);
    return { rows: [here, next], became: value };
  });
}

/** Other instances do not wait for one that refuses its tag, and it is not asked all the time. */
function isRefusedLately({ state, at }: TagRow, now: Date): boolean {
  return state === "forbidden" && Math.abs(now.getTime() - Date.parse(at)) < REFUSED_MS;
}

function tagRow(value: string, state: TagRow["state"], at: Date, detail = ""): TagRow {
  return { value, state, at: at.toISOString(), detail };
}

/** EC2 API Reference, "Client error codes": what one instance of many makes AWS refuse for all. */
const OF_ONE = new Set(["InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed"]);

/** Tags instances by one call. If AWS refuses it because of one of them, by more calls. */
async function tagTogether(
  mark: Session,
  key: string,
  some: readonly Wanted[],
  settling: Settling,
  refused: (error: unknown) => void,
): Promise<void> {
  const [{ region, value }] = some as [Wanted];
  const { CreateTagsCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  const command = new CreateTagsCommand({
    Resources: some.map(({ id }) => id),
    Tags: [{ Key: key, Value: value }],
  });
  try {
    await mark.client(EC2Client, region).send(command, mark.reading);
  } catch (error) {
    const { reason, detail } = failureOf(error);
    const isDenied = reason === "access-denied" || reason === "denied-by-policy";
    if (!isDenied && !OF_ONE.has(nameOf(error))) throw error;
    if (some.length > 1) {
      for (const half of chunksOf(some, Math.ceil(some.length / 2))) {
        await tagTogether(mark, key, half, settling, refused);
      }
      return;
    }
    // It stays open: an instance that EC2 does not know yet, or a policy that somebody changes.
    if (!isDenied) return refused(error);
    const [{ account, id }] = some as [Wanted];
    settling.log.warn("A tag is forbidden and is tried again in some minutes", {
      ...{ account, region, instance_id: id, error: errorField(error) },
    });
    return await noteState(some, "forbidden", detail, settling);
  }
  await noteState(some, "written", "", settling);
}

/** What became of the tags. If one was cleared meanwhile, that counts; another value is written again. */
async function noteState(
  some: readonly Wanted[],
  state: "written" | "forbidden",
  detail: string,
  { store, clock }: Settling,
): Promise<void> {
  await Promise.all(some.map((place) =>
    untilWritten(store, async () => {
      const rows = TAGS.of(place.account);
      const known = await rows.get(store, place.id);
      if (!known || known.value.state === "removed") return { rows: [], became: null };
      const openId = unsettledId(place, "tag");
      if (known.value.value !== place.value) {
        const since = clock.now().toISOString();
        return { rows: [UNSETTLED.write(openId, { since })], became: null };
      }
      const done = UNSETTLED.write(openId, undefined);
      const row = tagRow(place.value, state, clock.now(), detail);
      const write = rows.write(place.id, row, known.revision);
      return { rows: state === "written" ? [write, done] : [write], became: null };
    })
  ));
}
