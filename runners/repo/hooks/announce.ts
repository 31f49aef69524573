import { errorField, type Log } from "../../core/log/log.ts";
import type { EventHook, Hook, HookInputs } from "./hook.ts";

/**
 * Tells hooks what is about to happen or has happened, one after another; each is handed what the one
 * before has answered. Nothing that they do or answer changes a plan or an outcome: a failure is
 * written to the log, and the next one is handed what the failed one was.
 *
 * @param signal cuts the waiting for a hook
 */
export async function callEventHooks<Name extends EventHook>(
  hooks: readonly Hook[],
  name: Name,
  input: HookInputs[Name],
  { log, signal }: { readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  let handed: unknown = structuredClone(input);
  for (const hook of hooks) {
    if (hook.hook !== name || signal.aborted) continue;
    try {
      const answer = await cutBy(signal, () => hook.call(handed));
      if (answer === null || typeof answer !== "object") {
        throw new Error("it answered nothing where it must answer what it was handed");
      }
      handed = answer;
    } catch (error) {
      log.warn("A hook failed", { hook: hook.name, event: name, error: errorField(error) });
    }
  }
}

async function cutBy(signal: AbortSignal, call: () => unknown): Promise<unknown> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cut = () => reject(new Error("the run was cut while it was waited for"));
  signal.addEventListener("abort", cut, { once: true });
  try {
    return await Promise.race([Promise.resolve().then(call), promise]);
  } finally {
    signal.removeEventListener("abort", cut);
  }
}
