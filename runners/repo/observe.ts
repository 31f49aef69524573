import pLimit from "p-limit";
import { parseArn } from "../core/aws/arn.ts";
import { failureIn, isInterruption } from "../core/aws/failure.ts";
import type { Account } from "../core/aws/session.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { RoleReference } from "./config.ts";
import { listedTwice } from "./inventory/read_roles.ts";
import { observeAccount } from "./observe_account.ts";
import type { ManagedPolicy, Observed, ObservedAccount, ObservedRole } from "./observed.ts";
import type { RepoObserving } from "./planning.ts";
import { parseRoleReference } from "./role_reference.ts";
import { watchRoles } from "./watch/watch_roles.ts";

/** How many accounts are read at once. */
const AT_ONCE = 10;

/**
 * Reads the roles of all accounts, what their policies say, and when they were used. An account that
 * cannot be read whole is a failure of that account, never a shorter list. Where roles were named,
 * on the command line or for `explain`, only they are read, and only their accounts. Then it looks
 * what became of those that were changed lately.
 *
 * @param fetch how Aardvark is reached
 * @throws UsageError when the subject of `explain` names no role
 */
export async function observe(
  observing: RepoObserving,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): Promise<Observed> {
  const only = namedRoles(observing);
  const { policy } = observing.config.asked;
  const accounts = observing.scope.accounts.filter(({ id }) =>
    (only === null || only.some(({ account }) => account === id)) &&
    (policy === null || parseArn(policy).account === id)
  );
  const limit = pLimit(AT_ONCE);
  const progress = { done: 0, of: 0 };
  const read = await Promise.all(
    accounts.map((account) => limit(() => readAccount(account, observing, only, progress, fetch))),
  );
  const watch = await watchRoles(observing, read);
  return { accounts: read, ...(watch === undefined ? {} : { watch }) };
}

/** Both narrow: what is explained is looked for among the roles that were asked for. */
function namedRoles({ config, subject }: RepoObserving): readonly RoleReference[] | null {
  const asked = config.asked.roles;
  if (subject === null) return asked;
  const [role] = subject.split(" ");
  const explained = parseRoleReference(role!);
  if (asked === null) return [explained];
  return asked.filter(({ account, name }) =>
    account === explained.account && name === explained.name
  );
}

async function readAccount(
  account: Account,
  observing: RepoObserving,
  only: readonly RoleReference[] | null,
  progress: { done: number; of: number },
  fetch: typeof globalThis.fetch,
): Promise<ObservedAccount> {
  const { config, clock } = observing;
  const at = clock.now().toISOString();
  const told = { id: account.id, name: account.name, partition: "aws", at };
  try {
    const session = await observing.session(account);
    told.partition = session.partition;
    const onRoles = (count: number) => progress.of += count;
    const managed = new Map<string, ManagedPolicy>();
    const roles: ObservedRole[] = [];
    const { policy } = config.asked;
    const differing = new Set<string>();
    const options = { config, clock, fetch, only, policy, onRoles, differing };
    for await (const role of observeAccount(session, managed, options)) {
      roles.push(role);
      observing.progress(++progress.done, progress.of);
    }
    return {
      ...told,
      failure: null,
      whole: only === null && policy === null,
      roles: roles.map((role) => inDoubt(role, differing))
        .sort((a, b) => compareText(a.arn, b.arn)),
      managed: attachedTo(roles, managed),
    };
  } catch (error) {
    if (isInterruption(error)) throw error;
    return { ...told, failure: failureIn("account", error), whole: false, roles: [], managed: {} };
  }
}

/** A role is in doubt where its copies differ, or those of a policy that it has. */
function inDoubt(role: ObservedRole, differing: ReadonlySet<string>): ObservedRole {
  const policy = role.attached.find((arn) => differing.has(arn));
  if (differing.has(role.arn)) return { ...role, doubt: listedTwice("the role") };
  return policy === undefined ? role : { ...role, doubt: listedTwice(`its policy ${policy}`) };
}

/** The policies that these roles have. One that IAM did not tell of stays unknown. */
function attachedTo(
  roles: readonly ObservedRole[],
  managed: ReadonlyMap<string, ManagedPolicy>,
): ObservedAccount["managed"] {
  const arns = [...new Set(roles.flatMap(({ attached }) => attached))].sort(compareText);
  return Object.fromEntries(arns.flatMap((arn) => {
    const policy = managed.get(arn);
    return policy === undefined ? [] : [[arn, policy]];
  }));
}
