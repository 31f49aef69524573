import assert from "assert";
import { accountSchema } from "../../../runners/audit/observed.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import { relevantKeys, relevantTags } from "../../../runners/audit/rules.ts";
import { explained } from "./render_input.ts";
import {
  anInstance,
  configOf,
  documentOf,
  idOf,
  judgeByUsers as judgeTags,
  oneRegion,
  planningOf,
} from "./world.ts";

/** Keys that every JavaScript object has, although nobody has set them. */
const KEYS = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "valueOf",
];

/** Sets the key as JSON does: as a property of its own. */
const tagged = (key: string, value: string): Tags => Object.fromEntries([[key, value]]);

for (const key of KEYS) {
  const rules = configOf({ required: [{ key }] }).required;

  Deno.test(`a required key "${key}" is missing where there is no such tag`, () => {
    const { findings } = judgeTags(rules, {}, null);
    assert.deepEqual(findings.map(({ kind }) => kind), ["missing"]);
  });

  Deno.test(`a required key "${key}" is there where there is such a tag`, () => {
    assert.deepEqual(judgeTags(rules, tagged(key, "x"), null).findings, []);
    const other = judgeTags(
      configOf({ required: [{ key: "owner" }] }).required,
      tagged(key, "x"),
      null,
    );
    assert.deepEqual(other.findings.map(({ kind }) => kind), ["missing"]);
  });

  Deno.test(`an old name "${key}" is there only where there is such a tag`, () => {
    const aliased = configOf({ required: [{ key: "owner", aliases: [key] }] }).required;
    assert.equal(judgeTags(aliased, {}, null).findings[0]?.kind, "missing");
    assert.equal(judgeTags(aliased, tagged(key, "x"), null).findings[0]?.kind, "alias-used");
  });

  Deno.test(`the evidence keeps a tag "${key}"`, () => {
    const kept = relevantTags(
      tagged(key, "x"),
      relevantKeys({ required: rules, mark: "groundskeeper-audit" }),
    );
    assert.deepEqual(Object.entries(kept), [[key, "x"]]);
  });

  Deno.test(`a plan marks an instance without its tag "${key}"`, () => {
    const config = configOf({ required: [{ key }], enforce: { accounts: ["111111111111"] } });
    const { changes } = documentOf(planningOf(oneRegion(anInstance(1)), config));
    assert.deepEqual(changes.map(({ reason }) => reason), [`${key} is missing`]);
  });

  Deno.test(`a mark of the key "${key}" is not there where there is no such tag`, () => {
    const config = configOf({
      required: [{ key: "owner" }],
      mark: key,
      enforce: { accounts: ["111111111111"] },
    });
    const { changes } = documentOf(planningOf(oneRegion(anInstance(1)), config));
    assert.deepEqual(changes.map(({ reason }) => reason), ["owner is missing"]);
  });

  Deno.test(`an instance without the required key "${key}" can be explained`, () => {
    const config = configOf({ required: [{ key }] });
    const planning = planningOf(oneRegion(anInstance(1)), config);
    const told = explained(planning, idOf(1), { plan: documentOf(planning) });
    assert.match(told!.text, new RegExp(`${key} +missing +${key} is missing`));
  });

  Deno.test(`a snapshot keeps a tag "${key}"`, () => {
    const [observed] = oneRegion(anInstance(1, { tags: tagged(key, "x") }));
    const read = accountSchema.parse(JSON.parse(JSON.stringify(observed)));
    assert.equal(JSON.stringify(read), JSON.stringify(observed));
  });
}
