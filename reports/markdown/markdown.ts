import { counted, dayText } from "../../runners/core/cli/words.ts";
import { provenText } from "../../runners/core/plan/coverage.ts";
import type { Planned } from "../../runners/core/plan/document.ts";
import type { Finding } from "../../runners/core/report/finding.ts";
import { PLAIN_WORDS, refusalText } from "../../runners/core/report/run_words.ts";
import { visible } from "../../runners/core/text/wrap.ts";

type Told = Pick<
  Planned,
  "job" | "as_of" | "hypothetical" | "coverage" | "changes" | "refused" | "totals"
>;

/** How much of each list is shown. GitHub takes 65,536 characters in a comment. */
const FINDINGS = 20;
const ACCOUNTS = 10;
const PLACES = 10;

/** How much of a text from outside is shown, and of a run of backticks in it. */
const LONGEST = 200;
const BACKTICKS = /`{4,}/g;

/**
 * The findings of a plan as a comment on a pull request, or as a page of a pipeline: coverage first,
 * then what is wrong and where, then what comes next.
 *
 * @param next the command that shows more
 */
export function markdownSummary(plan: Told, findings: readonly Finding[], next: string): string {
  const { job, as_of, hypothetical, coverage, changes, refused, totals } = plan;
  const asOf = new Date(as_of);
  const unproven = coverage.unproven.length;
  const refusal = refused && refusalText({ ...plan, refused }, PLAIN_WORDS);
  const lists = [
    "### Accounts",
    list(
      accountsOf(findings),
      ACCOUNTS,
      ([account, own]) => `${code(account)}: ${counted(own.length, "finding")}`,
    ),
    "### Findings",
    list(findings, FINDINGS, findingText),
  ];
  return [
    `## Groundskeeper ${job}`,
    `**Coverage:** ${provenText(coverage)}, ${dayText(asOf, asOf)} UTC` +
    `${hypothetical ? " (hypothetical)" : ""}.` +
    (unproven === 0 ? "" : " What was not proven is not known, and is no part of the figures."),
    list(
      coverage.unproven,
      PLACES,
      ({ account, region, detail }) =>
        `not proven: ${code(`${account} ${region}`)} ${code(detail)}`,
    ),
    `**${counted(findings.length, "finding")}** of ` +
    `${counted(totals.examined, "examined resource")}, ` +
    `${counted(changes.length, "change")} planned, ${totals.spared} spared.`,
    refusal ? `**Refused:** ${code(refusal)}` : "",
    ...(findings.length === 0 ? [] : lists),
    `To see more:\n\n${fenced(next)}`,
  ].filter((part) => part !== "").join("\n\n") + "\n";
}

/** The findings of each account, that of the most first. */
function accountsOf(findings: readonly Finding[]) {
  const accounts = Map.groupBy(
    findings,
    ({ account, accountName }) => account === accountName ? account : `${accountName} (${account})`,
  );
  return [...accounts].sort(([, a], [, b]) => b.length - a.length);
}

function findingText({ accountName, region, target, name, detail, owner }: Finding): string {
  const id = target.slice(target.lastIndexOf("/") + 1);
  return [
    `${code(accountName)} ${code(region)} ${code(id)}`,
    ...(name === null || name === id ? [] : [code(name)]),
    code(detail),
    ...(owner === null ? [] : [`owner ${code(owner.name)}`]),
  ].join(", ");
}

/** The first things of a list, one on each line, and how many there are besides. */
function list<Thing>(things: readonly Thing[], most: number, text: (thing: Thing) => string) {
  const left = things.length - most;
  const lines = things.slice(0, most).map((thing) => `- ${text(thing)}`);
  return [...lines, ...(left > 0 ? [`- and ${left} more`] : [])].join("\n");
}

/**
 * A text from outside as a code span: in it nobody is mentioned, and nothing is a link or markup
 * (CommonMark 0.31, "Code spans"). Its delimiter is longer than any run of backticks in the text.
 */
function code(text: string): string {
  const line = visible(text.replaceAll(/\s+/gu, " ")).replaceAll(BACKTICKS, "```…").trim();
  const characters = [...line];
  const shown = characters.length > LONGEST ? `${characters.slice(0, LONGEST).join("")}…` : line;
  if (shown === "") return "`-`";
  const fence = fenceFor(shown, 1);
  // A backtick at an end would be part of the delimiter; the spaces are not shown.
  const space = shown.startsWith("`") || shown.endsWith("`") ? " " : "";
  return `${fence}${space}${shown}${space}${fence}`;
}

function fenced(text: string): string {
  const fence = fenceFor(text, 3);
  return `${fence}sh\n${text}\n${fence}`;
}

function fenceFor(text: string, least: number): string {
  const runs = text.match(/`+/g) ?? [];
  return "`".repeat(Math.max(least, ...runs.map(({ length }) => length + 1)));
}
