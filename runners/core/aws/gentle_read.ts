import type { Clock } from "../clock.ts";
import type { Log } from "../log/log.ts";
import type { Place } from "../plan/change.ts";
import { accountRegions } from "./account_regions.ts";
import { leaveAlone } from "./leave_alone.ts";
import type { Session } from "./session.ts";

/** Instances by ID, with the session that has read them. */
export type Seen<Instance> = {
  readonly observe: Session;
  readonly found: ReadonlyMap<string, Instance>;
};

/** Reads instances of an account and Region; undefined if AWS fails there, now or not long ago. */
export type GentleRead<Instance> = (
  place: Place,
  ids: readonly string[],
) => Promise<Seen<Instance> | undefined>;

/** Makes what reads instances where somebody says that they are: in other Regions there are none. */
export function gentleRead<Instance extends { readonly id: string }>(
  { clock, log, session }: {
    readonly clock: Pick<Clock, "monotonicMs">;
    readonly log: Log;
    readonly session: (account: string, role: "observe") => Promise<Session>;
  },
  read: (observe: Session, region: string, ids: readonly string[]) => Promise<readonly Instance[]>,
): GentleRead<Instance> {
  const gently = leaveAlone({ clock, log });
  const isEnabled = accountRegions({ clock, log });
  return ({ account, region }, ids) =>
    gently({ account, region }, async () => {
      const observe = await session(account, "observe");
      const found = await isEnabled(observe, region) ? await read(observe, region, ids) : [];
      return { observe, found: new Map(found.map((one) => [one.id, one])) };
    });
}
