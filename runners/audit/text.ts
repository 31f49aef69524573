import { instanceIdOf } from "../core/aws/arn.ts";
import { type TextColumn, textTable, visible, wrapText } from "../core/cli/table.ts";
import type { TextStyle } from "../core/cli/text_style.ts";
import { counted, percentText } from "../core/cli/words.ts";
import type { Job } from "../core/job.ts";
import type { Change, Spared } from "../core/plan/change.ts";
import type { PlanDocument } from "../core/plan/document.ts";
import { countOutcomes, type RunDocument } from "../core/run/run_document.ts";
import type { AuditConfig } from "./config.ts";
import { accountName, auditKeys, limitName, ruleText } from "./names.ts";
import { beside, coverageText } from "./coverage_text.ts";
import type { Observed } from "./observed.ts";
import type { Earlier } from "./planning.ts";

type Telling = Parameters<Job<AuditConfig, Observed, Earlier>["text"]>[0];

/** How many changes are named one by one. */
const NAMED = 20;

/** What a person reads: coverage first, then the figures, what would be or was done, what next. */
export function auditText(telling: Telling): string {
  const { plan, run, style } = telling;
  const blocks = [
    heading(telling),
    coverageText(plan, style, telling.command),
    accountsBlock(plan, style),
    run ? doneBlock(run, style, telling.plan) : wouldBlock(plan, style),
    sparedBlock(plan, style),
    limitsLine(plan, style),
    endedBlock(plan, style),
    refusedBlock(plan, style, telling.command),
    telling.written.length === 0
      ? ""
      : ["Written:", ...telling.written.map((path) => `  ${path}`)].join("\n"),
    telling.asking ? "" : lastLine(telling),
  ];
  return blocks.filter((block) => block !== "").join("\n\n") + "\n";
}

function heading({ plan, config, style }: Telling): string {
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

function accountsBlock(plan: PlanDocument, style: TextStyle): string {
  const columns: TextColumn[] = [
    { title: "account" },
    { title: "instances", align: "right" },
    { title: "compliant", align: "right" },
    { title: "in grace", align: "right" },
    { title: "violating", align: "right" },
    { title: "exempt", align: "right" },
    { title: "" },
  ];
  const rows = auditKeys(plan).accounts.map((account) => [
    visible(account.name),
    account.examined.toLocaleString("en"),
    percentText(account.compliant, account.examined),
    String(account.in_grace),
    String(account.violating),
    String(account.exempt),
    [
      ...(account.enforced ? [] : ["report only"]),
      ...unprovenNote(plan, account.account),
      ...(account.undecided > 0 ? [`${account.undecided} undecided`] : []),
    ].join(", "),
  ]);
  return textTable(columns, rows, style);
}

/** Beside figures that are not of the whole account. */
function unprovenNote(plan: PlanDocument, id: string): string[] {
  const count =
    plan.coverage.unproven.filter(({ account, region }) => account === id && region !== "global")
      .length;
  return count === 0 ? [] : [`${counted(count, "region")} not proven`];
}

function wouldBlock(plan: PlanDocument, style: TextStyle): string {
  if (plan.changes.length === 0) return "Would mark nothing";
  return [
    `Would mark ${counted(plan.changes.length, "instance")}`,
    ...changeLines(plan.changes, plan, style, () => ""),
  ].join("\n");
}

function doneBlock(run: RunDocument, style: TextStyle, plan: PlanDocument): string {
  const tried = run.changes.filter(({ outcome }) => outcome !== null);
  if (tried.length === 0) {
    return run.changes.length === 0 || plan.refused ? "" : wouldBlock(plan, style);
  }
  const counts = countOutcomes(run);
  const parts = [
    `${counts.done} of ${run.changes.length} marked`,
    ...(["failed", "unknown", "drifted", "skipped"] as const)
      .filter((outcome) => counts[outcome] > 0).map((outcome) => `${counts[outcome]} ${outcome}`),
  ];
  const errors = new Map(tried.map((change) => [change.id, change]));
  return [
    beside("Done", parts.join(", "), style),
    ...changeLines(run.changes, plan, style, (change) => {
      const { outcome, error } = errors.get(change.id) ?? { outcome: "not tried", error: null };
      return outcome === "done" ? "" : [outcome, ...(error ? [error.message] : [])].join(": ");
    }),
  ].join("\n");
}

function changeLines(
  changes: readonly Change[],
  plan: PlanDocument,
  style: TextStyle,
  note: (change: Change) => string,
): string[] {
  const rows = changes.slice(0, NAMED).flatMap((change) => {
    const name = auditKeys(plan).findings.find(({ id }) => id === instanceIdOf(change.target))
      ?.tags["Name"];
    const place = `${accountName(plan, change.account)} ${change.region}   ` +
      [instanceIdOf(change.target), ...(name ? [visible(name)] : [])].join("   ");
    return [
      ...wrapText(place, style.width, "  "),
      ...[change.reason, note(change)].filter((text) => text !== "")
        .flatMap((text) => wrapText(visible(text), style.width, "      ")),
    ];
  });
  const left = changes.length - NAMED;
  return left > 0 ? [...rows, `  and ${left} more; --json has them all`] : rows;
}

/** Spared violators by reason; those in grace stand in the table above. */
function sparedBlock(plan: PlanDocument, style: TextStyle): string {
  const groups = new Map<string, Spared[]>();
  for (const spared of plan.spared) {
    if (spared.reason === "in-grace") continue;
    const text = SPARED_TEXT[spared.reason] ?? spared.detail;
    const key = spared.reason === "not-enforced" || spared.reason === "marked"
      ? text
      : spared.detail;
    const group = groups.get(key);
    if (group) group.push(spared);
    else groups.set(key, [spared]);
  }
  if (groups.size === 0) return "";
  const sorted = [...groups].sort(([, a], [, b]) => b.length - a.length);
  const lines = sorted.slice(0, 8).flatMap(([text, spared]) => {
    const [first, ...more] = wrapText(visible(text), style.width - 15);
    return [
      `  ${String(spared.length).padStart(8)}     ${first}`,
      ...more.map((line) => `               ${line}`),
    ];
  });
  const left = sorted.slice(8).reduce((sum, [, spared]) => sum + spared.length, 0);
  return [
    beside(
      "Spared",
      `${counted(plan.totals.spared, "instance")}, ` +
        `${plan.spared.filter(({ reason }) => reason === "in-grace").length} of them in grace`,
      style,
    ),
    ...lines,
    ...(left > 0
      ? [`  ${String(left).padStart(8)}     for other reasons; --json has them all`]
      : []),
  ].join("\n");
}

const SPARED_TEXT: Record<string, string> = {
  "not-enforced": "in accounts that are not enforced (report only)",
  marked: "marked already",
};

/** Of what is left of the budgets, while nothing is refused; a refusal has a block of its own. */
function limitsLine({ changes, limits, refused }: PlanDocument, style: TextStyle): string {
  if (changes.length === 0 || refused) return "";
  const uses = limits.map(({ limit, value, would }) =>
    `${would} of ${value} for ${
      limit.startsWith("limits.perRun") ? "this run" : "the last 24 hours"
    }`
  );
  return uses.length === 0 ? "" : beside("Limits", uses.join(", "), style);
}

function endedBlock(plan: PlanDocument, style: TextStyle): string {
  const ended = plan["exemptions_ended"] as readonly { reason: string; until: string }[];
  return ended.flatMap(({ reason, until }) =>
    wrapText(
      `An exemption has ended on ${until}: ${visible(reason)}. Take it out of audit.exempt`,
      style.width,
    )
  ).join("\n");
}

function refusedBlock(plan: PlanDocument, style: TextStyle, command: string): string {
  const { refused } = plan;
  if (!refused) return "";
  const where = refused.scope === null ? "" : ` in ${refused.scope}`;
  const others = refused.reserved > 0
    ? `, and other runs that share the budget have taken ${refused.reserved}`
    : "";
  const own = counted(refused.would - refused.reserved, "instance");
  const sentence = `Refused: this run would mark ${own}${where}${others}; ` +
    `${limitName(refused)} allows ${refused.value}. Nothing was changed`;
  return [
    ...wrapText(sentence, style.width).map((line) => style.bold(line)),
    ...mainCause(plan, style),
    "To see them:",
    `  ${command} plan --json | jq -r '.changes[].target'`,
  ].join("\n");
}

/** What most of the refused changes have in common, which is often an edited rule. */
function mainCause(plan: PlanDocument, style: TextStyle): string[] {
  const reasons = new Map<string, number>();
  for (const { reason } of plan.changes) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const [top] = [...reasons].sort(([, a], [, b]) => b - a);
  if (!top || top[1] < 2) return [];
  return wrapText(`${top[1]} of them: ${visible(top[0])}.`, style.width, "  ");
}

function lastLine({ plan, run, planFile, command, style }: Telling): string {
  const say = (sentence: string, next?: string) =>
    [...wrapText(sentence, style.width), ...(next ? [`  ${next}`] : [])].join("\n");
  if (plan.refused) return "";
  if (run) {
    // A write of which nothing is known may have had its effect.
    const effective = run.changes.some(({ outcome }) =>
      outcome === "done" || outcome === "unknown"
    );
    return effective
      ? say("To see what was done:", `${command.replace(/ audit$/, "")} changes`)
      : plan.changes.length > 0
      ? say("Nothing was changed. To make these changes:", `${command} apply`)
      : say("Nothing was changed.");
  }
  if (plan.changes.length === 0) return say("Nothing was changed.");
  if (plan.hypothetical) return say("Nothing was changed. A hypothetical plan is never applied.");
  return planFile
    ? say("Nothing was changed. To do exactly this:", `${command} apply --plan ${planFile}`)
    : say(
      "Nothing was changed. To keep this plan and apply exactly it:",
      `${command} plan --out out`,
    );
}
