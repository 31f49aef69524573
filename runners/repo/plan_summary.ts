import { compareText } from "../core/plan/canonical.ts";
import { overTime } from "./inventory/over_time.ts";
import type { RepoPlanning } from "./planning.ts";
import type { EvaluatedRole } from "./evaluate_role.ts";
import type { Loss, NeverSeen, RepoKeys, RoleEntry } from "./present/names.ts";
import { deniedSince } from "./watch/denial.ts";
import { lowerCase } from "./catalogue/glob.ts";
import type { Evidence } from "./observed.ts";

/**
 * The plan's keys besides its roles: accounts, schedules, what has changed, and what was denied.
 */
export function planSummary(
  planning: RepoPlanning,
  { entries, watched, never_seen }: {
    readonly entries: readonly RoleEntry[];
    /** The observed roles from which permissions were removed lately. */
    readonly watched: readonly EvaluatedRole[];
    readonly never_seen: NeverSeen;
  },
): Omit<RepoKeys, "roles"> {
  return {
    accounts: planning.observed.accounts.map(({ id, name }) => ({ account: id, name: name ?? id })),
    schedules: schedules(planning),
    over_time: overTimeUntilNow(planning, entries),
    since: sinceLastRun(planning),
    ...watchKeys(planning, watched),
    never_seen,
  };
}

/**
 * The numbers of the accounts of this plan, day by day. The last day is what this run has observed,
 * if it has read all of them: the store does not have that yet.
 */
function overTimeUntilNow(
  { observed: { accounts }, earlier, now }: RepoPlanning,
  entries: readonly RoleEntry[],
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
  { observed: { watch }, earlier }: RepoPlanning,
  evaluated: readonly EvaluatedRole[],
): Pick<RepoKeys, "denied" | "watch"> {
  if (watch === undefined) return { denied: [], watch: null };
  const roles = new Map(evaluated.map((one) => [one.role.roleId, one]));
  const has = (set: "actions" | "denied") => (roleId: string, action: string) =>
    roles.get(roleId)?.granted[set].has(action) ?? false;
  const denied = deniedSince(watch.denials, earlier.removals ?? [], has("actions"), has("denied"));
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
    })),
    watch: { roles: watch.roles, unseen: watch.unseen },
  };
}

function schedules({ earlier, observed }: RepoPlanning): RepoKeys["schedules"] {
  const accounts = new Set(observed.accounts.map(({ id }) => id));
  return [...earlier.schedules].flatMap(([roleId, { due, actions }]) => {
    const row = earlier.roles.get(roleId);
    if (!row?.active || !accounts.has(row.account)) return [];
    const { account, name: role, arn } = row;
    return [{ account, role, arn, due, actions: actions.length }];
  }).sort((a, b) => compareText(a.due, b.due) || compareText(a.arn, b.arn));
}

/** Roles that are new or deleted since the last run that stored, in completely read accounts. */
function sinceLastRun({ earlier, observed }: RepoPlanning): RepoKeys["since"] {
  const rows = [...earlier.roles.values()].filter(({ active }) => active);
  const at = [...rows, ...earlier.accounts?.values() ?? []].reduce<string | null>(
    (last, { refreshed }) => refreshed !== null && refreshed > (last ?? "") ? refreshed : last,
    null,
  );
  if (at === null) return { at: null, appeared: [], gone: [] };
  const whole = observed.accounts.filter((account) => account.whole && account.failure === null);
  const roles = whole.flatMap((account) => account.roles);
  const there = new Set(roles.map(({ roleId }) => roleId));
  const read = new Set(whole.map(({ id }) => id));
  return {
    at,
    appeared: roles.filter(({ roleId }) => !earlier.roles.has(roleId)).map(({ arn }) => arn).sort(),
    gone: rows.filter(({ role_id, account }) => read.has(account) && !there.has(role_id))
      .map(({ arn }) => arn).sort(),
  };
}

/** The services with a dated use, in lower case. */
function* usedServices({ services }: Evidence): Generator<string> {
  for (const [name, { lastUsed, actions }] of Object.entries(services)) {
    const isUsed = lastUsed !== null ||
      Object.values(actions ?? {}).some((used) => used !== null);
    if (isUsed) yield lowerCase(name);
  }
}

/**
 * Which services roles would lose that no role was ever seen to use, by everything that was
 * observed and stored. That may say more of IAM's tracking than of the roles: a person is told.
 */
export function neverSeen(
  entries: readonly RoleEntry[],
  { observed, earlier }: Pick<RepoPlanning, "observed" | "earlier">,
): NeverSeen {
  const roles = new Set(earlier.seen?.roles);
  const used = new Set(earlier.seen?.services);
  for (const { roleId, evidence } of observed.accounts.flatMap(({ roles }) => roles)) {
    if ("reason" in evidence) continue;
    roles.add(roleId);
    for (const service of usedServices(evidence)) used.add(service);
  }
  const going = entries.filter(({ mode }) => mode !== "none").flatMap(({ loses }) =>
    loses.filter(({ reason }) => reason === "service-unused").map(({ service }) => service)
  );
  const services = [...new Set(going)].filter((service) => !used.has(service)).sort();
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
