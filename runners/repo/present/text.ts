import { isGrant } from "../config.ts";
import type { RenderInput } from "../repo_plan.ts";
import { counted } from "../../core/cli/words.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import type { Section, Text } from "../../core/text/sections.ts";
import { coverageText, speaksUntilSentence } from "./coverage.ts";
import { deniedText } from "./denied.ts";
import { doneText, stampsSection } from "./done.ts";
import { accountsPage } from "./figures.ts";
import { leftAloneSection } from "./left_alone.ts";
import { limitsSection, proofSection, refusedText } from "./limits.ts";
import { wouldText } from "./losses.ts";
import { managedLeftSection, managedSection } from "./managed.ts";
import { accountIds, hasEvidence, type RestoredRun, type RoleEntry } from "./names.ts";
import { newSection } from "./new_permissions.ts";
import { nextText } from "./next_command.ts";
import { neverSeenSentence, notesSection } from "./notes.ts";
import { notRestoredText, restoreRunHead } from "./restore_run.ts";
import { notGivenBackSection, notRestoredSection, roleHead, roleText } from "./role_text.ts";
import { schedulesSection } from "./schedules.ts";
import { unusedSection } from "./unused_roles.ts";

/** What people read: coverage, then what would be or was removed and why, and what to type next. */
export function repoText(input: RenderInput): Text {
  const { plan, written } = input;
  const one = onlyRole(input);
  const { restore_run } = plan.own;
  return [
    ...(restore_run ? ofRun(restore_run, input) : one ? oneRole(one, input) : manyRoles(input)),
    ...refusedText(input),
    written.length === 0 ? [] : ["Written:", { items: written.map((name) => ({ name })) }],
    ...(input.asking ? [] : nextText(input, one)),
  ];
}

/** The role that was asked about, where it was one. */
function onlyRole({ config, plan }: RenderInput): RoleEntry | null {
  const { roles } = plan.own;
  const { roles: named, policy, restoreRun } = config.asked;
  return restoreRun === null && (named?.length === 1 || policy !== null) && roles.length === 1
    ? roles[0]!
    : null;
}

function oneRole(entry: RoleEntry, { plan, run, config, command }: RenderInput): Text {
  const isComplete = plan.coverage.unproven.length === 0 && hasEvidence(entry);
  const done = run ? doneText(run, plan, command) : [];
  const { restore, giveBack } = config.asked;
  return [
    ...(isComplete ? [] : coverageText(plan)),
    ...deniedText(plan, command),
    [roleHead(entry, plan), hypothetical(plan)],
    ...(done.length > 0
      ? done
      : restore !== null && plan.changes.length === 0
      ? [notRestoredSection(entry, restore, plan)]
      : giveBack !== null && plan.changes.length === 0
      ? [[...entry.notes]]
      : roleText(entry, plan)),
    giveBack === null ? [] : notGivenBackSection(entry, plan, command),
    run ? stampsSection(run) : [],
    isGrant(config.asked) ? [] : newSection(plan, config, run !== null),
    managedLeftSection(plan),
    run ? [] : proofSection(plan, config),
    limitsSection(plan),
  ];
}

/** A run that is taken back: what comes back, and what does not and why. */
function ofRun(restored: RestoredRun, { plan, run, command }: RenderInput): Text {
  const done = run ? doneText(run, plan, command) : [];
  return [
    ...restoreRunHead(plan, restored, hypothetical(plan)),
    ...(done.length > 0 ? done : wouldText(plan, null)),
    ...notRestoredText(plan, restored),
    limitsSection(plan),
  ];
}

function manyRoles(input: RenderInput): Text {
  const { plan, run, config, command, planFile } = input;
  const done = run ? doneText(run, plan, command) : [];
  const diffsAt = planFile === null ? null : planFile.replace(/[^/]*$/, "") || ".";
  const unseen = neverSeenSentence(plan);
  return [
    headOf(input),
    ...coverageText(plan),
    ...deniedText(plan, command),
    [accountsPage(plan)],
    ...(done.length > 0 ? done : wouldText(plan, diffsAt)),
    run ? stampsSection(run) : [],
    newSection(plan, config, run !== null),
    [unseen === "" ? "" : { words: [["Unseen", unseen]] }],
    leftAloneSection(plan),
    unusedSection(plan, config),
    managedSection(plan),
    managedLeftSection(plan),
    schedulesSection(plan, command),
    notesSection(plan, config),
    run ? [] : proofSection(plan, config),
    limitsSection(plan),
  ];
}

/** What was planned, where, and by which rules. */
function headOf({ plan, config }: RenderInput): Section {
  const { roles } = plan.own;
  const { asked, usageWindow, level } = config;
  const where = `${counted(roles.length, "role")} in ` +
    counted(accountIds(plan).length, "account");
  if (asked.restore !== null) {
    const what = asked.policy === null
      ? `Restore of version ${asked.restore} in ${where}`
      : `Restore of version v${asked.restore} of ${asked.policy}`;
    return [{ heading: what }, hypothetical(plan)];
  }
  if (asked.giveBack !== null) {
    return [
      { heading: `Permissions to give back in ${where}` },
      `asked for: ${asked.giveBack.join(", ")}`,
      hypothetical(plan),
    ];
  }
  if (asked.remove !== null) {
    return [
      { heading: `Permissions to remove by name in ${where}` },
      `asked for: ${asked.remove.join(", ")}` +
      (asked.deny ? "; denied, and not taken out of policies" : "") +
      (asked.overrideFilters ? "; filters are overridden" : ""),
      hypothetical(plan),
    ];
  }
  return [
    { heading: `${asked.scheduled ? "Scheduled removals" : "Unused permissions"} of ${where}` },
    `not used for ${spanText(durationMs(usageWindow))}, judged by ${level}`,
    speaksUntilSentence(plan),
    hypothetical(plan),
  ];
}

function hypothetical(plan: RenderInput["plan"]): string {
  return plan.hypothetical ? `as of ${plan.as_of}, hypothetical` : "";
}
