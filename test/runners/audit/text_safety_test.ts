import assert from "assert";
import type { AuditPlanning } from "../../../runners/audit/planning.ts";
import { auditDocuments } from "../../../runners/audit/documents.ts";
import { auditSheet } from "../../../runners/audit/present/sheet.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import { OBEYED } from "../../jobs/hostile_texts.ts";
import { ladderStory } from "./ladder_story.ts";
import { explained, told } from "./render_input.ts";
import {
  anInstance,
  configOf,
  DEV,
  documentOf,
  idOf,
  oneRegion,
  planningOf,
  reportingOf,
} from "./world.ts";

const config = configOf({
  required: [{ key: "owner", value: { oneOf: ["alice"] } }],
  enforce: { accounts: [DEV] },
});

const explanationOf = (planning: AuditPlanning, subject: string, width = 100) =>
  explained(planning, subject, { width })!.text;

Deno.test("an owner whose name would recolour is shown, not obeyed", () => {
  for (const read of [told(ladderStory), explanationOf(ladderStory, idOf(0x22))]) {
    assert.match(read, /perhaps build\\u001b\[31m/);
    assert.doesNotMatch(read, OBEYED);
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
