import { applyKillSubject, clearKillSubject, serveKillSubject } from "./dirty_kill_world.ts";
import { killAtEveryCall, type KillCase } from "./kill_generator.ts";
import { inFile, inTable } from "./kill_store.ts";
import { isChosenInTable } from "./table_calls.ts";

const WRITES = /^(sqs:|ec2:(Create|Delete)Tags$)/;

/** To die after a read is to die before the call that follows it. */
function isChosen({ call: { action }, mode }: KillCase): boolean {
  return WRITES.test(action) || mode === "killed before forwarding";
}

/**
 * To die before a write of a table is to die after the write before it. Of writes of the same kinds
 * of rows, one loses its answer.
 */
function isWriteOfTable(one: KillCase): boolean {
  const { call: { action, nth }, mode } = one;
  return action === "dynamodb:TransactWriteItems" && isChosenInTable(one) &&
    (mode === "killed after the effect" || mode === "answer lost" && nth === 1);
}

const SUBJECTS = {
  "serve --once": serveKillSubject,
  "apply": applyKillSubject,
  "clear": clearKillSubject,
};

for (const [what, subject] of Object.entries(SUBJECTS)) {
  Deno.test(`dirty ${what} that is killed at any call or loses its answer converges in the next run`, async () => {
    console.log(await killAtEveryCall(subject(inFile), isChosen));
  });

  Deno.test(`dirty ${what} with its ledger in a table converges too, whichever write it dies at`, async () => {
    console.log(await killAtEveryCall(subject(inTable), isWriteOfTable));
  });
}
