import assert from "assert";
import type { Call } from "../aws/call_log.ts";
import type { Invocation } from "../e2e/command.ts";
import type { World } from "../e2e/world.ts";

/** Actions that everybody may call. */
const FREE = new Set(["sts:GetCallerIdentity"]);

/** What IAM calls batches: as it calls one of their messages. */
export const BATCHES: Readonly<Record<string, string>> = {
  "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
};

/**
 * The actions that a call needs. A transaction needs those of its items (DynamoDB Developer Guide,
 * "Using IAM with transactions").
 */
export function actionsOf({ action, parameters }: Call): string[] {
  if (action !== "dynamodb:TransactWriteItems") return [BATCHES[action] ?? action];
  const items = JSON.parse(parameters["TransactItems"]!) as readonly object[];
  return items.flatMap(Object.keys).map((kind) => `dynamodb:${kind}Item`);
}

/** What a job called under each of its roles, and as "home"; not what the test itself did. */
export function calledActions({ aws, accounts }: World, job: string): Record<string, string[]> {
  const own = new RegExp(`assumed-role/groundskeeper-${job}-(\\w+)/`);
  const byTest = (principal: string) =>
    accounts.some((account) => principal === `arn:aws:iam::${account}:root`) ||
    /role\/chat\/|assumed-role\/bot\//.test(principal);
  const roles = Map.groupBy(
    aws.proxy.calls.filter(({ action, principal }) =>
      !FREE.has(action) && !byTest(principal ?? "")
    ),
    ({ principal }) => own.exec(principal ?? "")?.[1] ?? "home",
  );
  return Object.fromEntries(
    [...roles].map(([role, calls]) => [
      role,
      [...new Set(calls.flatMap(actionsOf))].sort(),
    ]),
  );
}

/** Runs the commands one after the other; each must do all that it was asked for. */
export async function runAll(
  world: World,
  commands: readonly string[],
  how: Partial<Invocation> = {},
): Promise<void> {
  for (const command of commands) {
    const { code, stdout, stderr } = await world.run(command, how);
    assert.equal(code, 0, `${command}: ${stdout}${stderr}`);
  }
}
