import type { IAMClient } from "@aws-sdk/client-iam";
import { failureOf, isRefusedByAws } from "../../core/aws/failure.ts";
import type { Clock } from "../../core/clock.ts";
import { messageOf, WithoutEffectError } from "../../core/errors.ts";
import { seenBack } from "./seen_back.ts";
import { type PolicyAfter, type PolicyBefore, textOf, versionId } from "./managed_change.ts";

/** What a managed policy is written with. */
export type PolicyWriting = {
  readonly client: IAMClient;
  readonly arn: string;
  readonly clock: Pick<Clock, "wait">;
  readonly signal: AbortSignal;
};

/**
 * Puts another version of a managed policy in force: a new one, or of a restore one that IAM has.
 * Where it is not known what the call did, the version of before is put back in force. A version
 * that was made meanwhile stays, out of force: nothing is deleted.
 *
 * @returns AWS's request id
 * @throws WithoutEffectError when it failed and the version of before was seen in force; else the
 * error of the call, and then it is not known which one is
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

/** @throws always: WithoutEffectError where the version was seen in force again, else the cause */
async function putBack(version: string, writing: PolicyWriting, cause: unknown): Promise<never> {
  const { client, arn: PolicyArn, signal } = writing;
  const { reason, detail } = failureOf(cause);
  const sdk = await import("@aws-sdk/client-iam");
  try {
    await putInForce(version, writing);
    const isBack = async () => {
      const command = new sdk.GetPolicyCommand({ PolicyArn });
      const { Policy } = await client.send(command, { abortSignal: signal });
      return Policy?.DefaultVersionId === version;
    };
    if (await seenBack(isBack, writing)) {
      throw new WithoutEffectError(reason, `${detail}; version ${version} is in force`, { cause });
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
