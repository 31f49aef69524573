import { programVariable, startProgram } from "./program.ts";
import type { AskedRun, Left } from "./serve.ts";

/** The one that `GROUNDSKEEPER_PROGRAM` names, or this process's own, which starts before any test. */
const address = Deno.env.get(programVariable) ?? (await startProgram()).address;

/** Runs the program in the server. */
export async function runInServer(asked: AskedRun): Promise<Left> {
  const response = await fetch(address, { method: "POST", body: JSON.stringify(asked) });
  return await response.json();
}
