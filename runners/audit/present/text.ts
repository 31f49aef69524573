import { visible, wrapText } from "../../core/cli/table.ts";
import type { TextStyle } from "../../core/cli/text_style.ts";
import { counted } from "../../core/cli/words.ts";
import type { Job } from "../../core/job.ts";
import type { PlanDocument } from "../../core/plan/document.ts";
import { accountsText } from "./accounts_text.ts";
import { doneText, upkeepText, wouldText } from "./changes_text.ts";
import type { AuditConfig } from "../config.ts";
import { coverageText } from "./coverage_text.ts";
import { auditKeys, ruleText } from "./names.ts";
import type { Observed } from "../observed.ts";
import type { Earlier } from "../planning.ts";
import { limitsText, refusedText } from "./refused_text.ts";
import { asksText, notesText, sparedText } from "./spared_text.ts";

type RenderInput = Parameters<Job<AuditConfig, Observed, Earlier>["text"]>[0];

/** What a person reads: coverage first, then the figures, what would be or was done, what next. */
export function auditText(telling: RenderInput): string {
  const { plan, run, style, command, written } = telling;
  const blocks = [
    heading(telling),
    coverageText(plan, style, command),
    accountsText(plan, style),
    run ? doneText(run, plan, style) : wouldText(plan, style),
    sparedText(plan, style),
    notesText(plan, style),
    asksText(plan, style),
    limitsText(plan, style),
    endedText(plan, style),
    run ? upkeepText(run, plan, style) : "",
    refusedText(plan, style, command),
    written.length === 0 ? "" : ["Written:", ...written.map((path) => `  ${path}`)].join("\n"),
    telling.asking ? "" : lastLine(telling),
  ];
  return blocks.filter((block) => block !== "").join("\n\n") + "\n";
}

function heading({ plan, config, style }: RenderInput): string {
  const { accounts } = auditKeys(plan);
  const regions = new Set(
    [...plan.coverage.regions, ...plan.coverage.unproven].map(({ region }) => region)
      .filter((region) => region !== "global"),
  );
  const what = `Audit of ${counted(accounts.length, "account")} in ` +
    `${counted(regions.size, "region")}, ${counted(plan.totals.examined, "instance")}`;
  const rules = `rules: ${config.required.map(ruleText).join(", ")}`;
  const when = plan.hypothetical ? [`as of ${plan.as_of}, hypothetical`] : [];
  const lines = wrapText([rules, ...when].join("   "), style.width);
  return [...wrapText(what, style.width).map((line) => style.bold(line)), ...lines].join("\n");
}

function endedText(plan: PlanDocument, style: TextStyle): string {
  const ended = plan["exemptions_ended"] as readonly { reason: string; until: string }[];
  return ended.flatMap(({ reason, until }) =>
    wrapText(
      `An exemption has ended on ${until}: ${visible(reason)}. Take it out of audit.exempt`,
      style.width,
    )
  ).join("\n");
}

function lastLine({ plan, run, planFile, command, settings, style }: RenderInput): string {
  const say = (sentence: string, next?: string) =>
    [...wrapText(sentence, style.width), ...(next ? [`  ${next}`] : [])].join("\n");
  if (plan.refused) return "";
  if (run) {
    // A write of which nothing is known may have had its effect.
    const effective = run.changes.some(({ outcome }) =>
      outcome === "done" || outcome === "unknown"
    );
    return effective
      ? say("To see what was done:", command("changes"))
      : plan.changes.length > 0
      ? say("Nothing was changed. To make these changes:", command("audit apply"))
      : say("Nothing was changed.");
  }
  if (plan.changes.length === 0) {
    return auditKeys(plan).findings.length === 0 ? say("Nothing was changed.") : say(
      "Nothing was changed. To see each instance that breaks the rules:",
      `${command("audit plan", "--json")} | jq .findings`,
    );
  }
  if (plan.hypothetical) return say("Nothing was changed. A hypothetical plan is never applied.");
  if (settings.length > 0) {
    return say(
      "Nothing was changed. apply takes its settings from the configuration alone: write what " +
        `${settings.join(" and ")} ${
          settings.length === 1 ? "says" : "say"
        } into it, and plan again.`,
    );
  }
  return planFile
    ? say("Nothing was changed. To do exactly this:", command("audit apply", "--plan", planFile))
    : say(
      "Nothing was changed. To keep this plan and apply exactly it:",
      command("audit plan", "--out", "out"),
    );
}
