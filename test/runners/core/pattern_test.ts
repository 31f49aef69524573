import assert from "assert";
import fc from "fast-check";
import { RE2JS } from "re2js";
import { matchesText, patternProblem } from "../../../runners/core/pattern.ts";
import { generated, propertyTest } from "./properties.ts";

/** Patterns on which an engine that goes back does not come to an end. */
const HANGING = [
  "^([a-z0-9]+[._-]?)+@example\\.com$",
  "^(a+)+$",
  "^(a|aa)+$",
  "^(a|a?)+$",
  "^(.*)*x$",
  "^(\\w+\\s?)*$",
  "^(?:(?:a?){20}a{20})+$",
  "^(([a-z])+.)+[A-Z]([a-z])+$",
  "^(?i:([a-z]+)*)\\d$",
];

for (const pattern of HANGING) {
  Deno.test(`the pattern ${pattern} comes to an end on a long text`, () => {
    assert.equal(patternProblem(pattern), undefined);
    assert.equal(matchesText(pattern, `${"a".repeat(20_000)}!`), false);
  });
}

/** What cannot be tried in linear time, or not here, and what is said of it. */
const refused: readonly [string, RegExp][] = [
  ["^(?=.*x)a$", /^must not look ahead or behind \("\(\?="\): .*oneOf/],
  ["^(?!prod).*$", /^must not look ahead or behind \("\(\?!"\)/],
  ["^a(?<=a)$", /^must not look ahead or behind \("\(\?<="\)/],
  ["^a(?<!b)$", /^must not look ahead or behind \("\(\?<!"\)/],
  ["^(a)\\1$", /^must not refer back to a group \("\\1"\): .*oneOf/],
  ["^(?<x>a)\\k<x>$", /^must not refer back to a group/],
  ["^(?s:.)$", /^must not set the flags s or m \("\(\?s:"\)/],
  ["^a{1001}$", /^must not repeat anything more than 1,000 times/],
  ["^(a{50}){50}$", /^must not repeat anything more than 1,000 times/],
  ["^(\\p{L}{1,100}){1,10}(\\p{L}{1,100}){1,10}$", /^must be smaller: it has \d+ steps, and 2500/],
  [
    "^\\p{Script_Extensions=Greek}$",
    /^must not use \\p\{Script_Extensions=Greek\}: use a category/,
  ],
  ["^[a$", /^must be a regular expression \(/],
  ["^(?P<x>a)$", /^must be a regular expression \(/],
  ["^[[:alpha:]]$", /^must be a regular expression \(/],
];

for (const [pattern, says] of refused) {
  Deno.test(`the pattern ${pattern} is refused, with what to write`, () => {
    assert.match(patternProblem(pattern)!, says);
    assert.throws(() => matchesText(pattern, "a"), RangeError);
  });
}

const piece = fc.constantFrom(
  ..."a b é ß K σ ж 7 _ - ! 😀".split(" "),
  ...[
    "\\d",
    "\\D",
    "\\w",
    "\\W",
    "\\s",
    "\\s",
    "\\s",
    "\\S",
    ".",
    "\\.",
    "\\/",
    "\\-".slice(1),
    "\\n",
    "\\t",
  ],
  ...["\\u0061", "\\u{1F600}", "\\ud83d\\ude00", "\\x61", "\\cA", "\\0", "\\u2028", "\\v"],
  ...["\\p{L}", "\\P{L}", "\\p{Lu}", "\\p{Letter}", "\\p{gc=Ll}", "\\p{ASCII}", "\\P{ASCII}"],
  ...["\\p{Script=Greek}", "\\p{sc=Latin}", "\\p{Alphabetic}", "\\p{White_Space}"],
  ...["[a-f]", "[^a]", "[\\s\\d]", "[^\\S]", "[\\W_]", "[[a]", "[a&&b]", "[]", "[^]", "[\\b]"],
  ...["[\\u{1F600}]", "[^\\P{L}a]", "[\\]\\\\^-]", "[\\p{ASCII}é]", "[.]", "[(?=]", "\\b", "\\B"],
);
const repeat = fc.constantFrom("", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?");
const group = fc.constantFrom("(", "(?:", "(?<ein_name>", "(?i:", "(?-i:");
const simple = fc.tuple(
  fc.array(fc.tuple(piece, repeat), { minLength: 1, maxLength: 2 }),
  group,
  repeat,
).map(([pieces, open, times]) => {
  const inside = pieces.map(([one, many]) => /^\\[bB]$/.test(one) ? one : one + many).join("");
  return `${open}${inside})${times}`;
});
const pattern = fc.array(simple, { minLength: 1, maxLength: 2 }).map((all) => {
  const texts = all.map((one, index) => one.replace("ein_name", `name${index}`));
  return `^(?:${texts.join("|")})$`;
});
const text = fc.array(
  fc.constantFrom(..."abfzABSKéÉßσςжЖ7_-!.]\\^[&(/ 😀", "\u00a0", "\n", "\r", "\t", "\u2028", "\0"),
  { maxLength: 2 },
).map((all) => all.join(""));

propertyTest<(pattern: string, text: string) => boolean>(
  "a pattern that is taken always matches what it matches in JavaScript",
  matchesText,
  (matches) => {
    fc.assert(
      fc.property(pattern, text, (one, value) => {
        fc.pre(patternProblem(one) === undefined);
        assert.equal(matches(one, value), new RegExp(one, "u").test(value), `${one} on ${value}`);
      }),
      { seed: 20_261_129, numRuns: generated(2000) },
    );
  },
  {
    "has RE2's own syntax": (one, value) => {
      try {
        return RE2JS.compile(one).test(value);
      } catch {
        return false;
      }
    },
    "knows the spaces of ASCII alone": (one, value) =>
      matchesText(one.replaceAll(/(?<!\[)\\s/g, "[\\t\\n\\f\\r ]"), value),
    "takes a dot for any character": (one, value) =>
      matchesText(one.replaceAll(/(?<![\\[])\.(?!\])/g, "[^]"), value),
  },
);
