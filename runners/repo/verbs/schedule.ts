import { counted, dayText } from "../../core/cli/words.ts";
import { EXIT, messageOf } from "../../core/errors.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { Store } from "../../core/store/store.ts";
import { SCHEDULES } from "../inventory/rows.ts";
import { coverageText } from "../present/coverage.ts";
import { accountName, type Named, repoKeys, type RoleEntry } from "../present/names.ts";
import { answer, type Answering, SHOWN, type VerbAnswer } from "./answer.ts";

/** A role whose removals are scheduled. */
export type ScheduledRole = Pick<RoleEntry, "role_id" | "account" | "role" | "arn"> & {
  /** Not before, RFC 3339. */
  readonly due: string;
  /** What goes then, as far as it could still go: frozen now. */
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
 * `repo schedule`: freezes for each eligible role what it would lose now, to be removed later. One
 * that is scheduled already stays as it is, so that its day does not move on with each call.
 * Nothing in AWS changes.
 *
 * @param plan was observed in this run; an account that could not be read is told and exit 3
 */
export async function scheduleVerb(
  store: Store,
  plan: Named,
  { scheduleAfterMs, afterSchedule }: Scheduling,
  { now, command }: Answering,
): Promise<VerbAnswer> {
  const entries = repoKeys(plan).roles;
  const due = new Date(now.getTime() + scheduleAfterMs).toISOString();
  const at = now.toISOString();
  const losing = entries.filter(canLose);
  const scheduled: ScheduledRole[] = [];
  let before = 0;
  for (const { role_id, account, role, arn, loses } of losing) {
    const actions = [...new Set(loses.flatMap((loss) => loss.actions))].sort();
    const isNew = await store.write([SCHEDULES.write(role_id, { due, actions, at }, "absent")]);
    if (isNew) scheduled.push({ role_id, account, role, arn, due, actions });
    else before++;
  }
  // What hooks say must not lose what is stored already.
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
        show: SHOWN,
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
