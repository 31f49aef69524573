import type { IAMClient } from "@aws-sdk/client-iam";
import { orNull } from "./or_null.ts";
import { allItems, nextMarker } from "../../core/aws/paginate.ts";
import { canonicalJson } from "../../core/plan/canonical.ts";
import { comparable } from "../policy/comparable.ts";
import { mapOf, type Policies } from "./role_change.ts";

/** A role as it is at this moment. */
export type LiveRole = {
  readonly roleId: string;
  readonly policies: Policies;
};

/**
 * Reads a role and all of its inline policies.
 *
 * @returns null where there is no role of that name
 */
export async function readLiveRole(
  client: IAMClient,
  RoleName: string,
  options: { readonly abortSignal: AbortSignal },
): Promise<LiveRole | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const found = await orNull(client.send(new sdk.GetRoleCommand({ RoleName }), options));
  if (!found?.Role?.RoleId) return null;
  const policies = await readLivePolicies(client, RoleName, options);
  return { roleId: found.Role.RoleId, policies };
}

/** Reads all inline policies of a role, each as the very text that IAM keeps. */
export async function readLivePolicies(
  client: IAMClient,
  RoleName: string,
  options: { readonly abortSignal: AbortSignal },
): Promise<Policies> {
  const sdk = await import("@aws-sdk/client-iam");
  const names = await allItems(
    "iam:ListRolePolicies",
    (Marker) => client.send(new sdk.ListRolePoliciesCommand({ RoleName, Marker }), options),
    (page) => ({ items: page.PolicyNames, next: nextMarker("iam:ListRolePolicies", page) }),
  );
  const documents = await Promise.all([...new Set(names)].map(async (PolicyName) => {
    const command = new sdk.GetRolePolicyCommand({ RoleName, PolicyName });
    const answer = await orNull(client.send(command, options));
    // Deleted since it was listed: what is read is then not what was planned with, either way.
    return [PolicyName, decodeURIComponent(answer?.PolicyDocument ?? "")] as const;
  }));
  return mapOf(documents);
}

/** Whether two sets of policies say the same, whatever their white space and order of keys. */
export function samePolicies(a: Policies, b: Policies): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length &&
    names.every((name) => Object.hasOwn(b, name) && sameDocument(a[name]!, b[name]!));
}

/** Whether two policy documents say the same. What is no JSON is compared as it stands. */
export function sameDocument(a: string, b: string): boolean {
  return a === b || canonicalJson(comparable(a)) === canonicalJson(comparable(b));
}
