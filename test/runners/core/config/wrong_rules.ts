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
    says: ["audit.required[0] needs one of key, anyOf"],
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
    says: ["audit.required[0].value needs one of oneOf, pattern, principal, date, valueFrom"],
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
  {
    title: "a key and either-of keys at once",
    input: audit({ required: [{ key: "owner", anyOf: [{ key: "a" }, { key: "b" }] }] }),
    says: ["audit.required[0] must not have both key and anyOf: leave one of them out"],
  },
  {
    title: "one of one key",
    input: audit({ required: [{ anyOf: [{ key: "owner" }] }] }),
    says: ["audit.required[0].anyOf needs at least two keys, found a list"],
  },
  {
    title: "a wrong value in one of either-of keys",
    input: audit({ required: [{ anyOf: [{ key: "owner" }, { key: "b", value: { oneOf: [] } }] }] }),
    says: ["audit.required[0].anyOf[1].value.oneOf must not be empty, found an empty list"],
  },
  {
    title: "a condition that says nothing",
    input: required({ when: {} }),
    says: [
      "audit.required[0].when must say at least one of accounts, units, regions, vpcs, tag, found " +
      "an object",
    ],
  },
  {
    title: "a condition with an empty list, which would hold nowhere",
    input: required({ when: { accounts: [] } }),
    says: ["audit.required[0].when.accounts must not be empty, found an empty list"],
  },
  {
    title: "a condition about two values at once",
    input: required({ when: { tag: { key: "env", value: "a", pattern: "^b$" } } }),
    says: [
      "audit.required[0].when.tag must have at most one of value, oneOf, pattern, found an object",
    ],
  },
  {
    title: "a condition with a wildcard",
    input: required({ when: { tag: { key: "env", value: "prod-*" } } }),
    says: [
      'audit.required[0].when.tag.value must be a text that stands for itself, since "*" has no ' +
      'other meaning here: write "pattern" for values of many forms, found the string "prod-*"',
    ],
  },
  ...["groundskeeper-audit", "Groundskeeper-Until", "groundskeeper-canary"].map((key) => ({
    title: `a condition about ${key}, by which a mark would undo its own reason`,
    input: required({ when: { not: { tag: { key } } } }),
    says: [
      `audit.required[0].when.not.tag reads "${key.toLowerCase()}", which Groundskeeper sets and ` +
      "reads itself",
    ],
  })),
  {
    title: "an exemption of everything that is marked",
    input: exempt({ match: { tag: { key: "groundskeeper-audit" } } }),
    says: [
      'audit.exempt[0].match.tag reads "groundskeeper-audit", which Groundskeeper sets and reads ' +
      "itself",
    ],
  },
  ...[
    { key: "Owner" },
    { key: "Owner", pattern: "^.*$" },
    { key: "owner", pattern: "^.+$" },
    { key: "owner", pattern: "^(.|..)*$" },
    { key: "owner", pattern: "^[^\\n]{0,200}$" },
  ].map((tag) => ({
    title: `an exemption of everything that has a required tag: ${JSON.stringify(tag)}`,
    input: exempt({ match: { tag } }),
    says: [
      `audit.exempt[0].match.tag takes in every instance that has "${tag.key}", which ` +
      "audit.required asks for: say which values are exempt, with value, oneOf or pattern",
    ],
  })),
  {
    title: "an exemption of everything that has an old name of a required tag",
    input: audit({
      required: [{ key: "owner", aliases: ["contact"] }],
      exempt: [{ match: { tag: { key: "Contact" } }, reason: "vendor", until: "2027-01-31" }],
    }),
    says: [
      'audit.exempt[0].match.tag takes in every instance that has "Contact", which ' +
      "audit.required asks for: say which values are exempt, with value, oneOf or pattern",
    ],
  },
  ...[{ users: false }, { users: { allExcept: ["111111111111"] } }].map((principal) => ({
    title: `principals with no file in ${JSON.stringify(principal)}`,
    input: required({ value: { principal } }),
    says: [
      "audit.required[0].value.principal must name a file of principals where accounts have no " +
      'IAM users, or nobody could keep the rule: {"users": false, "file": "principals.txt"}, ' +
      "found an object",
    ],
  })),
  {
    title: "a day without a bound",
    input: required({ value: { date: {} } }),
    says: ["audit.required[0].value.date.atMost must be a string, found nothing"],
  },
  {
    title: "actions of another tool",
    input: audit({ actions: ["mark-for-op"] }),
    says: [
      'audit.actions is not a setting. Write "ladder": what happens to an instance that breaks a ' +
      "rule, and when",
    ],
  },
  ...[
    ["or", '"anyOf": [{"key": …}, {"key": …}]: one of these keys must be kept'],
    ["filters", 'a rule for each tag that must be there, and "when" for which instances it is'],
    ["absent", 'the key alone, {"key": …}: each key that is named must be there'],
    ["tag_key", '"key"'],
    [
      "@@assign",
      'the value itself: {"key": "CostCenter", "value": {"oneOf": ["100", "200"]}}',
    ],
  ].map(([word, instead]) => ({
    title: `the word ${word} of another tool`,
    input: required({ [word!]: [] }),
    says: [`audit.required[0].${word} is not a setting. Write ${instead}`],
  })),
];
