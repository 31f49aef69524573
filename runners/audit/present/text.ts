import { counted } from "../../core/cli/words.ts";
import { earlierChanges } from "../../core/report/run_words.ts";
import type { Block, Section, Text } from "../../core/text/sections.ts";
import type { AuditPlan, RenderInput } from "../audit_plan.ts";
import { changesSection, ownWritesSection } from "./changes.ts";
import { coverageSections } from "./coverage.ts";
import { ruleText } from "./names.ts";
import { accountsSection } from "./tables.ts";
import { limitsBlock, refusedSection } from "./refused.ts";
import { asksBlock, notesBlock, sparedBlock } from "./spared.ts";

/** What a person reads: coverage, the figures, what would be or was done, what to type next. */
export function auditText(telling: RenderInput): Text {
  const { plan, run, command, written } = telling;
  return [
    heading(telling),
    ...coverageSections(plan, command),
    [accountsSection(plan)],
    changesSection(plan, run),
    earlierChanges(plan, run),
    [sparedBlock(plan)],
    [notesBlock(plan)],
    [asksBlock(plan)],
    [limitsBlock(plan)],
    endedSection(plan),
    run ? ownWritesSection(run, plan) : [],
    refusedSection(plan, command),
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    telling.asking ? [] : [nextBlock(telling)],
  ];
}

function heading({ plan, config }: RenderInput): Section {
  const { accounts } = plan.own;
  const regions = new Set(
    [...plan.coverage.regions, ...plan.coverage.unproven].map(({ region }) => region)
      .filter((region) => region !== "global"),
  );
  return [
    {
      heading: `Audit of ${counted(accounts.length, "account")} in ` +
        `${counted(regions.size, "region")}, ${counted(plan.totals.examined, "instance")}`,
    },
    [
      `rules: ${config.required.map(ruleText).join(", ")}`,
      ...(plan.hypothetical ? [`as of ${plan.as_of}, hypothetical`] : []),
    ].join("   "),
  ];
}

function endedSection(plan: AuditPlan): Section {
  return plan.own.exemptions_ended.map(({ reason, until }) =>
    `An exemption has ended on ${until}: ${reason}. Remove it from audit.exempt`
  );
}

/** What to type next. */
function nextBlock({ plan, run, planFile, command, settings }: RenderInput): Block {
  if (plan.refused) return "";
  if (run) {
    // A write with an unknown outcome may have had its effect.
    if (run.changes.some(({ outcome }) => outcome === "done" || outcome === "unknown")) {
      return { next: "To see what was done:", command: command("changes") };
    }
    return plan.changes.length === 0
      ? "Nothing was changed."
      : { next: "Nothing was changed. To make these changes:", command: command("audit apply") };
  }
  if (plan.changes.length === 0) {
    return plan.own.findings.length === 0 ? "Nothing was changed." : {
      next: "Nothing was changed. To see each instance that breaks the rules:",
      command: `${command("audit plan", "--json")} | jq .findings`,
    };
  }
  if (plan.hypothetical) return "Nothing was changed. A hypothetical plan is never applied.";
  if (settings.length > 0) {
    return "Nothing was changed. apply takes its settings from the configuration alone: write what " +
      `${settings.join(" and ")} ${
        settings.length === 1 ? "says" : "say"
      } into it, and plan again.`;
  }
  return planFile
    ? {
      next: "Nothing was changed. To do exactly this:",
      command: command("audit apply", "--plan", planFile),
    }
    : {
      next: "Nothing was changed. To keep this plan and apply exactly it:",
      command: command("audit plan", "--out", "out"),
    };
}
