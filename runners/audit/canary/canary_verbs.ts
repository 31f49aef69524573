import pLimit from "p-limit";
import { INSTANCE_ID } from "../../core/aws/arn.ts";
import { failureOf, failureUnlessInterrupted, isRefusedByAws } from "../../core/aws/failure.ts";
import { MAX_CLOCK_SKEW_MS } from "../../core/aws/sessions.ts";
import { EXIT, type ExitCode, InterruptedError, UsageError } from "../../core/errors.ts";
import type { RunContext } from "../../core/run/context.ts";
import { refuseWrongClock } from "../../core/run/verbs/apply_verb.ts";
import { refuseHypothetical } from "../../core/run/verbs/report_verb.ts";
import { observe } from "../../core/run/make_plan.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { judgeCanary } from "./canary.ts";
import { announceCanary, canaryChange } from "./canary_journal.ts";
import { type CanaryPlan, planCanaries } from "./canary_plan.ts";
import { CANARIES, regionRowId } from "./canary_rows.ts";
import type { AuditTypes } from "../audit_plan.ts";
import { type CanaryImage, findImage, runCanary, stopCanary } from "./create_canary.ts";
import { placesOf } from "../observed.ts";
import { partsOf } from "../../core/parts.ts";

type AuditContext = RunContext<AuditTypes>;

/** A region's canary, what is to be done about it, and what became of that. */
export type CanaryEntry = CanaryPlan & {
  /** The image of a canary that is to be made; null where it is not known. */
  readonly image: CanaryImage | null;
  readonly outcome: "created" | "stopped" | "adopted" | "failed" | null;
  /** Why it failed, or why the image could not be found. */
  readonly error: string | null;
};

export type CanaryResult = {
  readonly verb: "plan" | "apply";
  readonly entries: readonly CanaryEntry[];
  readonly exitCode: ExitCode;
};

/** Whether something is to be made or stopped, and it can be. */
export function isOpen({ action, error, outcome }: CanaryEntry): boolean {
  return outcome === null && error === null && (action === "create" || action === "stop");
}

/** Shows which canaries there are and which are to be made. Leaves no trace. */
export async function canaryPlanVerb(context: AuditContext): Promise<CanaryResult> {
  const store = await context.openStoreToRead();
  try {
    const entries = await evaluateCanaries(context, store);
    return { verb: "plan", entries, exitCode: exitCodeOf(entries) };
  } finally {
    store.close();
  }
}

/**
 * Makes the canaries that are missing, or adopts an instance as one.
 *
 * @param adopt the instance to adopt; null makes what is missing
 * @param confirm shows what would be made and asks; null where nobody is asked
 * @throws UsageError when nobody agreed, or the instance cannot be adopted
 */
export async function canaryApplyVerb(
  context: AuditContext,
  adopt: string | null,
  confirm: ((entries: readonly CanaryEntry[]) => Promise<boolean>) | null,
): Promise<CanaryResult> {
  refuseHypothetical(context, "canary apply");
  if (!context.options.yes && confirm === null) {
    throw new UsageError("canary apply changes things and there is no terminal to ask: say --yes");
  }
  if (adopt !== null && !INSTANCE_ID.test(adopt)) {
    throw new UsageError(`"${adopt}" is no instance ID such as i-0123456789abcdef0`);
  }
  await (await context.sessions()).identity();
  // A stamp in the future would keep the region unproven until somebody removes it.
  await refuseWrongClock(context);
  const store = await context.openStore();
  try {
    const entries = adopt === null
      ? await makeCanaries(context, store, await evaluateCanaries(context, store), confirm)
      : [await adoptCanary(context, store, adopt)];
    if (context.signal.aborted) throw new InterruptedError();
    return { verb: "apply", entries, exitCode: exitCodeOf(entries) };
  } finally {
    store.close();
  }
}

function exitCodeOf(entries: readonly CanaryEntry[]): ExitCode {
  return entries.some(({ action, error }) => action === "unread" || error !== null)
    ? EXIT.partly
    : EXIT.done;
}

async function evaluateCanaries(context: AuditContext, store: ReadStore): Promise<CanaryEntry[]> {
  const { config } = context;
  const { observed, earlier, now } = await observe(context, store);
  const plans = planCanaries({ config, observed, earlier, now });
  const limit = pLimit(AT_ONCE);
  return await Promise.all(
    plans.map((plan) =>
      limit(async () => ({ ...plan, outcome: null, ...await imageFor(context, plan) }))
    ),
  );
}

/** How many canaries are made at once: each takes a minute or two to start and stop. */
const AT_ONCE = 10;

async function imageFor(
  context: AuditContext,
  { action, account, region }: CanaryPlan,
): Promise<Pick<CanaryEntry, "image" | "error">> {
  if (action !== "create" || context.options.snapshotDirectory !== null) {
    return { image: null, error: null };
  }
  try {
    const sessions = await context.sessions();
    const session = await sessions.member({ id: account, name: null }, "observe");
    return { image: await findImage(session, region, context.config.canary.image), error: null };
  } catch (error) {
    return { image: null, error: failureUnlessInterrupted(error).detail };
  }
}

async function makeCanaries(
  context: AuditContext,
  store: Store,
  entries: readonly CanaryEntry[],
  confirm: ((entries: readonly CanaryEntry[]) => Promise<boolean>) | null,
): Promise<CanaryEntry[]> {
  const open = entries.filter(isOpen);
  if (open.length === 0) return [...entries];
  if (!context.options.yes && !await confirm!(entries)) return [...entries];
  const limit = pLimit(AT_ONCE);
  let done = 0;
  return await Promise.all(
    entries.map((entry) =>
      open.includes(entry)
        ? limit(async () => {
          const made = await makeCanary(context, store, entry);
          context.progress("making canaries", ++done, open.length);
          return made;
        })
        : entry
    ),
  );
}

async function makeCanary(
  context: AuditContext,
  store: Store,
  entry: CanaryEntry,
): Promise<CanaryEntry> {
  const { clock, runId, toolVersion, signal } = context;
  const { account, region, action, image } = entry;
  if (signal.aborted) return { ...entry, outcome: "failed", error: "the run was told to stop" };
  const creates = action === "create";
  try {
    const sessions = await context.sessions();
    const session = await sessions.member({ id: account, name: entry.name }, "canary");
    const change = canaryChange(entry, creates ? "ec2:RunInstances" : "ec2:StopInstances");
    const run = { runId, toolVersion, principal: session.principal };
    const announced = await announceCanary(store, change, clock, run);
    if (!announced) throw new Error("another run is making it");
    let id = entry.instance;
    try {
      if (creates) {
        const made = begunSince(announced.since, entry) ??
          await runCanary(session, entry, image!, announced.since ?? clock.now());
        id = made.id;
        const at = clock.now().toISOString();
        await announced.done(id, made.requestId, [
          CANARIES.write(regionRowId(entry), { instance_id: id, how: "created", at }),
        ]);
      }
      await stopCanary(session, region, id!, clock);
      if (!creates) await announced.done(id!, null, []);
    } catch (error) {
      // A canary that was made is in the store: the next run stops it. If it is unknown whether one
      // was made, the intent stays open: the next run finds the instance and makes no second one.
      const { reason, detail } = failureOf(error);
      if (!creates || id === entry.instance && isRefusedByAws(error)) {
        await announced.failed({ code: reason, message: detail });
      }
      throw error;
    }
    return { ...entry, instance: id, outcome: creates ? "created" : "stopped" };
  } catch (failure) {
    const error = failureOf(failure).detail;
    context.log.error("the canary was not made", { account, region, error });
    return { ...entry, outcome: "failed", error };
  }
}

/** The instance that an earlier run has made since it announced it, allowing for its clock. */
function begunSince(
  since: Date | null,
  { begun }: CanaryPlan,
): { readonly id: string; readonly requestId: null } | undefined {
  if (since === null) return undefined;
  const earliest = since.getTime() - MAX_CLOCK_SKEW_MS;
  const made = begun.find(({ launched }) => Date.parse(launched) >= earliest);
  return made && { id: made.id, requestId: null };
}

/** Takes a stopped instance with exactly the canary's tags as the canary of its region. */
async function adoptCanary(
  context: AuditContext,
  store: Store,
  id: string,
): Promise<CanaryEntry> {
  const { config, clock } = context;
  const { observed, earlier, now } = await observe(context, store);
  const refuse = (why: string) => new UsageError(`Cannot adopt "${id}" as a canary: ${why}`);
  const place = placesOf(observed)
    .find(({ region }) => region.instances.some((one) => one.id === id));
  if (!place) {
    throw refuse(
      "it was not found in what could be read. Name its account with --account, or check the ID",
    );
  }
  const { account, region } = place;
  const alone = partsOf([{ ...account, regions: [region] }]);
  const [plan] = planCanaries({ config, observed: alone, earlier, now });
  if (!plan) {
    throw refuse(
      `no canary is asked for in its account ${account.id} (audit.canary.mode: ` +
        `"${config.canary.mode}", audit.enforce)`,
    );
  }
  if (plan.status === "ok" && plan.instance !== id) {
    throw refuse(`${plan.instance} is the canary of ${account.id}/${region.region} already`);
  }
  const row = { instance_id: id, how: "adopted", at: clock.now().toISOString() } as const;
  const { status, detail } = judgeCanary(region, plan.tags, row, undefined, now);
  if (status !== "ok") throw refuse(detail);
  await store.write([CANARIES.write(regionRowId(plan), row)]);
  return { ...plan, instance: id, status, detail, outcome: "adopted", image: null, error: null };
}
