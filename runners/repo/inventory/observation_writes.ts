import type { FreeWrite, Rounds } from "../../core/store/store.ts";
import { evidenceAction } from "../decide/tracking.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import type { Earlier, RepoPlanning, RoleRow } from "../planning.ts";
import { holdersOf, policyFirstSeenWrites } from "./policy_first_seen.ts";
import { inactiveWrites, type Judged, roleWrites } from "./role_writes.ts";
import { ACCOUNTS, managedWrite, nameId, TRACKED } from "./rows.ts";
import { judgedOf } from "../numbers.ts";
import type { RepoJobPlan } from "../repo_plan.ts";

/** What a run that stores has observed. */
interface Looking {
  readonly observed: Iterable<ObservedAccount>;
  readonly earlier: Earlier;
  readonly judge: (role: ObservedRole, account: ObservedAccount) => Judged;
}

/**
 * The rows of everything that a run has observed: the same that a refresh writes. The roles of an
 * account that could not be read stay as they are. What a row leads to is in a round before it.
 */
export function observationWrites(looking: Looking): Rounds {
  const { observed, earlier } = looking;
  const tracked = new Map(earlier.tracked);
  const rows = Map.groupBy(earlier.roles.values(), ({ account }) => account);
  const actions: FreeWrite[] = [];
  const accounts: ReturnType<typeof accountWrites>[] = [];
  for (const account of observed) {
    actions.push(...account.roles.flatMap((role) => trackedWrites(role, tracked)));
    if (!account.failure) {
      accounts.push(accountWrites(account, rows.get(account.id) ?? [], looking));
    }
  }
  return [
    unique([...actions, ...accounts.flatMap(({ leading }) => leading)]),
    unique(accounts.flatMap(({ roles }) => roles)),
    accounts.flatMap(({ own }) => own),
  ];
}

function accountWrites(
  account: ObservedAccount,
  rows: readonly RoleRow[],
  { earlier, judge }: Looking,
): Record<"leading" | "roles" | "own", readonly FreeWrite[]> {
  const instant = new Date(account.at).toISOString();
  const named = new Map(
    rows.filter(({ active }) => active).map((row) => [nameId(row.account, row.name), row]),
  );
  // A role in doubt exists, but it is not known which of its copies to write.
  const roles = account.roles.filter(({ doubt }) => !doubt).map((role) => {
    const row = earlier.roles.get(role.roleId);
    const lastChange = earlier.lastChanges?.get(role.roleId);
    return roleWrites(
      { role, account: account.id, at: instant, judged: judge(role, account) },
      { row, newest: row, lastChange, revisions: { row: "absent", lastChange: "absent" } },
      named.get(nameId(account.id, role.name)),
    );
  });
  const managed = Object.values(account.managed).map(managedWrite);
  managed.push(...policyFirstSeenWrites({
    account: account.id,
    at: instant,
    managed: new Map(Object.entries(account.managed)),
    holders: holdersOf(account.roles),
    whole: account.whole,
  }, earlier.policies ?? new Map()));
  const { id, name, partition, whole } = account;
  const gone = whole
    ? inactiveWrites(rows, new Set(account.roles.map(({ roleId }) => roleId)))
    : [];
  const refreshed = whole ? instant : null;
  const row = { account: id, name, partition, refreshed, tried: instant, failure: null };
  // A read of some roles adds the account if no row leads to it yet.
  const isTold = whole || roles.length > 0 && !earlier.accounts?.has(id);
  return {
    leading: [...managed, ...roles.flatMap((writes) => writes.slice(0, -1)), ...gone],
    roles: roles.flatMap((writes) => writes.slice(-1)),
    own: isTold ? [ACCOUNTS.write(id, row)] : [],
  };
}

/** One write for each row: two accounts or roles may have the same, as AWS's managed policies. */
function unique(writes: readonly FreeWrite[]): FreeWrite[] {
  return [...new Map(writes.map((write) => [`${write.kind} ${write.id}`, write])).values()];
}

/**
 * The rows of actions that no earlier report has listed. They are added to `known`, so that the
 * roles that follow do not write them again.
 */
export function trackedWrites({ evidence }: ObservedRole, known: Map<string, string>): FreeWrite[] {
  if ("reason" in evidence) return [];
  return Object.entries(evidence.services).flatMap(([service, { actions }]) =>
    Object.keys(actions ?? {}).flatMap((action) => {
      const id = evidenceAction(service, action);
      if (known.has(id)) return [];
      known.set(id, evidence.completedAt);
      return [TRACKED.write(id, { since: evidence.completedAt, service, action })];
    })
  );
}

/**
 * The rows of what a run has observed: the same that a refresh writes, also if the run was asked
 * for something else than a removal by evidence.
 */
export function repoObservationRows(
  { observed, earlier }: RepoPlanning,
  plan: RepoJobPlan,
): Rounds {
  const { verdicts } = plan.own;
  return observationWrites({
    observed,
    earlier,
    judge: ({ roleId }) => judgedOf(verdicts.get(roleId)!),
  });
}
