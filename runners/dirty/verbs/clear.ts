import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import type { Answer, Running } from "../../core/program.ts";
import { isBlank } from "../../core/spelling.ts";
import type { UnprovenRegion } from "../../core/plan/coverage.ts";
import type { Text } from "../../core/text/sections.ts";
import type { ChangeOutcome } from "../../core/run/run_document.ts";
import type { RunContext } from "../../core/run/context.ts";
import { notifying } from "../../core/run/end/notifying.ts";
import { applyVerb } from "../../core/run/verbs/apply_verb.ts";
import type { Store } from "../../core/store/store.ts";
import type { DirtyConfig } from "../config.ts";
import { dirtyJob } from "../job.ts";
import { CLEARANCES, UNSETTLED } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import { locate } from "../present/explain.ts";
import { type Place, unsettledId } from "../record.ts";
import { isMarked, readEntry } from "../standing.ts";

/** `dirty clear <id> --reason`: removes the tag, and says in the ledger that the instance is clean. */
export async function clearVerb(running: Running<DirtyConfig>): Promise<ExitCode> {
  const { request: { subject, own, options }, config, print } = running;
  const id = subject ?? "";
  const reason = typeof own["reason"] === "string" ? own["reason"] : "";
  if (isBlank(reason)) throw new UsageError("dirty clear needs a --reason: why it is clean");
  const place = await running.reading((store) => locate(id, store));
  const { account, region } = place;
  const entry = account === undefined
    ? {}
    : await running.reading((store) => readEntry(store, account, id));
  const asked = { ...config, clear: { id, reason } };
  const context = await running.context({ job: dirtyJob, config: asked, narrowed: true });
  if (account !== undefined && region !== undefined) {
    const isGone = entry.row?.gone_at !== null || entry.tag?.state === "gone";
    if (config.tag === null || isGone) {
      return print(await clearLedger(running, context, { account, region, id }, reason));
    }
  }
  const narrowed = {
    ...context,
    // The pages and tables are of what an account has, and not of one instance.
    sinks: [],
    options: {
      ...context.options,
      accounts: account !== undefined && options.accounts.length === 0
        ? [account]
        : options.accounts,
      regions: region !== undefined && options.regions.length === 0 ? [region] : options.regions,
    },
  };
  const { plan, run, exitCode } = await notifying(
    narrowed,
    "clear",
    (context) => applyVerb(context, "clear"),
  );
  running.terminal.progress.clear();
  const [change] = run?.changes ?? [];
  if (!change && plan.coverage.unproven.length === 0) {
    throw new UsageError(`Nothing to clear: no instance ${id} is dirty or has the tag`);
  }
  if (change?.outcome === "done") {
    await running.writing((store) => markAgain(store, { ...change, id }));
  }
  return print({
    text: clearedText(id, change, plan.coverage.unproven),
    json: { instance_id: id, run_id: run?.run_id ?? null, change: change ?? null },
    exitCode,
  });
}

function clearedText(
  id: string,
  change: ChangeOutcome | undefined,
  unproven: readonly UnprovenRegion[],
): Text {
  const [unread] = unproven;
  if (change?.outcome === "done") return [[`${id} is clean again: its tag is removed.`]];
  const why = change ? change.error?.message ?? change.outcome : unread?.detail;
  return [[`${id} was not cleared: ${why ?? "nobody agreed"}.`]];
}

/** Somebody may have logged in while the tag was removed. */
async function markAgain(store: Store, place: Place): Promise<void> {
  if (!isMarked(await readEntry(store, place.account, place.id))) return;
  await store.write([
    UNSETTLED.write(unsettledId(place, "tag"), { since: new Date(0).toISOString() }),
  ]);
}

/** Clears where there is no tag: the ledger alone is kept, or the instance is gone. */
async function clearLedger(
  { clock, writing }: Running<DirtyConfig>,
  context: RunContext<DirtyTypes>,
  { account, id }: Place,
  reason: string,
): Promise<Answer> {
  const { arn } = await (await context.sessions()).identity();
  const row = await writing(async (store) => {
    const entry = await readEntry(store, account, id);
    if (!isMarked(entry)) throw new UsageError(`Nothing to clear: the instance ${id} is not dirty`);
    const { marks, doubts } = entry.row!;
    const row = { at: clock.now().toISOString(), reason, by: arn, marks, doubts, value: null };
    await store.write([CLEARANCES.of(account).write(id, row)]);
    return row;
  });
  return {
    text: [[`${id} is clean again, as far as the ledger knows. There was no tag to remove.`]],
    json: { instance_id: id, account, ...row },
    exitCode: EXIT.done,
  };
}
