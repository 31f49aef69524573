import type { Clock } from "../clock.ts";

/**
 * How long a list is believed: of what is in it, and of what is missing, which may be new. After a
 * failure an old list serves for some time before it is asked for again.
 */
const BELIEVED_MS = { listed: 3_600_000, missing: 60_000, failed: 60_000 } as const;

/**
 * Tells what is in a list of AWS. It is listed again from time to time, once for all who ask.
 *
 * @returns a question that throws if there is no list, or a name is not in the old one
 */
export function believedList(
  list: () => Promise<Iterable<string>>,
  clock: Pick<Clock, "monotonicMs">,
): (name: string) => Promise<boolean> {
  type Listed = { readonly names: ReadonlySet<string>; readonly atMs: number };
  let [listed, listing]: [Listed | undefined, Promise<Listed> | undefined] = [undefined, undefined];
  let failed: { readonly error: unknown; readonly atMs: number } | undefined;
  const read = async (): Promise<Listed> => {
    try {
      listed = { names: new Set(await list()), atMs: clock.monotonicMs() };
      failed = undefined;
      return listed;
    } catch (error) {
      if (listed) failed = { error, atMs: clock.monotonicMs() };
      throw error;
    } finally {
      listing = undefined;
    }
  };
  return async (name) => {
    const nowMs = clock.monotonicMs();
    const isListed = listed?.names.has(name) ?? false;
    const believedMs = BELIEVED_MS[isListed ? "listed" : "missing"];
    if (listed && nowMs - listed.atMs < believedMs) return isListed;
    try {
      if (failed && nowMs - failed.atMs < BELIEVED_MS.failed) throw failed.error;
      return (await (listing ??= read())).names.has(name);
    } catch (error) {
      if (!isListed) throw error;
      return true;
    }
  };
}
