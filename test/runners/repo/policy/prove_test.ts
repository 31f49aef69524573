import assert from "assert";
import fc from "fast-check";
import { containsPattern, patternsOverlap } from "../../../../runners/repo/policy/glob_language.ts";
import { matchesPattern } from "../../../../runners/repo/catalogue/glob.ts";
import { disprove } from "../../../../runners/repo/policy/prove.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";
import { SMALL } from "../small_universe.ts";

const doc = (...Statement: unknown[]) => JSON.stringify({ Version: "2012-10-17", Statement });
const allow = (Action: unknown, more = {}) => ({ Effect: "Allow", Action, Resource: "*", ...more });
const but = (NotAction: unknown) => ({ Effect: "Allow", NotAction, Resource: "*" });
const deny = { Effect: "Deny", Action: "sqs:*", Resource: "*" };

/** Checks a policy from which sqs:* was removed. @returns what does not hold */
function faultOf(before: string, after: string | null, removedLiterals: string[] = []) {
  return disprove({
    universe: SMALL,
    removed: SMALL.expand("sqs:*"),
    removedLiterals,
    before: new Map([["app", before]]),
    after: new Map([["app", after]]),
  });
}

const LIES:
  readonly (readonly [what: string, before: string, after: string | null, fault: RegExp])[] = [
    [
      "something removed is still granted",
      doc(allow(["sqs:*", "s3:*"])),
      doc(allow(["sqs:Send*", "s3:*"])),
      /sqs:SendMessage is granted/,
    ],
    [
      "something is lost",
      doc(allow(["sqs:*", "s3:*"])),
      doc(allow("s3:Get*")),
      /s3:\w+ is lost/,
    ],
    [
      "something that stays is lost with its policy",
      doc(allow(["sqs:*", "s3:GetObject"])),
      null,
      /s3:GetObject is lost/,
    ],
    [
      "a name grew a star",
      doc(allow(["sqs:*", "s3:GetObjectTorrent"])),
      doc(allow("s3:GetObjectTorrent*")),
      /"s3:GetObjectTorrent\*" reaches further/,
    ],
    [
      "actions moved to another resource",
      doc(allow(["sqs:*", "s3:GetObject"]), allow("sts:*", { Resource: "a" })),
      doc(allow(["sts:*", "s3:GetObject"], { Resource: "a" })),
      /is lost|is granted/,
    ],
    ["an unknown name is lost", doc(allow(["sqs:*", "foo:Bar"])), doc(), /"foo:Bar".* is lost/],
    [
      "an unknown name is excluded",
      doc(allow(["*", "sqs:Newest"])),
      doc(but("sqs:*")),
      /"sqs:Newest".* is lost/,
    ],
    [
      "NotAction forgot what it did not know",
      doc(but(["newest:*", "s3:*"])),
      doc(but(["s3:*", "sqs:*"])),
      /"NotAction" reaches further/,
    ],
    [
      "a list names what NotAction excluded and nobody knows",
      doc(but(["s3:Future", "iam:*"])),
      doc(
        allow(
          [...SMALL.services].filter((one) => !/^(iam|sqs)$/.test(one)).map((one) => `${one}:*`),
        ),
      ),
      /"s3:\*" reaches further/,
    ],
    ["a Deny is gone", doc(deny, allow("sqs:*")), null, /a statement that must stay/],
    ["a Deny lost its action", doc(deny), doc({ ...deny, Action: "s3:*" }), /must stay/],
    [
      "a NOREPO statement was touched",
      doc(allow(["sqs:*", "s3:*"], { Sid: "NOREPO" })),
      doc(allow("s3:*", { Sid: "NOREPO" })),
      /must stay/,
    ],
    [
      "a condition is gone",
      doc(allow(["s3:GetObject", "sqs:*"], { Condition: { Bool: { a: "true" } } })),
      doc(allow("s3:GetObject")),
      /s3:GetObject is (granted|lost)/,
    ],
    [
      "the version is gone",
      doc(allow(["s3:GetObject", "sqs:*"])),
      JSON.stringify({ Statement: [allow("s3:GetObject")] }),
      /around the statements/,
    ],
    ["nothing was removed", doc(allow("sqs:*")), doc(allow("sqs:*")), /sqs:\w+ is granted/],
    ["a Deny is new", doc(allow("s3:*")), doc(allow("s3:*"), deny), /must stay/],
  ];

for (const [what, before, after, fault] of LIES) {
  Deno.test(`a rewriting is not believed where ${what}`, () => {
    assert.match(faultOf(before, after) ?? "", fault);
  });
}

Deno.test("a rewriting is not believed where a policy is missing or new", () => {
  const claim = { universe: SMALL, removed: SMALL.none(), removedLiterals: [] };
  const [one, two] = [new Map([["a", doc()]]), new Map([["b", doc()]])];
  assert.match(disprove({ ...claim, before: one, after: two })!, /was left out/);
  assert.match(disprove({ ...claim, before: one, after: new Map() })!, /added or left out/);
});

Deno.test("a right rewriting is believed", () => {
  assert.equal(faultOf(doc(allow(["sqs:*", "s3:*"])), doc(allow(["s3:*"]))), undefined);
  assert.equal(faultOf(doc(allow("sqs:*")), null), undefined);
  assert.equal(faultOf(doc(allow("*")), doc(but("sqs:*"))), undefined);
  assert.equal(faultOf(doc(but("iam:*")), doc(but(["iam:*", "sqs:*"]))), undefined);
  assert.equal(faultOf(doc(allow("foo:Bar")), null, ["FOO:bar"]), undefined);
});

const letters = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 6 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", "*", "?"), maxLength: 5 });

propertyTest<typeof containsPattern>(
  "what a contained pattern matches, the containing one matches",
  containsPattern,
  (contains) => {
    fc.assert(
      fc.property(pattern, pattern, letters, (outer, inner, text) => {
        if (contains(outer, inner) && matchesPattern(inner, text)) {
          assert.ok(matchesPattern(outer, text), `${outer} does not match ${text}`);
        }
        assert.ok(contains(outer, outer) && contains("*", inner));
      }),
      { ...FIXED, numRuns: generated(5000) },
    );
  },
  {
    "takes an inner star for a letter": (outer, inner) => matchesPattern(outer, inner),
    "always agrees": () => true,
    "never agrees": () => false,
  },
);

propertyTest<typeof patternsOverlap>(
  "patterns overlap where one text is matched by both",
  patternsOverlap,
  (overlap) => {
    fc.assert(
      fc.property(pattern, pattern, letters, (one, other, text) => {
        if (matchesPattern(one, text) && matchesPattern(other, text)) {
          assert.ok(overlap(one, other), text);
        }
        if (!/[*?]/.test(one)) assert.equal(overlap(one, other), matchesPattern(other, one));
        assert.equal(overlap(one, other), overlap(other, one));
      }),
      { ...FIXED, numRuns: generated(5000) },
    );
  },
  { "never overlaps": () => false, "always overlaps": () => true },
);
