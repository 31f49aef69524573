import { EXIT, type ExitCode, type Fault, faultOf } from "../errors.ts";
import type { JobTypes } from "../job_types.ts";
import type { VerbResult } from "./verb_result.ts";

/** How a verb ended: with its result, or by an error. */
export type Ending<T extends JobTypes = JobTypes> =
  | { readonly result: VerbResult<T>; readonly fault: null }
  | { readonly result: null; readonly fault: Fault; readonly thrown: unknown };

/** Waits for a verb, however it ends. */
export async function endingOf<T extends JobTypes>(
  verb: Promise<VerbResult<T>>,
): Promise<Ending<T>> {
  try {
    return { result: await verb, fault: null };
  } catch (thrown) {
    return { result: null, fault: faultOf(thrown), thrown };
  }
}

/** The exit code that the program will end with. */
export function exitCodeOfEnding({ result, fault }: Ending): ExitCode {
  return fault?.exitCode ?? result?.exitCode ?? EXIT.failed;
}
