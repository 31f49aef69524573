import {
  audit,
  exempt,
  organization,
  uncanaried,
  type WrongConfiguration,
} from "./wrong_configurations.ts";

/** A configuration whose audit has these settings and asks for no canary, in an organization. */
const placed = (settings: object, organization: object = {}) => ({
  version: 1,
  organization,
  audit: { ...uncanaried, ...settings },
});

/** Accounts, units, regions and roles that are wrong or contradict each other. */
export const wrongAccounts: readonly WrongConfiguration[] = [
  {
    title: "a number for an account ID",
    input: organization({ accounts: [{ id: 12345678901 }] }),
    says: [
      "organization.accounts[0].id must be a string of twelve digits, found the number " +
      "12345678901 (an id that begins with 0 needs quotes)",
    ],
  },
  {
    title: "a number among the excluded",
    input: organization({ exclude: [111111111111] }),
    says: [
      "organization.exclude[0] must be a string of twelve digits, found the number 111111111111 " +
      "(an id that begins with 0 needs quotes)",
    ],
  },
  {
    title: "a number among the enforced",
    input: audit({ enforce: { accounts: [111111111111] } }),
    says: [
      "audit.enforce.accounts[0] must be a string of twelve digits, found the number " +
      "111111111111 (an id that begins with 0 needs quotes)",
    ],
  },
  {
    title: "a number for the account of an exemption",
    input: exempt({ match: { account: 12345678901 } }),
    says: [
      "audit.exempt[0].match.account must be a string of twelve digits, found the number " +
      "12345678901 (an id that begins with 0 needs quotes)",
    ],
  },
  {
    title: "an ID of eleven digits",
    input: organization({ exclude: ["12345678901"] }),
    says: [
      'organization.exclude[0] must be a string of twelve digits, found the string "12345678901"',
    ],
  },
  {
    title: "an ID where an account is meant",
    input: organization({ accounts: ["111111111111"] }),
    says: ['organization.accounts[0] must be an object, found the string "111111111111"'],
  },
  {
    title: "a word that names no accounts",
    input: organization({ accounts: "all" }),
    says: [
      'organization.accounts must be one of "current", "organizations" or a list, found the ' +
      'string "all"',
    ],
  },
  {
    title: "no accounts at all",
    input: organization({ accounts: [] }),
    says: ["organization.accounts must not be empty, found an empty list"],
  },
  {
    title: "an account twice",
    input: organization({ accounts: [{ id: "111111111111" }, { id: "111111111111" }], roles: "r" }),
    says: ["organization.accounts names the account 111111111111 twice"],
  },
  {
    title: "an account that is named and excluded",
    input: organization({ accounts: [{ id: "111111111111" }], exclude: ["111111111111"] }),
    says: ["organization.exclude leaves out 111111111111, which organization.accounts names"],
  },
  ...[{ accounts: "organizations" }, {
    accounts: [{ id: "111111111111" }, { id: "222222222222" }],
  }].map((settings) => ({
    title: `no role for several accounts (${JSON.stringify(settings)})`,
    input: organization(settings),
    says: [
      "organization.roles is null, so the caller's own credentials are used, which belong to one " +
      'account: name the role to assume, such as "groundskeeper-{job}-{role}", or leave ' +
      'organization.accounts at "current"',
    ],
  })),
  ...["current", [{ id: "111111111111" }]].map((named) => ({
    title: `units without the organization (accounts: ${JSON.stringify(named)})`,
    input: organization({ accounts: named, units: ["ou-ab12-cdef3456"] }),
    says: ['organization.units takes effect with organization.accounts: "organizations" only'],
  })),
  {
    title: "a unit that is none",
    input: organization({ accounts: "organizations", roles: "r", units: ["prod"] }),
    says: ['organization.units[0] must be the ID of a unit, ou-…, found the string "prod"'],
  },
  {
    title: "a Region that AWS does not have, with the one that may be meant",
    input: organization({ regions: ["us-east-1", "us-esat-1"] }),
    says: [
      'organization.regions[1]: "us-esat-1" is no Region of AWS that this version knows. ' +
      'Did you mean "us-east-1"?',
    ],
  },
  {
    title: "a Region to leave out that AWS does not have",
    input: organization({ regions: { allExcept: ["ap-southest-1"] } }),
    says: [
      'organization.regions.allExcept[0]: "ap-southest-1" is no Region of AWS that this version ' +
      'knows. Did you mean "ap-southeast-1"?',
    ],
  },
  {
    title: "a region that is none",
    input: organization({ regions: ["us_east_1"] }),
    says: [
      'organization.regions[0] must be a region name such as "us-east-1", found the string ' +
      '"us_east_1"',
    ],
  },
  {
    title: "a role of its own for no job and role",
    input: organization({ namedRoles: { audit: "OurAuditor" } }),
    says: ['organization.namedRoles.audit must be a job and a role such as "audit-observe"'],
  },
  {
    title: "an enforced account that is excluded",
    input: {
      version: 1,
      organization: { exclude: ["222222222222"] },
      audit: { ...uncanaried, enforce: { accounts: ["111111111111", "222222222222"] } },
    },
    says: ["audit.enforce.accounts[1] is 222222222222, which organization.exclude leaves out"],
  },
  {
    title: "an enforced account that is not among those named",
    input: {
      version: 1,
      organization: { accounts: [{ id: "111111111111" }] },
      audit: { ...uncanaried, enforce: { accounts: ["222222222222"] } },
    },
    says: ["audit.enforce.accounts[0] is 222222222222, which organization.accounts does not name"],
  },
  ...["current" as const, [{ id: "111111111111" }]].map((accounts) => ({
    title: `enforced units, and accounts that are ${JSON.stringify(accounts)}`,
    input: {
      version: 1,
      organization: { accounts },
      audit: { ...uncanaried, enforce: { units: ["ou-ab12-cdef3456"] } },
    },
    says: [
      'audit.enforce.units takes effect with organization.accounts: "organizations" only; name ' +
      "the accounts in audit.enforce.accounts",
    ],
  })),
  {
    title: "an enforced unit that is no unit's ID",
    input: {
      version: 1,
      organization: { accounts: "organizations", roles: "r" },
      audit: { ...uncanaried, enforce: { units: ["Sandboxes"] } },
    },
    says: [
      'audit.enforce.units[0] must be the ID of a unit, ou-…, found the string "Sandboxes"',
    ],
  },
  {
    title: "an account that is left out of enforcement and that nobody knows",
    input: placed({ enforce: { accounts: { allExcept: ["222222222222"] } } }, {
      accounts: [{ id: "111111111111" }],
    }),
    says: [
      "audit.enforce.accounts.allExcept[0] is 222222222222, which organization.accounts does not " +
      "name",
    ],
  },
  {
    title: "a number for an account that is left out of enforcement",
    input: placed({ enforce: { accounts: { allExcept: [12345678901] } } }),
    says: [
      "audit.enforce.accounts.allExcept[0] must be a string of twelve digits, found the number " +
      "12345678901 (an id that begins with 0 needs quotes)",
    ],
  },
  {
    title: "no account that is left out of enforcement",
    input: placed({ enforce: { accounts: { allExcept: [] } } }),
    says: ["audit.enforce.accounts.allExcept must not be empty, found an empty list"],
  },
  {
    title: "units beside all accounts but some: an excepted one would be enforced by its unit",
    input: placed({
      enforce: { accounts: { allExcept: ["222222222222"] }, units: ["ou-ab12-cdef3456"] },
    }, { accounts: "organizations", roles: "groundskeeper-{job}-{role}" }),
    says: [
      "audit.enforce.units has no effect beside audit.enforce.accounts.allExcept, which takes in " +
      "all accounts but these: leave it out",
    ],
  },
  {
    title: "a rule for an account that is not read",
    input: placed({ required: [{ key: "a", when: { not: { accounts: ["222222222222"] } } }] }, {
      accounts: [{ id: "111111111111" }],
    }),
    says: [
      "audit.required[0].when.not.accounts[0] is 222222222222, which organization.accounts does " +
      "not name",
    ],
  },
  {
    title: "a rule for a unit without Organizations",
    input: placed({ required: [{ key: "a", when: { units: ["ou-ab12-cdef3456"] } }] }),
    says: [
      'audit.required[0].when.units takes effect with organization.accounts: "organizations" ' +
      "only; name the accounts in audit.required[0].when.accounts",
    ],
  },
  {
    title: "a rule for a Region that is not read",
    input: placed({ required: [{ key: "a", when: { regions: ["eu-west-1"] } }] }, {
      regions: ["us-east-1"],
    }),
    says: [
      "audit.required[0].when.regions[0] is eu-west-1, which organization.regions does not name",
    ],
  },
  {
    title: "a rule for a Region that is left out",
    input: placed({ required: [{ key: "a", when: { regions: ["us-east-1", "eu-west-1"] } }] }, {
      regions: { allExcept: ["eu-west-1"] },
    }),
    says: [
      "audit.required[0].when.regions[1] is eu-west-1, which organization.regions leaves out",
    ],
  },
  {
    title: "a rule for a Region, and one for all but a Region, that AWS does not have",
    input: placed({
      required: [
        { key: "a", when: { regions: ["us-east-1", "us-wset-2"] } },
        { key: "b", when: { not: { regions: ["us-esat-1"] } } },
      ],
    }),
    says: [
      'audit.required[0].when.regions[1]: "us-wset-2" is no Region of AWS that this version ' +
      'knows. Did you mean "us-west-2"?',
      'audit.required[1].when.not.regions[0]: "us-esat-1" is no Region of AWS that this version ' +
      'knows. Did you mean "us-east-1"?',
    ],
  },
  {
    title: "an account without IAM users that is not read",
    input: placed({
      required: [{
        key: "a",
        value: { principal: { users: { allExcept: ["222222222222"] }, file: "p.txt" } },
      }],
    }, { accounts: [{ id: "111111111111" }] }),
    says: [
      "audit.required[0].value.principal.users.allExcept[0] is 222222222222, which " +
      "organization.accounts does not name",
    ],
  },
];
