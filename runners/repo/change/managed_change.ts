import type { JsonObject } from "../../core/json.ts";
import type { ChangeKind, Policies } from "./role_change.ts";

/** What the change of a managed policy relies on. */
export type PolicyBefore = {
  /** The one role that it is attached to. */
  readonly role_id: string;
  readonly role_arn: string;
  /** The policy's name. */
  readonly policy: string;
  /** The version in force: `v3`. */
  readonly version: string;
  /** What that says, by the policy's name. */
  readonly policies: Policies;
};

/** What the change of a managed policy leaves. */
export type PolicyAfter = {
  readonly kind: ChangeKind;
  /** What is in force then, by the policy's name. A policy is never emptied. */
  readonly policies: Policies;
  /** Distinct permissions that are taken away; sorted. */
  readonly removed: readonly string[];
  /** Distinct permissions that a restore gives back; sorted. */
  readonly gained: readonly string[];
  /** The number of the version that a restore puts in force; null: a new one is made. */
  readonly version: number | null;
  /** Distinct permissions of the policy then. */
  readonly permissions: number;
};

/** The two halves of a managed policy's change, with their types: they are stored as plain data. */
export function managedChangeOf(
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
): { readonly before: PolicyBefore; readonly after: PolicyAfter } {
  return {
    // The journal and plan files have what `makeChange` was handed.
    before: before as unknown as PolicyBefore,
    // The same.
    after: after as unknown as PolicyAfter,
  };
}

/** The text of the policy in one half of its change. */
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
