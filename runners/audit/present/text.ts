import { mayHaveEffect } from "../../core/journal/entry.ts";
import { instanceIdOf } from "../../core/aws/arn.ts";
import { counted } from "../../core/cli/words.ts";
import { spanText } from "../../core/duration.ts";
import { earlierChanges } from "../../core/report/run_words.ts";
import { type Block, listItems, type Section, type Text } from "../../core/text/sections.ts";
import type { AuditPlan, RenderInput } from "../audit_plan.ts";
import { changesSection, ownWritesSection } from "./changes.ts";
import { coverageSections } from "./coverage.ts";
import { brokenText, ownerText, placeName, ruleText } from "./names.ts";
import { accountsSection } from "./tables.ts";
import { undoing } from "../undo/undo_command.ts";
import { limitsBlock, refusedSection } from "./refused.ts";
import { asksBlock, isReportOnly, leftOutText, notesBlock, sparedBlock } from "./spared.ts";

/** What a person reads: coverage, the figures, what would be or was done, what to type next. */
export function auditText(telling: RenderInput): Text {
  const { plan, run, command, written, config } = telling;
  const leftOut = leftOutText(plan, config, "");
  return [
    heading(telling),
    ...coverageSections(telling),
    [accountsSection(plan)],
    leftOut === "" ? [] : [{ words: [["Left out", leftOut]] }],
    changesSection(plan, run),
    earlierChanges(plan, run),
    violatorsSection(plan),
    [sparedBlock(plan)],
    [notesBlock(plan)],
    [asksBlock(plan)],
    [limitsBlock(plan)],
    endedSection(plan),
    run ? ownWritesSection(run, plan) : [],
    refusedSection(plan, command),
    written.length === 0 ? [] : [{ next: "Written:", command: written }],
    telling.asking ? [] : [nextBlock(telling), undoBlock(telling)],
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

/** Reasons of instances that are on the ladder already: the run that marked or stopped them named them. */
const ON_LADDER: ReadonlySet<string> = new Set(["marked", "stopped"]);

/**
 * The violators that the run leaves alone, since their account is only reported, they are managed,
 * or their first step comes later: nothing else names them.
 */
function violatorsSection(plan: AuditPlan): Section {
  const changed = new Set(plan.changes.map(({ target }) => instanceIdOf(target)));
  const spared = new Map(plan.spared.map((one) => [instanceIdOf(one.target), one]));
  const told = plan.own.findings.filter(({ id, stage }) =>
    stage !== "exempt" && !changed.has(id) && !ON_LADDER.has(spared.get(id)?.reason ?? "")
  );
  if (told.length === 0) return [];
  return [
    `Violating and left alone: ${counted(told.length, "instance")}`,
    listItems(told, (finding) => {
      const { id, age_minutes, owner, tags } = finding;
      const why = spared.get(id);
      const broken = brokenText(finding);
      // That of a spelling says what is wrong, too.
      const isSaid = !why || isReportOnly(why) || why.detail.startsWith(broken);
      return {
        name: [placeName(plan, finding), id, tags["Name"] ?? ""],
        blocks: [
          [
            broken,
            `${spanText(age_minutes * 60_000)} old`,
            ...(owner ? [`owner ${ownerText(owner)}`] : []),
            ...(isSaid ? [] : [why.detail]),
          ].join("; "),
        ],
      };
    }),
  ];
}

function endedSection(plan: AuditPlan): Section {
  return plan.own.exemptions_ended.map(({ reason, until }) =>
    `An exemption has ended on ${until}: ${reason}. Remove it from audit.exempt`
  );
}

/** How to undo what the run did, as far as that is possible. */
function undoBlock({ run, command }: RenderInput): Block {
  const help = run && undoing(run.run_id, run.changes);
  if (!help) return "";
  const [verb, ...words] = help.words;
  return { next: `${help.sentence}:`, command: command(verb, ...words) };
}

/** What to type next. */
function nextBlock({ plan, run, planFile, command, settings }: RenderInput): Block {
  const nothing = "Nothing was changed.";
  const next = (sentence: string, line: string): Block => (
    { next: `${nothing} ${sentence}`, command: line }
  );
  if (plan.refused) return "";
  if (run) {
    if (run.changes.some(mayHaveEffect)) {
      return { next: "To see what was done:", command: command("changes") };
    }
    return plan.changes.length === 0
      ? nothing
      : next("To make these changes:", command("audit apply"));
  }
  if (plan.changes.length === 0) {
    const findings = `${command("audit plan", "--json")} | jq .findings`;
    return plan.own.findings.length === 0
      ? nothing
      : next("To see each instance that breaks the rules:", findings);
  }
  if (plan.hypothetical) return `${nothing} A hypothetical plan is never applied.`;
  if (settings.length > 0) {
    const say = `${settings.join(" and ")} ${settings.length === 1 ? "says" : "say"}`;
    return `${nothing} apply takes its settings from the configuration alone: write what ${say} ` +
      "into it, and plan again.";
  }
  return planFile
    ? next("To do exactly this:", command("audit apply", "--plan", planFile))
    : next("To keep this plan and apply exactly it:", command("audit plan", "--out", "out"));
}
