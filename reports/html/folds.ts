import type { Fold } from "../../runners/core/report/page.ts";
import { commandHtml, jqCommand } from "./headline.ts";
import { type Markup, markup } from "./markup.ts";

/** Under a line that opens it. A page is searched and printed with all of them open. */
export function foldHtml(fold: Fold, file: string): Markup {
  const { title, detail, filter, command, lines, diffs, rest } = fold;
  return markup`<details>
<summary><b>${title}</b> <span>${detail}</span></summary>
${lines === undefined ? null : markup`<div class="copy"><pre>${lines.join("\n")}</pre></div>\n`}${
    (diffs ?? []).map(diffHtml)
  }${rest === undefined ? null : markup`<p class="lead">${rest}</p>\n`}${
    filter === undefined ? null : commandHtml(jqCommand(filter, file))
  }${command === undefined ? null : commandHtml(command)}</details>
`;
}

/** What differs in one policy. What is removed and added can be told apart without colour. */
function diffHtml({ title, lines }: NonNullable<Fold["diffs"]>[number]): Markup {
  const marked = lines.map((line) => {
    if (line === null) return markup`<span class="gap">…</span>\n`;
    const { sign, text } = line;
    if (sign === " ") return markup`  ${text}\n`;
    return sign === "-" ? markup`<del>- ${text}</del>\n` : markup`<ins>+ ${text}</ins>\n`;
  });
  return markup`<p class="lead">${title}</p>\n<pre class="diff">${marked}</pre>\n`;
}
