import { parseArn } from "../../core/aws/arn.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Change, WrittenChange } from "../../core/plan/change.ts";

/** Why a role's inline policies are written. */
export type ChangeKind = "repo" | "remove" | "restore";

/** A role's inline policies by name, each as the very text that IAM keeps. */
export type Policies = {
  readonly [name: string]: string;
};

/** What the change of a role relies on. */
export type RoleBefore = {
  readonly role_id: string;
  /** All of its inline policies. */
  readonly policies: Policies;
};

/** What the change of a role leaves. */
export type RoleAfter = {
  readonly kind: ChangeKind;
  /** Every policy that was or will be there; null: it goes. */
  readonly policies: { readonly [name: string]: string | null };
  /** Distinct permissions that are taken away; sorted. */
  readonly removed: readonly string[];
  /** Distinct permissions that a restore gives back; sorted. */
  readonly gained: readonly string[];
  /** The version that a restore brings back. */
  readonly version: number | null;
  /** Distinct permissions of the inline policies then. */
  readonly permissions: number;
  /** How many of them the evidence would let go still. */
  readonly removable: number;
  /** Every reason for which the role was not eligible, of a change that somebody asked for. */
  readonly disqualified_by: readonly string[];
};

/** The two halves of a role's change, with their types: they are stored as plain data. */
export function roleChangeOf(
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): { readonly before: RoleBefore; readonly after: RoleAfter } {
  return {
    // The journal and plan files have what `makeChange` was handed.
    before: before as unknown as RoleBefore,
    // The same.
    after: after as unknown as RoleAfter,
  };
}

/** The policies that a change leaves. */
export function policiesAfter({ policies }: Pick<RoleAfter, "policies">): Policies {
  return Object.fromEntries(
    Object.entries(policies).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** An object of such pairs; a policy may be named like a member of every object: `constructor`. */
export function mapOf<Value>(entries: Iterable<readonly [string, Value]>): {
  readonly [name: string]: Value;
} {
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/** A policy by its name; undefined where there is none, whatever members every object has. */
export function policyIn(policies: Policies, name: string): string | undefined {
  return Object.hasOwn(policies, name) ? policies[name] : undefined;
}

/** What a change writes. */
export type ChangeForm =
  /** The inline policies of a role. */
  | "inline"
  /** Which version of a managed policy is in force. */
  | "managed"
  /** What a role says itself of having been changed. */
  | "stamp";

/** A change of the job. */
export type RepoChange = Change<JsonObject, JsonObject, ChangeForm>;

const FORMS: Readonly<Record<string, ChangeForm>> = {
  "iam:PutRolePolicy": "inline",
  "iam:DeleteRolePolicy": "inline",
  "iam:CreatePolicyVersion": "managed",
  "iam:SetDefaultPolicyVersion": "managed",
  "iam:TagRole": "stamp",
  "iam:UpdateRole": "stamp",
};

/**
 * What a change writes.
 *
 * @throws RangeError when the action is none of this job's
 */
export function formOf({ action }: Pick<WrittenChange, "action">): ChangeForm {
  const form = FORMS[action];
  if (form === undefined) throw new RangeError(`${action} is no change that this job makes`);
  return form;
}

/** The ARN of the role that a change is about. */
function roleArnOf({ target, before }: Pick<Change, "target" | "before">): string {
  const { role_arn } = before;
  return typeof role_arn === "string" ? role_arn : target;
}

/** The role's name without its path, as IAM's calls take it. */
export function roleNameOf(change: Pick<Change, "target" | "before">): string {
  return parseArn(roleArnOf(change)).resource.split("/").at(-1)!;
}
