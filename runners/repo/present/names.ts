import { madeOnce } from "../../core/made_once.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Coverage } from "../../core/plan/coverage.ts";
import type { KeepReason, RemoveReason } from "../decide/decided.ts";
import type { UnusedClaim } from "../decide/unused_claim.ts";
import { type Failure, NOT_ASKED, type ObservedWatch } from "../observed.ts";
import type { OverTime } from "../planning.ts";
import type { BrokenPattern } from "../policy/rewrite_notes.ts";

/** What a role would lose of one service, for one reason. */
export type Loss = {
  readonly service: string;
  readonly reason: RemoveReason;
  /** All the actions, as the catalogue writes them; sorted. */
  readonly actions: readonly string[];
  /** The last use that the evidence knows of, RFC 3339. */
  readonly last_used: string | null;
  /** For how long they were seen unused; null: it is not known. */
  readonly unused?: UnusedClaim | null;
  /** Present if no role was ever seen to use the service: how many roles there is evidence of. */
  readonly never_seen_in?: number;
};

/** What a role keeps of one service, for one reason. */
export type Kept = {
  readonly service: string;
  readonly reason: KeepReason;
  readonly actions: readonly string[];
  readonly last_used: string | null;
  /** When a protection ends, RFC 3339. */
  readonly until: string | null;
  /** Which used action it accompanies. */
  readonly of?: string | null;
  /** What that action asks of it, in a sentence. */
  readonly why?: string;
  /** Of "new-permission": why they would go if they were not new; null: they would stay. */
  readonly otherwise?: RemoveReason | null;
};

/** One inline policy, as it is and as it would be. */
export type PolicyEdit = {
  readonly name: string;
  /** The text that IAM keeps; null: the policy is new. */
  readonly before: string | null;
  /** null: the policy is deleted. */
  readonly after: string | null;
};

/** What is unused in a managed policy that is attached to a role. */
export type ManagedUse = {
  readonly arn: string;
  readonly attachments: number;
  readonly permissions: number;
  readonly unused: number;
  readonly unused_services: readonly string[];
  /** What is proposed to the owners of the code of its role. */
  readonly proposal?: PolicyEdit;
};

/** Services that would go, and that nobody was ever seen to use: IAM may not track them. */
export type NeverSeen = {
  /** How many roles there is evidence of, in this run or in the store. */
  readonly roles: number;
  /** Sorted. */
  readonly services: readonly string[];
};

/** What an account is called. */
type RepoAccount = {
  readonly account: string;
  /** Its name, else its ID. */
  readonly name: string;
};

/** A scheduled removal. */
export type Scheduled = {
  readonly account: string;
  readonly role: string;
  readonly arn: string;
  /** Not before, RFC 3339. */
  readonly due: string;
  /** How many actions were frozen. */
  readonly actions: number;
};

/** Calls that were denied to a role because of what was removed from it. */
export type DeniedCalls = {
  readonly account: string;
  readonly role: string;
  readonly arn: string;
  /** The action that was denied, as the catalogue writes it. */
  readonly action: string;
  /** The first of them, RFC 3339, and its event in CloudTrail. */
  readonly at: string;
  readonly event_id: string;
  readonly region: string;
  /** Who made it: the ARN of the role's session; null: the event does not say. */
  readonly principal: string | null;
  /** The last of them, and how many were found. */
  readonly last: string;
  readonly count: number;
  /** When the action was removed. */
  readonly removed_at: string;
  /** The version before the removal; null: it is not in the store. */
  readonly version: number | null;
  /** The run that removed the action. */
  readonly removed_by: string;
  /** Whether a person named it with `--remove`; false: the evidence decided. */
  readonly by_name: boolean;
};

/** What CloudTrail was asked about what was removed lately. */
export type Watched = Pick<ObservedWatch, "roles" | "unseen">;

/** A run that is taken back. */
export type RestoredRun = {
  readonly run_id: string;
  /** The ARNs of the roles and managed policies that it changed, of those that were asked for. */
  readonly changed: readonly string[];
  /** Those of them that are as they were before it. */
  readonly restored_already: readonly string[];
};

/** What is different from the last run that stored. */
type SinceLastRun = {
  /** When that was, RFC 3339; null: there was none. */
  readonly at: string | null;
  /** ARNs of roles. */
  readonly appeared: readonly string[];
  readonly gone: readonly string[];
};

/** One role in the plan: the job's own key `roles` has one for each role that was observed. */
export type RoleEntry = {
  readonly account: string;
  readonly role: string;
  readonly role_id: string;
  readonly arn: string;
  readonly created: string;
  readonly last_used: string | null;
  /** When a run that stores first saw it, RFC 3339; null: none has, so that no time has begun. */
  readonly first_seen?: string | null;
  /** The version of its inline policies, for `--restore`; null: it is not stored yet. */
  readonly version?: number | null;
  readonly evidence:
    | {
      readonly source: "iam" | "aardvark";
      readonly level: "service" | "action";
      readonly completed_at: string;
      /** It may lack a use after this instant, RFC 3339. */
      readonly speaks_until?: string | null;
      readonly services: number;
    }
    | Failure;
  /** Every reason for which nothing is removed from it; empty: it is eligible. */
  readonly ineligible: readonly { readonly reason: string; readonly detail: string }[];
  /** "apply": a change is planned, if there is something to lose. "propose": a diff only. */
  readonly mode: "apply" | "propose" | "none";
  /** Distinct permissions of its inline policies. */
  readonly permissions: number;
  /** How many of them would go; also where the role is not eligible. */
  readonly removable: number;
  readonly loses: readonly Loss[];
  readonly keeps: readonly Kept[];
  /** Only the policies that would change. */
  readonly edits: readonly PolicyEdit[];
  /** Characters without white space of its inline policies together, as IAM counts. */
  readonly size: { readonly before: number; readonly after: number };
  readonly managed: readonly ManagedUse[];
  readonly instance_profiles: readonly string[];
  /** Neither the role nor any of its services was used within the window. */
  readonly unused: boolean;
  /** Sentences that a person must know: what a list would lose later, what hooks turned. */
  readonly notes: readonly string[];
  /** Patterns that lose actions which no catalogue knows; each has its note. */
  readonly broken_patterns?: readonly BrokenPattern[];
};

/** The job's own keys of a plan document. */
export type RepoKeys = {
  readonly roles: readonly RoleEntry[];
  readonly accounts: readonly RepoAccount[];
  readonly schedules: readonly Scheduled[];
  readonly over_time: readonly OverTime[];
  readonly since: SinceLastRun;
  /** By role and action. */
  readonly denied: readonly DeniedCalls[];
  /** null: the run did not look, or nothing was removed lately. */
  readonly watch: Watched | null;
  readonly never_seen: NeverSeen;
  /** With `--restore-run`: how far the run is taken back. */
  readonly restore_run?: RestoredRun;
  /** With `--restore` of a role: the run that last took from it; null: none did. */
  readonly removed_by?: string | null;
  /** The `after` of each change that takes exactly what its role loses. It is in no document. */
  readonly taking?: ReadonlySet<JsonObject>;
};

/** A plan, or the part of it that names are taken from. */
export type Named = { readonly coverage: Coverage; readonly own: RepoKeys };

const namesById = madeOnce((accounts: RepoKeys["accounts"]) =>
  new Map(accounts.map(({ account, name }) => [account, name]))
);

/** What the account is called in this plan. */
export function accountName({ own }: Named, id: string): string {
  return namesById(own.accounts).get(id) ?? id;
}

/** The IDs of the accounts that the plan is about, read or not; sorted. */
export function accountIds(plan: Named): string[] {
  const { regions, unproven } = plan.coverage;
  return [...new Set([...regions, ...unproven].map(({ account }) => account))].sort();
}

/** How many permissions the plan's verdicts take from a role's inline policies. */
export function lossOf({ loses }: Pick<RoleEntry, "loses">): number {
  return loses.reduce((sum, { actions }) => sum + actions.length, 0);
}

/** A role as commands take it: `111111111111/checkout-api`. */
export function roleReference({ account, role }: Pick<RoleEntry, "account" | "role">): string {
  return `${account}/${role}`;
}

/** Whether IAM's last accessed data of a role is complete. */
export function hasEvidence({ evidence }: RoleEntry): boolean {
  return !("reason" in evidence);
}

/** Whether a role lacks evidence because it has nothing to lose: nobody asked for it. */
export function hasNothingToLose({ evidence }: RoleEntry): boolean {
  return "reason" in evidence && evidence.reason === NOT_ASKED.reason;
}

/** The limit as its path in the configuration, or as the option. */
export function limitName({ limit }: { readonly limit: string }): string {
  if (limit.startsWith("--")) return limit;
  return `repo.${limit.replace(/^limits\.restore\.perRun\b/, "limits.restore")}`
    .replace(/\.count$/, ".roles");
}
