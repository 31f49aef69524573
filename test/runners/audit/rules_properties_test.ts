import assert from "assert";
import fc from "fast-check";
import {
  type AuditConfig,
  auditContradictions,
  type TagRule,
} from "../../../runners/audit/config.ts";
import { isSpellingOnly, judgeTags, selfTest, type Verdict } from "../../../runners/audit/rules.ts";
import { configOf, NOW } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: 2000 };

const key = fc.constantFrom(
  "owner",
  "Owner",
  " OWNER ",
  "team",
  "Team",
  "project",
  "Name",
  "__proto__",
);
const value = fc.constantFrom("", " ", "alice", "mallory", "web", "WEB");
const tags = fc.array(fc.tuple(key, value), { maxLength: 5 }).map((all) => Object.fromEntries(all));
const users = fc.constantFrom(null, new Set<string>(), new Set(["alice"]));

const rule = fc.record({
  key: fc.constantFrom("owner", "Owner", "project", "__proto__"),
  match: fc.constantFrom("exact" as const, "insensitive" as const),
  aliases: fc.subarray(["team", "Name"]),
  allowEmpty: fc.boolean(),
  value: fc.constantFrom<TagRule["value"]>(
    undefined,
    { oneOf: ["web", ""] },
    { pattern: "^\\p{Ll}+$" },
    { principal: { users: true } },
  ),
});

/** Rule sets that the configuration accepts. */
const rules = fc.array(rule, { minLength: 1, maxLength: 3 })
  .map((required) => configOf({ required }))
  .filter((config) => auditContradictions(config, NOW).length === 0)
  .map(({ required }) => required);

/** Judged without and with one tag more; the tag's key was not there before. */
function addingATag(
  judge: (less: Verdict, more: Verdict, required: AuditConfig["required"]) => void,
) {
  fc.assert(
    fc.property(rules, tags, key, value, users, (required, less, added, itsValue, known) => {
      fc.pre(!Object.hasOwn(less, added));
      const more = Object.fromEntries([...Object.entries(less), [added, itsValue]]);
      judge(judgeTags(required, less, known), judgeTags(required, more, known), required);
    }),
    RUNS,
  );
}

const brokenKeys = ({ findings }: Verdict) => findings.map((finding) => finding.key);

Deno.test("adding a tag never breaks a rule that was kept or undecided", () =>
  addingATag((less, more) => {
    const newlyBroken = brokenKeys(more).filter((key) => !brokenKeys(less).includes(key));
    assert.deepEqual(newlyBroken, []);
  }));

Deno.test("adding a tag never makes a tag missing", () =>
  addingATag((less, more) => {
    const missing = ({ findings }: Verdict) =>
      findings.filter(({ kind }) => kind === "missing").map((finding) => finding.key);
    assert.deepEqual(missing(more).filter((key) => !missing(less).includes(key)), []);
  }));

Deno.test("adding a tag never turns what is about spelling only into something to act on", () =>
  addingATag((less, more) => {
    if (isSpellingOnly(less.findings)) assert.ok(isSpellingOnly(more.findings));
  }));

Deno.test("every rule is kept, broken or undecided: never two of these", () =>
  addingATag((_, { findings, undecided }, required) => {
    const said = [...findings.map((finding) => finding.key), ...undecided];
    assert.equal(new Set(said).size, said.length);
    assert.ok(said.every((key) => required.some((rule) => rule.key === key)));
  }));

Deno.test("rules that the configuration accepts pass their self-test", () =>
  fc.assert(fc.property(rules, (required) => selfTest(required)), RUNS));

Deno.test("without its IAM users an instance breaks no rule that it may keep with them", () =>
  fc.assert(
    fc.property(rules, tags, (required, own) => {
      const unknown = judgeTags(required, own, null);
      const known = judgeTags(required, own, new Set(["alice", "mallory", "web", "WEB"]));
      const wrongly = brokenKeys(unknown).filter((key) => !brokenKeys(known).includes(key));
      assert.deepEqual(wrongly, []);
    }),
    RUNS,
  ));
