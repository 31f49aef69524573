import type { IAMClient } from "@aws-sdk/client-iam";
import type { Change } from "../../core/plan/change.ts";
import { refuseDrift } from "./drifted.ts";
import { readLiveRole, samePolicies } from "./live_policies.ts";
import type { Maker, Making } from "./maker.ts";
import type { Rewrite } from "./no_new_access.ts";
import {
  policiesAfter,
  type RoleAfter,
  type RoleBefore,
  roleChangeOf,
  roleNameOf,
} from "./role_change.ts";
import { writeRole } from "./write_role.ts";

/** Changes the inline policies of roles. */
export function inlineMaker({ client, clock, reading, proof }: Making): Maker {
  return {
    drift: (change) => drift(client, change, reading),
    write: async (change, signal) => {
      const { before, after } = roleChangeOf(change);
      if (proof && after.kind !== "restore") {
        await proof(rewritesOf(before, after), signal);
        // The check may have taken a while.
        refuseDrift(await drift(client, change, reading));
      }
      const roleName = roleNameOf(change);
      return await writeRole(before, after, { client, roleName, clock, signal });
    },
    isThere: async (change, signal) => {
      const { before, after } = roleChangeOf(change);
      const live = await readLiveRole(client, roleNameOf(change), { abortSignal: signal });
      return live?.roleId === before.role_id && samePolicies(live.policies, policiesAfter(after));
    },
  };
}

/** The policies that stay and change: what is deleted grants nothing. */
export function rewritesOf(
  before: Pick<RoleBefore, "policies">,
  after: Pick<RoleAfter, "policies">,
): Rewrite[] {
  return Object.entries(after.policies).flatMap(([name, updated]) => {
    const existing = before.policies[name];
    return updated === null || updated === existing || existing === undefined
      ? []
      : [{ name, existing, updated }];
  });
}

/** Why a role is no longer as the plan saw it. */
async function drift(
  client: IAMClient,
  change: Change,
  reading: Making["reading"],
): Promise<string | undefined> {
  const { before } = roleChangeOf(change);
  const live = await readLiveRole(client, roleNameOf(change), reading);
  if (!live) return "the role is gone";
  if (live.roleId !== before.role_id) return "the role was deleted and made anew";
  return samePolicies(live.policies, before.policies)
    ? undefined
    : "its inline policies have been changed since the plan looked at them";
}
