import type { Hook, HookDecisions } from "./hook.ts";

/** What a hook has answered is not what it should be; the message ends a sentence on the hook. */
export class HookAnswerError extends Error {
  override readonly name = "HookAnswerError";
}

/**
 * Calls a hook that must answer at once.
 *
 * @returns what it answered: an object
 * @throws whatever it throws; HookAnswerError when it answers nothing, a promise, or no object
 */
export function answerOf(hook: Hook, input: unknown): { readonly [key: string]: unknown } {
  const answer = hook.call(input);
  if (answer instanceof Promise) {
    // Nobody waits for it, so that nobody else will hear that it failed.
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
 * Which permissions an answer takes for removable. It speaks of exactly those that it was asked
 * about: what it leaves out it may have forgotten, and what it adds nobody has judged.
 *
 * @throws HookAnswerError when it does not
 */
export function repoableIn(answered: unknown, asked: HookDecisions): ReadonlySet<string> {
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
