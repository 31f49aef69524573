/** One process at a time. */

/**
 * Runs `work` while holding an exclusive lock on a file, which is made if it is missing and
 * stays. The kernel frees the lock when its process ends, however it ends, so none gets stale.
 */
export async function withFileLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return await work();
}
