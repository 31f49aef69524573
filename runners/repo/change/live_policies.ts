import type { IAMClient } from "@aws-sdk/client-iam";
import { allItems, nextMarker } from "../../core/aws/paginate.ts";
import { nameOf } from "../../core/errors.ts";
import { canonicalJson } from "../../core/contract/canonical_json.ts";
import { policyText } from "../inventory/policy_text.ts";
import { comparable } from "../policy/comparable.ts";
import { mapOf, type Policies } from "./repo_change.ts";

/** What cuts the reading. */
export type Reading = {
  readonly abortSignal: AbortSignal;
};

/**
 * Reads a role and all of its inline policies.
 *
 * @returns null where there is no role of that name
 */
export async function readLiveRole(
  client: IAMClient,
  RoleName: string,
  options: Reading,
): Promise<{ readonly roleId: string; readonly policies: Policies } | null> {
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
  options: Reading,
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
    // Deleted since it was listed: "" is not what was planned with, so that it counts as drift.
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

/** Whether two policy documents say the same. A text that is not JSON is compared to the letter. */
export function sameDocument(a: string, b: string): boolean {
  return a === b || canonicalJson(comparable(a)) === canonicalJson(comparable(b));
}

/** IAM's answer; null if IAM says that there is no such thing. */
export async function orNull<Answer>(answer: Promise<Answer>): Promise<Answer | null> {
  try {
    return await answer;
  } catch (error) {
    if (nameOf(error) === "NoSuchEntityException") return null;
    throw error;
  }
}

/** A managed policy as it is at this moment. */
type LivePolicy = {
  /** The version in force. */
  readonly version: string;
  readonly document: string;
  /** How many users, groups and roles it is attached to; undefined: IAM did not say. */
  readonly attachments: number | undefined;
  /** How many users and roles it is the permissions boundary of; undefined: IAM did not say. */
  readonly boundaries: number | undefined;
};

/**
 * Reads which version of a managed policy is in force, and what it says.
 *
 * @returns null where there is no such policy
 */
export async function readLivePolicy(
  client: IAMClient,
  PolicyArn: string,
  options: Reading,
): Promise<LivePolicy | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const found = await orNull(client.send(new sdk.GetPolicyCommand({ PolicyArn }), options));
  const version = found?.Policy?.DefaultVersionId;
  if (!found?.Policy || version === undefined) return null;
  const document = await readVersion(client, PolicyArn, version, options);
  const { AttachmentCount, PermissionsBoundaryUsageCount } = found.Policy;
  return document === null ? null : {
    version,
    document,
    attachments: AttachmentCount,
    boundaries: PermissionsBoundaryUsageCount,
  };
}

/** What a version of a managed policy says; null: IAM has no such version. */
export async function readVersion(
  client: IAMClient,
  PolicyArn: string,
  VersionId: string,
  options: Reading,
): Promise<string | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const command = new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId });
  const found = await orNull(client.send(command, options));
  const text = found?.PolicyVersion?.Document;
  return text === undefined ? null : policyText(text, `${PolicyArn}, version ${VersionId}`);
}

/**
 * Whether a managed policy is attached to one role, and to no other role, user or group, nor used
 * as anybody's permissions boundary.
 */
export async function isOnlyOf(
  client: IAMClient,
  PolicyArn: string,
  roleId: string,
  options: Reading,
): Promise<boolean> {
  const sdk = await import("@aws-sdk/client-iam");
  const entities = await allItems(
    "iam:ListEntitiesForPolicy",
    (Marker) => client.send(new sdk.ListEntitiesForPolicyCommand({ PolicyArn, Marker }), options),
    ({ PolicyRoles, PolicyUsers, PolicyGroups, ...page }) => ({
      // A list that is left out may name somebody who would lose permissions.
      items: PolicyRoles && PolicyUsers && PolicyGroups && [
        ...PolicyRoles.map(({ RoleId }) => RoleId),
        ...PolicyUsers.map(({ UserId }) => UserId),
        ...PolicyGroups.map(({ GroupId }) => GroupId),
      ],
      next: nextMarker("iam:ListEntitiesForPolicy", page),
    }),
  );
  return entities.length > 0 && entities.every((id) => id === roleId);
}
