import assert from "assert";
import { renderMail } from "../../../reports/mail/render_mail.ts";
import type { Digest } from "../../../runners/core/report/digest.ts";
import { NASTY_STRINGS } from "../nasty_strings.ts";

const NOW = new Date("2026-12-01T06:00:00Z");
const REST = "groundskeeper reports digest --day 2026-11-30 --out out --json";

function digestOf(sections: Record<string, readonly (readonly string[])[]>): Digest {
  const tables = Object.entries(sections).map(([section, rows]) => (
    { section, columns: ["Target", "Why"], rows }
  ));
  return {
    ...{ to: "alice@example.com", day: "2026-11-30", subject: "Groundskeeper 2026-11-30" },
    counts: {},
    tables,
    text: [
      [{ heading: "What Groundskeeper did" }, "Coverage: all that was read is proven."],
      [{ facts: [["audit", "6 of 6 account-regions"]] }, { tone: "refused", text: "Refused" }],
      ...tables.map(({ section, columns, rows }) => [
        { heading: `${section}: ${rows.length}` },
        { columns, rows },
      ]),
      [{ quiet: "You get this" }, { next: "To see all:", command: "groundskeeper changes" }],
    ],
  };
}

const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const rows = (count: number, length = 40) =>
  Array.from({ length: count }, (_, index) => [`i-${index}`, "x".repeat(length)]);

Deno.test("5,000 changes: the first 100 are shown, with how many there are and what shows the others", () => {
  const { html, text } = renderMail(digestOf({ Stopped: rows(5_000) }), NOW, REST);
  for (const form of [html, text.replaceAll(/\s+/g, " ")]) {
    assert.match(form, /Stopped: 5000/);
    assert.equal(form.match(/\bi-\d+\b/g)?.length, 100);
    assert.match(form, /and 4,900 more; this shows them: groundskeeper reports digest --day/);
  }
  assert.ok(bytesOf(html) < 102_000);
});

Deno.test("no mail passes the 102 KB at which Gmail cuts, however much each row says", () => {
  const hidden = rows(200).map(() => ["i-1", "\u202E".repeat(300)]);
  for (
    const sections of [
      {
        a: rows(100, 300),
        b: rows(100, 300),
        c: rows(100, 300),
        d: rows(100, 300),
        e: rows(100, 300),
      },
      Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`s-${index}`, hidden])),
    ]
  ) {
    const { html, text } = renderMail(digestOf(sections), NOW, REST);
    assert.ok(bytesOf(html) < 102_000, String(bytesOf(html)));
    // Both forms show the same rows.
    assert.equal(html.match(/<tr><td>/g)?.length ?? 0, text.match(/^ {2}i-\d/gm)?.length ?? 0);
  }
});

Deno.test("text from outside is text in the mail: no tag, no header, no hidden character", () => {
  const nasty = NASTY_STRINGS.map((
    text,
  ) => [text.slice(0, 300).toWellFormed(), text.slice(0, 300)]);
  const { html, text } = renderMail(digestOf({ Stopped: nasty }), NOW, REST);
  const tags = new Set(html.replace(/<style>[^]*<\/style>/, "").match(/<\/?[a-z!][^\s>]*/gi));
  assert.deepEqual(
    [...tags].filter((tag) => /script|img|svg|base|<a\b|iframe|link/i.test(tag)),
    [],
  );
  assert.equal(html.match(/<meta /g)?.length, 3);
  assert.doesNotMatch(html.replaceAll(/[\n\t]/g, ""), /\p{Cc}|\u202E|\u200B/u);
  assert.doesNotMatch(text.replaceAll(/[\n\t]/g, ""), /\p{Cc}|\u202E|\u200B/u);
});

Deno.test("the HTML is complete in itself: it names no other host and loads nothing", () => {
  const { html } = renderMail(digestOf({ Stopped: rows(3) }), NOW, REST);
  assert.doesNotMatch(html, /https?:|src=|href=|url\(|@import/);
  assert.match(html, /prefers-color-scheme: dark/);
});

Deno.test("a block that no mail has is a fault, and never left out", () => {
  const bad = { ...digestOf({}), text: [[{ items: [] }]] };
  assert.throws(() => renderMail(bad, NOW, REST), { name: "TypeError" });
});
