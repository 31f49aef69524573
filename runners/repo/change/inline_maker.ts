import type { IAMClient } from "@aws-sdk/client-iam";
import { isRefusedByAws, writeError } from "../../core/aws/failure.ts";
import { messageOf, nameOf, WithoutEffectError } from "../../core/errors.ts";
import { readLivePolicies, readLiveRole, samePolicies } from "./live_policies.ts";
import { type Maker, type Making, refuseDrift, seenBack, type Writing } from "./maker.ts";
import { type Operation, operationsBetween } from "./operations.ts";
import {
  type ChangeOf,
  editsOf,
  policiesAfter,
  policyIn,
  type RoleAfter,
  type RoleBefore,
  roleNameOf,
} from "./repo_change.ts";

/** Changes the inline policies of roles. */
export function inlineMaker({ client, clock, reading, proof }: Making): Maker<ChangeOf<"inline">> {
  return {
    drift: (change) => drift(client, change, reading),
    write: async (change, signal) => {
      const { before, after } = change;
      if (proof && after.kind !== "restore") {
        await proof(editsOf(change), signal);
        // The check may have taken a while.
        refuseDrift(await drift(client, change, reading));
      }
      const roleName = roleNameOf(change);
      return await writeRole(before, after, { client, roleName, clock, signal });
    },
    isThere: async (change, signal) => {
      const { before, after } = change;
      const live = await readLiveRole(client, roleNameOf(change), { abortSignal: signal });
      return live?.roleId === before.role_id && samePolicies(live.policies, policiesAfter(after));
    },
  };
}

/** Why a role is no longer as it was planned from; undefined: it is. */
async function drift(
  client: IAMClient,
  change: ChangeOf<"inline">,
  reading: Making["reading"],
): Promise<string | undefined> {
  const { before } = change;
  const live = await readLiveRole(client, roleNameOf(change), reading);
  if (!live) return "the role is gone";
  if (live.roleId !== before.role_id) return "the role was deleted and made again";
  return samePolicies(live.policies, before.policies)
    ? undefined
    : "its inline policies have been changed since the plan was made";
}

/** What the policies of one role are written with. */
type RoleWriting = Writing & { readonly roleName: string };

/**
 * Makes the calls of one role's change, one after the other. If one of them fails, the role gets
 * its policies back.
 *
 * @returns AWS's request id of the last call
 * @throws WithoutEffectError if it failed and the role was seen to have its policies back; else an
 * error that says that this was not seen: then it is not known what the role has
 */
export async function writeRole(
  before: RoleBefore,
  after: RoleAfter,
  writing: RoleWriting,
): Promise<string | null> {
  const operations = operationsBetween(before, after);
  let requestId: string | null = null;
  for (const [index, operation] of operations.entries()) {
    try {
      requestId = await perform(operation, writing);
    } catch (error) {
      if (index === 0 && isRefusedByAws(error)) throw error;
      await putBack(operations.slice(0, index + 1), before, writing, error);
    }
  }
  return requestId;
}

async function perform(
  { name: PolicyName, document: PolicyDocument }: Operation,
  { client, roleName: RoleName, signal }: RoleWriting,
): Promise<string | null> {
  const sdk = await import("@aws-sdk/client-iam");
  const options = { abortSignal: signal };
  try {
    const { $metadata } = PolicyDocument === null
      ? await client.send(new sdk.DeleteRolePolicyCommand({ RoleName, PolicyName }), options)
      : await client.send(
        new sdk.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }),
        options,
      );
    return $metadata.requestId ?? null;
  } catch (error) {
    // A second try after a lost answer: the policy is deleted already.
    if (PolicyDocument === null && nameOf(error) === "NoSuchEntityException") return null;
    throw error;
  }
}

/**
 * Puts back the policies that a failed change has touched, the last first, and reads them again.
 *
 * @throws always: WithoutEffectError if they were seen, else an error that says what was not
 */
async function putBack(
  touched: readonly Operation[],
  { policies }: RoleBefore,
  writing: RoleWriting,
  cause: unknown,
): Promise<never> {
  const { code, message: detail } = writeError(cause);
  // Policies that the role had are put first; new ones are deleted after that.
  const back = touched.toReversed().map(({ name }) => ({
    name,
    document: policyIn(policies, name) ?? null,
  }));
  const puts = back.filter(({ document }) => document !== null);
  const failures: unknown[] = [];
  // A put that fails must not stop the others: it may be the call that failed before.
  for (const one of puts) await perform(one, writing).catch((error) => failures.push(error));
  try {
    // While a policy is missing, the new ones stay: they may grant what it granted.
    for (const one of failures.length > 0 ? [] : back.filter((one) => !puts.includes(one))) {
      await perform(one, writing);
    }
    const reading = { abortSignal: writing.signal };
    const isBack = async () =>
      samePolicies(await readLivePolicies(writing.client, writing.roleName, reading), policies);
    if (await seenBack(isBack, writing)) {
      throw new WithoutEffectError(code, `${detail}; the role has its policies back`, { cause });
    }
  } catch (error) {
    if (error instanceof WithoutEffectError) throw error;
    failures.push(error);
  }
  throw new Error(
    failures.length === 0
      ? `${detail}; and the role was not seen to have back what it had`
      : `${detail}; and the role could not be given back what it had: ${messageOf(failures[0])}`,
    { cause },
  );
}
