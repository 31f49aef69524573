import { wrapText } from "../../core/cli/table.ts";
import { askedOptions, roleWord, shellWord } from "./command.ts";
import { repoKeys, type RoleEntry } from "./names.ts";
import { waitsForFirstRun } from "./new_text.ts";
import type { Telling } from "./telling.ts";

type Said = Pick<Telling, "plan" | "run" | "planFile" | "command" | "style" | "config">;

/** The same plan again. */
export function planCommand({ command, config }: Said): string {
  return `${command} plan${askedOptions(config)}`;
}

/** What to type next, complete, after a sentence that says what it does. */
export function lastLine(said: Said, one: RoleEntry | null): string {
  const { plan, run, planFile, command, config, style } = said;
  const say = (sentence: string, next?: string) =>
    [...wrapText(sentence, style.width), ...(next ? [`  ${next}`] : [])].join("\n");
  const asked = askedOptions(config);
  if (plan.refused) return "";
  if (run) {
    // A write of which nothing is known may have had its effect.
    const effective = run.changes.some(({ outcome }) =>
      outcome === "done" || outcome === "unknown"
    );
    return effective
      ? say("To see what was done:", `${command.replace(/ repo$/, "")} changes`)
      : plan.changes.length > 0
      ? say("Nothing was changed. To make these changes:", `${command} apply${asked}`)
      : one && config.asked.restore !== null
      ? say("Nothing was changed. To see its versions:", `${command} versions ${roleWord(one)}`)
      : say("Nothing was changed.");
  }
  if (plan.hypothetical) return say("Nothing was changed. A hypothetical plan is never applied.");
  if (plan.changes.length === 0) {
    return waitsForFirstRun(plan)
      ? say("Nothing was changed. To start the clock:", `${command} report`)
      : planFile === null && hasProposals(plan)
      ? say(
        "Nothing was changed. To write the proposed diffs:",
        `${command} plan${asked} --out out`,
      )
      : one && config.asked.restore !== null
      ? say("Nothing was changed. To see its versions:", `${command} versions ${roleWord(one)}`)
      : one
      ? say("Nothing was changed. To see why:", `${command} explain ${roleWord(one)}`)
      : say("Nothing was changed.");
  }
  const optOut = one && config.asked.restore === null
    ? [say(
      "To keep it out:",
      `${command} opt-out ${roleWord(one)} --owner NAME --reason TEXT --until YYYY-MM-DD`,
    )]
    : [];
  return [
    ...optOut,
    planFile
      ? say(
        "Nothing was changed. To do exactly this:",
        `${command} apply${asked} --plan ${shellWord(planFile)}`,
      )
      : say(
        "Nothing was changed. To keep this plan and apply exactly it:",
        `${command} plan${asked} --out out`,
      ),
  ].join("\n\n");
}

function hasProposals(plan: Said["plan"]): boolean {
  return repoKeys(plan).roles.some(({ mode, removable }) => mode === "propose" && removable > 0);
}
