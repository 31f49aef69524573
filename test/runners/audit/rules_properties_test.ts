import assert from "assert";
import fc from "fast-check";
import { auditContradictions, type KeyRule } from "../../../runners/audit/config.ts";
import { isReportedOnly, selfTest } from "../../../runners/audit/rules.ts";
import { generated, type Mutants, propertyTest } from "../core/properties.ts";
import { configOf, judgeByUsers as judgeTags, NOW } from "./world.ts";

/** Fixed, so that a failure is the same tomorrow. */
const RUNS = { seed: 20_261_121, numRuns: generated(2000) };

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
  value: fc.constantFrom<KeyRule["value"]>(
    undefined,
    { oneOf: ["web", ""] },
    { pattern: "^\\p{Ll}+$" },
    { principal: { users: true } },
  ),
});

/** Rule sets that the configuration accepts. */
const rules = fc.array(rule, { minLength: 1, maxLength: 3 })
  .map((required) => configOf({ required }))
  .filter((config) => auditContradictions(config, NOW, true).length === 0)
  .map(({ required }) => required as KeyRule[]);

type Judge = typeof judgeTags;
type Verdict = ReturnType<Judge>;

const brokenKeys = ({ findings }: Verdict) => findings.map((finding) => finding.key);

/** What must hold if a tag with a new key is added, and mutants that break it. */
function addingATag(
  name: string,
  holds: (less: Verdict, more: Verdict, required: readonly KeyRule[]) => void,
  mutants: Mutants<Judge>,
) {
  propertyTest<Judge>(name, judgeTags, (judge) => {
    fc.assert(
      fc.property(rules, tags, key, value, users, (required, less, added, itsValue, known) => {
        fc.pre(!Object.hasOwn(less, added));
        const more = Object.fromEntries([...Object.entries(less), [added, itsValue]]);
        holds(judge(required, less, known), judge(required, more, known), required);
      }),
      RUNS,
    );
  }, mutants);
}

/** Judges each tag that may hold the value by itself, and lets the worst decide. */
const worstPlace: Judge = (required, tags, users) => {
  const { findings, undecided } = judgeTags(required, tags, users);
  const wrong = (required as readonly KeyRule[]).flatMap((rule) =>
    Object.entries(tags).filter(([key]) =>
      [rule.key, ...rule.aliases].some((one) =>
        one.trim().toLowerCase() === key.trim().toLowerCase()
      )
    ).flatMap((tag) => judgeTags([rule], Object.fromEntries([tag]), users).findings)
      .filter(({ kind }) => kind === "empty" || kind === "invalid").slice(0, 1)
  );
  return { findings: [...findings, ...wrong], undecided };
};
/** Sees the tag that was read last. */
const lastTag: Judge = (required, tags, users) =>
  judgeTags(required, Object.fromEntries(Object.entries(tags).slice(-1)), users);

addingATag("adding a tag never breaks a rule that was kept or undecided", (less, more) => {
  const newlyBroken = brokenKeys(more).filter((key) => !brokenKeys(less).includes(key));
  assert.deepEqual(newlyBroken, []);
}, { "lets one wrong value spoil a right one": worstPlace, "sees one tag": lastTag });

addingATag("adding a tag never makes a tag missing", (less, more) => {
  const missing = ({ findings }: Verdict) =>
    findings.filter(({ kind }) => kind === "missing").map((finding) => finding.key);
  assert.deepEqual(missing(more).filter((key) => !missing(less).includes(key)), []);
}, { "sees one tag": lastTag });

addingATag(
  "adding a tag never turns what is about spelling only into something to act on",
  (less, more) => {
    if (isReportedOnly(less.findings)) assert.ok(isReportedOnly(more.findings));
  },
  { "lets one wrong value spoil a right one": worstPlace },
);

addingATag(
  "every rule is always kept, broken or undecided: never two of these",
  (_, { findings, undecided }, required) => {
    const said = [...findings.map((finding) => finding.key), ...undecided];
    assert.equal(new Set(said).size, said.length);
    assert.ok(said.every((key) => required.some((rule) => rule.key === key)));
  },
  {
    "takes what is undecided for broken": (required, tags, users) => {
      const { findings, undecided } = judgeTags(required, tags, users);
      const more = undecided.map((key) => ({ key, kind: "invalid" as const, detail: "" }));
      return { findings: [...findings, ...more], undecided };
    },
  },
);

propertyTest<typeof selfTest>(
  "rules that the configuration accepts always pass their self-test",
  selfTest,
  (test) => {
    fc.assert(
      fc.property(rules, (required) => assert.doesNotThrow(() => test(required))),
      RUNS,
    );
  },
  {
    "knows no right value": (required) =>
      selfTest(required.map((rule) => ({ ...rule, value: { oneOf: [" "] } }))),
  },
);

propertyTest<Judge>(
  "without its IAM users an instance never breaks a rule that it may keep with them",
  judgeTags,
  (judge) => {
    fc.assert(
      fc.property(rules, tags, (required, own) => {
        const unknown = judge(required, own, null);
        const known = judge(required, own, new Set(["alice", "mallory", "web", "WEB"]));
        const wrongly = brokenKeys(unknown).filter((key) => !brokenKeys(known).includes(key));
        assert.deepEqual(wrongly, []);
      }),
      RUNS,
    );
  },
  {
    "takes unknown users for none": (required, tags, users) =>
      judgeTags(required, tags, users ?? new Set()),
  },
);

propertyTest<Judge>(
  "an instance without any tag always breaks every rule",
  judgeTags,
  (judge) => {
    fc.assert(
      fc.property(rules, users, (required, known) => {
        assert.deepEqual(
          judge(required, {}, known).findings.map(({ key, kind }) => [key, kind]),
          required.map(({ key }) => [key, "missing"]),
        );
      }),
      RUNS,
    );
  },
  {
    "takes a missing tag that may be empty for an empty one": (required, tags, users) => {
      const { findings, undecided } = judgeTags(required, tags, users);
      const strict = (required as readonly KeyRule[]).filter(({ allowEmpty }) => !allowEmpty).map((
        { key },
      ) => key);
      return { findings: findings.filter(({ key }) => strict.includes(key)), undecided };
    },
  },
);
