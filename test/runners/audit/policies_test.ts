import assert from "assert";
import * as z from "zod";
import { checkConfig } from "../../../runners/core/config/config.ts";
import { ConfigError } from "../../../runners/core/errors.ts";
import { part } from "../../../runners/audit/needs.ts";
import { readCase, saidOf } from "./case_file.ts";
import { NOW } from "./world.ts";

/**
 * Policies as people have them in other tools, each with what it is here: a plan as in
 * `test/cases/audit`, or why the configuration refuses it.
 */
const folder = new URL("../../cases/audit_policies/", import.meta.url);

const policy = z.looseObject({
  tool: z.string(),
  /** The policy as its users know it, in one sentence. */
  name: z.string(),
  /** How it is written there. */
  original: z.array(z.string()),
  config: z.looseObject({ required: z.array(z.looseObject({})) }),
  refused: z.array(z.string()).optional(),
});

const policies = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".json")).sort().map((file) => ({
    file,
    ...policy.parse(JSON.parse(Deno.readTextFileSync(new URL(file, folder)))),
  }));

/** What `config check` says of a configuration with this part. */
function problemsOf(audit: unknown): readonly string[] {
  const organization = { accounts: "organizations", roles: "groundskeeper-{job}-{role}" };
  try {
    checkConfig([part], { version: 1, organization, audit }, "g.json", NOW);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map((problem) => problem.slice("g.json: ".length));
  }
}

for (const { file, name, tool, config, refused = [], original: _original, ...rest } of policies) {
  Deno.test(`a policy of ${tool}: ${name} (${file})`, () => {
    assert.deepEqual(problemsOf({ canary: { mode: "off" }, ...config }), refused);
    if (refused.length > 0) return;
    const { planning, expect } = readCase(JSON.stringify({ name, config, ...rest }));
    const { next: _next, ...said } = saidOf(planning);
    assert.deepEqual(said, expect);
  });
}

Deno.test("the page has the policies of other tools, each with the settings that say it", () => {
  const page = Deno.readTextFileSync(new URL("../../../docs/audit.md", import.meta.url));
  const section = page.split("\n## Policies of other tools\n")[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| "))
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim()));
  const told = rows.slice(2).map(([tool, name]) => [tool, name]);
  assert.deepEqual(told, policies.map(({ tool, name }) => [tool, name]));
  const words = ["anyOf", "when", "valueFrom", "date", "oneOf", "pattern", "exempt"];
  for (const [index, { config, refused, name }] of policies.entries()) {
    const here = rows[index + 2]![2]!;
    const text = JSON.stringify(config);
    const used = words.filter((word) => text.includes(`"${word}"`));
    assert.deepEqual(used.filter((word) => !here.includes(word)), [], name);
    assert.equal(refused !== undefined, here.startsWith("refused"), name);
  }
  assert.ok(policies.length >= 10);
});
