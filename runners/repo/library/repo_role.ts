import { AwsAccessError, UsageError } from "../../core/errors.ts";
import type { Refusal } from "../../core/limits/limits.ts";
import type { Change, Spared } from "../../core/plan/change.ts";
import { notifying } from "../../core/run/end/notifying.ts";
import { applyVerb } from "../../core/run/verbs/apply_verb.ts";
import { planVerb } from "../../core/run/verbs/plan_verb.ts";
import { type ChangeOutcome, NOT_TRIED } from "../../core/run/run_document.ts";
import { ASKED_NOTHING } from "../config.ts";
import { parseRoleReference } from "../role_reference.ts";
import { type RoleEntry } from "../present/names.ts";
import { askedToRemove } from "./settings.ts";
import { openLibraryRun, type RepoLibrary } from "./library.ts";

/** What is asked about one role. */
export type RepoRoleOptions = {
  /** Makes the change. Default: false, and nothing is written anywhere. */
  readonly commit?: boolean;
  /** Removes these actions whatever the evidence says, as `--remove` does. */
  readonly remove?: readonly string[];
  /** With `remove`: denies the actions and keeps the policies that grant them, as `--deny` does. */
  readonly deny?: boolean;
  /** Brings back this version of its inline policies, as `--restore` does. */
  readonly restore?: number;
};

/** What would be changed of a role, or was. */
export type RepoedRole = {
  /** What it loses and keeps and why, whether it is eligible, and its policies before and after. */
  readonly entry: RoleEntry;
  /** What is planned, with what became of it; null: there is nothing to do. */
  readonly change: (Change & ChangeOutcome) | null;
  /** All reasons why nothing is changed. */
  readonly spared: readonly Spared[];
  /** The limit that refused the change: then nothing was changed. */
  readonly refused: Refusal | null;
  /** The run in the journal; null: nothing was committed. */
  readonly runId: string | null;
};

/**
 * Removes what a role does not use, as `repo apply --role` does; without `commit` as `repo plan`,
 * which leaves no trace.
 *
 * It goes through the same run as the command line: evidence that is generated now, eligibility,
 * limits shared with every other run on the store, the journal before each write, one lock per
 * role, another read of the live policies right before, puts before deletions, reading back, and
 * the old policies put back if a call fails. It first settles what a dead run has left without an
 * outcome in the accounts that it reads. Nothing of this can be switched off.
 *
 * @param role its ARN, or `ACCOUNT/NAME`
 * @throws UsageError if `remove` names no action, if there is no such role, or if its account is
 * none of `organization`'s
 * @throws AwsAccessError if its account cannot be read, or its roles cannot be assumed
 * @throws ConfigError, StoreError
 *
 * @example Plan a role, then change it; `library` is as in `examples/repo/library.ts`
 * ```ts
 * import assert from "assert";
 * import { repoRole } from "./runners/repo/mod.ts";
 *
 * const planned = await repoRole("111111111111/checkout-api", {}, library);
 * assert.equal(planned.change.outcome, null);
 * console.log(planned.change.reason);
 *
 * const { change } = await repoRole("111111111111/checkout-api", { commit: true }, library);
 * assert.equal(change.outcome, "done");
 * ```
 */
export async function repoRole(
  role: string,
  { commit = false, remove, deny = false, restore }: RepoRoleOptions,
  library: RepoLibrary,
): Promise<RepoedRole> {
  if (remove !== undefined && restore !== undefined) {
    throw new UsageError("Cannot remove and restore at once: ask for one after the other");
  }
  const reference = parseRoleReference(role);
  const asked = {
    ...ASKED_NOTHING,
    roles: [reference],
    ...askedToRemove(remove, deny),
    restore: restore ?? null,
  };
  const { context } = await openLibraryRun(library, asked, reference.account);
  const { plan, run } = commit
    ? await notifying(context, "apply", applyVerb)
    : await planVerb(context);
  const [entry] = plan.own.roles;
  const [unproven] = plan.coverage.unproven;
  if (!entry) {
    throw unproven
      ? new AwsAccessError(unproven.reason, unproven.detail)
      : new UsageError(`Cannot find the role "${role}": its account has none of that name`);
  }
  const [planned] = plan.changes;
  const change = run ? run.changes[0] : planned && { ...planned, ...NOT_TRIED };
  return {
    entry,
    change: change ?? null,
    spared: plan.spared,
    refused: plan.refused,
    runId: run?.run_id ?? null,
  };
}
