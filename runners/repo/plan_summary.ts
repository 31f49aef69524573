import { accountLabel } from "../core/aws/session.ts";
import { compareText } from "../core/plan/canonical.ts";
import { overTime } from "./inventory/over_time.ts";
import { sumOf } from "../core/sum_of.ts";
import type { AllEvidence } from "./all_evidence.ts";
import type { Granted } from "./policy/granted.ts";
import type { Earlier, RepoPlanning } from "./planning.ts";
import type { Loss, NeverSeen, RepoKeys, RoleEntry } from "./present/names.ts";
import { deniedSince } from "./watch/denial.ts";
import type { ObservedAccount } from "./observed.ts";

/** What a plan keeps of an account, besides what its roles have in the plan. */
export type ReadAccount = Pick<ObservedAccount, "id" | "name" | "failure" | "whole" | "watch">;

/** What is planned of all accounts. */
type Planned = {
  readonly accounts: readonly ReadAccount[];
  readonly entries: readonly RoleEntry[];
  /** What the roles grant from which permissions were removed lately, by role ID. */
  readonly watched: ReadonlyMap<string, Granted>;
};

/**
 * The plan's keys besides its roles: accounts, schedules, what has changed, and what was denied.
 */
export function planSummary(
  planning: RepoPlanning,
  planned: Planned,
): Omit<RepoKeys, "roles" | "never_seen"> {
  const { accounts } = planned;
  return {
    accounts: accounts.map(({ id, name }) => ({ account: id, name: accountLabel({ id, name }) })),
    schedules: schedules(planning),
    over_time: overTimeUntilNow(planning, planned),
    since: sinceLastRun(planning, planned),
    ...watchKeys(planning, planned),
  };
}

/**
 * The numbers of the accounts of this plan, day by day. The last day is what this run has observed,
 * if it has read all of them: the store does not have that yet.
 */
function overTimeUntilNow(
  { earlier, now }: RepoPlanning,
  { accounts, entries }: Planned,
): RepoKeys["over_time"] {
  const ids = new Set(accounts.map(({ id }) => id));
  const before = overTime(earlier.numberChanges ?? [], ids);
  if (accounts.length === 0 || accounts.some(({ whole, failure }) => !whole || failure)) {
    return before;
  }
  const today = now.toISOString().slice(0, "2026-11-20".length);
  return [...before.filter(({ date }) => date < today), {
    date: today,
    roles: entries.length,
    permissions: entries.reduce((sum, one) => sum + one.permissions, 0),
    removable: entries.reduce((sum, one) => sum + one.removable, 0),
  }];
}

/** What was denied since permissions were removed lately. */
function watchKeys(
  { earlier }: RepoPlanning,
  { accounts, watched }: Planned,
): Pick<RepoKeys, "denied" | "watch"> {
  const watches = accounts.flatMap(({ watch }) => watch ?? []);
  if (watches.length === 0) return { denied: [], watch: null };
  const has = (set: "actions" | "denied") => (roleId: string, action: string) =>
    watched.get(roleId)?.[set].has(action) ?? false;
  const denials = watches.flatMap(({ denials }) => denials);
  const denied = deniedSince(denials, earlier.removals ?? [], has("actions"), has("denied"));
  return {
    denied: denied.map(({ removal, action, events }) => ({
      account: removal.account,
      role: removal.arn.slice(removal.arn.lastIndexOf("/") + 1),
      arn: removal.arn,
      action,
      at: events[0]!.at,
      event_id: events[0]!.eventId,
      region: events[0]!.region,
      principal: events[0]!.principal,
      last: events.at(-1)!.at,
      count: events.length,
      removed_at: removal.at,
      version: removal.version,
      removed_by: removal.run_id,
      by_name: removal.by === "name",
    })),
    watch: {
      roles: sumOf(watches, ({ roles }) => roles),
      unseen: watches.flatMap(({ unseen }) => unseen),
    },
  };
}

function schedules({ earlier, observed }: RepoPlanning): RepoKeys["schedules"] {
  const accounts = new Set(observed.accounts);
  return [...earlier.schedules].flatMap(([roleId, { due, actions }]) => {
    const row = earlier.roles.get(roleId);
    if (!row?.active || !accounts.has(row.account)) return [];
    const { account, name: role, arn } = row;
    return [{ account, role, arn, due, actions: actions.length }];
  }).sort((a, b) => compareText(a.due, b.due) || compareText(a.arn, b.arn));
}

/** Roles that are new or deleted since the last run that stored, in completely read accounts. */
function sinceLastRun(
  { earlier }: RepoPlanning,
  { accounts, entries }: Planned,
): RepoKeys["since"] {
  const rows = [...earlier.roles.values()].filter(({ active }) => active);
  const at = [...rows, ...earlier.accounts?.values() ?? []].reduce<string | null>(
    (last, { refreshed }) => refreshed !== null && refreshed > (last ?? "") ? refreshed : last,
    null,
  );
  if (at === null) return { at: null, appeared: [], gone: [] };
  const read = new Set(
    accounts.filter(({ whole, failure }) => whole && failure === null).map(({ id }) => id),
  );
  const roles = entries.filter(({ account }) => read.has(account));
  const there = new Set(roles.map(({ role_id }) => role_id));
  return {
    at,
    appeared: roles.filter(({ role_id }) => !earlier.roles.has(role_id)).map(({ arn }) => arn)
      .sort(),
    gone: rows.filter(({ role_id, account }) => read.has(account) && !there.has(role_id))
      .map(({ arn }) => arn).sort(),
  };
}

/**
 * Which services roles would lose that no role was ever seen to use, by everything that was
 * observed and stored. That may say more of IAM's tracking than of the roles: a person is told.
 *
 * @param used the services of which a use was observed, in lower case
 */
export function neverSeen(
  entries: readonly RoleEntry[],
  { used }: Pick<AllEvidence, "used">,
  { seen }: Pick<Earlier, "seen">,
): NeverSeen {
  const roles = new Set(seen?.roles);
  for (const { role_id, evidence } of entries) {
    if (!("reason" in evidence)) roles.add(role_id);
  }
  const going = entries.filter(({ mode }) => mode !== "none").flatMap(({ loses }) =>
    loses.filter(({ reason }) => reason === "service-unused").map(({ service }) => service)
  );
  const services = [...new Set(going)].filter((service) =>
    !used.has(service) && !seen?.services.has(service)
  )
    .sort();
  return { roles: roles.size, services };
}

/** Marks the losses of services that no role was ever seen to use. */
export function markNeverSeen(
  entries: readonly RoleEntry[],
  { roles, services }: NeverSeen,
): RoleEntry[] {
  const unseen = new Set(services);
  const isMarked = ({ reason, service }: Loss) =>
    reason === "service-unused" && unseen.has(service);
  return entries.map((entry) =>
    entry.loses.some(isMarked)
      ? {
        ...entry,
        loses: entry.loses.map((loss) => isMarked(loss) ? { ...loss, never_seen_in: roles } : loss),
      }
      : entry
  );
}
