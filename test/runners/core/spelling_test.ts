import assert from "assert";
import fc from "fast-check";
import { looksLike, shown } from "../../../runners/core/shown.ts";
import { fold, hasInvisible, isBlank, plainForm } from "../../../runners/core/spelling.ts";
import { generated, propertyTest } from "./properties.ts";

/** Two texts, and whether they are spellings of each other. */
const spellings: readonly [string, string, boolean][] = [
  ["owner", "Owner", true],
  ["owner", "owner ", true],
  ["owner", "\u3000owner\u00a0\t", true],
  ["owner", "\u0085owner", true],
  ["owner", "owner\u200b", true],
  ["owner", "ow\u00adner", true],
  ["owner", "\u{e0001}owner\ufe0f", true],
  ["owner", "ow\u0001ner", true],
  ["owner", "\u200b owner \u200b", true],
  ["owner", "ow ner", false],
  ["owner", "оwner", false],
  ["owner", "ｏｗｎｅｒ", false],
  ["Café", "Cafe\u0301", true],
  ["Café", "CAFE\u034f\u0301 ", true],
  ["Café", "Cafe", false],
  ["K", "\u212a", true],
  ["straße", "STRASSE", true],
  ["straße", "STRAẞE", true],
  ["ΟΔΟΣ", "οδος", true],
  ["οδοσ", "οδος", true],
  ["ID", "ıd", true],
  ["id", "İD", true],
  ["µ", "μ", true],
  ["ﬁ", "FI", true],
  ["a", "á", false],
  ["0", "O", false],
];

for (const [one, other, same] of spellings) {
  Deno.test(`${shown(one)} and ${shown(other)} are ${same ? "" : "no "}spellings of each other`, () => {
    assert.equal(fold(one) === fold(other), same);
  });
}

for (
  const text of [
    "",
    " ",
    "\u00a0",
    "\u200b",
    "\u3164",
    "\u2800",
    "\ufeff",
    "\u0000",
    "\u{e0020}",
    "\ufff9\ufffb",
    "\u{16fe4}",
    "\u{1d159}",
  ]
) {
  Deno.test(`nobody sees anything of ${JSON.stringify(shown(text))}`, () =>
    assert.ok(isBlank(text)));
}

Deno.test("a text that can be seen is not blank, and spaces are not invisible", () => {
  for (const text of ["0", "-", "é", "👨\u200d👩", "\u0301"]) assert.ok(!isBlank(text), text);
  assert.ok(hasInvisible("a\u200bb"));
  for (const text of ["a b", " a", "a\u00a0b", "é", ""]) assert.ok(!hasInvisible(text), text);
});

const told: readonly [string, string][] = [
  ["web\u200b", "web<U+200B>"],
  ["a\u00a0b c", "a<U+00A0>b c"],
  ["\ufe0f\u{e0001}", "<U+FE0F><U+E0001>"],
  ["Cafe\u0301", "Cafe\u0301<U+0301>"],
  ["Café", "Café"],
  ["оwner", "о<U+043E>wner"],
  ["сор", "с<U+0441>о<U+043E>р<U+0440>"],
  ["ＷＥＢ", "Ｗ<U+FF37>Ｅ<U+FF25>Ｂ<U+FF22>"],
  ["отдел продаж", "отдел продаж"],
  ["日本語web", "日本語web"],
  ["हिन्दी", "हिन्दी"],
  ["straße", "straße"],
];

for (const [text, says] of told) {
  Deno.test(`people are shown ${JSON.stringify(text)} as ${says}`, () => {
    assert.equal(shown(text), says);
  });
}

Deno.test("what only looks alike is told from what is another word, or the same", () => {
  assert.ok(looksLike("оwner", "Owner"));
  assert.ok(looksLike("ｏｗｎｅｒ", "owner"));
  assert.ok(!looksLike("Owner", "owner"));
  assert.ok(!looksLike("owners", "owner"));
});

const anyText = fc.string({ unit: "binary", maxLength: 12 });
const invisible = fc.constantFrom("\u200b", "\u00ad", "\u034f", "\ufe0f", "\u{e0001}", "\u2060");
const space = fc.constantFrom(" ", "\u00a0", "\u3000", "\u2003", "\u0085", "\u202f", "\t");

propertyTest<typeof fold>(
  "the fold of a text is always its own fold, and that of its other cases, forms and surroundings",
  fold,
  (folded) => {
    const cases = fc.property(anyText, invisible, space, fc.nat(12), (text, unseen, outer, at) => {
      const letters = Array.from(text);
      const within = [...letters.slice(0, at), unseen, ...letters.slice(at)].join("");
      const spelt = [
        fold(text),
        text.normalize("NFD"),
        text.normalize("NFC"),
        text.toUpperCase(),
        text.toLowerCase(),
        `${outer}${text}${unseen}${outer}`,
        within,
      ];
      assert.deepEqual(spelt.map(folded), spelt.map(() => folded(text)));
    });
    fc.assert(cases, { seed: 20_261_129, numRuns: generated(3000) });
  },
  {
    "knows lower case alone": (text) => plainForm(text).toLowerCase(),
    "takes outer space away alone": (text) => text.trim().toLowerCase().toUpperCase(),
    "knows no forms": (text) => fold(text).normalize("NFD") === text ? text : fold(text),
  },
);
