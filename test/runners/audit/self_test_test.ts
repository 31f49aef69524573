import assert from "assert";
import { ConfigError } from "../../../runners/core/errors.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { selfTest } from "../../../runners/audit/rules.ts";
import { configOf, oneRegion, planningOf } from "./world.ts";

type Required = Parameters<typeof configOf>[0]["required"];

const check = (required: Required) => selfTest(configOf({ required }).required);

const broken: readonly [string, Required][] = [
  ["whose only value is empty", [{ key: "stage", value: { oneOf: [""] } }]],
  ["whose only values are blank", [{ key: "stage", value: { oneOf: [" ", "\t"] } }]],
  ["that want two values of one key", [
    { key: "stage", value: { oneOf: ["dev"] } },
    { key: "stage", value: { oneOf: ["prod"] } },
  ]],
];

for (const [what, required] of broken) {
  Deno.test(`a rule ${what} fails its self-test: it would condemn every instance`, () => {
    assert.throws(
      () => check(required),
      (error) =>
        error instanceof ConfigError && /^audit\.required fails its self-test/.test(error.message),
    );
  });
}

Deno.test("nothing is planned by rules that fail their self-test", () => {
  const config = configOf({ required: broken[0]![1] });
  assert.throws(() => plan(planningOf(oneRegion(), config)), ConfigError);
});

const right: readonly [string, Required][] = [
  ["a key alone", [{ key: "owner" }]],
  ["a key with a capital", [{ key: "Department" }, { key: "Cost", match: "insensitive" }]],
  ["old names", [{ key: "owner", aliases: ["team"] }]],
  ["an empty value that is allowed", [{ key: "owner", allowEmpty: true }]],
  ["a list with a blank first", [{ key: "stage", value: { oneOf: ["", "prod"] } }]],
  ["a pattern that needs letters", [{ key: "team", value: { pattern: "^\\p{Lu}{3}$" } }]],
  ["IAM users", [{ key: "created_by", value: { principal: { users: true } } }]],
  ["two keys that differ in case", [{ key: "owner" }, { key: "Owner" }]],
  ["keys that objects have by themselves", [
    { key: "__proto__" },
    { key: "constructor" },
    { key: "hasOwnProperty" },
    { key: "toString" },
  ]],
];

for (const [what, required] of right) {
  Deno.test(`rules with ${what} pass their self-test`, () => check(required));
}
