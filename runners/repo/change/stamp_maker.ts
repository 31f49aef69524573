import type { IAMClient, Role } from "@aws-sdk/client-iam";
import { WithoutEffectError } from "../../core/errors.ts";
import { hashOfPolicies } from "../policy/comparable.ts";
import { orNull, type Reading, readLivePolicies, readLivePolicy } from "./live_policies.ts";
import type { Maker, Making } from "./maker.ts";
import { type ChangeOf, roleNameOf, type StampAfter } from "./repo_change.ts";
import { stamped } from "./stamp.ts";

/** IAM User Guide, "IAM and AWS STS quotas": tags of a role. */
const MOST_TAGS = 50;

/** Stamps changed roles. If it fails, nothing else does: no rule depends on a stamp. */
export function stampMaker(
  { client, reading }: Pick<Making, "client" | "reading">,
): Maker<ChangeOf<"stamp">> {
  return {
    drift: async (change) => {
      const { before, after } = change;
      const role = await readRole(client, roleNameOf(change), reading);
      if (role?.RoleId !== before.role_id) return "the role is gone";
      return await isAsLeft(client, change, reading)
        ? noRoom(role, after)
        : "its policies are not as a change of this run leaves them";
    },
    write: async (change, signal) => {
      const { after } = change;
      const options = { abortSignal: signal };
      const RoleName = roleNameOf(change);
      const sdk = await import("@aws-sdk/client-iam");
      if ("tag" in after) {
        const Tags = [{ Key: after.tag.key, Value: after.tag.value }];
        const { $metadata } = await client.send(
          new sdk.TagRoleCommand({ RoleName, Tags }),
          options,
        );
        return $metadata.requestId ?? null;
      }
      const role = await readRole(client, RoleName, options);
      const Description = stamped(role?.Description ?? "", after.description);
      const { MaxSessionDuration } = role ?? {};
      // UpdateRole without it sets it to one hour (IAM API Reference, UpdateRole).
      if (Description === null || MaxSessionDuration === undefined) {
        throw new WithoutEffectError("no-room", noRoom(role ?? {}, after) ?? "the role is gone");
      }
      const { $metadata } = await client.send(
        new sdk.UpdateRoleCommand({ RoleName, Description, MaxSessionDuration }),
        options,
      );
      return $metadata.requestId ?? null;
    },
    isThere: async (change, signal) => {
      const { after } = change;
      const role = await readRole(client, roleNameOf(change), { abortSignal: signal });
      return "tag" in after
        ? role?.Tags?.some(({ Key, Value }) =>
          Key === after.tag.key && Value === after.tag.value
        ) ??
          false
        : role?.Description?.includes(after.description) ?? false;
    },
  };
}

async function readRole(
  client: IAMClient,
  RoleName: string,
  options: Reading,
): Promise<Role | undefined> {
  const { GetRoleCommand } = await import("@aws-sdk/client-iam");
  return (await orNull(client.send(new GetRoleCommand({ RoleName }), options)))?.Role;
}

/** Whether the role's policies are as the changes of this run were to leave them. */
async function isAsLeft(
  client: IAMClient,
  change: ChangeOf<"stamp">,
  reading: Reading,
): Promise<boolean> {
  const { policies_hash, managed_hashes } = change.before;
  const live = await readLivePolicies(client, roleNameOf(change), reading);
  if (hashOfPolicies(live) !== policies_hash) return false;
  for (const [arn, hash] of Object.entries(managed_hashes)) {
    const policy = await readLivePolicy(client, arn, reading);
    if (!policy || hashOfPolicies({ [arn]: policy.document }) !== hash) return false;
  }
  return true;
}

/** Why a stamp cannot be written; undefined where it can. */
function noRoom(
  { Tags = [], Description = "", MaxSessionDuration }: Partial<Role>,
  after: StampAfter,
): string | undefined {
  if ("tag" in after) {
    return Tags.length >= MOST_TAGS && !Tags.some(({ Key }) => Key === after.tag.key)
      ? `the role has ${MOST_TAGS} tags, and IAM allows no more`
      : undefined;
  }
  if (stamped(Description, after.description) === null) {
    return "its description has no room for the stamp";
  }
  return MaxSessionDuration === undefined
    ? "IAM did not say how long its sessions may last, which a new description would reset"
    : undefined;
}
