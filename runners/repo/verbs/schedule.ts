import pLimit from "p-limit";
import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import { EXIT, messageOf, UsageError } from "../../core/errors.ts";
import type { TypedRow } from "../../core/store/row_kind.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { RoleReference } from "../config.ts";
import { ACCOUNTS_AT_ONCE, ROLES, SCHEDULES, storedAccounts } from "../inventory/rows.ts";
import type { RoleRow, Schedule } from "../planning.ts";
import { coverageText } from "../present/coverage.ts";
import { accountName, type Named, type RoleEntry } from "../present/names.ts";
import {
  answer,
  type Answering,
  INVENTORY_LISTED,
  knownRole,
  typed,
  type VerbAnswer,
} from "./answer.ts";
import { accountNames } from "./inventory_age.ts";

/** A role whose removals are scheduled. */
export type ScheduledRole = Pick<RoleEntry, "role_id" | "account" | "role" | "arn"> & {
  /** Not before, RFC 3339. */
  readonly due: string;
  /** Frozen now: what of it is still removable then will be removed. */
  readonly actions: readonly string[];
};

/** How roles are scheduled. */
type Scheduling = {
  /** `repo.scheduleAfter` in milliseconds. */
  readonly scheduleAfterMs: number;
  /** Calls the hooks AFTER_SCHEDULE_REPO, once, when all is stored. */
  readonly afterSchedule: (roles: readonly ScheduledRole[]) => Promise<void>;
};

/**
 * `repo schedule`: freezes for each eligible role what it would lose now, to be removed later. A
 * role that is scheduled already keeps its schedule, so that its day does not move with each call.
 * Nothing in AWS changes.
 *
 * @param plan of what was observed in this run. Accounts that could not be read are told: exit code
 * 3
 */
export async function scheduleVerb(
  store: Store,
  plan: Named,
  { scheduleAfterMs, afterSchedule }: Scheduling,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const entries = plan.own.roles;
  const due = new Date(now.getTime() + scheduleAfterMs).toISOString();
  const at = now.toISOString();
  const losing = entries.filter(canLose);
  const scheduled: ScheduledRole[] = [];
  let before = 0;
  for (const { role_id, account, role, arn, loses } of losing) {
    const actions = [...new Set(loses.flatMap((loss) => loss.actions))].sort();
    const write = SCHEDULES.of(account).write(role_id, { due, actions, at }, "absent");
    if ((await store.write([write])).written) {
      scheduled.push({ role_id, account, role, arn, due, actions });
    } else before++;
  }
  // A hook that fails must not hide what is stored already.
  const failure = scheduled.length === 0
    ? null
    : await afterSchedule(scheduled).then(() => null, messageOf);
  const permissions = sumOf(scheduled, ({ actions }) => actions.length);
  const { unproven } = plan.coverage;
  return answer(
    [
      ...(unproven.length === 0 ? [] : coverageText(plan)),
      [{
        heading: scheduled.length === 0
          ? `Nothing new is scheduled, of ${counted(entries.length, "role")}`
          : `Scheduled ${counted(permissions, "permission")} of ${scheduled.length} of ` +
            `${counted(entries.length, "role")}, due ${dayText(new Date(due), now)} UTC`,
      }],
      [{
        columns: ["role", "account", "permissions"],
        rows: scheduled.map(({ role, account, actions }) => [
          role,
          accountName(plan, account),
          actions.length,
        ]),
        show: INVENTORY_LISTED,
        rest: "repo schedule --list --json has them all",
      }],
      [
        before > 0
          ? `${counted(before, "role was", "roles were")} scheduled already; their day stays`
          : "",
        ...leftOut(entries),
        failure !== null
          ? `The schedule is stored; a hook AFTER_SCHEDULE_REPO failed: ${failure}`
          : "",
      ],
      scheduled.length + before === 0 ? [{ next: "To see why:", command: command("repo plan") }] : [
        { next: "To see what waits:", command: command("repo schedule", "--list") },
        { next: "To remove it then:", command: command("repo apply", "--scheduled") },
      ],
    ],
    { due, scheduled, scheduled_before: before, unproven, hook_error: failure },
    failure === null && unproven.length === 0 ? EXIT.done : EXIT.partly,
  );
}

function canLose({ ineligible, mode, removable, evidence, loses }: RoleEntry): boolean {
  return ineligible.length === 0 && mode === "apply" && removable > 0 && loses.length > 0 &&
    !("reason" in evidence);
}

/** Why roles that could lose something are not scheduled. */
function leftOut(entries: readonly RoleEntry[]): string[] {
  const held = entries.filter((entry) => entry.removable > 0 && !canLose(entry));
  const proposed =
    held.filter(({ ineligible, mode }) => ineligible.length === 0 && mode === "propose").length;
  const alone = held.length - proposed;
  return [
    alone > 0
      ? `${counted(alone, "role")} could lose something and ${alone === 1 ? "is" : "are"} left ` +
        "alone; plan says why"
      : "",
    proposed > 0 ? `${counted(proposed, "role")} managed by code: the change is proposed only` : "",
  ];
}

/** A schedule, pending until its time has come and due from then on. */
type Waiting = {
  readonly account: string;
  readonly roleId: string;
  /** undefined: it was scheduled before the role was ever stored. */
  readonly role: RoleRow | undefined;
  readonly schedule: Schedule;
  readonly revision: number;
  readonly state: "pending" | "due";
};

/** `repo schedule --list`: what is scheduled, pending and due, the next first. */
export async function scheduledVerb(
  store: ReadStore,
  accounts: readonly string[] | null,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const waiting = await allWaiting(store, accounts, now);
  const nameOf = await accountNames(store);
  const due = waiting.filter(({ state }) => state === "due");
  const named = waiting.find(({ role }) => role !== undefined)?.role;
  return answer(
    [
      [{
        heading: waiting.length === 0
          ? "Nothing is scheduled"
          : `${counted(waiting.length, "role")} scheduled: ${due.length} due, ` +
            `${waiting.length - due.length} pending`,
      }],
      [{
        columns: ["role", "account", "permissions", "", "when"],
        rows: waiting.map(({ account, roleId, role, schedule, state }) => [
          role?.name ?? roleId,
          nameOf(account),
          schedule.actions.length,
          role && !role.active ? "deleted" : state,
          whenText(new Date(schedule.due), now),
        ]),
        show: INVENTORY_LISTED,
      }],
      [
        waiting.length === 0
          ? { next: "To schedule removals:", command: command("repo schedule") }
          : due.length > 0
          ? { next: "To see what is removed now:", command: command("repo plan", "--scheduled") }
          // A schedule of a role that was never stored cannot be named.
          : named
          ? {
            next: "To cancel one:",
            command: command("repo schedule", "--cancel", "--role", typed(named)),
          }
          : "",
      ],
    ],
    waiting.map(({ account, roleId, role, schedule, state }) => ({
      role_id: roleId,
      account,
      role: role?.name ?? null,
      arn: role?.arn ?? null,
      state,
      ...schedule,
    })),
  );
}

function whenText(due: Date, now: Date): string {
  return `${dayText(due, now)} UTC, ${relativeText(due, now)}`;
}

/**
 * `repo schedule --cancel`: takes back what is scheduled, whether it is pending or due.
 *
 * @param of one role, or all roles of these accounts; null: of every account
 * @throws UsageError if the role is not known or not scheduled
 */
export async function cancelVerb(
  store: Store,
  of: RoleReference | { readonly accounts: readonly string[] | null },
  { now }: Answering,
): Promise<VerbAnswer> {
  const waiting = "name" in of
    ? await waitingFor(store, of, now)
    : await allWaiting(store, of.accounts, now);
  const canceled: Waiting[] = [];
  for (const one of waiting) {
    // A schedule that has changed since it was read has another revision, and stays.
    const write = SCHEDULES.of(one.account).write(one.roleId, undefined, one.revision);
    if ((await store.write([write])).written) canceled.push(one);
  }
  const due = canceled.filter(({ state }) => state === "due").length;
  return answer(
    [
      [
        `Canceled ${canceled.length} of ${counted(waiting.length, "schedule")}: ${due} due, ` +
        `${canceled.length - due} pending. Nothing in the accounts has changed.`,
      ],
    ],
    {
      canceled: canceled.map(({ roleId, role, schedule, state }) => ({
        role_id: roleId,
        arn: role?.arn ?? null,
        state,
        ...schedule,
      })),
    },
  );
}

async function waitingFor(store: Store, reference: RoleReference, now: Date): Promise<Waiting[]> {
  const role = await knownRole(store, reference);
  const found = await SCHEDULES.of(role.account).get(store, role.role_id);
  if (!found) throw new UsageError(`Nothing is scheduled for ${typed(role)}`);
  return [waitingOf(found, role.account, role, now)];
}

async function allWaiting(
  store: ReadStore,
  accounts: readonly string[] | null,
  now: Date,
): Promise<Waiting[]> {
  const waitingIn = (account: string) =>
    Array.fromAsync(SCHEDULES.of(account).list(store), async (row) => {
      const role = (await ROLES.of(account).get(store, row.id))?.value;
      return waitingOf(row, account, role, now);
    });
  const limit = pLimit(ACCOUNTS_AT_ONCE);
  const ids = accounts ?? await storedAccounts(store);
  const waiting = await Promise.all(ids.map((account) => limit(waitingIn, account)));
  return waiting.flat().sort((a, b) =>
    Date.parse(a.schedule.due) - Date.parse(b.schedule.due) || (a.roleId < b.roleId ? -1 : 1)
  );
}

function waitingOf(
  { id: roleId, value: schedule, revision }: TypedRow<Schedule>,
  account: string,
  role: RoleRow | undefined,
  now: Date,
): Waiting {
  const state = Date.parse(schedule.due) <= now.getTime() ? "due" : "pending";
  return { account, roleId, role, schedule, revision, state };
}
