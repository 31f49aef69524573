import assert from "assert";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { renderPage } from "../../../reports/html/render_page.ts";
import { visibleText } from "../../../reports/html/markup.ts";
import type { Page } from "../../../runners/core/report/page.ts";
import { NASTY_STRINGS } from "../nasty_strings.ts";
import { AS_TEXT } from "../../snapshots.ts";
import { largePage, sampleOptions, samplePage } from "../sample_page.ts";

/** A page that says the same text wherever a text may stand. */
function pageOf(text: string): Page {
  return {
    title: text,
    asOf: samplePage.asOf,
    headline: [{ label: text, value: text, detail: text, state: "unproven", how: text }],
    notices: [{ tone: "refused", text }],
    sections: [
      {
        title: text,
        lead: text,
        columns: [{ title: text }, { title: text, align: "right" }],
        rows: [
          { cells: [text, [text, text]], tone: "destroy" },
          { cells: [text], link: { id: text, after: text, file: text }, calm: true },
        ],
        empty: text,
      },
      {
        title: text,
        columns: [],
        rows: [],
        folds: [{
          title: text,
          detail: text,
          filter: text,
          command: text,
          lines: [text, text],
          diffs: [{
            title: text,
            lines: [{ sign: "-", text }, null, { sign: "+", text }, { sign: " ", text }],
          }],
          rest: text,
        }],
        empty: text,
      },
      { title: text, columns: [], rows: [], empty: text },
    ],
  };
}

const render = (text: string) =>
  renderPage(pageOf(text), {
    ...sampleOptions,
    job: text,
    runId: text,
    toolVersion: text,
    before: text,
  });

/**
 * The tags of a page in their order, without those that only say where a line may break, and without
 * the text in their attributes.
 */
function tagsOf(page: string): readonly string[] {
  return withoutCode(page).match(/<[^>]*>?/g)!
    .map((tag) => tag.replace(/ class="(n|s|w|n s|n w)"/, "").replace(/ (id|href)="[^"]*"/g, " $1"))
    .filter((tag) => !["<span>", '<span class="l">', "</span>", "<wbr>"].includes(tag));
}

function withoutCode(page: string): string {
  return page
    .replace(/<meta http-equiv[^>]*>/, "<meta policy>")
    .replace(/<style>[^]*<\/style>/, "<style></style>")
    .replace(/<script>[^]*?<\/script>\n<\/body>/, "<script></script>\n</body>");
}

/** What a reader sees, entities resolved. */
function textOf(markup: string): string {
  const entities: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
  return markup.replace(/<[^>]*>/g, "")
    .replace(/&([a-z0-9#]+);/g, (entity, name) => entities[name] ?? entity);
}

Deno.test("a page looks as it did", async (t) => {
  await t.assertSnapshot(withoutCode(renderPage(samplePage, sampleOptions)), AS_TEXT);
});

Deno.test("the same page is the same bytes", () => {
  assert.equal(renderPage(samplePage, sampleOptions), renderPage(samplePage, sampleOptions));
});

Deno.test("an empty page is a page", () => {
  const page = renderPage(
    { ...samplePage, headline: [], notices: [], sections: [] },
    sampleOptions,
  );
  assert.match(page, /<main>\n<\/main>/);
});

for (const text of NASTY_STRINGS) {
  Deno.test(`the page says ${JSON.stringify(text.slice(0, 60))} and does not do it`, () => {
    const page = render(text);
    assert.deepEqual(tagsOf(page), tagsOf(render("x")));
    assert.ok(textOf(page).includes(visibleText(text)));
  });
}

Deno.test("no text ever becomes markup", () => {
  const expected = tagsOf(render("x"));
  const pieces = fc.oneof(fc.constantFrom(..."<>\"'&=/ -!\n\0"), fc.string({ unit: "binary" }));
  fc.assert(fc.property(fc.array(pieces), (parts) => {
    assert.deepEqual(tagsOf(render(parts.join(""))), expected);
  }));
});

const HIDDEN: readonly (readonly [text: string, seen: string])[] = [
  ["a\u202Eb", "a⟨U+202E⟩b"],
  ["a\u2066b\u2069", "a⟨U+2066⟩b⟨U+2069⟩"],
  ["a\u200Bb\uFEFF", "a⟨U+200B⟩b⟨U+FEFF⟩"],
  ["a\0b\x1B\x7F\x85", "a⟨U+0000⟩b⟨U+001B⟩⟨U+007F⟩⟨U+0085⟩"],
  ["a\u2028b", "a⟨U+2028⟩b"],
  ["a\r\n\tb", "a⟨U+000D⟩\n\tb"],
  ["a\u{E0041}b", "a⟨U+E0041⟩b"],
  ["a\uD800b", "a⟨U+D800⟩b"],
  ["Müller 東京 שלום 🌾", "Müller 東京 שלום 🌾"],
];
for (const [text, seen] of HIDDEN) {
  Deno.test(`${JSON.stringify(text)} is seen as ${JSON.stringify(seen)}`, () => {
    assert.equal(visibleText(text), seen);
  });
}

Deno.test("the policy allows the page's own style and script and nothing else", () => {
  const page = render("<style>x</style><script>y</script>");
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const inside = (tag: string) => page.split(`<${tag}>`)[1]!.split(`</${tag}>`)[0]!;
  assert.equal(page.split("<style>").length, 2);
  assert.equal(page.split("<script>").length, 2);
  const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.split("; ");
  assert.deepEqual(policy.slice(0, 3), [
    "default-src 'none'",
    `style-src ${hash(inside("style"))}`,
    `script-src ${hash(inside("script"))}`,
  ]);
  assert.ok(page.indexOf("Content-Security-Policy") < page.indexOf("<style>"));
});

Deno.test("the page names no address and has no inline style or handler", () => {
  const page = renderPage(samplePage, sampleOptions);
  assert.doesNotMatch(page, /https?:|\ssrc=|\sstyle=|\son[a-z]+=|url\(|@import/);
});

Deno.test("ids are never cut: a cell breaks only where it is prose, and there between words", () => {
  const id = "i-0a1b2c3d4e5f60718";
  const arn = `arn:aws:ec2:us-east-1:111111111111:instance/${id}`;
  const prose = `terminated ${arn} after 14 days`;
  const section = { title: "", columns: [], rows: [{ cells: [id, arn, prose] }], empty: "" };
  const page = renderPage({ ...samplePage, sections: [section] }, sampleOptions);
  assert.ok(page.includes(`<td>${id}</td><td>${arn}</td><td class="s">terminated `));
  assert.ok(page.includes(`<wbr><span>${id}</span> after 14 days</td>`));
});

Deno.test("numbers are grouped and keep their value, empty cells are empty", () => {
  const cells = [1234567, -1234.5, 0, null, "", []] as const;
  const columns = cells.map(() => ({ title: "", align: "right" as const }));
  const section = { title: "", columns, rows: [{ cells }], empty: "" };
  const page = renderPage({ ...samplePage, sections: [section] }, sampleOptions);
  assert.ok(page.includes(
    '<tr><td class="n"><data value="1234567">1,234,567</data></td>' +
      '<td class="n"><data value="-1234.5">-1,234.5</data></td>' +
      '<td class="n">0</td><td class="n"></td><td class="n"></td><td class="n"></td></tr>',
  ));
});

Deno.test("a broken date and a row that is too short or too long cost no report", () => {
  const rows = [{ cells: [{ at: new Date(NaN) }] }, { cells: ["a", "b", "surplus"] }];
  const columns = [{ title: "A" }, { title: "B" }];
  const section = { title: "", columns, rows, empty: "" };
  const page = renderPage({ ...samplePage, sections: [section] }, sampleOptions);
  assert.ok(page.includes("<tr><td>unknown time</td><td></td></tr>"));
  assert.ok(page.includes("<td>surplus</td></tr>"));
});

const megabyte = 1_000_000;
const bytes = (text: string) => new TextEncoder().encode(text).length;

Deno.test("of more rows than the page has room for, it has the first, and says how many and where", () => {
  for (const count of [5_000, 5_007, 50_000]) {
    const page = renderPage(largePage(count), sampleOptions);
    const shown = Number(/The first ([\d,]+) of/.exec(page)![1]!.replaceAll(",", ""));
    assert.equal(page.match(/<tr[ >]/g)!.length, shown + 4 + 3);
    const all = count.toLocaleString("en-US");
    const file = "audit-01JD4Z9Q8XKQW3M5T7V9B2N4P6.json";
    assert.ok(page.includes(` of ${all}; ${file} has them all.</p>`), all);
    assert.ok(page.includes(`<span>${all} rows</span>`));
    assert.equal(page.match(/<\/span>[\d,]+ of these cannot be undone/g)?.length, 1);
    assert.ok(bytes(page) < 1.6 * megabyte, `${bytes(page)}`);
  }
});

Deno.test("a fold that is too large keeps its title and commands, and counts its lines", () => {
  const fold = { title: "bob", detail: "many", filter: ".bob" };
  const text = "x".repeat(1_000);
  const folds = [
    { ...fold, lines: Array.from({ length: 2_000 }, () => text), rest: "3 more" },
    { ...fold, diffs: [{ title: "policy", lines: Array.from({ length: 150 }, () => null) }] },
    { ...fold, diffs: [{ title: text.repeat(100), lines: [{ sign: "-", text }, null] } as const] },
  ];
  const section = { title: "", columns: [], rows: [], folds, empty: "" };
  const page = renderPage({ ...samplePage, sections: [section] }, sampleOptions);
  const file = "audit-01JD4Z9Q8XKQW3M5T7V9B2N4P6.json";
  assert.deepEqual(
    page.match(/Too long for this page: [^<]*/g),
    ["2,000 lines", "2 lines"].map((lines) =>
      `Too long for this page: ${lines}; ${file} has them all.`
    ),
  );
  const opened = page.split("<details>").slice(1);
  for (const one of opened) assert.match(one, /<b>bob<\/b>[^]*<code>jq -r .bob/);
  assert.match(opened[1]!, /<p class="lead">policy<\/p>/);
});

Deno.test("no table takes the room of a smaller one, and of none all rows are left out", () => {
  const [, , table] = largePage(5_000).sections;
  const small = { ...table!, rows: table!.rows.slice(0, 300) };
  const long = { cells: ["x".repeat(megabyte * 2)] };
  const sections = [table!, small, { ...table!, rows: [long, long] }, table!];
  const page = renderPage({ ...samplePage, sections }, sampleOptions);
  const shown = page.split("<section").slice(1).map((one) => one.match(/<tr[ >]/g)!.length - 1);
  assert.equal(shown[1], 300);
  assert.equal(shown[2], 1);
  assert.equal(shown[0], shown[3]);
  assert.ok(shown[0]! > 300);
});

Deno.test("a section without rows is not there", () => {
  const page = renderPage(samplePage, sampleOptions);
  assert.doesNotMatch(withoutCode(page), /Exempt<\/h2>|Nothing is exempt/);
});

Deno.test("a title of a column stays a text in the style of a card", () => {
  for (const text of NASTY_STRINGS) {
    const style = /<style>([^]*?)<\/style>/.exec(render(text))![1]!;
    const titles = [...style.matchAll(/::before\{content:"([^"]*)"\}/g)].map(([, title]) => title!);
    assert.equal(titles.length, 2);
    for (const title of titles) {
      assert.match(title, /^(?:[A-Za-z0-9 ]|\\[0-9a-f]+ )*$/);
      const read = title.replaceAll(
        /\\([0-9a-f]+) /g,
        (_, code) => String.fromCodePoint(parseInt(code, 16)),
      );
      assert.equal(read, visibleText(text));
    }
  }
});
