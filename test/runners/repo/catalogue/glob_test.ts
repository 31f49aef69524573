import assert from "assert";
import fc from "fast-check";
import { lowerCase, matchesPattern } from "../../../../runners/repo/catalogue/glob.ts";
import { FIXED, generated, propertyTest } from "../../core/properties.ts";

const CASES: readonly (readonly [pattern: string, action: string, matches: boolean])[] = [
  ["*", "s3:GetObject", true],
  ["*:*", "s3:GetObject", true],
  ["*:*", "s3", false],
  ["s3*:Get*", "s3-object-lambda:GetObject", true],
  ["s3:Get*", "s3-object-lambda:GetObject", false],
  ["s3:Get?bject", "s3:GetObject", true],
  ["s3:Get?bject", "s3:GetXXbject", false],
  ["s3:GetObject?", "s3:GetObject", false],
  ["S3:GETOBJECT", "s3:GetObject", true],
  ["s3:Get*Tagging", "s3:GetObjectVersionTagging", true],
  ["s3:Get*Tagging", "s3:GetObjectTaggings", false],
  ["s3:*a*b*", "s3:xaybz", true],
  [" s3:GetObject", "s3:GetObject", false],
  ["s3:GetObject ", "s3:GetObject", false],
  ["s3:constructor", "s3:GetObject", false],
  ["s3:.*", "s3:GetObject", false],
  ["s3:[Gg]etObject", "s3:GetObject", false],
  ["", "", true],
  ["", "s3:GetObject", false],
  ["\u212Ams:*", "kms:Decrypt", false],
];

for (const [pattern, action, matches] of CASES) {
  Deno.test(`"${pattern}" ${matches ? "matches" : "does not match"} "${action}"`, () => {
    assert.equal(matchesPattern(pattern, action), matches);
  });
}

const letters = fc.string({ unit: fc.constantFrom("a", "B", ":", "."), maxLength: 8 });
const pattern = fc.string({ unit: fc.constantFrom("a", "b", ":", ".", "*", "?"), maxLength: 6 });

function byExpression(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${source}$`, "i").test(action);
}

propertyTest<typeof matchesPattern>(
  "a pattern matches what the regular expression of it matches",
  matchesPattern,
  (matches) => {
    fc.assert(
      fc.property(pattern, letters, (one, action) => {
        assert.equal(matches(one, action), byExpression(one, action));
      }),
      { ...FIXED, numRuns: generated(2000) },
    );
  },
  {
    "takes ? for a letter": (one, action) => matchesPattern(one.replaceAll("?", "!"), action),
    "reads beginnings": (one, action) => matchesPattern(`${one}*`, action),
    "minds the case": (one, action) => lowerCase(action) === action && matchesPattern(one, action),
  },
);
