import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { accountsText } from "./accounts_text.ts";
import { coverageText, speaksUntilSentence } from "./coverage_text.ts";
import { durationMs, spanText } from "../../core/duration.ts";
import { deniedText } from "./denied_text.ts";
import { doneText } from "./done_text.ts";
import { leftAloneText } from "./left_alone_text.ts";
import { limitsText, refusedText } from "./limits_text.ts";
import { wouldText } from "./losses_text.ts";
import { accountIds, hasEvidence, repoKeys, type RoleEntry } from "./names.ts";
import { newText } from "./new_text.ts";
import { lastLine, planJsonCommand } from "./next_command.ts";
import { notRestoredText, roleHead, roleText } from "./role_text.ts";
import { managedLeftText } from "./managed_left_text.ts";
import { proofText } from "./proof_text.ts";
import { stampsText } from "./stamps_text.ts";
import {
  managedText,
  neverSeenText,
  notesText,
  schedulesText,
  unusedText,
} from "./plan_summary.ts";
import type { RenderInput } from "./render_input.ts";

/** What a person reads: coverage first, then what would go or went and why, and what to type next. */
export function repoText(telling: RenderInput): string {
  const { written } = telling;
  const one = onlyRole(telling);
  const blocks = [
    ...(one ? oneRole(one, telling) : manyRoles(telling)),
    refusedText(telling.plan, telling.style, planJsonCommand(telling)),
    written.length === 0 ? "" : ["Written:", ...written.map((path) => `  ${path}`)].join("\n"),
    telling.asking ? "" : lastLine(telling, one),
  ];
  return blocks.filter((block) => block !== "").join("\n\n") + "\n";
}

/** The role that was asked about, where it was one. */
function onlyRole({ config, plan }: RenderInput): RoleEntry | null {
  const { roles } = repoKeys(plan);
  const { roles: named, policy } = config.asked;
  return (named?.length === 1 || policy !== null) && roles.length === 1 ? roles[0]! : null;
}

function oneRole(entry: RoleEntry, { plan, run, config, style, command }: RenderInput): string[] {
  const whole = plan.coverage.unproven.length === 0 && hasEvidence(entry);
  const done = run ? doneText(run, plan, style, command) : "";
  const { restore } = config.asked;
  const standing = restore !== null && plan.changes.length === 0
    ? notRestoredText(entry, restore, plan, style)
    : roleText(entry, plan, style);
  return [
    whole ? "" : coverageText(plan, style),
    deniedText(plan, command, style),
    [roleHead(entry, plan, style), ...hypotheticalLines(plan, style)].join("\n"),
    done === "" ? standing : done,
    run ? stampsText(run, style) : "",
    restore === null ? newText(plan, config, run !== null, style) : "",
    managedLeftText(plan, style),
    run ? "" : proofText(plan, config, style),
    limitsText(plan, style),
  ];
}

function manyRoles({ plan, run, config, style, command, planFile }: RenderInput): string[] {
  const done = run ? doneText(run, plan, style, command) : "";
  const diffsAt = planFile === null ? null : planFile.replace(/[^/]*$/, "");
  return [
    heading({ plan, config, style }),
    coverageText(plan, style),
    deniedText(plan, command, style),
    accountsText(plan, style),
    done === "" ? wouldText(plan, style, diffsAt === "" ? "." : diffsAt) : done,
    run ? stampsText(run, style) : "",
    newText(plan, config, run !== null, style),
    neverSeenText(plan, style),
    leftAloneText(plan, style),
    unusedText(plan, config, style),
    managedText(plan, style),
    managedLeftText(plan, style),
    schedulesText(plan, command, style),
    notesText(plan, config, style),
    run ? "" : proofText(plan, config, style),
    limitsText(plan, style),
  ];
}

function heading({ plan, config, style }: Pick<RenderInput, "plan" | "config" | "style">): string {
  const { roles } = repoKeys(plan);
  const { asked, usageWindow, level } = config;
  const where = `${counted(roles.length, "role")} in ` +
    counted(accountIds(plan).length, "account");
  const what = asked.restore !== null
    ? asked.policy === null
      ? `Restore of version ${asked.restore} in ${where}`
      : `Restore of version v${asked.restore} of ${visible(asked.policy)}`
    : asked.remove !== null
    ? `Permissions to remove by name in ${where}`
    : asked.scheduled
    ? `Scheduled removals of ${where}`
    : `Unused permissions of ${where}`;
  const rules = asked.remove !== null
    ? `asked for: ${asked.remove.map(visible).join(", ")}` +
      (asked.deny ? "; denied, and not taken out of policies" : "") +
      (asked.overrideFilters ? "; filters are overridden" : "")
    : asked.restore !== null
    ? ""
    : `not used for ${spanText(durationMs(usageWindow))}, judged by ${level}`;
  const byEvidence = asked.remove === null && asked.restore === null &&
    speaksUntilSentence(plan) !== "";
  return [
    ...wrapText(what, style.width).map((line) => style.bold(line)),
    ...(rules === "" ? [] : wrapText(rules, style.width)),
    ...(byEvidence ? wrapText(speaksUntilSentence(plan), style.width) : []),
    ...hypotheticalLines(plan, style),
  ].join("\n");
}

function hypotheticalLines(plan: PlanDocument, style: TextStyle): string[] {
  return plan.hypothetical ? wrapText(`as of ${plan.as_of}, hypothetical`, style.width) : [];
}
