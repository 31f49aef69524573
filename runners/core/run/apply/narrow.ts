import type { JobTypes } from "../../job_types.ts";
import { byPlace, type Change, type Place } from "../../plan/change.ts";
import type { Coverage } from "../../plan/coverage.ts";
import type { JobPlan, Planned } from "../../plan/document.ts";
import type { ReadStore } from "../../store/store.ts";
import type { RunContext, RunOptions } from "../context.ts";
import type { PlanFile } from "./plan_file.ts";
import type { ChangeOutcome, Ended } from "../run_document.ts";
import { type UsedChange, wasMade } from "./used_changes.ts";

/** The changes of a plan that a plan file has too, and what becomes of the others of the file. */
type Narrowed<T extends JobTypes> = {
  /** With the changes alone that this run may make. */
  readonly plan: JobPlan<T>;
  /** What the run was asked for and does not make. It counts for the exit code. */
  readonly missed: readonly Ended<T>[];
  /** What the run was not asked for, and what an earlier run has made. It counts for nothing. */
  readonly aside: readonly Ended<T>[];
};

/** What a plan file is compared with. */
interface Narrowing<T extends JobTypes> {
  readonly job: string;
  readonly store: ReadStore;
  readonly planFile: PlanFile<T> | null;
  readonly used: ReadonlyMap<string, UsedChange>;
  readonly isInside: (change: T["Change"]) => boolean;
  readonly now: Date;
}

/**
 * Whether a change is within what the person has narrowed the run to: accounts, Regions, and the
 * job's own things. What has no Region is in each of them.
 */
export function insideOf<T extends JobTypes>(
  { options, job }: RunContext<T>,
): (change: T["Change"]) => boolean {
  return (change) => isWithin(change, options) && (job.isAsked?.(change) ?? true);
}

/** Whether a place is within the accounts and Regions that the person has named. */
export function isWithin(
  { account, region }: Place,
  { accounts, regions }: Pick<RunOptions, "accounts" | "regions">,
): boolean {
  return (accounts.length === 0 || accounts.includes(account)) &&
    (regions.length === 0 || region === "global" || regions.includes(region));
}

/** Narrows a plan to the changes that a plan file has too, and that were not begun before. */
export async function narrow<T extends JobTypes>(
  plan: JobPlan<T>,
  narrowing: Narrowing<T>,
): Promise<Narrowed<T>> {
  const { planFile, used, isInside } = narrowing;
  if (planFile === null) return { plan, missed: [], aside: [] };
  const agreedTo = new Set(planFile.changes.map(({ id }) => id));
  const changes = plan.changes.filter(({ id }) => agreedTo.has(id) && !used.has(id));
  const goesOn = new Set(changes.map(({ id }) => id));
  const missed: Ended<T>[] = [];
  const aside: Ended<T>[] = [];
  for (const change of planFile.changes) {
    if (goesOn.has(change.id)) continue;
    const before = used.get(change.id);
    const made = before !== undefined && await wasMade(narrowing.store, narrowing.job, before);
    const outcome = !isInside(change)
      ? skipped("not-asked", NOT_ASKED)
      : before
      ? skipped(made ? "already-made" : "used", usedText(before, made))
      : notStanding(change, plan.coverage);
    const at = narrowing.now.toISOString();
    (made || !isInside(change) ? aside : missed).push({ ...change, ...outcome, at });
  }
  return { plan: { ...plan, changes }, missed, aside };
}

type Why = Pick<ChangeOutcome, "outcome" | "error">;

function skipped(code: string, message: string): Why {
  return { outcome: "skipped", error: { code, message } };
}

/** If the place was not read or not proven in this run, nothing is known of a drift. */
function notStanding({ account, region }: Change, { regions }: Coverage): Why {
  return regions.some((one) => one.account === account && one.region === region)
    ? { outcome: "drifted", error: { code: "drifted", message: DRIFTED } }
    : skipped("not-proven", NOT_PROVEN);
}

function usedText({ run_id, at }: UsedChange, made: boolean): string {
  return `Run ${run_id} ${made ? "made" : "began"} this change of the plan file, at ${at}. ` +
    "Each change of a plan file works once" + (made ? "" : "; plan again");
}

const NOT_ASKED = "It is outside of what this run was narrowed to";
const DRIFTED = "It no longer stands as the plan saw it";
const NOT_PROVEN = "Its account and region were not read, or not proven, in this run";

/** The plan with more changes of the plan file beside its own. */
export function withMissed<T extends JobTypes>(
  plan: Planned<T>,
  missed: readonly T["Change"][],
): Planned<T> {
  const changes = [...plan.changes, ...missed].sort(byPlace((change) => change.action));
  return { ...plan, changes, totals: { ...plan.totals, changes: changes.length } };
}
