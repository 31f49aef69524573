import { refuseWrongClock } from "../core/run/apply_verb.ts";
import { sightMs } from "./decide/new_permissions.ts";
import type { Refreshing } from "./inventory/refreshing.ts";
import { makeJudge } from "./judge.ts";
import { observeAccount } from "./observe_account.ts";
import type { RepoRun } from "./prepare_run.ts";

/**
 * What a refresh works with, in a run: sessions that read, and how roles are judged.
 *
 * @throws AwsAccessError when the clock is too far off AWS's: nothing is written down by it
 */
export async function refreshingOf(
  { context, extensions }: RepoRun,
): Promise<Omit<Refreshing, "tracked" | "store">> {
  const { config, clock } = context;
  const sessions = await context.sessions();
  await sessions.identity();
  await refuseWrongClock(context);
  return {
    clock,
    sightMs: sightMs(config),
    isNarrowed: false,
    open: async (account) => {
      const session = await sessions.member(account, "observe");
      const options = { config, clock, fetch: globalThis.fetch, only: null };
      return {
        partition: session.partition,
        roles: (managed) => observeAccount(session, managed, options),
      };
    },
    judge: makeJudge(config, extensions, clock),
  };
}
