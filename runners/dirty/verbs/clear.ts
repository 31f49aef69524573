import { EXIT, type ExitCode, UsageError } from "../../core/errors.ts";
import type { Answer, Running } from "../../core/program.ts";
import type { RunContext } from "../../core/run/context.ts";
import { notifying } from "../../core/run/end/notifying.ts";
import { applyVerb, refuseUnasked } from "../../core/run/verbs/apply_verb.ts";
import type { Text } from "../../core/text/sections.ts";
import { isBlank } from "../../core/spelling.ts";
import type { DirtyConfig } from "../config.ts";
import { dirtyJob } from "../job.ts";
import { CLEARANCES } from "../ledger.ts";
import type { DirtyTypes } from "../plan.ts";
import { locate } from "../present/explain.ts";
import { type Entry, isDoubted, isMarked, readEntry } from "../standing.ts";

/** `dirty clear <id> --reason`: removes the tag, and says in the ledger that the instance is clean. */
export async function clearVerb(running: Running<DirtyConfig>): Promise<ExitCode> {
  const { request: { subject, own }, config, print, reading } = running;
  const id = subject ?? "";
  const reason = typeof own["reason"] === "string" ? own["reason"] : "";
  if (isBlank(reason)) throw new UsageError("dirty clear needs a --reason: why it is clean");
  const { account, region } = await reading((store) => locate(id, store));
  const entry = account ? await reading((store) => readEntry(store, account, id)) : {};
  const work = { job: dirtyJob, config: { ...config, clear: { id, reason } }, narrowed: true };
  const context = await running.context(work);
  const isTagged = config.tag !== null && !entry.row?.gone_at && entry.tag?.state !== "gone";
  const answer = isTagged ? await removeTag(running, within(context, account, region), id) : null;
  if (answer) return print(answer);
  if (!account || !isMarked(entry) && !isDoubted(entry)) {
    throw new UsageError(`Nothing to clear: no instance ${id} is dirty or has the tag`);
  }
  return print(await clearLedger(running, context, account, entry));
}

/** A run about one instance. The pages and tables are of what an account has, and not of this. */
function within(
  context: RunContext<DirtyTypes>,
  account: string | undefined,
  region: string | undefined,
): RunContext<DirtyTypes> {
  const { options } = context;
  const accounts = account && options.accounts.length === 0 ? [account] : options.accounts;
  const regions = region && options.regions.length === 0 ? [region] : options.regions;
  return { ...context, sinks: [], options: { ...options, accounts, regions } };
}

/** @returns null if the instance has no tag, in all that was read */
async function removeTag(
  { terminal }: Running<DirtyConfig>,
  context: RunContext<DirtyTypes>,
  id: string,
): Promise<Answer | null> {
  const clear = (one: typeof context) => applyVerb(one, "clear");
  const { plan, run, exitCode } = await notifying(context, "clear", clear);
  terminal.progress.clear();
  const [change] = run?.changes ?? [];
  const [unread] = plan.coverage.unproven;
  if (!change && !unread) return null;
  const isDone = change?.outcome === "done";
  const why = change ? change.error?.message ?? change.outcome : unread?.detail;
  return {
    text: [[
      isDone
        ? `${id} is clean again: its tag is removed.`
        : `${id} was not cleared: ${why ?? "nobody agreed"}.`,
    ]],
    json: { instance_id: id, run_id: run?.run_id ?? null, change: change ?? null },
    exitCode,
  };
}

/** Clears in the ledger alone: without a tag, of an instance that is gone, or where all is unproven. */
async function clearLedger(
  { clock, writing, ask }: Running<DirtyConfig>,
  context: RunContext<DirtyTypes>,
  account: string,
  entry: Entry,
): Promise<Answer> {
  refuseUnasked(context, "clear");
  const { id, reason } = context.config.clear!;
  const asked: Text = [[`${id} has no tag to remove. The ledger would say that it is clean.`]];
  if (ask && !context.options.yes && !await ask(asked, "Clear it?")) {
    throw new UsageError(`${id} was not cleared`);
  }
  const { arn } = await (await context.sessions()).identity();
  const { marks, doubts } = entry.row!;
  const row = { at: clock.now().toISOString(), reason, by: arn, marks, doubts, value: null };
  await writing((store) => store.write([CLEARANCES.of(account).write(id, row)]));
  return {
    text: [[`${id} is clean again in the ledger. It has no tag to remove.`]],
    json: { instance_id: id, account, ...row },
    exitCode: EXIT.done,
  };
}
