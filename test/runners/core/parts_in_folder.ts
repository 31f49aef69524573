import type { Job } from "../../../runners/core/job.ts";
import type { JobTypes } from "../../../runners/core/job_types.ts";
import type { Parts } from "../../../runners/core/parts.ts";
import { loadSnapshot, saveSnapshot } from "../../../runners/core/run/snapshot.ts";
import { toDisk } from "./files/faulty_disk.ts";

/** Stores parts as a snapshot of the job, and hands them on as they are read from it. */
export async function inFolder<T extends JobTypes>(
  job: Job<T>,
  parts: Parts<T["Part"]>,
  use: (parts: Parts<T["Part"]>) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await saveSnapshot(toDisk, folder, job.name, parts, new Date(0));
    use(loadSnapshot(folder, job).observed);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
