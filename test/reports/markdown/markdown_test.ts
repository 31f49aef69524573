import assert from "assert";
import { markdownSummary } from "../../../reports/markdown/markdown.ts";
import type { Finding } from "../../../runners/core/report/finding.ts";
import { AS_TEXT } from "../../snapshots.ts";
import { aFinding, HOSTILE, PLAN } from "../finding_fixture.ts";

const summary = (
  findings: readonly Finding[],
  plan: Parameters<typeof markdownSummary>[0] = PLAN,
) => markdownSummary(plan, findings, "groundskeeper audit plan");

Deno.test("a summary says the coverage first, then what is wrong, and ends with a command", async (t) => {
  const findings = [
    ...Array.from({ length: 22 }, (_, number) => aFinding(number)),
    aFinding(99, { account: "222222222222", accountName: "data", name: null, owner: null }),
  ];
  await t.assertSnapshot(summary(findings), AS_TEXT);
});

Deno.test("where nothing is found and all is proven, that is all that is said", async (t) => {
  const { regions } = PLAN.coverage;
  const coverage = { planned: 5, proven: 5, regions, unproven: [] };
  await t.assertSnapshot(summary([], { ...PLAN, coverage }), AS_TEXT);
});

Deno.test("a refusal is said with its limit", () => {
  const refused = { limit: "limits.perRun.count", value: 10, would: 23, scope: null, reserved: 0 };
  assert.match(
    summary([], { ...PLAN, refused }),
    /\*\*Refused:\*\* `Refused: this run would make 23 changes; limits\.perRun\.count allows 10/,
  );
});

/** What is left of a summary without its code spans: what a reader of Markdown may obey. */
function outsideOfCode(text: string): string {
  return text.replaceAll(/(?<!`)(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, "CODE");
}

Deno.test("nothing that somebody wrote is read as markup, as a link or as a mention", () => {
  for (const text of HOSTILE) {
    const finding = aFinding(1, {
      ...{ name: text, detail: text, accountName: text },
      owner: { name: text, source: "tag" },
    });
    const left = outsideOfCode(summary([finding, finding]));
    const expected = outsideOfCode(summary([aFinding(1), aFinding(1)]));
    assert.equal(left, expected, JSON.stringify(text.slice(0, 40)));
  }
});

Deno.test("a summary stays below the 65,536 characters that GitHub takes", () => {
  const long = "`x".repeat(5_000);
  const findings = Array.from({ length: 5_000 }, (_, number) =>
    aFinding(number, {
      ...{ account: String(number).padStart(12, "0"), accountName: long, name: long, detail: long },
      owner: { name: long, source: "tag" },
    }));
  const unproven = findings.map(({ account, region }) => (
    { account, region, reason: "throttled", detail: long }
  ));
  const coverage = { ...PLAN.coverage, planned: 5_005, unproven };
  assert.ok(summary(findings, { ...PLAN, coverage }).length < 65_536);
});
