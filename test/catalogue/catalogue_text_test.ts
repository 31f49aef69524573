import assert from "assert";
import { catalogueText } from "../../catalogue/catalogue_text.ts";

const listing = (prefix: string, ...actions: [name: string, accessLevel: string][]) => ({
  date: "2026-09-26",
  source: "npm:somewhere@1",
  managedPolicies: { date: "2026-09-30", source: "PyPI there 2" },
  services: [
    { prefix: "zz", name: "Last", actions: [{ name: "Do", accessLevel: "Write" }] },
    {
      prefix,
      name: 'The "service"',
      actions: actions.map(([name, accessLevel]) => ({ name, accessLevel })),
    },
  ],
});

Deno.test("the catalogue has a line for each service, actions by level, all sorted", () => {
  const text = catalogueText(
    listing("aa", ["PutThing", "Write"], ["GetB", "Read"], ["getA", "Read"], [
      "Tag",
      "Tagging, Write",
    ]),
  );
  assert.equal(
    text,
    '{"date":"2026-09-26","source":"npm:somewhere@1",' +
      '"managedPolicies":{"date":"2026-09-30","source":"PyPI there 2"},' +
      '"licence":"MIT, Copyright (c) 2024 Act Security; see NOTICE","services":{\n' +
      '"aa":{"name":"The \\"service\\"","Read":"getA GetB","Tagging, Write":"Tag","Write":"PutThing"},\n' +
      '"zz":{"name":"Last","Write":"Do"}\n}}\n',
  );
});

Deno.test("what the file cannot hold is an error and no shorter catalogue", () => {
  assert.throws(() => catalogueText(listing("Aa", ["Do", "Write"])), /"Aa" is spelled strangely/);
  assert.throws(() => catalogueText(listing("aa", ["Do it", "Write"])), /"aa:Do it" is spelled/);
  assert.throws(() => catalogueText(listing("aa", ["*", "Write"])), /"aa:\*" is spelled/);
});
