import { chunksOf } from "../../core/chunks.ts";
import { durationMs } from "../../core/duration.ts";
import { messageOf } from "../../core/errors.ts";
import type { RepoSettings } from "../config.ts";
import type { Decided } from "../decide/decided.ts";
import type { Ineligible } from "../decide/decision.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { answerOf, repoableIn } from "./answer.ts";
import type { Hook, HookDecisions, HookInputs, HookRole } from "./hook.ts";
import { type Turned, turned } from "./turn.ts";

/** A role, and what was decided about it. */
export type Calculation = {
  readonly role: ObservedRole;
  readonly account: Pick<ObservedAccount, "id">;
  readonly decided: Decided;
};

/** What hooks have made of it. */
export type Calculated = {
  readonly decided: Decided;
  /** `hook-failed`, by each hook that failed about the role. */
  readonly ineligible: readonly Ineligible[];
  /** What hooks have turned, and what they wanted to turn and may not. */
  readonly notes: readonly string[];
};

/** How many roles a batch has, as Repokid's batch_processing_size had it. */
const BATCH = 100;

/**
 * Lets the hooks of the calculation have their say: first DURING_REPOABLE_CALCULATION about each
 * role, then DURING_REPOABLE_CALCULATION_BATCH about up to 100 roles at once; each is handed what
 * the one before has answered. They may keep whatever would go, and remove what stays because its
 * service was used or AWS does not track it. A hook that throws or answers nonsense leaves the
 * role as it was decided and makes it ineligible: nobody knows what it would have kept.
 *
 * What a person has named with `--remove` is not calculated, nor what is restored: the way back
 * does not hang on a hook.
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
  if (config.asked.remove !== null || config.asked.restore !== null) return running;
  const days = durationMs(config.usageWindow) / 86_400_000;
  if (single.length > 0) { for (const one of running) callSingle(one, single, days); }
  if (batch.length > 0) {
    for (const some of chunksOf(running, BATCH)) {
      callBatch(some, batch, days);
    }
  }
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

  /** What is thought of each of its permissions by now. */
  decisions(): HookDecisions {
    const { universe, groups } = this.decided;
    // Without a prototype, so that no action can be mistaken for one of its members.
    const all: HookDecisions = Object.create(null);
    for (const { ruling, actions } of groups) {
      for (const index of actions) {
        const repoable = ruling.verdict === "remove";
        all[universe.lowerAt(index)] = { repoable, decider: ruling.reason };
      }
    }
    return all;
  }

  take({ decided, notes }: Turned): void {
    this.decided = decided;
    this.notes.push(...notes);
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
      const repoable = repoableIn(answer["potentially_repoable_permissions"], before);
      running.take(turned(running.decided, repoable, hook.name));
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
        one.take(turned(one.decided, repoableIn(said, one.decisions()), hook.name));
      } catch (error) {
        one.fail(hook, error);
      }
    }
    answered = answer;
  }
}

/** A role in Repokid's words. */
export function hookRole(
  { role, account }: Pick<Calculation, "role" | "account">,
): HookRole {
  return {
    role_id: role.roleId,
    role_name: role.name,
    account: account.id,
    arn: role.arn,
    create_date: role.created,
    tags: { ...role.tags },
  };
}
