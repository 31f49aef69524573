import { counted, dayText, relativeText } from "../../core/cli/words.ts";
import { UsageError } from "../../core/errors.ts";
import type { TypedRow } from "../../core/store/row_kind.ts";
import type { ReadStore, Store } from "../../core/store/store.ts";
import type { RoleReference } from "../config.ts";
import { ROLES, SCHEDULES } from "../inventory/rows.ts";
import type { RoleRow, Schedule } from "../planning.ts";
import { answer, type Answering, knownRole, SHOWN, typed, type VerbAnswer } from "./answer.ts";
import { accountNames } from "./inventory_age.ts";

/** A schedule, pending until its time has come and due from then on. */
type Waiting = {
  readonly roleId: string;
  /** undefined: it was scheduled before the role was ever stored. */
  readonly role: RoleRow | undefined;
  readonly schedule: Schedule;
  readonly revision: number;
  readonly state: "pending" | "due";
};

/** `repo schedule --list`: what is scheduled, pending and due, the first to come first. */
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
        rows: waiting.map(({ roleId, role, schedule, state }) => [
          role?.name ?? roleId,
          role ? nameOf(role.account) : "",
          schedule.actions.length,
          role && !role.active ? "gone" : state,
          whenText(new Date(schedule.due), now),
        ]),
        show: SHOWN,
      }],
      [
        waiting.length === 0
          ? { next: "To schedule what could go:", command: command("repo schedule") }
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
    waiting.map(({ roleId, role, schedule, state }) => ({
      role_id: roleId,
      account: role?.account ?? null,
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
 * @param of one role, or all of these accounts; null: of every account
 * @throws UsageError where the role is not known or not scheduled
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
    // A schedule that was applied, or made again, meanwhile has another revision and stays.
    const write = SCHEDULES.write(one.roleId, undefined, one.revision);
    if (await store.write([write])) canceled.push(one);
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
  const found = await SCHEDULES.get(store, role.role_id);
  if (!found) throw new UsageError(`Nothing is scheduled for ${typed(role)}`);
  return [waitingOf(found, role, now)];
}

async function allWaiting(
  store: ReadStore,
  accounts: readonly string[] | null,
  now: Date,
): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  for await (const row of SCHEDULES.list(store)) {
    const role = (await ROLES.get(store, row.id))?.value;
    if (accounts !== null && !(role && accounts.includes(role.account))) continue;
    waiting.push(waitingOf(row, role, now));
  }
  return waiting.sort((a, b) =>
    Date.parse(a.schedule.due) - Date.parse(b.schedule.due) || (a.roleId < b.roleId ? -1 : 1)
  );
}

function waitingOf(
  { id: roleId, value: schedule, revision }: TypedRow<Schedule>,
  role: RoleRow | undefined,
  now: Date,
): Waiting {
  const state = Date.parse(schedule.due) <= now.getTime() ? "due" : "pending";
  return { roleId, role, schedule, revision, state };
}
