import assert from "assert";
import { builtInFilter } from "../../../../runners/repo/filters/prepare_filters.ts";
import { filterConfigSchema, type FilterName } from "../../../../runners/repo/filters/settings.ts";
import { parseBlocklist } from "../../../../runners/repo/filters/blocklist_file.ts";
import type { ObservedRole } from "../../../../runners/repo/observed.ts";
import { anAccount, aRole, daysAgo, NOW } from "../decide/deciding.ts";

const excludes = (
  name: FilterName,
  filterConfig: { readonly [name: string]: unknown },
  role: Partial<ObservedRole>,
  file: string | null = null,
): boolean => {
  const settings = filterConfigSchema.parse(filterConfig);
  const filter = builtInFilter(name, settings, file === null ? null : parseBlocklist(file, "s3"));
  return filter.judge(aRole(role), anAccount(), NOW) !== null;
};

const LAMBDA = '{"Statement":[{"Principal":{"Service":"Lambda.amazonaws.com"}}]}';
const FILE = JSON.stringify({
  arns: ["arn:aws:iam::111111111111:role/team/Payroll"],
  names: { "Break": ["all"], "here": ["111111111111"], "there": ["222222222222"] },
});

const CASES: readonly (readonly [
  what: string,
  FilterName,
  settings: unknown,
  role: Partial<ObservedRole>,
  excluded: boolean,
])[] = [
  ["younger than it asks for", "age", { minimum_age: 30 }, { created: daysAgo(29) }, true],
  ["as old as it asks for", "age", { minimum_age: 30 }, { created: daysAgo(30) }, false],
  ["without a day of creation", "age", { minimum_age: 0 }, { created: "" }, true],
  ["younger than 90 days, where nothing is said", "age", {}, { created: daysAgo(89) }, true],
  ["named for all accounts, in other case", "blocklist", { all: ["Checkout-API"] }, {}, true],
  ["named for its account", "blocklist", { "111111111111": ["checkout-api"] }, {}, true],
  ["named for another account", "blocklist", { "222222222222": ["checkout-api"] }, {}, false],
  ["whose name begins with one that is named", "blocklist", { all: ["checkout"] }, {}, false],
  ["that a pattern names", "exclusive", { all: ["checkout-*"] }, {}, false],
  ["that a pattern of its account names", "exclusive", { "111111111111": ["*-api"] }, {}, false],
  ["that a pattern of another account names", "exclusive", { "222222222222": ["*"] }, {}, true],
  ["where no pattern is given", "exclusive", {}, {}, true],
  ["whose trust policy speaks of lambda", "lambda", {}, { trust: LAMBDA }, true],
  ["whose trust policy does not", "lambda", {}, { trust: "{}" }, false],
];

for (const [what, name, settings, role, excluded] of CASES) {
  Deno.test(`the filter ${name} ${excluded ? "leaves alone" : "passes"} a role ${what}`, () => {
    assert.equal(excludes(name, { [name]: settings }, role), excluded);
  });
}

for (
  const [what, role, excluded] of [
    ["by ARN, in other case", { name: "payroll", path: "/team/" }, true],
    ["by an ARN with another path", { name: "payroll" }, false],
    ["by name in all accounts", { name: "break" }, true],
    ["by name in its account", { name: "HERE" }, true],
    ["by name in another account", { name: "there" }, false],
    ["by no name", { name: "constructor" }, false],
  ] as const
) {
  Deno.test(`the blocklist in S3 ${excluded ? "names" : "does not name"} a role ${what}`, () => {
    assert.equal(excludes("blocklist", {}, role, FILE), excluded);
  });
}
