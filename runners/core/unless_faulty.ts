import { StoreError } from "./errors.ts";
import { FileError } from "./files/file_error.ts";
import type { Log } from "./log/log.ts";

/**
 * Writes something that a run goes on without: what the run found is worth more. If a file or the
 * store cannot be written, that is told, and the run is done in part.
 *
 * @returns what `work` answers; null if it was not written
 */
export async function unlessFaulty<Answer>(
  work: () => Promise<Answer>,
  log: Log,
): Promise<Answer | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FileError || error instanceof StoreError)) throw error;
    log.error(error.message, { code: error.code });
    return null;
  }
}
