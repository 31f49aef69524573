import { killAtEveryCall, type KillCase } from "./kill_generator.ts";
import { inFile } from "./kill_store.ts";
import {
  giveBackKillSubject,
  managedKillSubject,
  repoKillSubject,
  restoreKillSubject,
  restoreRunKillSubject,
} from "./repo_kill_world.ts";

const WRITES = /^iam:((Put|Delete)RolePolicy|CreatePolicyVersion|TagRole)$/;

/** The number of the role that a call is about; undefined: it is about none alone. */
function roleOf(key: string): number | undefined {
  const number = /app-(\d)-/.exec(key)?.[1];
  return number === undefined ? undefined : Number(number);
}

/**
 * The process is killed before and after every write of all ten roles. What else may happen to a
 * write happens to every write of the first four, which have every shape, and to the others by
 * turns. Reads say the same of each role, and to die before a read or after it is the same.
 */
function isChosen({ call: { action, key, nth }, mode }: KillCase): boolean {
  const role = roleOf(key);
  if (WRITES.test(action)) {
    if (mode === "answer lost") return role! < 4 || role! % 2 === 0;
    if (mode === "refused") return role! < 4 || role! % 2 === 1;
    return true;
  }
  if (action === "iam:GetServiceLastAccessedDetails" && nth > 1) return false;
  if (mode === "killed after the effect") return role === undefined || role === 0;
  return mode === "refused" && (role === undefined || role === 0 || role === 3);
}

Deno.test("a removal over ten roles that is killed at any call, loses any answer, or is refused any, converges in the next run", async () => {
  console.log(await killAtEveryCall(repoKillSubject(inFile, 10), isChosen));
});

/** Every write in every way, and every other call refused. */
function isWriteOrRefused({ call: { action }, mode }: KillCase): boolean {
  return WRITES.test(action) || mode === "refused";
}

Deno.test("a restore that is killed at any call, loses any answer, or is refused any, converges in the next run", async () => {
  console.log(await killAtEveryCall(restoreKillSubject(inFile), isWriteOrRefused));
});

Deno.test("a restore of a run over four roles that is killed at any call, loses any answer, or is refused any, converges in the next run", async () => {
  console.log(await killAtEveryCall(restoreRunKillSubject(inFile, 4), isChosen));
});

Deno.test("a give-back that is killed at any call, loses any answer, or is refused any, converges in the next run", async () => {
  console.log(await killAtEveryCall(giveBackKillSubject(inFile), isWriteOrRefused));
});

Deno.test("a removal from a managed policy, with proof and stamp, converges too, wherever it is killed", async () => {
  console.log(await killAtEveryCall(managedKillSubject(inFile), isWriteOrRefused));
});
