import { parseArn } from "../../aws/arn.ts";
import { EXIT, type ExitCode, GroundskeeperError, UsageError } from "../../errors.ts";
import type { Explanation } from "../../job.ts";
import type { JobTypes } from "../../job_types.ts";
import type { JournalEntry } from "../../journal/entry.ts";
import { journalOfTarget } from "../../journal/journal.ts";
import type { NextCommand } from "../../cli/next_command.ts";
import { compareText } from "../../plan/canonical.ts";
import { closing } from "../../store/store.ts";
import type { RunContext } from "../context.ts";
import { observeAndPlan, scopeOf } from "../make_plan.ts";
import { loadSnapshot } from "../snapshot.ts";
import { exitCodeOfVerb } from "../verb_result.ts";

/**
 * Tells everything that is known of one thing: what was observed, how it is judged, what was done
 * to it. Leaves no trace.
 *
 * @throws UsageError when it is not found in what could be read
 */
export async function explainVerb<T extends JobTypes>(
  context: RunContext<T>,
  subject: string,
  command: NextCommand,
): Promise<{ readonly explanation: Explanation; readonly exitCode: ExitCode }> {
  const { job, options } = context;
  const { accounts, regions } = options;
  return await closing(await context.openStoreToRead(), async (store) => {
    const place = await job.locate(
      subject,
      store,
      async () =>
        options.snapshotDirectory === null
          ? (await scopeOf(context)).accounts.map(({ id }) => id)
          : loadSnapshot(options.snapshotDirectory, job).observed.accounts,
    );
    const narrowed = {
      ...options,
      accounts: place.account && accounts.length === 0 ? [place.account] : accounts,
      regions: place.region && regions.length === 0 ? [place.region] : regions,
    };
    const { observation, planning, judged } = await observeAndPlan(
      { ...context, options: narrowed },
      store,
      { subject },
    );
    const journal: JournalEntry[] = [];
    for (const target of job.targetsOf(subject, planning)) {
      const { account } = parseArn(target);
      journal.push(...await journalOfTarget(store, job.name, { account, target }));
    }
    journal.sort((a, b) => compareText(a.intended_at, b.intended_at));
    const explanation = job.explain({ subject, planning, plan: judged, journal, command });
    if (!explanation) {
      const { proven, planned, unproven } = judged.coverage;
      const text = `"${subject}" was not found in the ${proven} of ${planned} account-regions ` +
        "that were read. Narrow the search with --account and --region, or check the ID";
      throw unproven.length === 0
        ? new UsageError(text)
        : new GroundskeeperError("not-found", text, EXIT.partly);
    }
    const exitCode = exitCodeOfVerb({ ...judged, refused: null }, null, observation.saved);
    return { explanation, exitCode };
  });
}
