import assert from "assert";
import type { JsonObject } from "../../../runners/core/json.ts";
import type { JournalEntry } from "../../../runners/core/journal/entry.ts";
import { partsOf } from "../../../runners/core/parts.ts";
import { dirtySchema } from "../../../runners/dirty/config.ts";
import { readInstances } from "../../../runners/dirty/instances.ts";
import { dirtyJob } from "../../../runners/dirty/job.ts";
import { CLEARANCES } from "../../../runners/dirty/ledger.ts";
import { type DirtySettings, plan } from "../../../runners/dirty/plan.ts";
import { readEntry, readLedger } from "../../../runners/dirty/standing.ts";
import type { dirtyScene } from "./dirty_scene.ts";
import { awsError } from "./memory_aws.ts";
import { WEB } from "./queued_message.ts";

type Scene = ReturnType<typeof dirtyScene>;

/** What the ledger has of the instance `WEB`. */
export const entryIn = ({ store }: Scene) => readEntry(store, WEB.account, WEB.id);

/** What makes a login a `hello`. @param dropped how many events the client has dropped */
export const saysHello = (dropped = 0): JsonObject => (
  { event: "hello", source: "boot", client: { version: "1.0.0", dropped } }
);

/** As long as it is refused, nothing of the account is known, and no tag is written. */
export function refuse({ aws }: Scene, isRefused = true): void {
  aws.before = ({ action }) =>
    isRefused && action === "sts:AssumeRole" ? awsError("AccessDenied") : undefined;
}

/** What a run at this time would plan. */
export async function planned({ aws, store, clock }: Scene, clear: DirtySettings["clear"] = null) {
  const session = await aws.session(WEB.account, "observe");
  const things = await readInstances(session, WEB.region, "dirty");
  const regions = [{ region: WEB.region, failure: null, things }];
  return plan({
    config: { ...dirtySchema.parse({}), clear },
    observed: partsOf([{ id: WEB.account, name: null, regions }]),
    earlier: await readLedger(store, { accounts: [WEB.account] }),
    now: clock.now(),
  });
}

/** "clean", "dirty", or why it is neither, as a plan counts it. */
export async function statusIn(scene: Scene): Promise<string> {
  const [counts] = (await planned(scene)).own.clients;
  const { clean, dirty, unknown } = counts!;
  assert.equal(clean + dirty + unknown.length, 1);
  return unknown[0]?.why ?? (clean === 1 ? "clean" : "dirty");
}

/**
 * Clears the instance, as a run does that removes its tag, or in the ledger alone if there is none.
 *
 * @param write of the store
 */
export async function clear(
  scene: Scene,
  write = scene.store.write.bind(scene.store),
): Promise<void> {
  const { changes: [change] } = await planned(scene, { id: WEB.id, reason: "rebuilt" });
  const intended_at = scene.clock.now().toISOString();
  if (!change) {
    const { marks, doubts } = (await entryIn(scene)).row!;
    const row = { at: intended_at, reason: "rebuilt", by: "operator", marks, doubts, value: null };
    return void await write([CLEARANCES.of(WEB.account).write(WEB.id, row)]);
  }
  for (const outcome of [null, "done"] as const) {
    const entry = { outcome, intended_at, principal: "operator" } as JournalEntry;
    if (outcome === "done") scene.aws.instances.get(WEB.id)!.mark = null;
    await write(dirtyJob.rowsFor({ change, entry }));
  }
}
