import { audit, exempt, required, rule, type WrongConfiguration } from "./wrong_configurations.ts";

/** Rules of the audit, its ladder and its exemptions. */
export const wrongRules: readonly WrongConfiguration[] = [
  {
    title: "no rule",
    input: audit({ required: [] }),
    says: ["audit.required needs at least one rule, found an empty list"],
  },
  {
    title: "rules left out",
    input: { version: 1, audit: {} },
    says: ["audit.required must be a list, found nothing"],
  },
  {
    title: "a rule without its key",
    input: audit({ required: [{}] }),
    says: ["audit.required[0].key must be a string, found nothing"],
  },
  {
    title: "a key that AWS keeps",
    input: required({ key: "AWS:owner" }),
    says: [
      'audit.required[0].key must not begin with "aws:", which AWS keeps for itself, found the ' +
      'string "AWS:owner"',
    ],
  },
  ...[
    ["an invisible character", "own\u200ber", "own<U+200B>er"],
    ["a no-break space at its end", "owner\u00a0", "owner<U+00A0>"],
    ["a space before it", " owner", " owner"],
    ["nothing that can be seen", "\u2060", "<U+2060>"],
  ].map(([what, key, seen]) => ({
    title: `a key with ${what}`,
    input: required({ key }),
    says: [
      "audit.required[0].key must not have invisible characters or outer spaces, which nobody " +
      `sees, found the string "${seen}"`,
    ],
  })),
  {
    title: "an old name with an invisible character",
    input: required({ aliases: ["team\u00ad"] }),
    says: [
      "audit.required[0].aliases[0] must not have invisible characters or outer spaces, which " +
      'nobody sees, found the string "team<U+00AD>"',
    ],
  },
  {
    title: "a setting with an invisible character",
    input: audit({ "grace\u200b": "1h" }),
    says: ["audit.grace<U+200B> is not a setting. Did you mean audit.grace?"],
  },
  {
    title: "an empty key",
    input: required({ key: "" }),
    says: ['audit.required[0].key must not be empty, found the string ""'],
  },
  ...["owner", "^owner", "owner$", "^owner\\$"].map((pattern) => ({
    title: `the pattern ${pattern}, which is not anchored`,
    input: required({ value: { pattern } }),
    says: [
      'audit.required[0].value.pattern must be anchored, "^…$", or it would match anywhere in ' +
      `the value, found the string ${JSON.stringify(pattern)}`,
    ],
  })),
  ...["^a|b$", "^(a|b)|c$", "^[(]|b$", "^a\\(|b$"].map((pattern) => ({
    title: `the pattern ${pattern}, each side of which is anchored once`,
    input: required({ value: { pattern } }),
    says: [
      'audit.required[0].value.pattern must keep its alternatives in brackets, "^(a|b)$", since ' +
      `"^a|b$" is anchored on one side each, found the string ${JSON.stringify(pattern)}`,
    ],
  })),
  {
    title: "a pattern that is none",
    input: required({ value: { pattern: "^(a$" } }),
    says: [
      "audit.required[0].value.pattern must be a regular expression (Invalid regular expression: " +
      '/^(a$/u: Unterminated group), found the string "^(a$"',
    ],
  },
  {
    title: "no values to choose from",
    input: required({ value: { oneOf: [] } }),
    says: ["audit.required[0].value.oneOf must not be empty, found an empty list"],
  },
  {
    title: "two kinds of value at once",
    input: required({ value: { oneOf: ["a"], pattern: "^a$" } }),
    says: ["audit.required[0].value must not have both oneOf and pattern: leave one of them out"],
  },
  {
    title: "a value of no kind",
    input: required({ value: {} }),
    says: ["audit.required[0].value needs one of oneOf, pattern, principal"],
  },
  {
    title: "a key in two rules",
    input: audit({ required: [rule, { key: "team" }, rule] }),
    says: ['audit.required[2] uses the key "owner", which audit.required[0] uses already'],
  },
  {
    title: "a key that is another rule's alias, in another case",
    input: audit({
      required: [
        { key: "team", aliases: ["Owner"], match: "insensitive" },
        { ...rule, match: "insensitive" },
      ],
    }),
    says: ['audit.required[1] uses the key "owner", which audit.required[0] uses already'],
  },
  {
    title: "the mark as a rule",
    input: required({ key: "groundskeeper-audit" }),
    says: ['audit.required[0] requires "groundskeeper-audit", which audit.mark sets itself'],
  },
  {
    title: "an empty value that must be something",
    input: required({ allowEmpty: true, value: { oneOf: ["a"] } }),
    says: ["audit.required[0] allows an empty value and also says what the value must be"],
  },
  {
    title: "an exemption without an end",
    input: exempt({ until: undefined }),
    says: ["audit.exempt[0].until must be a string, found nothing"],
  },
  {
    title: "an exemption for more than a year",
    input: exempt({ until: "2027-11-21" }),
    says: ['audit.exempt[0].until must be within a year, found "2027-11-21"'],
  },
  ...["2027-02-29", "2027-02-30", "2027-13-01", "2027-00-10"].map((until) => ({
    title: `an exemption until ${until}, which never comes`,
    input: exempt({ until }),
    says: [`audit.exempt[0].until must be a day that exists, found the string "${until}"`],
  })),
  {
    title: "an exemption of nothing",
    input: exempt({ match: {} }),
    says: ["audit.exempt[0].match needs one of instanceId, imageId, account, tag"],
  },
  {
    title: "an exemption of a name where an ID is meant",
    input: exempt({ match: { instanceId: "i-*" } }),
    says: [
      'audit.exempt[0].match.instanceId must be an instance ID, i-…, found the string "i-*". ' +
      '"*" is no wildcard here: name each one by itself',
    ],
  },
];
