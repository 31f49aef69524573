import type { IAMClient } from "@aws-sdk/client-iam";
import type { Change } from "../../core/plan/change.ts";
import { refuseDrift } from "./drifted.ts";
import { sameDocument } from "./live_policies.ts";
import { isOnlyOf, readLivePolicy, readVersion } from "./live_policy.ts";
import { managedChangeOf, textOf, versionId } from "./managed_change.ts";
import type { Maker, Making } from "./maker.ts";
import { writePolicy } from "./write_policy.ts";

/** Changes which version of a managed policy is in force. */
export function managedMaker({ client, clock, reading, proof }: Making): Maker {
  return {
    drift: (change) => drift(client, change, reading),
    write: async (change, signal) => {
      const { before, after } = managedChangeOf(change);
      if (proof && after.kind !== "restore") {
        const [existing, updated] = [textOf(before, before), textOf(before, after)];
        await proof([{ name: before.policy, existing, updated }], signal);
        // The check may have taken a while.
        refuseDrift(await drift(client, change, reading));
      }
      return await writePolicy(before, after, { client, arn: change.target, clock, signal });
    },
    isThere: async (change, signal) => {
      const { before, after } = managedChangeOf(change);
      const live = await readLivePolicy(client, change.target, { abortSignal: signal });
      if (!live || !sameDocument(live.document, textOf(before, after))) return false;
      return after.version === null
        ? live.version !== before.version
        : live.version === versionId(after.version);
    },
  };
}

/** Why a policy is no longer as the plan saw it. */
async function drift(
  client: IAMClient,
  change: Change,
  reading: Making["reading"],
): Promise<string | undefined> {
  const { before, after } = managedChangeOf(change);
  const live = await readLivePolicy(client, change.target, reading);
  if (!live) return "the policy is gone";
  if (live.version !== before.version) {
    return `version ${live.version} of the policy is in force, and the plan looked at ` +
      before.version;
  }
  if (!sameDocument(live.document, textOf(before, before))) {
    return "the policy says something else than when the plan looked at it";
  }
  if (live.boundaries !== 0) return "the policy is used as a permissions boundary";
  if (live.attachments !== 1 || !await isOnlyOf(client, change.target, before.role_id, reading)) {
    return "the policy is no longer attached to this role alone";
  }
  if (after.version === null) return undefined;
  const then = await readVersion(client, change.target, versionId(after.version), reading);
  if (then === null) return `IAM no longer has version ${versionId(after.version)}`;
  return sameDocument(then, textOf(before, after))
    ? undefined
    : `version ${versionId(after.version)} says something else than when the plan looked at it`;
}
