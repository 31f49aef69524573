import assert from "assert";
import { asksForUsers, rulesIn } from "../../../runners/audit/listings.ts";
import { alternativesOf } from "../../../runners/audit/config.ts";
import {
  type FindingKind,
  isReportedOnly,
  relevantKeys,
  relevantTags,
} from "../../../runners/audit/rules.ts";
import { configOf, judgeByUsers as judgeTags } from "./world.ts";

type Rule = Parameters<typeof configOf>[0]["required"][number];
type OneKey = Extract<Rule, { readonly key: string }>;

const rulesOf = (...rules: Rule[]) => configOf({ required: rules }).required;

/** A rule, tags, and the kind of the finding; null where there is none. */
const table: readonly [OneKey, Record<string, string>, FindingKind | null][] = [
  [{ key: "owner" }, {}, "missing"],
  [{ key: "owner" }, { owner: "" }, "empty"],
  [{ key: "owner" }, { owner: "\u3000" }, "empty"],
  [{ key: "owner" }, { owner: "0" }, null],
  [{ key: "owner" }, { owners: "alice" }, "missing"],
  [{ key: "owner" }, { OWNER: "alice" }, "case-variant"],
  [{ key: "owner" }, { "owner ": "alice" }, "case-variant"],
  [{ key: "owner" }, { owner: "", OWNER: "alice" }, "case-variant"],
  [{ key: "owner" }, { owner: "alice", OWNER: "" }, null],
  [{ key: "owner", match: "insensitive" }, { " Owner": "alice" }, null],
  [{ key: "owner", match: "insensitive" }, { OWNER: "" }, "empty"],
  [{ key: "owner", match: "insensitive" }, { "owner\u200b": "alice" }, "case-variant"],
  [{ key: "owner", aliases: ["team"] }, { team: "web" }, "alias-used"],
  [{ key: "owner", aliases: ["team"] }, { Team: "web" }, "alias-used"],
  [{ key: "owner", aliases: ["team"] }, { team: "web", Owner: "alice" }, "alias-used"],
  [{ key: "owner", match: "insensitive", aliases: ["team"] }, { team: "a", Owner: "b" }, null],
  [{ key: "owner", aliases: ["team", "squad"] }, { team: "", squad: "web" }, "alias-used"],
  [{ key: "tier", value: { oneOf: ["1", "2"] } }, { tier: "2" }, null],
  [{ key: "tier", value: { oneOf: ["1", "2"] } }, { tier: "2 " }, "case-variant"],
  [
    { key: "tier", value: { oneOf: ["1", "2"] }, aliases: ["t"] },
    { tier: "9", t: "1" },
    "alias-used",
  ],
  [{ key: "tier", value: { oneOf: ["1", "2"] }, aliases: ["t"] }, { tier: "9", t: "8" }, "invalid"],
  [{ key: "cost", value: { pattern: "^(a|b)$" } }, { cost: "b" }, null],
  [{ key: "cost", value: { pattern: "^(a|b)$" } }, { cost: "ab" }, "invalid"],
  [{ key: "cost", value: { pattern: "^a$" } }, { cost: "a\n" }, "case-variant"],
  [{ key: "cost", value: { pattern: "^.$" } }, { cost: "🌾" }, null],
  [{ key: "by", value: { principal: { users: true } } }, { by: "alice" }, null],
  [{ key: "by", value: { principal: { users: true } } }, { by: "Alice" }, "case-variant"],
  [{ key: "by", value: { principal: { users: true } } }, { by: "" }, "empty"],
  [{ key: "by", allowEmpty: true }, { by: " " }, null],
];

for (const [rule, tags, kind] of table) {
  const name = `${JSON.stringify(rule)} says of ${JSON.stringify(tags)}: ${kind ?? "kept"}`;
  Deno.test(name, () => {
    const { findings, undecided } = judgeTags(rulesOf(rule), tags, new Set(["alice"]));
    assert.deepEqual(findings.map((finding) => finding.kind), kind === null ? [] : [kind]);
    assert.deepEqual(findings.map(({ key }) => key), kind === null ? [] : [rule.key]);
    assert.deepEqual(undecided, []);
  });
}

Deno.test("a rule about IAM users is undecided while these are not known", () => {
  const rules = rulesOf({ key: "by", value: { principal: { users: true } } });
  assert.deepEqual(judgeTags(rules, { by: "alice" }, null), { findings: [], undecided: ["by"] });
});

Deno.test("a finding names the key that holds the wrong value, as it is written there", () => {
  const rules = rulesOf({ key: "tier", aliases: ["class"], value: { oneOf: ["1"] } });
  const { findings } = judgeTags(rules, { class: "9" }, null);
  assert.deepEqual(findings, [
    { key: "tier", kind: "invalid", detail: 'class is "9", not one of 1' },
  ]);
});

Deno.test("a value that would hang an engine that goes back is judged", () => {
  const rules = rulesOf({ key: "by", value: { pattern: "^([a-z0-9]+[._-]?)+@example\\.com$" } });
  const by = `${"a".repeat(255)}!`;
  assert.deepEqual(judgeTags(rules, { by }, null).findings.map(({ kind }) => kind), ["invalid"]);
});

Deno.test("findings stand in the order of the rules", () => {
  const { findings } = judgeTags(rulesOf({ key: "b" }, { key: "a" }), {}, null);
  assert.deepEqual(findings.map(({ key }) => key), ["b", "a"]);
});

Deno.test("what is about spelling or a copied canary alone is reported only", () => {
  const finding = (kind: FindingKind) => ({ key: "owner", kind, detail: "" });
  assert.ok(
    isReportedOnly([finding("alias-used"), finding("case-variant"), finding("canary-copy")]),
  );
  for (const kind of ["missing", "empty", "invalid", "unknown-principal"] as const) {
    assert.ok(!isReportedOnly([finding("canary-copy"), finding(kind)]), kind);
  }
});

Deno.test("the IAM users are asked for only where a rule is about them", () => {
  const [account, other] = ["111111111111", "222222222222"];
  const asksIn = (id: string, ...rules: Rule[]) =>
    rulesIn(rulesOf(...rules), { id, units: [] }).flatMap(alternativesOf)
      .some((rule) => asksForUsers(rule, id));
  const by = (principal: object, more: object = {}) =>
    ({ key: "b", value: { principal }, ...more }) as Rule;
  assert.ok(asksIn(account, { key: "a" }, by({ users: true })));
  assert.ok(!asksIn(account, { key: "a" }, { key: "b", value: { oneOf: ["x"] } }));
  assert.ok(!asksIn(account, by({ users: false, file: "p.txt" })));
  const some = by({ users: { allExcept: [account] }, file: "p.txt" });
  assert.ok(!asksIn(account, some));
  assert.ok(asksIn(other, some));
  const there = by({ users: true }, { when: { accounts: [other] } });
  assert.ok(!asksIn(account, there));
  assert.ok(asksIn(other, there));
});

Deno.test("the evidence of a finding is also every tag by which a rule applies or an exemption holds", () => {
  const keys = relevantKeys(configOf({
    required: [{
      anyOf: [{ key: "owner" }, { key: "team", aliases: ["squad"] }],
      when: { tag: { key: "Env" }, not: { tag: { key: "tier", value: "test" } } },
    }],
    exempt: [{ match: { tag: { key: "k8s" } }, reason: "nodes", until: "2027-01-01" }],
  }));
  for (const key of ["owner", "team", "squad", "env", "tier", "k8s"]) assert.ok(keys.has(key), key);
});

Deno.test("the evidence of a finding is every tag that a rule, the mark or an owner could mean, sorted", () => {
  const keys = relevantKeys({
    required: rulesOf({ key: "owner", aliases: ["Team"] }),
    mark: "groundskeeper-audit",
  });
  const tags = {
    team: "1",
    Name: "web",
    " OWNER": "2",
    "groundskeeper-audit": "3",
    owner: "4",
    ownership: "5",
    "groundskeeper-until": "2026-12-01",
    "groundskeeper-canary": "6",
  };
  assert.deepEqual(Object.entries(relevantTags(tags, keys)), [
    [" OWNER", "2"],
    ["groundskeeper-audit", "3"],
    ["groundskeeper-until", "2026-12-01"],
    ["owner", "4"],
    ["team", "1"],
  ]);
});
