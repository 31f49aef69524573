import type { Call } from "../aws/call_log.ts";
import { isWriteAction } from "../aws/is_write.ts";
import { kindsOf } from "../e2e/store_table.ts";
import type { KillCase } from "./kill_generator.ts";

/** What a call of a table does with its items. */
const DOES = /"(Put|Delete|ConditionCheck|PutRequest|DeleteRequest)":/g;

/**
 * What a call of a table asks, as it can be compared from world to world: what it does, and with
 * which kinds of rows. Ids, revisions and tokens are others in every world.
 */
export function tableQuestion(call: Call): string {
  const does = Object.values(call.parameters).join("\n").matchAll(DOES);
  return [call.action, ...new Set([...does].map(([, one]) => one!)), ...kindsOf(call)].join(" ");
}

/** A running run says that it lives, as often as it has the time to. */
const BEAT = /^dynamodb:TransactWriteItems Put ConditionCheck \w+\/open-run \w+\/revoked-run$/;

/**
 * The cases that a table adds to those of a file: each write, of AWS and of the table, goes wrong in
 * each way. To die before or after a read is to die after the write before it.
 */
export function isChosenInTable({ call: { action, key, nth }, mode }: KillCase): boolean {
  return isWriteAction(action) && mode !== "refused" && !(nth > 1 && BEAT.test(key));
}
