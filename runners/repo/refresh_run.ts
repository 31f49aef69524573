import type { Account } from "../core/aws/session.ts";
import type { Clock } from "../core/clock.ts";
import { refuseWrongClock } from "../core/run/verbs/apply_verb.ts";
import { partsOf } from "../core/parts.ts";
import { atOnce } from "../core/steps.ts";
import { allEvidenceOf } from "./all_evidence.ts";
import { loadCatalogue } from "./catalogue/catalogue.ts";
import { makeUniverse, type Universe } from "./catalogue/universe.ts";
import type { RepoSettings } from "./config.ts";
import { sightMs } from "./decide/new_permissions.ts";
import { evaluateRole } from "./evaluate_role.ts";
import type { Extensions } from "./extensions.ts";
import type { Refreshing } from "./inventory/write_roles.ts";
import type { Judged } from "./inventory/role_writes.ts";
import { judgedOf, verdictsOf } from "./numbers.ts";
import { observeRoles } from "./observe.ts";
import type { ObservedAccount, ObservedRole } from "./observed.ts";
import { evaluationOf } from "./plan.ts";
import type { Earlier } from "./planning.ts";
import type { RepoRun } from "./open_run.ts";

/**
 * What a refresh works with, in a run: sessions that read, and how roles are judged.
 *
 * @throws AwsAccessError if the clock is too far off AWS's: then nothing is stored
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
    open: async (account) => {
      const session = await sessions.member(account, "observe");
      const options = { config, clock, fetch: globalThis.fetch, only: null };
      return {
        partition: session.partition,
        roles: (managed) => observeRoles(session, managed, options),
      };
    },
    judge: makeJudge(config, extensions, clock),
  };
}

/**
 * Judges one role at a time, for a refresh that holds only a few. What only all roles together show
 * is not known here: since when AWS tracks an action, by another role's use of it.
 */
function makeJudge(
  config: RepoSettings,
  extensions: Extensions,
  clock: Pick<Clock, "now">,
): (role: ObservedRole, account: Account, earlier: Earlier) => Judged {
  // One for all roles: it remembers the patterns that it has resolved.
  const universe: Universe = makeUniverse(loadCatalogue(), []);
  return (role, { id, name }, earlier) => {
    const now = clock.now();
    const account: ObservedAccount = {
      id,
      name,
      partition: role.arn.split(":")[1]!,
      failure: null,
      at: now.toISOString(),
      whole: false,
      roles: [role],
      managed: {},
    };
    const planning = { config, observed: partsOf([account]), earlier, now };
    const evaluation = evaluationOf(
      planning,
      extensions,
      atOnce(allEvidenceOf([account])),
      universe,
    );
    const [evaluated] = extensions.judge([evaluateRole(role, account, evaluation)], planning);
    return judgedOf(verdictsOf(evaluated!));
  };
}
