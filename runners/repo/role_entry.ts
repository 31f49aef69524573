import { speaksUntil } from "./decide/instants.ts";
import { keptOf, lossesOf } from "./decide/summary.ts";
import { numbersOf } from "./numbers.ts";
import type { ObservedRole } from "./observed.ts";
import type { BrokenPattern } from "./policy/broken_patterns.ts";
import type { RoleRow } from "./planning.ts";
import { type EvaluatedRole, evidenceOf } from "./evaluate_role.ts";
import type { ManagedUse, PolicyEdit, RoleEntry } from "./present/names.ts";

/** What the plan would make of a role's inline policies. */
export type Proposal = {
  /** Only the policies that would change. */
  readonly edits: readonly PolicyEdit[];
  /** Characters without white space, of all inline policies together. */
  readonly size: { readonly before: number; readonly after: number };
  readonly notes: readonly string[];
  readonly broken: readonly BrokenPattern[];
};

/** How a role stands in the plan document. */
export function roleEntry(
  evaluated: EvaluatedRole,
  proposal: Proposal,
  { managed, unused, row, now }: {
    readonly managed: readonly ManagedUse[];
    readonly unused: boolean;
    /** What the store knows of it; undefined: no run that stores has seen it. */
    readonly row: RoleRow | undefined;
    readonly now: Date;
  },
): RoleEntry {
  const { account, role, sights, decided, unprotected, ineligible, mode, notes } = evaluated;
  const completedAt = evidenceOf(role)?.completedAt ?? now.toISOString();
  const limits = { created: role.created, completedAt, sights, now };
  const loses = lossesOf(decided, limits);
  return {
    account: account.id,
    role: role.name,
    role_id: role.roleId,
    arn: role.arn,
    created: role.created,
    last_used: role.lastUsed,
    first_seen: row?.first_seen ?? null,
    version: row?.version ?? null,
    evidence: evidenceEntry(role, now),
    ineligible,
    mode,
    ...numbersOf(evaluated),
    loses,
    keeps: keptOf(decided, unprotected),
    edits: proposal.edits,
    size: proposal.size,
    managed,
    instance_profiles: role.instanceProfiles,
    unused,
    notes: [...notes, ...proposal.notes],
    broken_patterns: proposal.broken,
  };
}

function evidenceEntry({ evidence }: ObservedRole, now: Date): RoleEntry["evidence"] {
  if ("reason" in evidence) return evidence;
  const { source, level, completedAt, services } = evidence;
  return {
    source,
    level,
    completed_at: completedAt,
    speaks_until: speaksUntil(completedAt, now),
    services: Object.keys(services).length,
  };
}
