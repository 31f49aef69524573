import { UsageError } from "../../core/errors.ts";
import { isBlank } from "../../core/spelling.ts";
import type { Store } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { findOptOut, isDay, isOptedOut } from "../inventory/opt_outs.ts";
import { OPT_OUTS } from "../inventory/rows.ts";
import type { OptOut, RoleRow } from "../planning.ts";
import { answer, type Answering, knownRole, typed, type VerbAnswer } from "./answer.ts";

/** A request to keep a role as it is. */
export type OptOutRequest = {
  readonly owner: string;
  readonly reason: string;
  /** The last day on which it counts, UTC, `YYYY-MM-DD`. */
  readonly until: string;
};

/**
 * `repo opt-out`: nothing is removed from a role until the end of a day, UTC.
 *
 * @throws UsageError if the role is not known, the request is not complete, or the role is opted
 * out already: then it says by whom, why and until when
 */
export async function optOutVerb(
  store: Store,
  reference: RoleReference,
  { owner, reason, until }: OptOutRequest,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  if (isBlank(owner)) throw new UsageError("An opt-out needs an --owner: who answers for it");
  if (isBlank(reason)) throw new UsageError("An opt-out needs a --reason");
  if (!isDay(until)) {
    throw new UsageError(`--until must be a day such as 2027-01-31, found "${until}"`);
  }
  if (!isOptedOut({ until }, now)) throw new UsageError(`--until ${until} is over already`);
  const row = await knownRole(store, reference);
  const before = await findOptOut(store, row);
  if (before && isOptedOut(before.value, now)) throw alreadyOptedOut(row, before.value);
  const optOut: OptOut = { owner, reason, until, at: now.toISOString() };
  const rows = before?.rows ?? OPT_OUTS.of(row.account);
  const { written } = await store.write([
    rows.write(row.role_id, optOut, before?.revision ?? "absent"),
  ]);
  if (!written) {
    throw new UsageError(`Somebody else is opting out ${typed(row)} right now. Look at it again`);
  }
  return answer(
    [
      [`Nothing is removed from ${row.name} until the end of ${until} (UTC).`],
      [{ next: "To take it back:", command: command("repo opt-out", typed(row), "--remove") }],
    ],
    { role_id: row.role_id, arn: row.arn, ...optOut },
  );
}

/**
 * `repo opt-out --remove`.
 *
 * @throws UsageError if the role is not known or not opted out
 */
export async function removeOptOutVerb(
  store: Store,
  reference: RoleReference,
  { now }: Answering,
): Promise<VerbAnswer> {
  const row = await knownRole(store, reference);
  const before = await findOptOut(store, row);
  if (!before) throw new UsageError(`${typed(row)} is not opted out`);
  if (!(await store.write([before.rows.write(row.role_id, undefined, before.revision)])).written) {
    throw new UsageError(
      `Somebody else is changing the opt-out of ${typed(row)}. Look at it again`,
    );
  }
  const { owner, reason, until } = before.value;
  const was = isOptedOut(before.value, now) ? "would have been" : "was";
  return answer(
    [
      [
        `${row.name} is no longer opted out; it ${was} until the end of ${until}, by ${owner}: ` +
        reason,
      ],
    ],
    { role_id: row.role_id, arn: row.arn, removed: before.value },
  );
}

function alreadyOptedOut(row: RoleRow, { owner, reason, until }: OptOut): UsageError {
  return new UsageError(
    `Cannot opt out ${typed(row)}: it is opted out already until the end of ${until} by ` +
      `${owner}: ${reason}`,
    {
      help: [{
        sentence: "To take that back first",
        words: ["repo opt-out", typed(row), "--remove"],
      }],
    },
  );
}
