import type { Digest } from "../../runners/core/report/digest.ts";
import type { Block, Text } from "../../runners/core/text/sections.ts";
import { plainText } from "../../runners/core/text/terminal_text.ts";
import { mailHtml } from "./mail_html.ts";

/** Both forms of a mail; they say the same. */
export type RenderedMail = { readonly html: string; readonly text: string };

/** Gmail cuts a message off at 102 KB ("clipped"). In bytes. */
const MOST_HTML = 100_000;

/** How many rows of each table are shown: the first of these that makes the mail small enough. */
const SHOWN = [100, 50, 20, 10, 5, 2, 0];

/**
 * Renders a mail with as many rows as there is room for, 100 of each table at most.
 *
 * @param now stands in no text: all of its instants are told as they are
 * @param rest the command that shows the other rows
 */
export function renderMail(digest: Digest, now: Date, rest: string): RenderedMail {
  const { html, text } = SHOWN.values().map((show) => {
    const text = shortened(digest.text, show, rest);
    return { show, text, html: mailHtml(digest.subject, text) };
  }).find(({ show, html }) => show === 0 || new TextEncoder().encode(html).length <= MOST_HTML)!;
  return { html, text: plainText(text, now) };
}

function shortened(text: Text, show: number, command: string): Text {
  const short = (block: Block): Block => {
    if (typeof block === "string" || !("columns" in block)) return block;
    const { rows, total = rows.length } = block;
    const rest = `this shows them: ${command}`;
    return { ...block, rows: rows.slice(0, show), show, total, rest };
  };
  return text.map((section) => section.map(short));
}
