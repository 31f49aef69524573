import type { IAMClient } from "@aws-sdk/client-iam";
import { isRefusedByAws, writeError } from "../../core/aws/failure.ts";
import { messageOf, WithoutEffectError } from "../../core/errors.ts";
import { isOnlyOf, readLivePolicy, readVersion, sameDocument } from "./live_policies.ts";
import { type Maker, type Making, refuseDrift, seenBack, type Writing } from "./maker.ts";
import {
  type ChangeOf,
  editsOf,
  type PolicyAfter,
  type PolicyBefore,
  textOf,
  versionId,
} from "./repo_change.ts";

/** Changes which version of a managed policy is in force. */
export function managedMaker(
  { client, clock, reading, proof }: Making,
): Maker<ChangeOf<"managed">> {
  return {
    drift: (change) => drift(client, change, reading),
    write: async (change, signal) => {
      const { before, after } = change;
      if (proof && after.kind !== "restore") {
        await proof(editsOf(change), signal);
        // The check may have taken a while.
        refuseDrift(await drift(client, change, reading));
      }
      return await writePolicy(before, after, { client, arn: change.target, clock, signal });
    },
    isThere: async (change, signal) => {
      const { before, after } = change;
      const live = await readLivePolicy(client, change.target, { abortSignal: signal });
      if (!live || !sameDocument(live.document, textOf(before, after))) return false;
      return after.version === null
        ? live.version !== before.version
        : live.version === versionId(after.version);
    },
  };
}

/** Why a policy is no longer as it was planned from; undefined: it is. */
async function drift(
  client: IAMClient,
  change: ChangeOf<"managed">,
  reading: Making["reading"],
): Promise<string | undefined> {
  const { before, after } = change;
  const live = await readLivePolicy(client, change.target, reading);
  if (!live) return "the policy is gone";
  if (live.version !== before.version) {
    return `version ${live.version} of the policy is in force, and the plan was made with ` +
      before.version;
  }
  if (!sameDocument(live.document, textOf(before, before))) {
    return "the policy says something else than when the plan was made";
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
    : `version ${versionId(after.version)} says something else than when the plan was made`;
}

/** What a managed policy is written with. */
type PolicyWriting = Writing & { readonly arn: string };

/**
 * Puts another version of a managed policy in force: a new one, or for a restore one that IAM has.
 * If it is not known what the call did, the earlier version is put back in force. A version that
 * the call made stays, but not in force: nothing is deleted.
 *
 * @returns AWS's request id
 * @throws WithoutEffectError if it failed and the earlier version was seen in force; else an error
 * that says so: then it is not known which version is in force
 */
export async function writePolicy(
  before: PolicyBefore,
  after: PolicyAfter,
  writing: PolicyWriting,
): Promise<string | null> {
  try {
    return after.version === null
      ? await create(textOf(before, after), writing)
      : await putInForce(versionId(after.version), writing);
  } catch (error) {
    if (isRefusedByAws(error)) throw error;
    return await putBack(before.version, writing, error);
  }
}

async function create(
  PolicyDocument: string,
  { client, arn: PolicyArn, signal }: PolicyWriting,
): Promise<string | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const command = new sdk.CreatePolicyVersionCommand({
    PolicyArn,
    PolicyDocument,
    SetAsDefault: true,
  });
  const { $metadata } = await client.send(command, { abortSignal: signal });
  return $metadata.requestId ?? null;
}

async function putInForce(
  VersionId: string,
  { client, arn: PolicyArn, signal }: PolicyWriting,
): Promise<string | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const command = new sdk.SetDefaultPolicyVersionCommand({ PolicyArn, VersionId });
  const { $metadata } = await client.send(command, { abortSignal: signal });
  return $metadata.requestId ?? null;
}

/** @throws always: WithoutEffectError if the version was seen in force again, else an Error */
async function putBack(version: string, writing: PolicyWriting, cause: unknown): Promise<never> {
  const { client, arn: PolicyArn, signal } = writing;
  const { code, message: detail } = writeError(cause);
  const sdk = await import("@aws-sdk/client-iam");
  try {
    await putInForce(version, writing);
    const isBack = async () => {
      const command = new sdk.GetPolicyCommand({ PolicyArn });
      const { Policy } = await client.send(command, { abortSignal: signal });
      return Policy?.DefaultVersionId === version;
    };
    if (await seenBack(isBack, writing)) {
      throw new WithoutEffectError(code, `${detail}; version ${version} is in force`, { cause });
    }
  } catch (error) {
    if (error instanceof WithoutEffectError) throw error;
    throw new Error(
      `${detail}; and version ${version} could not be put back in force: ${messageOf(error)}`,
      { cause },
    );
  }
  throw new Error(`${detail}; and version ${version} was not seen in force again`, { cause });
}
