import * as z from "zod";
import { parseArn } from "../../core/aws/arn.ts";
import type { JournalEntry } from "../../core/journal/entry.ts";
import { type Change, changeOfKind, type WrittenChange } from "../../core/plan/change.ts";
import { recordedOf } from "../../core/run/apply/read_change.ts";
import { mapSchema } from "../observed.ts";
import type { PolicyEdit } from "../present/names.ts";

/** The text that IAM keeps of each policy, by its name. */
const policies = mapSchema(z.string(), "strings");

/** Distinct permissions; sorted. */
const permissions = z.array(z.string()).readonly();

/** What a change of policies leaves, of a role or of a managed policy. */
const left = {
  /** "repo": by evidence. "remove": somebody asked for it. "restore": a version comes back. */
  kind: z.enum(["repo", "remove", "restore"]),
  /** The permissions that it takes. */
  removed: permissions,
  /** The permissions that a restore gives back. */
  gained: permissions,
  /** The version that a restore brings back or puts in force; null: a new one is made. */
  version: z.int().nullable(),
  /** The run that a restore takes back, with all that it removed; absent: it brings back one version. */
  undoes: z.string().exactOptional(),
  /** How many distinct permissions the policies have after it. */
  permissions: z.int(),
};

/** The change of the inline policies of a role. */
const inline = changeOfKind(
  "inline",
  z.object({
    role_id: z.string(),
    /** All of its inline policies. */
    policies,
  }),
  z.object({
    ...left,
    /** Every policy of before and after; null: it is deleted. */
    policies: mapSchema(z.string().nullable(), "strings or null"),
    /** In a plan file, by service that loses all: how many actions. `removed` has the others. */
    removed_services: mapSchema(z.int(), "numbers").exactOptional(),
    /** How many of the permissions after it could still be removed by evidence. */
    removable: z.int(),
    /** Every reason for which the role was not eligible; `--remove` may change such a role. */
    disqualified_by: z.array(z.string()).readonly(),
  }),
);

/** The change of which version of a managed policy is in force. */
const managed = changeOfKind(
  "managed",
  z.object({
    /** The one role that it is attached to. */
    role_id: z.string(),
    role_arn: z.string(),
    /** The policy's name. */
    policy: z.string(),
    /** The version in force: `v3`. */
    version: z.string(),
    /** Its text, by the policy's name. */
    policies,
  }),
  /** The text in force after it, by the policy's name. A policy is never emptied. */
  z.object({ ...left, policies }),
);

/** The tag or description by which a role says that it was changed. */
const stamp = changeOfKind(
  "stamp",
  z.object({
    role_id: z.string(),
    /** The hash of all its inline policies, as the change leaves them. */
    policies_hash: z.string(),
    /** The hash of the text in force after it, by the ARN of each managed policy it changes. */
    managed_hashes: mapSchema(z.string(), "strings"),
  }),
  z.union([
    z.object({
      kind: z.literal("stamp"),
      tag: z.object({ key: z.string(), value: z.string() }),
    }),
    z.object({ kind: z.literal("stamp"), description: z.string() }),
  ]),
);

/** The changes of the job. `before` holds everything that a change relies on. */
export const changeSchema = z.discriminatedUnion("kind", [inline, managed, stamp]);
export type RepoChange = Readonly<z.infer<typeof changeSchema>>;

/** The changes of one kind. */
export type ChangeOf<Kind extends RepoChange["kind"]> = Extract<RepoChange, { kind: Kind }>;

/** The text that IAM keeps of each inline policy of a role, by its name. */
export type Policies = z.infer<typeof policies>;
export type RoleBefore = ChangeOf<"inline">["before"];
export type RoleAfter = ChangeOf<"inline">["after"];
export type PolicyBefore = ChangeOf<"managed">["before"];
export type PolicyAfter = ChangeOf<"managed">["after"];
export type StampAfter = ChangeOf<"stamp">["after"];

/** Why policies are written. */
export type ChangeKind = RoleAfter["kind"];

const KINDS: ReadonlyMap<string, RepoChange["kind"]> = new Map([
  ["iam:PutRolePolicy", "inline"],
  ["iam:DeleteRolePolicy", "inline"],
  ["iam:CreatePolicyVersion", "managed"],
  ["iam:SetDefaultPolicyVersion", "managed"],
  ["iam:TagRole", "stamp"],
  ["iam:UpdateRole", "stamp"],
]);

/** Which kind of change an action of a plan file or of the journal makes; null: none of this job. */
export function kindOf({ action }: Pick<WrittenChange, "action">): RepoChange["kind"] | null {
  return KINDS.get(action) ?? null;
}

/**
 * The change that an entry of the journal is about.
 *
 * @throws StoreError if the job makes no such change
 */
export function journalChange(entry: JournalEntry): RepoChange {
  return recordedOf(entry, { kindOf, changeSchema }).change;
}

/** The policies that a change leaves. */
export function policiesAfter({ policies }: Pick<RoleAfter, "policies">): Policies {
  return Object.fromEntries(
    Object.entries(policies).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** An object of pairs, without a prototype: a policy may be named `constructor`. */
export function mapOf<Value>(entries: Iterable<readonly [string, Value]>): {
  readonly [name: string]: Value;
} {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** A policy by its name; undefined: there is none. A policy may be named `constructor`. */
export function policyIn<Text>(
  policies: { readonly [name: string]: Text },
  name: string,
): Text | undefined {
  return Object.hasOwn(policies, name) ? policies[name] : undefined;
}

/** The policies that a change writes or deletes, by name; those that stay are left out. */
export function editsOf({ before, after }: ChangeOf<"inline" | "managed">): PolicyEdit[] {
  const names = new Set([...Object.keys(before.policies), ...Object.keys(after.policies)]);
  return [...names].sort().map((name) => ({
    name,
    before: policyIn(before.policies, name) ?? null,
    after: policyIn(after.policies, name) ?? null,
  })).filter((edit) => edit.before !== edit.after);
}

/** The text of the managed policy in one half of its change. */
export function textOf(
  { policy }: Pick<PolicyBefore, "policy">,
  { policies }: Pick<PolicyBefore, "policies">,
): string {
  return policies[policy]!;
}

/** What IAM calls a version of a managed policy: `v3`. */
export function versionId(version: number): string {
  return `v${version}`;
}

/** The name of a change's role, without its path, as IAM's calls take it. */
export function roleNameOf({ target, before }: Pick<Change, "target" | "before">): string {
  const { role_arn } = before;
  return parseArn(typeof role_arn === "string" ? role_arn : target).resource.split("/").at(-1)!;
}
