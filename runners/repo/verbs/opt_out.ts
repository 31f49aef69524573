import { counted, numberText, relativeText } from "../../core/cli/words.ts";
import { DAY_MS } from "../../core/duration.ts";
import { UsageError } from "../../core/errors.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { isBlank } from "../../core/spelling.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { endOfDay } from "../decide/instants.ts";
import { findOptOut, isDay, isOptedOut, readOptOuts } from "../inventory/opt_outs.ts";
import { OPT_OUTS, ROLES, storedAccounts } from "../inventory/rows.ts";
import type { OptOut, RoleRow } from "../planning.ts";
import {
  answer,
  type Answering,
  INVENTORY_LISTED,
  knownRole,
  typed,
  type VerbAnswer,
} from "./answer.ts";
import { accountNames } from "./inventory_age.ts";

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

/** An opt-out that ends within this time is over soon. */
const SOON_DAYS = 30;

/** An opt-out, and its role as far as the inventory knows it. */
type ListedOptOut = OptOut & {
  readonly role_id: string;
  /** null: it came from Repokid's table, and the role was never read. */
  readonly account: string | null;
  readonly role: string | null;
  readonly arn: string | null;
  readonly state: "holds" | "over";
};

/**
 * `repo opt-out --list`: who keeps which role as it is, why and until when; those that hold come
 * first, the next to end before the others.
 */
export async function optOutsVerb(
  store: ReadStore,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const all = await listOptOuts(store, now);
  const holding = all.filter(({ state }) => state === "holds");
  const soon = holding.filter(({ until }) =>
    !isOptedOut({ until }, new Date(now.getTime() + SOON_DAYS * DAY_MS))
  );
  const over = all.length - holding.length;
  const nameOf = await accountNames(store);
  const next = holding.find(({ role }) => role !== null);
  return answer(
    [
      [{
        heading: all.length === 0
          ? "No role is opted out"
          : `${counted(holding.length, "opt-out holds", "opt-outs hold")}, ` +
            `${numberText(soon.length)} of them until a day within ${SOON_DAYS} days` +
            (over === 0 ? "" : `; ${counted(over, "is", "are")} over`),
      }],
      [{
        columns: ["role", "account", "until", "", "owner", "reason"],
        rows: all.map(({ role_id, account, role, state, owner, reason, until }) => [
          role ?? role_id,
          account === null ? "not known" : nameOf(account),
          until,
          state === "over" ? "over" : endText(until, now),
          owner,
          reason,
        ]),
        show: INVENTORY_LISTED,
      }],
      next
        ? [{
          next: "To take one back:",
          command: command("repo opt-out", `${next.account}/${next.role}`, "--remove"),
        }]
        : [],
    ],
    all,
  );
}

async function listOptOuts(store: ReadStore, now: Date): Promise<ListedOptOut[]> {
  const accounts = await storedAccounts(store);
  const optOuts = await readOptOuts(store, accounts);
  const roles = optOuts.size === 0 ? new Map() : await ROLES.read(store, accounts);
  return [...optOuts].map(([role_id, optOut]): ListedOptOut => {
    const row: RoleRow | undefined = roles.get(role_id);
    const { account = null, name: role = null, arn = null } = row ?? {};
    const state = isOptedOut(optOut, now) ? "holds" : "over";
    return { role_id, account, role, arn, state, ...optOut };
  }).sort((a, b) =>
    compareText(a.state, b.state) || compareText(a.until, b.until) ||
    compareText(a.role_id, b.role_id)
  );
}

/** "in 12 days": an opt-out holds until the end of its day. */
function endText(until: string, now: Date): string {
  const end = endOfDay(until);
  return end === null ? "no day: it holds" : relativeText(new Date(end), now);
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
