import assert from "assert";
import fc from "fast-check";
import { textWidth } from "../../../runners/core/text/wrap.ts";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { auditDocuments } from "../../../runners/audit/present/documents.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import { auditSheet } from "../../../runners/audit/present/sheet.ts";
import { anyPlanning } from "./arbitrary_world.ts";
import {
  breakerStory,
  CANARY,
  idleBreakerStory,
  ladderStory,
  noCanaryStory,
} from "./ladder_story.ts";
import { provenStory, refusal, tidyStory, unprovenStory } from "./story.ts";
import { explained, told } from "./render_input.ts";
import {
  anInstance,
  configOf,
  DEV,
  documentOf,
  idOf,
  oneRegion,
  outcome,
  planningOf,
  reportingOf,
} from "./world.ts";
import { generated } from "../core/properties.ts";

const config = configOf({
  required: [{ key: "owner", value: { oneOf: ["alice"] } }],
  enforce: { accounts: [DEV] },
});

const explanationOf = (planning: AuditPlanning, subject: string, width = 100) =>
  explained(planning, subject, { width })!.text;

/** What a person reads of an instance whose tags hold the text. */
function readOf(text: string): string[] {
  const planning = planningOf(
    oneRegion(anInstance(1, { tags: { owner: text, Name: text } })),
    config,
  );
  return [told(planning), explanationOf(planning, idOf(1))];
}

const hostile: readonly [string, string][] = [
  ["an escape that recolours", "\u001b[31mred"],
  ["a bell and a backspace", "a\u0007\u0008b"],
  ["a carriage return", "a\rNothing was changed."],
  ["a line break", "a\nNothing was changed."],
  ["a tab", "a\tb"],
  ["C1 controls", "a\u009b2Jb"],
  ["text that runs backwards", "a\u202eb"],
  ["an isolate", "a\u2066b\u2069"],
  ["an Arabic letter mark", "a\u061cb"],
  ["a line separator", "a\u2028b\u2029c"],
  ["a zero-width space", "a\u200bb"],
];

const OBEYED =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

for (const [what, text] of hostile) {
  Deno.test(`${what} in a tag is shown, not obeyed`, () => {
    for (const read of readOf(text)) {
      assert.doesNotMatch(read, OBEYED);
      assert.match(read, /\\u[0-9a-f]{4}/);
    }
  });
}

Deno.test("an owner whose name would recolour is shown, not obeyed", () => {
  for (const read of [told(ladderStory), explanationOf(ladderStory, idOf(0x22))]) {
    assert.match(read, /perhaps build\\u001b\[31m/);
    assert.doesNotMatch(read, OBEYED);
  }
});

Deno.test("a canary whose tags would recolour is shown, not obeyed", () => {
  const observed = structuredClone(ladderStory.observed);
  const [region] = observed.accounts[0]!.regions;
  region!.instances[0]!.tags["Name"] = "\u001b[31mred";
  region!.secondSource!.tags[idOf(CANARY)]!["Name"] = "\u001b[31mred";
  const planning = { ...ladderStory, observed };
  for (
    const read of [
      told(planning),
      explanationOf(planning, idOf(CANARY)),
      explanationOf(planning, "dev/us-east-1"),
    ]
  ) {
    assert.match(read, /\\u001b|<U\+001B>/);
    assert.doesNotMatch(read, OBEYED);
  }
});

Deno.test("a tag begins no line of its own", () => {
  for (const read of readOf("alice\nNothing was changed. Really.")) {
    assert.ok(!read.split("\n").some((line) => line.trim() === "Nothing was changed. Really."));
  }
});

const seen: readonly [what: string, tags: Record<string, string>, says: string][] = [
  ["a value that nobody sees", { owner: "\u200b" }, "owner is empty (<U+200B>)"],
  ["a spelling of a key", { "owner\u2060": "alice" }, 'owner is written "owner<U+2060>"'],
  ["a spelling of a value", { owner: "Alice\u00a0" }, 'is "Alice<U+00A0>", a spelling of "alice"'],
  ["a look-alike", { owner: "\u0430lice" }, 'owner is "\u0430<U+0430>lice"'],
];

for (const [what, tags, says] of seen) {
  Deno.test(`${what} is shown in text, explanation, page, sheet, documents and JSON`, () => {
    const planning = planningOf(oneRegion(anInstance(1, { tags })), config);
    const reporting = reportingOf(planning);
    const inJson = JSON.stringify(says).slice(1, -1);
    for (const read of [told(planning, { width: 300 }), explanationOf(planning, idOf(1), 300)]) {
      assert.ok(read.includes(says), read);
    }
    for (
      const part of [
        auditPage(reporting),
        auditSheet(reporting.plan),
        auditDocuments(reporting),
        reporting.plan,
      ]
    ) {
      assert.ok(JSON.stringify(part).includes(inJson), JSON.stringify(part));
    }
  });
}

Deno.test("of an exemption by a spelling of its tag it is told how the tag is written", () => {
  const tag = { key: "vendor", value: "acme" };
  const exempt = [{ match: { tag }, reason: "vendor image", until: "2027-01-31" }];
  const planning = planningOf(
    oneRegion(anInstance(1, { tags: { "Vendor\u200b": "acme" } })),
    configOf({ required: [{ key: "owner" }], exempt }),
  );
  const says = 'exempt until 2027-01-31: vendor image; its tag is written "Vendor<U+200B>": "acme"';
  assert.equal(documentOf(planning).spared[0]!.detail, says);
  assert.ok(told(planning, { width: 300 }).includes(says));
});

/** A line that is too wide may be one word, or a command that is to be pasted whole. */
function tooWide(text: string, width: number): string[] {
  return text.split("\n").filter((line) =>
    textWidth(line) > width && !/^ {2}groundskeeper /.test(line) && /\S\s+\S/.test(line)
  );
}

for (const width of [100, 70, 40]) {
  Deno.test(`no line is wider than a terminal of ${width}, unless one word is`, () => {
    const texts = [
      told(provenStory, { width }),
      told(unprovenStory, { width }),
      told(tidyStory, { width }),
      told(provenStory, { width, limits: [{ limit: "limits.perRun.count", value: 10, would: 2 }] }),
      told(provenStory, { width, refused: refusal }),
      told(provenStory, { width, hypothetical: true }),
      told(provenStory, { width, planFile: "out/audit-plan.json" }),
      told(provenStory, {
        width,
        outcomes: [outcome("done"), outcome("failed", "no ".repeat(60))],
      }),
      ...[ladderStory, noCanaryStory, breakerStory, idleBreakerStory]
        .map((story) => told(story, { width })),
      told(ladderStory, {
        width,
        outcomes: Array.from({ length: 7 }, () => outcome("failed", "no ".repeat(60))),
        stamps: [outcome("failed", "no ".repeat(60))],
      }),
      ...[0x22, 0x23, 0x24, 0x26, 0x27, 0x28, 0x2a, 0x2d, 0x2e, 0x30, 0x51, CANARY]
        .map((number) => explanationOf(ladderStory, idOf(number), width)),
      explanationOf(ladderStory, "dev/us-east-1", width),
      explanationOf(noCanaryStory, "dev/us-east-1", width),
      explanationOf(breakerStory, "dev/eu-west-1", width),
      explanationOf(provenStory, idOf(2), width),
      explanationOf(provenStory, idOf(6), width),
      explanationOf(provenStory, "dev/us-east-1", width),
      explanationOf(unprovenStory, "prod/us-west-2", width),
    ];
    assert.deepEqual(texts.flatMap((text) => tooWide(text, width)), []);
  });
}

Deno.test("the text of any world ends with one line break and leaves no line with spaces", () =>
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      const text = told(planning);
      assert.match(text, /[^\n]\n$/);
      assert.ok(!/ $/m.test(text), text);
      assert.ok(!/\n\n\n/.test(text), text);
      assert.ok(!/undefined|NaN|\[object/.test(text), text);
    }),
    { seed: 20_261_121, numRuns: generated(300) },
  ));

Deno.test("what is explained of any instance of any world is whole sentences", () =>
  fc.assert(
    fc.property(anyPlanning, (planning) => {
      for (const { regions } of planning.observed.accounts) {
        for (const { id } of regions.flatMap(({ instances }) => instances)) {
          const text = explanationOf(planning, id);
          assert.match(text, /[^\n]\n$/);
          assert.ok(!/ $/m.test(text), text);
          assert.ok(!/undefined|NaN|Invalid|\[object/.test(text), text);
        }
      }
    }),
    { seed: 20_261_122, numRuns: generated(100) },
  ));
