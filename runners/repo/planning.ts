import type { Observing, Planning } from "../core/job.ts";
import type { RepoSettings } from "./config.ts";
import type { Failure, ObservedAccount } from "./observed.ts";

/** Where a version of a role's inline policies came from. */
export type VersionSource = "Scan" | "Repo" | "ManualPermissionRepo" | "Restore" | "External";

/** How a set of policies came to be known: it was found, or this job wrote it. */
export type VersionOrigin = "found" | Exclude<VersionSource, "Scan" | "External">;

/** A set of inline policies that a role had; the empty set is one. */
export type PolicyVersion = {
  /** Counts from 1, oldest first, and is never given again. */
  readonly seq: number;
  /** Of the documents in canonical form. */
  readonly hash: string;
  readonly source: VersionSource;
  /** When it was first seen, or written, RFC 3339. */
  readonly discovered: string;
  /** The run that wrote it. */
  readonly run_id: string | null;
  /** The text that IAM kept of each policy, by name. */
  readonly policies: { readonly [name: string]: string };
};

/** Somebody answers for keeping a role as it is. */
export type OptOut = {
  readonly owner: string;
  readonly reason: string;
  /** Its last day, `YYYY-MM-DD`. */
  readonly until: string;
  readonly at: string;
};

/** What is to be removed from a role later: frozen when it was scheduled. */
export type Schedule = {
  /** Not before, RFC 3339. */
  readonly due: string;
  readonly actions: readonly string[];
  readonly at: string;
};

/** What names a role in the store. */
export type RoleKey = Pick<RoleRow, "account" | "role_id">;

/** What the inventory keeps of a role between runs. */
export type RoleRow = {
  readonly role_id: string;
  readonly account: string;
  readonly arn: string;
  readonly name: string;
  readonly created: string;
  /** False: the last complete read of its account did not have it. */
  readonly active: boolean;
  readonly first_seen: string;
  readonly refreshed: string;
  readonly tags: { readonly [key: string]: string };
  readonly last_used: string | null;
  /** The seq of its newest version. */
  readonly version: number;
  /** The hash of the newest version's policies. */
  readonly hash: string;
  /** When the newest version was first seen, or written, RFC 3339. */
  readonly version_at: string;
  /** Permissions of its inline policies, and how many of them could go. */
  readonly permissions: number;
  readonly removable: number;
  readonly removable_services: readonly string[];
  readonly services: readonly string[];
  /** Every reason for which it is not eligible. */
  readonly disqualified_by: readonly string[];
  /** When permissions were last removed by this job, RFC 3339. */
  readonly repoed: string | null;
};

/** The last change that this job made to a role, or began. */
export type LastChangeRow = {
  readonly source: VersionOrigin;
  readonly run_id: string;
  /** The hash of the policies that the change leaves. */
  readonly after_hash: string;
  /** The hashes of what it leaves between its calls, if it takes more than one. */
  readonly between?: readonly string[];
  /** When it was begun, then when it ended; RFC 3339. */
  readonly at: string;
  /** As the journal has it; null: it is under way, or its run died. */
  readonly outcome: string | null;
};

/** What this job took from a role lately. */
export type Removal = {
  readonly role_id: string;
  readonly account: string;
  readonly arn: string;
  /** When it was announced, RFC 3339; the first write came after that. */
  readonly at: string;
  /** What was removed and not restored since, as the catalogue writes it; sorted. */
  readonly actions: readonly string[];
  /** The version of its inline policies before; null: it is not in the store. */
  readonly version: number | null;
  readonly run_id: string;
  /** What decided it: the evidence, or the names that a person gave to `--remove`. */
  readonly by: "evidence" | "name";
};

/** When an account was read, and whether that failed. */
export type AccountRow = {
  readonly account: string;
  readonly name: string | null;
  readonly partition: string;
  /** When all its roles were last read, RFC 3339; null: never. */
  readonly refreshed: string | null;
  /** When it was last tried to read them all, or first read some. */
  readonly tried: string;
  /** Why the last try failed. */
  readonly failure: Failure | null;
};

/** Since when a managed policy is seen on its only role with this version in force. */
export type PolicyFirstSeen = {
  readonly arn: string;
  readonly role_id: string;
  /** `v3`. */
  readonly version: string;
  /** RFC 3339. */
  readonly since: string;
};

/** What earlier runs have left of the roles that a run is about, by role ID. */
export type Earlier = {
  readonly roles: ReadonlyMap<string, RoleRow>;
  /** The versions that were in force within `sightMs`, oldest first. */
  readonly versions: ReadonlyMap<string, readonly PolicyVersion[]>;
  readonly optOuts: ReadonlyMap<string, OptOut>;
  readonly schedules: ReadonlyMap<string, Schedule>;
  /** The last change that this job made to a role, or began. */
  readonly lastChanges?: ReadonlyMap<string, LastChangeRow>;
  /** When AWS was first seen to track an action, RFC 3339, by action in lower case. */
  readonly tracked: ReadonlyMap<string, string>;
  /** What was seen of managed policies that one role has, by ARN; absent: nothing was. */
  readonly policies?: ReadonlyMap<string, PolicyFirstSeen>;
  /** The version that `--restore` names, or why there is none; absent: nothing is restored. */
  readonly restoring?: Restoring | Failure;
  /** What the run did that `--restore-run` names; absent: none is taken back. */
  readonly undone?: UndoneRun;
  /** All that is stored of the role of `--give-back`, or why there is nothing. */
  readonly givingBack?: GivingBack | Failure;
  /** What was removed within `watch`, oldest first; absent: nothing. */
  readonly removals?: readonly Removal[];
  /** Which services roles were seen to use, by the store; absent: nothing. */
  readonly seen?: SeenUse;
  /** How the numbers of roles have changed, for the page. */
  readonly numberChanges?: readonly NumberChange[];
  /** The accounts of which roles are stored, by ID; absent: none. */
  readonly accounts?: ReadonlyMap<string, AccountRow>;
};

/** What the store knows of the use of all roles. */
export type SeenUse = {
  /** The IDs of the roles whose use it knows. */
  readonly roles: ReadonlySet<string>;
  /** The services that one of them was seen to use, in lower case. */
  readonly services: ReadonlySet<string>;
};

/** The version to bring back, and the ID of the role that it was read from. */
export type Restoring = {
  readonly role_id: string;
  readonly version: PolicyVersion;
};

/** What a run did, as the journal has it: as far as this run is to take it back. */
export type UndoneRun = {
  readonly run_id: string;
  readonly changes: readonly UndoneChange[];
};

/** How a run changed the inline policies of a role, or a managed policy. */
export type UndoneChange = {
  readonly account: string;
  /** The ARN of the role, or of the managed policy. */
  readonly target: string;
  readonly role_id: string;
  /** The name of the role, without its path. */
  readonly role: string;
  /** The version of the managed policy that was in force: `v3`; null: it is of inline policies. */
  readonly managed: string | null;
  /** The text of each policy before it, as IAM kept it, and after it. */
  readonly before: PolicyVersion["policies"];
  readonly after: PolicyVersion["policies"];
  /** As the journal has it; null: it is under way, or its run died. */
  readonly outcome: string | null;
  /** What went wrong; null: nothing did. */
  readonly error: string | null;
  /** The version that `before` is, with those very texts, or why the store has none. */
  readonly version: PolicyVersion | Failure;
  /** The last change that this job has made to it since; null: none. */
  readonly later: LaterChange | null;
};

/** The last change that this job has made to a role or policy after another one. */
export type LaterChange = {
  readonly run_id: string;
  readonly isRestore: boolean;
  /**
   * The policies that it left; null: they are not known, or something else than restores has changed
   * the policies since the other change.
   */
  readonly left: PolicyVersion["policies"] | null;
};

/** A role's version; `policies` is null if the store does not have what was read. */
export type StoredVersion = Omit<PolicyVersion, "policies"> & {
  readonly policies: PolicyVersion["policies"] | null;
};

/** What the store knows of a role that is to get permissions back. */
export type GivingBack = {
  readonly role_id: string;
  /** All of them, oldest first. */
  readonly versions: readonly StoredVersion[];
  /** What was taken from its managed policies and not put back by a restore; oldest first. */
  readonly managed: readonly ManagedRemoval[];
};

/** What a run took from a managed policy. */
export type ManagedRemoval = {
  /** The policy's ARN. */
  readonly policy: string;
  /** The version that was in force before: `v3`. */
  readonly version: string;
  readonly run_id: string;
  readonly actions: readonly string[];
};

/** By how much the numbers of a role changed. */
export type NumberChange = {
  readonly account: string;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** 1 on the day when the role was first seen. */
  readonly roles: number;
  readonly permissions: number;
  readonly removable: number;
};

/** What roles together had on a day, `YYYY-MM-DD`. */
export type OverTime = Omit<NumberChange, "account" | "day"> & { readonly date: string };

type RepoPlanningTypes = {
  readonly Config: RepoSettings;
  readonly Part: ObservedAccount;
  readonly Earlier: Earlier;
};
export type RepoPlanning = Planning<RepoPlanningTypes>;
export type RepoObserving = Observing<RepoPlanningTypes>;
