import assert from "assert";
import fc from "fast-check";
import type { KeyRule } from "../../../runners/audit/config.ts";
import { isReportedOnly } from "../../../runners/audit/rules.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import { fold, isBlank } from "../../../runners/core/spelling.ts";
import type { Mutants } from "../core/properties.ts";
import { configOf, judgeByUsers as judgeTags } from "./world.ts";

type Judge = typeof judgeTags;
type Runs = { readonly seed: number; readonly numRuns: number };

/** A rule of judging tags that always or never holds, and mutants that break it. */
export interface SpellingProperty {
  readonly name: string;
  readonly holds: (judge: Judge, runs: Runs) => void;
  readonly mutants: Mutants<Judge>;
}

/** Unicode's general categories, but for what is not assigned (Unicode Standard, table 4-4). */
const CATEGORIES =
  "Lu Ll Lt Lm Lo Mn Mc Me Nd Nl No Pc Pd Ps Pe Pi Pf Po Sm Sc Sk So Zs Zl Zp Cc Cf Co"
    .split(" ");

/** Some characters of each category, spread over all of Unicode. */
const ofCategory = CATEGORIES.map((category) => {
  const isOne = new RegExp(`\\p{${category}}`, "u");
  const found: string[] = [];
  // A step that is prime to the number of code points comes to each of them, in no order.
  for (let at = 0, step = 0; step < 0x110000 && found.length < 40; step++) {
    at = (at + 7919) % 0x110000;
    const character = String.fromCodePoint(at);
    if (isOne.test(character)) found.push(character);
  }
  return found;
});
// Fast-check shrinks to the first: a plain letter.
const character = fc.oneof(
  fc.constantFrom(..."aoeßİıσςµKΣ0-"),
  ...ofCategory.map((some) => fc.constantFrom(...some)),
  fc.constantFrom(..."ｗＷ２ﾊ𝐰①ﬁªé한각"),
);
const anyText = fc.array(character, { minLength: 1, maxLength: 8 }).map((all) => all.join(""));
const seen = anyText.filter((text) => !isBlank(text));
const unseen = fc.constantFrom(
  "\u200b",
  "\u200d",
  "\u00ad",
  "\u034f",
  "\ufe0f",
  "\u2063",
  "\u{e0041}",
);
const space = fc.constantFrom(" ", "\u00a0", "\u3000", "\u2009", "\u0085", "\u1680", "\n");

/** Ways to write the same text with other characters. */
const sameCase: fc.Arbitrary<(text: string) => string> = fc.oneof(
  fc.constantFrom<(text: string) => string>(
    (text) => text.normalize("NFD"),
    (text) => text.normalize("NFC"),
  ),
  space.map((outer) => (text: string) => `${outer}${text}${outer}`),
  fc.tuple(unseen, fc.nat(8)).map(([hidden, at]) => (text: string) => {
    const letters = Array.from(text);
    return [...letters.slice(0, at), hidden, ...letters.slice(at)].join("");
  }),
);
// Decomposed first: the upper case of a Greek iota below a letter is a letter, which must not come
// between the letter and its other marks.
const otherCase = fc.constantFrom<(text: string) => string>(
  (text) => text.normalize("NFD").toUpperCase(),
  (text) => text.normalize("NFD").toLowerCase(),
);
const respelling = (way: typeof sameCase) =>
  fc.array(way, { maxLength: 3 }).map((ways) => (text: string) =>
    ways.reduce((spelt, one) => one(spelt), text)
  );

/** A key that a configuration may have, without invisible characters. */
const KEY = "Größe-σ";
const kinds = fc.constantFrom("any", "oneOf", "principal");
const ruleOf = (kind: string, value: string): KeyRule =>
  ({
    ...configOf({ required: [{ key: KEY }] }).required[0]!,
    ...(kind === "oneOf" ? { value: { oneOf: ["other", value] } } : {}),
    ...(kind === "principal" ? { value: { principal: { users: true } } } : {}),
  }) as KeyRule;
const users = (value: string) => new Set(["other", value]);

/** Judges as if the tags were others. */
const tagsChanged =
  (change: (key: string, value: string) => [string, string] | []): Judge => (rules, tags, known) =>
    judgeTags(
      rules,
      Object.fromEntries(
        Object.entries(tags).flatMap(([key, value]) => {
          const tag = change(key, value);
          return tag.length === 0 ? [] : [tag];
        }),
      ),
      known,
    );
/** Judges, and changes the verdict. */
const toldOtherwise = (tell: (detail: string) => string): Judge => (rules, tags, known) => {
  const { findings, undecided } = judgeTags(rules, tags, known);
  return { findings: findings.map((one) => ({ ...one, detail: tell(one.detail) })), undecided };
};

const UNSEEN = /(?! )[\p{Default_Ignorable_Code_Point}\p{Cc}\p{White_Space}\u2800]/u;

export const SPELLING_PROPERTIES: readonly SpellingProperty[] = [
  {
    name: "a spelling of a right key and a right value is never acted on",
    holds: (judge, runs) => {
      const way = respelling(fc.oneof(sameCase, otherCase));
      fc.assert(
        fc.property(kinds, seen, way, way, (kind, value, keyWay, valueWay) => {
          const tags: Tags = { [keyWay(KEY)]: valueWay(value) };
          const { findings, undecided } = judge([ruleOf(kind, value)], tags, users(value));
          assert.ok(isReportedOnly(findings), JSON.stringify([tags, findings]));
          assert.deepEqual(undecided, []);
        }),
        runs,
      );
    },
    mutants: {
      "takes a key with what nobody sees for another key": tagsChanged((key, value) =>
        /\p{Default_Ignorable_Code_Point}/u.test(key) ? [] : [key, value]
      ),
      "compares code by code": tagsChanged((key, value) =>
        key.normalize("NFC") === key ? [key, value] : []
      ),
      "minds the case of a value": (rules, tags, known) => {
        const { findings, undecided } = judgeTags(rules, tags, known);
        return {
          findings: findings.map((one) =>
            one.detail.includes("a spelling of") ? { ...one, kind: "invalid" } : one
          ),
          undecided,
        };
      },
    },
  },
  {
    name: "a value that a pattern takes is never acted on for what surrounds it or for its form",
    holds: (judge, runs) => {
      const pattern = { pattern: "^\\p{L}[\\p{L}\\p{N}]*$" };
      const rule = { ...ruleOf("any", ""), value: pattern } as KeyRule;
      const letters = fc.stringMatching(/^[a-zéñø한가-힣Ж][a-z0-9éñ가-힣]{0,6}$/);
      fc.assert(
        fc.property(letters, respelling(sameCase), (value, way) => {
          const { findings } = judge([rule], { [KEY]: way(value) }, null);
          assert.ok(isReportedOnly(findings), JSON.stringify([way(value), findings]));
        }),
        runs,
      );
    },
    mutants: {
      "tries the value as it is alone": (rules, tags, known) =>
        judgeTags(
            rules,
            tags,
            known,
          ).findings.length === 0
          ? { findings: [], undecided: [] }
          : { findings: [{ key: KEY, kind: "invalid", detail: "" }], undecided: [] },
    },
  },
  {
    name: "a value of which nobody sees anything is always empty",
    holds: (judge, runs) => {
      const blank = fc.array(fc.oneof(unseen, space), { maxLength: 6 }).map((all) => all.join(""));
      fc.assert(
        fc.property(kinds, seen, blank, (kind, value, nothing) => {
          const { findings } = judge([ruleOf(kind, value)], { [KEY]: nothing }, users(value));
          assert.deepEqual(findings.map((one) => one.kind), ["empty"]);
        }),
        runs,
      );
    },
    mutants: {
      "takes characters of no width for text": tagsChanged((key, value) => [
        key,
        value.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "x"),
      ]),
      "trims as JavaScript does": tagsChanged((key, value) => [
        key,
        value.replaceAll("\u0085", "x"),
      ]),
    },
  },
  {
    name: "a text that differs in what can be seen is always another text",
    holds: (judge, runs) => {
      const more = character.filter((one) => !isBlank(one) && !/\p{M}|\u0307/u.test(one));
      fc.assert(
        fc.property(seen, more, (value, added) => {
          const other = value + added;
          fc.pre(fold(other).length !== fold(value).length);
          for (const kind of ["oneOf", "principal"]) {
            const { findings } = judge([ruleOf(kind, value)], { [KEY]: other }, users(value));
            assert.ok(!isReportedOnly(findings), JSON.stringify([value, other, findings]));
            assert.equal(findings.length, 1);
          }
          const { findings } = judge([ruleOf("any", "")], { [KEY + added]: "x" }, null);
          assert.deepEqual(findings.map((one) => one.kind), ["missing"]);
        }),
        runs,
      );
    },
    mutants: {
      "compares what looks the same": tagsChanged((key, value) => [
        key,
        value.replaceAll(/\p{Lo}/gu, ""),
      ]),
      "compares letters alone": tagsChanged((key, value) => [
        key.replaceAll(/[^\p{L}-]/gu, ""),
        value,
      ]),
    },
  },
  {
    name: "what a finding tells can always be seen",
    holds: (judge, runs) => {
      fc.assert(
        fc.property(kinds, seen, anyText, respelling(sameCase), (kind, value, found, way) => {
          for (const tags of [{ [way(KEY)]: found }, { [found]: value }, { [KEY]: way(value) }]) {
            const { findings } = judge([ruleOf(kind, "right")], tags, users("right"));
            for (const { detail } of findings) assert.doesNotMatch(detail, UNSEEN);
          }
        }),
        runs,
      );
    },
    mutants: {
      "tells tags as they are": toldOtherwise((detail) =>
        detail.replaceAll(/<U\+([0-9A-F]+)>/g, (_, hex) => String.fromCodePoint(parseInt(hex, 16)))
      ),
      "shows what has no width alone": toldOtherwise((detail) =>
        detail.replaceAll("<U+00A0>", "\u00a0").replaceAll("<U+3000>", "\u3000")
      ),
    },
  },
];
