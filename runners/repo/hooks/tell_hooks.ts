import { errorField, type Log } from "../../core/log/log.ts";
import type { ObservedAccount } from "../observed.ts";
import { hookRole } from "./calculate.ts";
import type { EventHook, Hook, HookInputs, HookRole } from "./hook.ts";

/** What hooks are called with. */
type TellingHooks = {
  readonly hooks: readonly Hook[];
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** Tells AFTER_SCHEDULE_REPO which roles have been scheduled, by role ID. */
export async function tellScheduled(
  roleIds: readonly string[],
  observed: Iterable<ObservedAccount>,
  telling: TellingHooks,
): Promise<void> {
  const roles = hookRolesOf(observed, new Set(roleIds));
  await callEventHooks(telling.hooks, "AFTER_SCHEDULE_REPO", { roles }, telling);
}

/** Tells BEFORE_REPO_ROLES, account by account, which roles are about to be changed. */
export async function tellBefore(
  roleIds: readonly string[],
  observed: Iterable<ObservedAccount>,
  telling: TellingHooks,
): Promise<void> {
  for (
    const [account_number, roles] of Map.groupBy(hookRolesOf(observed, new Set(roleIds)), accountOf)
  ) {
    await callEventHooks(telling.hooks, "BEFORE_REPO_ROLES", { account_number, roles }, telling);
  }
}

/**
 * Tells AFTER_REPO of each role that was tried, and AFTER_REPO_ROLES of each account.
 *
 * @param errors what went wrong with each role, by role ID; empty: nothing
 */
export async function tellAfter(
  errors: ReadonlyMap<string, readonly string[]>,
  observed: Iterable<ObservedAccount>,
  telling: TellingHooks,
): Promise<void> {
  const found = hookRolesOf(observed, new Set(errors.keys()));
  for (const role of found) {
    const own = [...errors.get(role.role_id)!];
    await callEventHooks(telling.hooks, "AFTER_REPO", { role, errors: own }, telling);
  }
  for (const [account_number, roles] of Map.groupBy(found, accountOf)) {
    const all = roles.flatMap(({ role_id }) => errors.get(role_id)!);
    const input = { account_number, roles, errors: all };
    await callEventHooks(telling.hooks, "AFTER_REPO_ROLES", input, telling);
  }
}

function hookRolesOf(accounts: Iterable<ObservedAccount>, ids: ReadonlySet<string>): HookRole[] {
  return Iterator.from(accounts).flatMap((account) =>
    account.roles.filter(({ roleId }) => ids.has(roleId)).map((role) => hookRole({ role, account }))
  ).toArray();
}

const accountOf = ({ account }: HookRole) => account;

/**
 * Calls hooks one after another with what is about to happen or has happened; each gets what the
 * one before has answered. Nothing that they do or answer changes a plan or an outcome. A failure
 * is logged, and the next hook gets the input of the failed one.
 *
 * @param signal cuts the waiting for a hook
 */
export async function callEventHooks<Name extends EventHook>(
  hooks: readonly Hook[],
  name: Name,
  input: HookInputs[Name],
  { log, signal }: Omit<TellingHooks, "hooks">,
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
