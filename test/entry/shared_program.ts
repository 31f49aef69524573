import { programVariable, startProgram } from "./program.ts";
import type { Variables } from "./own_environment.ts";

/** A run that is asked for. */
export interface AskedRun {
  readonly args: readonly string[];
  readonly directory: string;
  readonly env: Variables;
}

/** What a run left. */
export interface Left {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The one that `GROUNDSKEEPER_PROGRAM` names, or this process's own, which starts before any test. */
const address = Deno.env.get(programVariable) ?? (await startProgram()).address;

/** Runs the program in the server. */
export async function runInServer(asked: AskedRun): Promise<Left> {
  const response = await fetch(address, { method: "POST", body: JSON.stringify(asked) });
  return await response.json();
}
