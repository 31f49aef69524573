import { PLAIN_COMMAND } from "../../core/cli/next_command.ts";
import type { Aftermath } from "../../core/job.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { counted } from "../../core/cli/words.ts";
import {
  deniedLine,
  type DeniedRole,
  deniedRoles,
  deniedSentence,
  giveBackCommand,
} from "./denied_text.ts";
import { accountName, repoKeys } from "./names.ts";

/** How many roles stand in a notice, and how many actions of each; the rest is counted. */
const ROLES = 20;
const ACTIONS = 3;

/**
 * What people who are notified are told of calls that a removal denied: again in each run, until it
 * is given back or is no longer watched.
 */
export function deniedAftermath(plan: PlanDocument): Aftermath | null {
  const roles = deniedRoles(plan);
  if (roles.length === 0) return null;
  const left = roles.length - ROLES;
  const calls = repoKeys(plan).denied.reduce((sum, { count }) => sum + count, 0);
  return {
    title: `saw ${counted(calls, "call")} of ${counted(roles.length, "role")} denied since`,
    lines: [
      `Denied: ${deniedSentence(plan)}.`,
      ...roles.slice(0, ROLES).flatMap((one) => roleLines(one, plan)),
      ...(left > 0 ? [`  and ${counted(left, "role")} more`] : []),
    ],
  };
}

function roleLines(one: DeniedRole, plan: PlanDocument): string[] {
  const { account, role, denied } = one;
  const now = new Date(plan.as_of);
  const left = denied.length - ACTIONS;
  return [
    `  ${role} in ${accountName(plan, account)}:`,
    ...denied.slice(0, ACTIONS).map((calls) => `    ${deniedLine(calls, now)}`),
    ...(left > 0 ? [`    and ${counted(left, "action")} more`] : []),
    "  To give it back:",
    `    ${giveBackCommand(one, PLAIN_COMMAND)}`,
  ];
}
