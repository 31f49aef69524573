import type { IAMClient } from "@aws-sdk/client-iam";
import { allItems, nextMarker } from "../../core/aws/paginate.ts";
import { orNull } from "./or_null.ts";
import { policyText } from "../inventory/policy_text.ts";

type Reading = {
  readonly abortSignal: AbortSignal;
};

/** A managed policy as it is at this moment. */
export type LivePolicy = {
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

/** What a version of a managed policy says; null where IAM has no such version. */
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
      // A list that is left out may have somebody in it who would lose something.
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
