import assert from "assert";
import { documentName, renderPage } from "../../../reports/html/render_page.ts";
import { auditPage } from "../../../runners/audit/present/page.ts";
import { partsOf } from "../../../runners/core/parts.ts";
import {
  anAccount,
  anInstance,
  aRegion,
  configOf,
  planningOf,
  reportingOf,
} from "../../runners/audit/world.ts";
import { sampleOptions } from "../sample_page.ts";

const FILE = documentName(sampleOptions);
const bytes = (text: string) => new TextEncoder().encode(text).length;
const number = (text: string) => Number(text.replaceAll(",", ""));

/** The page of 1,000 accounts, each with an owner who has five violating instances. */
function pageOf(text: string): string {
  const accounts = Array.from({ length: 1_000 }, (_, a) => {
    const tags = { Name: text.repeat(240), owner: `${text.repeat(240)}${a}` };
    const instances = Array.from({ length: 5 }, (_, i) => anInstance(5 * a + i + 1, { tags }));
    const name = `${text.repeat(40)}${a}`;
    return anAccount(String(111_111_111_111 + a), [aRegion("us-east-1", instances)], { name });
  });
  const config = configOf({ required: [{ key: "owner" }, { key: "project" }] });
  return renderPage(auditPage(reportingOf(planningOf(partsOf(accounts), config))), sampleOptions);
}

for (const text of ["x", "&", "\u202e", "東"]) {
  Deno.test(`5,000 findings in 1,000 accounts are less than 2 MB, all of ${JSON.stringify(text)}`, () => {
    const page = pageOf(text);
    assert.ok(bytes(page) < 1_700_000, `${bytes(page)}`);
    const sections = page.split("<section").slice(1);
    const findings = sections.find((one) => one.includes(">Violating instances</h2>"))!;
    const [, rows, all, rest] = /The first ([\d,]+) of ([\d,]+); (.*?)\.<\/p>/.exec(findings)!;
    assert.equal(findings.match(/<tr[ >]/g)!.length - 1, number(rows!));
    assert.deepEqual([number(all!), rest], [5_000, `${FILE} has them all`]);

    for (const by of ["owner", "account"]) {
      const section = sections.find((one) => one.includes(`>Violating, by ${by}</h2>`))!;
      const folds = section.match(/<details>/g)!.length;
      const cut = /The first (\d+) of 100; (.*?)\.<\/p>/.exec(section);
      assert.ok(folds > 10 && section.includes("The largest 100 of 1,000."));
      if (folds < 100) assert.deepEqual(cut!.slice(1), [String(folds), `${FILE} has them all`]);
    }
    const rule = sections.find((one) => one.includes(">Violating, by rule</h2>"))!;
    const more = /([\d,]+) more instances: the command has them all|Too long for this page: /;
    assert.match(rule, more);
    assert.match(rule, /<code>jq -r /);
  });
}
