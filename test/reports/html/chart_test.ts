import assert from "assert";
import fc from "fast-check";
import { chartHtml } from "../../../reports/html/chart.ts";
import type { Chart } from "../../../runners/core/report/page.ts";
import { NASTY_STRINGS } from "../nasty_strings.ts";
import { AS_TEXT } from "../../snapshots.ts";
import { generated } from "../../runners/core/properties.ts";

const day = (number: number) => new Date(Date.UTC(2026, 10, number));
const chart: Chart = {
  title: "Permissions over time",
  at: [day(1), day(10), day(20)],
  lines: [
    { title: "permissions", values: [2400, 2100, 1747] },
    { title: "removable", values: [1500, null, 1097] },
  ],
};
const html = (part: Partial<Chart>) => chartHtml({ ...chart, ...part })?.toString() ?? null;

const nothing: readonly [what: string, part: Partial<Chart>][] = [
  ["no instant", { at: [], lines: [] }],
  ["one instant", { at: [day(1)], lines: [{ title: "a", values: [1] }] }],
  ["one instant twice", { at: [day(1), day(1)] }],
  ["a broken date", { at: [day(1), new Date(NaN)] }],
  ["no line", { lines: [] }],
  ["no value that is known", { lines: [{ title: "a", values: [null, null] }] }],
];
for (const [what, part] of nothing) {
  Deno.test(`of ${what} nothing is drawn`, () => assert.equal(html(part), null));
}

Deno.test("a chart looks as it did", (t) => t.assertSnapshot(html({})!, AS_TEXT));

Deno.test("a line is broken where its value is not known", () => {
  const paths = [...html({})!.matchAll(/ d="(M60[^"]*)"/g)].map(([, path]) => path);
  assert.match(paths.find((path) => path!.split("M").length === 3)!, /^M60 [\d.]+h0M710 [\d.]+h0$/);
});

Deno.test("who does not see the drawing hears what it is", () => {
  assert.match(html({})!, /<svg [^>]*role="img" aria-label="Permissions over time">/);
});

for (const text of NASTY_STRINGS) {
  Deno.test(`${JSON.stringify(text.slice(0, 50))} is only text in a drawing`, () => {
    const tags = (name: string) =>
      html({ title: name, lines: [{ title: name, values: [1, 2, 3] }] })!
        .match(/<[a-z/]+/g);
    assert.deepEqual(tags(text), tags("x"));
  });
}

Deno.test("nothing of a drawing lies outside of it, whatever the numbers", () =>
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.nat(10_000), { minLength: 2, maxLength: 40 }),
      fc.array(fc.option(fc.nat(10_000_000)), { minLength: 40, maxLength: 40 }),
      (days, values) => {
        const at = days.sort((a, b) => a - b).map(day);
        const text = html({ at, lines: [{ title: "a", values }] });
        if (text === null) return;
        assert.ok(!/NaN|Infinity|undefined/.test(text), text);
        for (const [, x, y] of text.matchAll(/[ML]([\d.-]+) ([\d.-]+)/g)) {
          assert.ok(Number(x) >= 0 && Number(x) <= 720, x);
          assert.ok(Number(y) >= 0 && Number(y) <= 200, y);
        }
      },
    ),
    { seed: 20_261_121, numRuns: generated(300) },
  ));
