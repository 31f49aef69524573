import assert from "assert";
import * as z from "zod";
import { auditContradictions, auditSchema } from "../../../runners/audit/config.ts";
import { configOf } from "./world.ts";

const TODAY = new Date("2026-11-20T12:00:00Z");

const refused: readonly [string, unknown, RegExp][] = [
  ["no rule", { required: [] }, /needs at least one rule/],
  ["a key of AWS", { required: [{ key: "aws:owner" }] }, /must not begin with "aws:"/],
  ["a key of AWS in capitals", { required: [{ key: "AWS:owner" }] }, /must not begin with "aws:"/],
  ["a key that is too long", { required: [{ key: "x".repeat(129) }] }, /128/],
  ["an unknown setting", { required: [{ key: "owner", kase: "any" }] }, /kase/],
  ["an exemption without an end", {
    required: [{ key: "owner" }],
    exempt: [{ match: { account: "111111111111" }, reason: "vendor" }],
  }, /until/],
  ["an exemption until a day that is none", {
    required: [{ key: "owner" }],
    exempt: [{ match: { account: "111111111111" }, reason: "vendor", until: "2027-02-30" }],
  }, /a day that exists/],
  ["a pending state", { required: [{ key: "owner" }], states: ["pending"] }, /states/],
];

for (const [what, part, says] of refused) {
  Deno.test(`the audit's settings refuse ${what}`, () => {
    const { success, error } = auditSchema.safeParse(part);
    assert.equal(success, false);
    assert.match(z.prettifyError(error!), says);
  });
}

const patterns: readonly [string, boolean | RegExp][] = [
  ["^cc-[0-9]{4}$", true],
  ["^(a|b)$", true],
  ["^[|]$", true],
  ["^a\\|b$", true],
  ["^\\p{L}+$", true],
  ["^a\\$$", true],
  ["cc-[0-9]{4}", /must be anchored/],
  ["^cc", /must be anchored/],
  ["^cc\\$", /must be anchored/],
  ["^a|b$", /must keep its alternatives in brackets/],
  ["^(a)|(b)$", /must keep its alternatives in brackets/],
  ["^[a$", /must be a regular expression/],
  ["^\\p{Nope}$", /must be a regular expression/],
  ["^(?!test)[a-z]+$", /must not look ahead or behind/],
  ["^(a|b)-\\1$", /must not refer back to a group/],
  ["^([a-z]+[._-]?)+$", true],
  [`^${"a".repeat(500)}$`, /500/],
];

for (const [pattern, right] of patterns) {
  const name = pattern.slice(0, 40);
  Deno.test(`the pattern ${name} is ${right === true ? "taken" : "refused"}`, () => {
    const { success, error } = auditSchema.safeParse({
      required: [{ key: "cost", value: { pattern } }],
    });
    assert.equal(success, right === true);
    if (right !== true) assert.match(z.prettifyError(error!), right as RegExp);
  });
}

type Part = Parameters<typeof configOf>[0];

const contradictions: readonly [string, Part, readonly RegExp[]][] = [
  ["two rules of one key", { required: [{ key: "owner" }, { key: "owner" }] }, [
    /required\[1\] uses the key "owner", which audit\.required\[0\] uses already/,
  ]],
  ["an old name that is another rule's key", {
    required: [{ key: "owner", aliases: ["team"] }, { key: "team" }],
  }, [/required\[1\] uses the key "team"/]],
  ["two rules that take a key in any case", {
    required: [{ key: "owner", match: "insensitive" }, { key: "OWNER", match: "insensitive" }],
  }, [/required\[1\] uses the key "OWNER"/]],
  ["the mark as a required key", { required: [{ key: "groundskeeper-audit" }] }, [
    /requires "groundskeeper-audit", which audit\.mark sets itself/,
  ]],
  ["the mark as an old name", { required: [{ key: "owner", aliases: ["m"] }], mark: "m" }, [
    /requires "m", which audit\.mark sets itself/,
  ]],
  ["the mark in another case, which setting the mark would satisfy", {
    required: [{ key: "Groundskeeper-Audit", match: "insensitive" }],
  }, [/which audit\.mark sets itself/]],
  ["an empty value that is allowed and ruled", {
    required: [{ key: "owner", allowEmpty: true, value: { oneOf: ["x"] } }],
  }, [/allows an empty value and also says what the value must be/]],
  ["an exemption of more than a year", {
    required: [{ key: "owner" }],
    exempt: [{ match: { account: "111111111111" }, reason: "vendor", until: "2027-11-21" }],
  }, [/exempt\[0\]\.until must be within a year, found "2027-11-21"/]],
];

for (const [what, part, sentences] of contradictions) {
  Deno.test(`the audit's settings contradict themselves with ${what}`, () => {
    const problems = auditContradictions(configOf(part), TODAY, true);
    assert.equal(problems.length, sentences.length, problems.join("\n"));
    sentences.forEach((sentence, index) => assert.match(problems[index]!, sentence));
  });
}

Deno.test("settings that do not contradict themselves say nothing", () => {
  const config = configOf({
    required: [{ key: "owner", aliases: ["created_by"] }, { key: "Owner-Team" }],
    exempt: [{ match: { account: "111111111111" }, reason: "vendor", until: "2027-11-20" }],
  });
  assert.deepEqual(auditContradictions(config, TODAY, true), []);
});

Deno.test("left to itself the audit enforces nothing and marks few", () => {
  const { enforce, limits, managed, ladder } = configOf({ required: [{ key: "owner" }] });
  assert.deepEqual(enforce, { accounts: [], units: [], quarantine: "14d" });
  assert.equal(managed, "report");
  assert.deepEqual(ladder, [{ after: "0m", do: "mark" }]);
  assert.deepEqual(limits.perRun, { count: 10, percent: 10 });
});

const WHEN = { tag: { key: "env", value: "prod" } };
const TAGS = { Name: "canary", team: "groundskeeper" };

const accepted: readonly [string, Parameters<typeof configOf>[0]][] = [
  ["a canary with one of either-of keys", {
    required: [{ anyOf: [{ key: "owner" }, { key: "team" }] }],
  }],
  ["a canary without the key of a rule for some instances", {
    required: [{ key: "team" }, { key: "backup", when: WHEN }],
  }],
  ["two rules of one key, one of them for some instances", {
    required: [{ key: "team" }, { key: "team", value: { oneOf: ["web"] }, when: WHEN }],
  }],
  ["alternatives of one key", {
    required: [{ anyOf: [{ key: "team", value: { oneOf: ["web"] } }, { key: "team" }] }],
  }],
  ["an exemption by some values of a required key", {
    required: [{ key: "team" }],
    exempt: [
      { match: { tag: { key: "team", value: "" } }, reason: "old", until: "2027-01-31" },
      { match: { tag: { key: "team", pattern: "^x.*$" } }, reason: "old", until: "2027-01-31" },
    ],
  }],
];
for (const [what, part] of accepted) {
  Deno.test(`the audit's settings accept ${what}`, () => {
    const enforce = { accounts: { allExcept: ["111111111111"] } };
    const canary = { mode: "required" as const, tags: TAGS };
    const config = configOf({ ...part, enforce, canary });
    assert.deepEqual(auditContradictions(config, TODAY, true), []);
  });
}
