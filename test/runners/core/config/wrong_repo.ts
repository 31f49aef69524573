import type { WrongConfiguration } from "./wrong_configurations.ts";

const repo = (settings: object) => ({ version: 1, repo: settings });

const wrong = (title: string, settings: object, ...says: string[]): WrongConfiguration => ({
  title,
  input: repo(settings),
  says,
});

/** Settings of the job `repo` that are wrong or contradict each other. */
export const wrongRepo: readonly WrongConfiguration[] = [
  wrong(
    "a window that AWS does not track",
    { usageWindow: "401d" },
    'repo.usageWindow must be at most 400d, for which AWS tracks use, found "401d"',
  ),
  wrong("no window", { usageWindow: "0d" }, "repo.usageWindow must be more than 0"),
  wrong(
    "evidence that is never fresh enough",
    { evidenceMaxAge: "0s" },
    "repo.evidenceMaxAge must be more than 0, or no evidence would ever do",
  ),
  wrong(
    "evidence that may be older than the window",
    { usageWindow: "30d", evidenceMaxAge: "30d" },
    'repo.evidenceMaxAge must be less than repo.usageWindow, found "30d" and "30d": evidence of ' +
      "before the window shows no use within it",
  ),
  wrong(
    "actions of an Aardvark that knows services",
    { level: "action", aardvark: { api: "http://localhost:5000" } },
    'repo.level is "action", and repo.aardvark knows of services alone: leave one of them out',
  ),
  wrong(
    "a watch that is longer than CloudTrail remembers",
    { watch: "91d" },
    'repo.watch must be at most 90d, for which CloudTrail keeps events, found "91d"',
  ),
  wrong(
    "protected roles by what no name of a role is, which would protect none",
    { protectedRoles: ["arn:aws:iam::111111111111:role/emergency", "/ops/emergency", "ops/*", ""] },
    ...["arn:aws:iam::111111111111:role/emergency", "/ops/emergency", "ops/*", ""].map((
      found,
      at,
    ) =>
      `repo.protectedRoles[${at}] must be the name of a role without its path, with * and ? as IAM ` +
      `has them, found the string "${found}"`
    ),
  ),
  wrong(
    "a misspelt filter",
    { filters: ["agge"] },
    'repo.filters[0] is "agge", which is no filter. Did you mean "age"?',
  ),
  wrong(
    "a filter that nobody knows",
    { filters: ["payroll"] },
    'repo.filters[0] is "payroll", which is no filter. There are age, blocklist, exclusive, ' +
      'lambda, opt-out, and modules of one\'s own by path, such as "./filter.ts"',
  ),
  wrong(
    "a filter in Python",
    { filters: ["repokid.filters.age:AgeFilter"] },
    'repo.filters[0] is "repokid.filters.age:AgeFilter", a class in Python. ' +
      '"groundskeeper repo import-config" says what becomes of Repokid\'s filters',
  ),
  wrong(
    "a filter on another machine",
    { filters: ["https://example.com/filter.ts"] },
    "repo.filters[0] must be the path of a file on this machine, found " +
      '"https://example.com/filter.ts"',
  ),
  wrong(
    "a filter of one's own under a name that is taken",
    { filters: ["./age.ts"] },
    "repo.filters[0] has the name of the filter age, which is built in: rename its file",
  ),
  wrong(
    "two filters of one name",
    { filters: ["./a/ours.ts", "./b/ours.ts"] },
    "repo.filters[1] names ours a second time",
  ),
  wrong(
    "a hook that is no path",
    { hooks: ["cloudtrail"] },
    'repo.hooks[0] must be the path of a module, such as "./hook.ts", found "cloudtrail"',
  ),
  wrong(
    "a hook twice",
    { hooks: ["./ours.ts", "./ours.ts"] },
    "repo.hooks[1] names ours a second time",
  ),
  wrong(
    "a blocklist that is not asked",
    { filterConfig: { blocklist: { all: ["payroll"] } } },
    'repo.filterConfig.blocklist is set, and repo.filters does not name "blocklist"',
  ),
  wrong(
    "settings of no filter",
    { filters: ["age"], filterConfig: { agge: {} } },
    "repo.filterConfig.agge belongs to no filter or hook. There are age",
  ),
  wrong(
    "a blocklist of an account's name",
    { filters: ["blocklist"], filterConfig: { blocklist: { prod: ["payroll"] } } },
    'repo.filterConfig.blocklist.prod must be "all" or the ID of an account',
  ),
  wrong(
    "a blocklist of an ARN",
    {
      filters: ["blocklist"],
      filterConfig: { blocklist: { all: ["arn:aws:iam::111111111111:role/x"] } },
    },
    "repo.filterConfig.blocklist.all[0] must be the name of a role, without its path, found the " +
      'string "arn:aws:iam::111111111111:role/x"',
  ),
  wrong(
    "a bucket whose name stands under another key",
    {
      filters: ["blocklist"],
      filterConfig: { blocklist: { blocklist_bucket: { bucket_name: "lists", key: "repo.json" } } },
    },
    "repo.filterConfig.blocklist.blocklist_bucket.bucket must be a string, found nothing",
    "repo.filterConfig.blocklist.blocklist_bucket.bucket_name is not a setting. " +
      "Allowed there: bucket, key, account_number, region, assume_role",
  ),
  wrong(
    "a pattern that IAM does not know",
    { filters: ["exclusive"], filterConfig: { exclusive: { all: ["app-[0-9]"] } } },
    "repo.filterConfig.exclusive.all[0] must be a pattern of role names, with * and ? alone, " +
      'found the string "app-[0-9]"',
  ),
  wrong(
    "a list where settings are meant",
    { filters: ["age"], filterConfig: { age: [90] } },
    "repo.filterConfig.age must be an object, found a list",
  ),
  wrong(
    "an age in another unit",
    { filters: ["age"], filterConfig: { age: { minimum_age: "90d" } } },
    'repo.filterConfig.age.minimum_age must be a number, found the string "90d"',
  ),
  wrong(
    "an action that is none",
    { pinned: ["PassRole"] },
    'repo.pinned[0] must be an action such as "iam:PassRole", with * and ? as IAM has them: it ' +
      'has no colon between the service and the action, found the string "PassRole"',
  ),
  wrong(
    "a level that is none",
    { level: "resource" },
    'repo.level must be one of "service", "action", found the string "resource"',
  ),
];
