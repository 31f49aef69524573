import { shellWord } from "../../runners/core/cli/next_command.ts";
import type { Figure } from "../../runners/core/report/page.ts";
import { type Markup, markup } from "./markup.ts";

/** What a figure's colour says, for who does not see it. "Neutral" has nothing to say. */
const STATES = {
  good: "good",
  attention: "needs attention",
  unproven: "not proven",
  neutral: null,
} as const;

/** The line of truth: the figures in the order that the job gave them. */
export function headlineHtml(figures: readonly Figure[]): Markup | null {
  if (figures.length === 0) return null;
  const drawn = figures.map(({ label, value, detail, state }) => {
    const words = STATES[state];
    const said = words && markup`<span class="said"> (${words})</span>`;
    const more = detail === undefined ? null : markup`<dd class="detail">${detail}</dd>`;
    return markup`<div class="figure ${state}">
<dt>${label}</dt>
<dd class="value">${value}${said}</dd>
${more}</div>
`;
  });
  return markup`<dl class="headline">\n${drawn}</dl>\n`;
}

/** The command behind each figure. */
export function recountHtml(figures: readonly Figure[], file: string): Markup | null {
  if (figures.length === 0) return null;
  const commands = figures.map((figure) =>
    markup`<dt>${figure.label}: ${figure.value}</dt>
<dd>${commandHtml(jqCommand(figure.how, figure.file ?? file))}</dd>
`
  );
  return markup`<details class="recount">
<summary>How these figures are computed</summary>
<p class="lead">Each command prints the numbers of its figure, in the directory of this page. jq is a
program that reads JSON.</p>
<dl>
${commands}</dl>
</details>
`;
}

/** A command that reads a run's document, as a shell takes it. */
export function jqCommand(program: string, file: string): string {
  return `jq -r ${shellWord(program)} ${shellWord(file)}`;
}

/** A command to copy; the script adds the button. */
export function commandHtml(command: string): Markup {
  return markup`<div class="copy"><code>${command}</code></div>`;
}
