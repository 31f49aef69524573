import { speaksUntil } from "./decide/instants.ts";
import type { ClaimLimits } from "./decide/unused_claim.ts";
import { keptOf } from "./decide/summary.ts";
import { numbersOf } from "./numbers.ts";
import type { ObservedRole } from "./observed.ts";
import type { BrokenPattern } from "./policy/rewrite_notes.ts";
import type { RoleRow } from "./planning.ts";
import { type EvaluatedRole, evidenceOf } from "./evaluate_role.ts";
import type { Loss, ManagedUse, PolicyEdit, RoleEntry } from "./present/names.ts";

/** What the plan would make of a role's inline policies. */
export type Proposal = {
  /** Only the policies that would change. */
  readonly edits: readonly PolicyEdit[];
  /** Characters without white space, of all inline policies together. */
  readonly size: { readonly before: number; readonly after: number };
  readonly notes: readonly string[];
  readonly broken: readonly BrokenPattern[];
};

/** The entry of a role in the plan. */
export function roleEntry(
  evaluated: EvaluatedRole,
  loses: readonly Loss[],
  proposal: Proposal,
  { managed, unused, row, now }: {
    readonly managed: readonly ManagedUse[];
    readonly unused: boolean;
    /** What the store knows of it; undefined: no run that stores has seen it. */
    readonly row: RoleRow | undefined;
    readonly now: Date;
  },
): RoleEntry {
  const { account, role, decided, unprotected, ineligible, mode, notes } = evaluated;
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
    ineligible: orNone(ineligible),
    mode,
    ...numbersOf(evaluated),
    loses,
    keeps: keptOf(decided, unprotected),
    edits: proposal.edits,
    size: proposal.size,
    managed: orNone(managed),
    instance_profiles: orNone(role.instanceProfiles),
    unused,
    notes: orNone([...notes, ...proposal.notes]),
    broken_patterns: orNone(proposal.broken),
  };
}

const NONE: readonly never[] = [];

/** Most lists of most roles are empty: these are one list in memory. */
export function orNone<One>(list: readonly One[]): readonly One[] {
  return list.length === 0 ? NONE : list;
}

/** What bounds the time for which permissions of a role can be said to be unused. */
export function claimLimits(
  { role, sights }: Pick<EvaluatedRole, "role" | "sights">,
  now: Date,
): ClaimLimits {
  const completedAt = evidenceOf(role)?.completedAt ?? now.toISOString();
  return { created: role.created, completedAt, sights, now };
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
