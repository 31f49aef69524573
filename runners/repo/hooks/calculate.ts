import { fewText } from "../../core/cli/words.ts";
import { chunksOf } from "../../core/chunks.ts";
import { DAY_MS, durationMs } from "../../core/duration.ts";
import { messageOf } from "../../core/errors.ts";
import { isGrant, type RepoSettings } from "../config.ts";
import { type Decided, type Ineligible, type Ruling, withRulings } from "../decide/decided.ts";
import { modeOf } from "../decide/eligibility.ts";
import type { EvaluatedRole } from "../evaluate_role.ts";
import type { ObservedAccount } from "../observed.ts";
import type { RepoPlanning } from "../planning.ts";
import type { Hook, HookDecisions, HookInputs, HookRole } from "./hook.ts";

/** A role, and what was decided about it. */
type Calculation = Pick<EvaluatedRole, "role" | "decided"> & {
  readonly account: Pick<ObservedAccount, "id">;
};

/**
 * The decision after the hooks, `hook-failed` for each hook that failed about the role, and a note
 * on what hooks have turned, or wanted to turn and may not.
 */
type Calculated = Pick<EvaluatedRole, "decided" | "ineligible" | "notes">;

/** How many roles a batch has, as Repokid's batch_processing_size had it. */
const BATCH = 100;

/** Reasons to keep that better evidence may overrule. The others do not depend on use. */
const MAY_GO: ReadonlySet<string> = new Set(["service-used", "action-untracked"]);

/** How many actions a note names. */
const NAMED = 3;

/**
 * Calls the hooks of the calculation: first DURING_REPOABLE_CALCULATION for each role, then
 * DURING_REPOABLE_CALCULATION_BATCH for up to 100 roles at once. Each hook gets what the one before
 * has answered. It may keep any permission, and remove those that stay because their service was
 * used or AWS does not track them. If a hook throws or its answer cannot be read, the decision
 * stands and the role is not eligible: it is not known what the hook would have kept.
 *
 * No hook is called for `--remove`, a restore or `--give-back`: the way back must not depend on a hook.
 *
 * @returns for each role, in the same order
 */
export function calculateWithHooks(
  calculations: readonly Calculation[],
  hooks: readonly Hook[],
  config: Pick<RepoSettings, "usageWindow" | "asked">,
): readonly Calculated[] {
  const single = hooks.filter(({ hook }) => hook === "DURING_REPOABLE_CALCULATION");
  const batch = hooks.filter(({ hook }) => hook === "DURING_REPOABLE_CALCULATION_BATCH");
  const running = calculations.map((one) => new Running(one));
  if (config.asked.remove !== null || isGrant(config.asked)) return running;
  const days = durationMs(config.usageWindow) / DAY_MS;
  for (const one of running) callSingle(one, single, days);
  for (const some of chunksOf(running, BATCH)) callBatch(some, batch, days);
  return running;
}

/** A role on its way through the hooks. */
class Running implements Calculated {
  decided: Decided;
  readonly ineligible: Ineligible[] = [];
  readonly notes: string[] = [];

  constructor(readonly calculation: Calculation) {
    this.decided = calculation.decided;
  }

  /** What is decided of each of its permissions so far. */
  decisions(): HookDecisions {
    const { universe, groups } = this.decided;
    // Without a prototype: an action must not be mistaken for a member of every object.
    const all: HookDecisions = Object.create(null);
    for (const { ruling, actions } of groups) {
      for (const index of actions) {
        const repoable = ruling.verdict === "remove";
        all[universe.lowerAt(index)] = { repoable, decider: ruling.reason };
      }
    }
    return all;
  }

  /**
   * Turns verdicts as a hook has answered: to "keep" always, to "remove" only if the permission was
   * kept for a reason in `MAY_GO`.
   *
   * @param repoable the actions, in lower case, that the hook takes for removable
   */
  turn(repoable: ReadonlySet<string>, { name }: Hook): void {
    const { universe, groups } = this.decided;
    const other = new Map<number, Ruling>();
    const kept: number[] = [];
    const removed: number[] = [];
    const refused = new Map<string, number[]>();
    for (const { ruling, actions } of groups) {
      const goes = ruling.verdict === "remove";
      const differing = actions.filter((index) => repoable.has(universe.lowerAt(index)) !== goes);
      if (differing.length === 0) continue;
      if (!goes && !MAY_GO.has(ruling.reason)) {
        refused.set(ruling.reason, [...refused.get(ruling.reason) ?? [], ...differing]);
        continue;
      }
      const turned: Ruling = {
        ...ruling,
        verdict: goes ? "keep" : "remove",
        reason: `hook:${name}`,
      };
      for (const index of differing) other.set(index, turned);
      (goes ? kept : removed).push(...differing);
    }
    const names = (indices: number[]) =>
      fewText(indices.sort((a, b) => a - b).map((index) => universe.actions[index]!), NAMED);
    this.decided = withRulings(this.decided, other);
    this.notes.push(
      ...(kept.length > 0
        ? [`hook:${name} keeps ${names(kept)}, which would be removed otherwise`]
        : []),
      ...(removed.length > 0 ? [`hook:${name} removes ${names(removed)}`] : []),
      ...Array.from(
        refused,
        ([reason, indices]) =>
          `hook:${name} would remove ${names(indices)}, which ${
            indices.length === 1 ? "stays" : "stay"
          }: ${reason}`,
      ),
    );
  }

  fail(hook: Hook, error: unknown): void {
    const detail =
      `the hook ${hook.name} (${hook.hook}) ${failureText(error)}, so that it is not ` +
      "known what it would keep";
    this.ineligible.push({ reason: "hook-failed", detail });
  }
}

function failureText(error: unknown): string {
  return error instanceof Error && error.name === "HookAnswerError"
    ? error.message
    : `failed: ${messageOf(error)}`;
}

function callSingle(running: Running, hooks: readonly Hook[], days: number): void {
  const { role, account } = running.calculation;
  let answered: object = {};
  for (const hook of hooks) {
    const asked = running.decisions();
    const input: HookInputs["DURING_REPOABLE_CALCULATION"] = {
      ...answered,
      account_number: account.id,
      role_name: role.name,
      role_id: role.roleId,
      arn: role.arn,
      potentially_repoable_permissions: asked,
      minimum_age: days,
    };
    const before = running.decisions();
    try {
      const answer = answerOf(hook, input);
      running.turn(repoableIn(answer["potentially_repoable_permissions"], before), hook);
      answered = answer;
    } catch (error) {
      running.fail(hook, error);
    }
  }
}

function callBatch(some: readonly Running[], hooks: readonly Hook[], days: number): void {
  let answered: object = {};
  for (const hook of hooks) {
    const input: HookInputs["DURING_REPOABLE_CALCULATION_BATCH"] = {
      ...answered,
      role_batch: some.map(({ calculation }) => hookRole(calculation)),
      potentially_repoable_permissions: Object.fromEntries(
        some.map((one) => [one.calculation.role.arn, one.decisions()]),
      ),
      minimum_age: days,
    };
    let answer: { readonly [key: string]: unknown };
    try {
      answer = answerOf(hook, input);
    } catch (error) {
      for (const one of some) one.fail(hook, error);
      continue;
    }
    const byArn = (answer["potentially_repoable_permissions"] ?? {}) as object;
    for (const one of some) {
      const { arn } = one.calculation.role;
      const said: unknown = Object.getOwnPropertyDescriptor(byArn, arn)?.value;
      try {
        one.turn(repoableIn(said, one.decisions()), hook);
      } catch (error) {
        one.fail(hook, error);
      }
    }
    answered = answer;
  }
}

/** A role in Repokid's words. */
export function hookRole({ role, account }: Pick<Calculation, "role" | "account">): HookRole {
  return {
    role_id: role.roleId,
    role_name: role.name,
    account: account.id,
    arn: role.arn,
    create_date: role.created,
    tags: { ...role.tags },
  };
}

/** An answer that cannot be read. The message is the end of a sentence about the hook. */
class HookAnswerError extends Error {
  override readonly name = "HookAnswerError";
}

/**
 * Calls a hook that must answer at once.
 *
 * @returns what it answered: an object
 * @throws whatever it throws; HookAnswerError if it answers nothing, a promise, or no object
 */
function answerOf(hook: Hook, input: unknown): { readonly [key: string]: unknown } {
  const answer = hook.call(input);
  if (answer instanceof Promise) {
    // Nobody waits for it: a rejection would end the process.
    answer.catch(() => {});
    throw new HookAnswerError(
      "answered a promise: what must be waited for belongs into an exported function prepare",
    );
  }
  if (answer === null || typeof answer !== "object" || Array.isArray(answer)) {
    const found = answer === undefined || answer === null ? "nothing" : `a ${typeof answer}`;
    throw new HookAnswerError(`answered ${found} where it must answer what it was handed`);
  }
  return answer as { readonly [key: string]: unknown };
}

/**
 * Which permissions an answer takes for removable.
 *
 * @throws HookAnswerError unless it names exactly those that the hook was asked about: it may have
 * forgotten what it leaves out, and nobody has judged what it adds
 */
function repoableIn(answered: unknown, asked: HookDecisions): ReadonlySet<string> {
  if (answered === null || typeof answered !== "object") {
    throw new HookAnswerError("answered without potentially_repoable_permissions");
  }
  const given = answered as { readonly [action: string]: unknown };
  const repoable = new Set<string>();
  for (const action of Object.keys(asked)) {
    const decision = Object.hasOwn(given, action) ? given[action] : undefined;
    const says = (decision as Partial<HookDecisions[string]> | null | undefined)?.repoable;
    if (typeof says !== "boolean") {
      throw new HookAnswerError(`answered without saying of ${action} whether it is repoable`);
    }
    if (says) repoable.add(action);
  }
  const added = Object.keys(given).find((action) => !Object.hasOwn(asked, action));
  if (added !== undefined) {
    throw new HookAnswerError(`answered about ${added}, which it was not asked about`);
  }
  return repoable;
}

/** Evaluated roles with what calculation hooks have turned. */
export function judgeWithHooks(
  roles: readonly EvaluatedRole[],
  hooks: readonly Hook[],
  { config }: RepoPlanning,
): readonly EvaluatedRole[] {
  if (hooks.length === 0) return roles;
  const calculated = calculateWithHooks(roles, hooks, config);
  return roles.map((one, index) => {
    const { decided, ineligible, notes } = calculated[index]!;
    const reasons = [...one.ineligible, ...ineligible];
    return {
      ...one,
      decided,
      ineligible: reasons,
      mode: modeOf(one.role, reasons, config),
      notes: [...one.notes, ...notes],
    };
  });
}
