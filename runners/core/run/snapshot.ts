import { SCHEMA } from "../contract/names.ts";
import { UsageError } from "../errors.ts";
import type { FileWriter } from "../files/write_files.ts";
import type { Job } from "../job.ts";
import type { JobTypes } from "../job_types.ts";
import type { Json } from "../json.ts";
import { jsonPieces } from "../json_text.ts";
import { digestOf } from "../plan/document.ts";
import { readDocumentFile } from "./document_file.ts";

/** Where a job's observation lies in a snapshot directory. */
function snapshotPath(directory: string, job: string): string {
  return `${directory}/${job}-snapshot.json`;
}

/**
 * Stores what was observed, so that it can be planned from again without AWS.
 *
 * @throws FileError when it cannot be written
 */
export async function saveSnapshot(
  write: FileWriter,
  directory: string,
  job: string,
  observed: Json,
  takenAt: Date,
): Promise<string> {
  const path = snapshotPath(directory, job);
  const body = { schema: SCHEMA.snapshot, job, taken_at: takenAt.toISOString(), observed };
  await write([{ path, text: jsonPieces({ ...body, digest: digestOf(body) }) }]);
  return path;
}

/**
 * Reads an observation back.
 *
 * @throws UsageError when it is missing, cut short, edited, or of another job or shape
 */
export async function loadSnapshot<T extends JobTypes>(
  directory: string,
  job: Job<T>,
): Promise<{ readonly observed: T["Observed"]; readonly takenAt: Date }> {
  const path = snapshotPath(directory, job.name);
  const document = await readDocumentFile(path, "snapshot", SCHEMA.snapshot);
  const result = job.observedSchema.safeParse(document["observed"]);
  if (document["job"] !== job.name || !result.success) {
    throw new UsageError(
      `Cannot use the snapshot "${path}": it does not hold what ${job.name} of this version ` +
        `observes${result.success ? "" : ` (${result.error.issues[0]?.path.join(".")})`}`,
    );
  }
  return { observed: result.data, takenAt: new Date(String(document["taken_at"])) };
}
