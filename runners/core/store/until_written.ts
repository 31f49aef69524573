import type { Store, Write } from "./store.ts";

/** How often rows are read again that somebody else has written meanwhile. */
const TRIES = 20;

/**
 * Changes rows that others change, too: reads and writes until nobody has come between.
 *
 * @param attempt answers the rows, each with the revision that was read, and what comes of it; without
 *   rows there is nothing to write
 * @throws StoreError; Error if others are faster each time
 */
export async function untilWritten<Became>(
  store: Store,
  attempt: () => Promise<{ readonly rows: readonly Write[]; readonly became: Became }>,
): Promise<Became> {
  for (let tries = 0; tries < TRIES; tries++) {
    const { rows, became } = await attempt();
    if (rows.length === 0 || (await store.write(rows)).written) return became;
  }
  throw new Error(`Others were faster to write a row, ${TRIES} times`);
}
