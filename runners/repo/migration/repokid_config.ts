import { ConfigError } from "../../core/errors.ts";
import { TRACKED_DAYS } from "../decide/instants.ts";
import { type ImportedConfig, Importing, type Part } from "./importing.ts";

/** A hundred years: the most that the filter `age` takes. */
const MAX_AGE_DAYS = 36_500;

/** Repokid's own filters, by class; the module before the colon was renamed once. */
const FILTER_CLASSES: { readonly [name: string]: string } = {
  AgeFilter: "age",
  BlocklistFilter: "blocklist",
  BlacklistFilter: "blocklist",
  ExclusiveFilter: "exclusive",
  LambdaFilter: "lambda",
  OptOutFilter: "opt-out",
};

/**
 * Translates Repokid's config.json (its README, "Configuration").
 *
 * @param input the file's content, read
 * @returns what `config check` accepts, and what could not be carried over
 * @throws ConfigError for each filter and hook in Python, which must be written again, and for
 * lists of them that cannot be read: without them, roles would be changed that they protect
 */
export function importRepokidConfig(input: unknown): ImportedConfig {
  if (input === null || typeof input !== "object" || Array.isArray(input)) {
    throw new ConfigError(["Repokid's configuration must be a JSON object"]);
  }
  const importing = new Importing();
  readKeys(importing, KEYS, input as Part);
  return importing.end();
}

type ReadKey = (importing: Importing, value: unknown, whole: Part, key: string) => void;

type Keys = { readonly [key: string]: ReadKey };

/** @param above the key of the part, with a dot behind it */
function readKeys(importing: Importing, keys: Keys, part: Part, above = ""): void {
  for (const [name, value] of Object.entries(part)) {
    const read = Object.hasOwn(keys, name) ? keys[name] : undefined;
    const key = `${above}${name}`;
    if (read) read(importing, value, part, key);
    else importing.note(key, "nothing: Repokid does not have it either");
  }
}

const REQUIREMENTS: Keys = {
  oldest_aa_data_days: daysOf("evidenceMaxAge"),
  exclude_new_permissions_for_days: daysOf("protectNew"),
};

const KEYS: Keys = {
  filter_config: readFilterConfig,
  active_filters: readActiveFilters,
  hooks: readHooks,
  repo_requirements: (importing, value, _whole, key) =>
    readKeys(importing, REQUIREMENTS, importing.part(key, value), `${key}.`),
  repo_schedule_period_days: daysOf("scheduleAfter"),
  aardvark_api_location: (importing, value, _whole, key) => {
    if (typeof value === "string" && /^https?:\/\/\S+$/.test(value)) {
      importing.set(key, "aardvark", { api: value });
    } else if (value === "" || value === null) {
      importing.note(key, "nothing: it is empty, and IAM is asked itself");
    } else {
      importing.leave(key, value, `${key} must be the address of an API. IAM is asked itself`);
    }
  },
  dispatcher: readDispatcher,
  connection_iam: explained(
    'organization.roles or organization.namedRoles {"repo-observe": …, "repo-apply": …}: ' +
      "Groundskeeper reads and writes under two roles; Repokid's one may do both",
  ),
  dynamo_db: explained(
    'store. Groundskeeper keeps its own tables; "groundskeeper repo import-table" reads the ' +
      "history and the opt-outs of Repokid's",
  ),
  logging: explained("nothing: the log is JSON lines on stderr, and goes where that is sent"),
  opt_out_period_days: (importing, value, _whole, key) => {
    const days = importing.days(key, value);
    if (days !== null) {
      importing.note(
        key,
        `repo.serve.optOutPeriod: "${days}", of opt-outs by message; others say --until themselves`,
      );
    }
  },
  warnings: explained("nothing: an action that is not known is kept, and the plan names it"),
  query_role_data_in_batch: explained("nothing: Repokid does not read it any more"),
  batch_processing_size: explained("nothing: Repokid does not read it any more"),
};

/** A key that needs no setting here, with what replaces it. */
function explained(became: string): ReadKey {
  return (importing, _value, _whole, key) => importing.note(key, became);
}

/** A number of days, which is a duration here. */
function daysOf(setting: string): ReadKey {
  return (importing, value, _whole, key) => {
    const days = importing.days(key, value);
    if (days !== null) importing.set(key, setting, days);
  };
}

/** The name of Repokid's filter class here; null: Repokid has no such class. */
function filterOf(name: string): string | null {
  return Object.hasOwn(FILTER_CLASSES, name) ? FILTER_CLASSES[name]! : null;
}

function readFilterConfig(importing: Importing, value: unknown, whole: Part): void {
  const active = Array.isArray(whole["active_filters"]) ? whole["active_filters"] : [];
  const isActive = (name: string) =>
    active.some((one) => typeof one === "string" && FILTER_CLASSES[classOf(one)] === name);
  const filterConfig: { [name: string]: unknown } = {};
  for (const [name, settings] of Object.entries(importing.part("filter_config", value))) {
    const key = `filter_config.${name}`;
    const filter = filterOf(name);
    if (filter === null) {
      importing.note(key, "nothing: settings of a filter of your own; see its port");
      continue;
    }
    const part = importing.part(key, settings);
    if (filter === "age") readAge(importing, `${key}.minimum_age`, part["minimum_age"]);
    if (!isActive(filter)) {
      importing.note(key, "no filter: active_filters does not name it, so that it did nothing");
      continue;
    }
    filterConfig[filter] = settingsOf(filter, part);
    importing.note(key, `repo.filterConfig.${filter}`);
  }
  if (Object.keys(filterConfig).length > 0) importing.config["filterConfig"] = filterConfig;
}

/** Repokid's one number is two settings here: the age of the role, and the time without use. */
function readAge(importing: Importing, key: string, value: unknown): void {
  if (value === undefined) return;
  const days = importing.days(key, value);
  if (days === null) return;
  const tooLong = Number(value) > TRACKED_DAYS;
  importing.set(key, "usageWindow", tooLong ? `${TRACKED_DAYS}d` : days);
  importing.set(key, "minimumAge", days);
  if (tooLong) {
    importing.leave(
      key,
      value,
      `AWS tracks use for ${TRACKED_DAYS} days, so that repo.usageWindow is "${TRACKED_DAYS}d": ` +
        "pin what is used less often (repo.pinned)",
    );
  }
}

/** A filter's settings in their shape here. Those that have no effect in Repokid are left out. */
function settingsOf(filter: string, part: Part): unknown {
  if (filter === "blocklist") return blocklistOf(part);
  const days = part["minimum_age"];
  return filter === "age" && typeof days === "number" && days > MAX_AGE_DAYS
    ? { ...part, minimum_age: MAX_AGE_DAYS }
    : part;
}

/** Repokid knows two keys for the bucket, and two for its name. */
function blocklistOf(
  { blacklist_bucket, blocklist_bucket = blacklist_bucket, ...names }: Part,
): unknown {
  if (blocklist_bucket === null || typeof blocklist_bucket !== "object") return names;
  const { bucket_name, bucket = bucket_name, ...rest } = blocklist_bucket as Part;
  // Empty texts, as in Repokid's sample, mean nothing.
  const said = Object.entries({ bucket, ...rest }).filter(([, value]) => value);
  return said.length === 0 ? names : { ...names, blocklist_bucket: Object.fromEntries(said) };
}

function readActiveFilters(importing: Importing, value: unknown): void {
  const filters: string[] = [];
  importing.texts("active_filters", value).forEach((path, index) => {
    const filter = path.startsWith("repokid.filters.") ? filterOf(classOf(path)) : null;
    if (filter === null) {
      importing.problem(
        `active_filters[${index}] is "${path}", a filter of your own in Python. Write it again as ` +
          "a module: export default (role, settings) => why it is left alone, or null; then name " +
          "its file in repo.filters, and take it out here. See examples/repo/keep_tag.ts",
      );
      return;
    }
    importing.note(`active_filters[${index}]`, `repo.filters: "${filter}"`);
    if (!filters.includes(filter)) filters.push(filter);
  });
  importing.config["filters"] = filters;
}

function classOf(path: string): string {
  return path.slice(path.indexOf(":") + 1);
}

function readHooks(importing: Importing, value: unknown): void {
  importing.texts("hooks", value).forEach((module, index) => {
    const key = `hooks[${index}]`;
    if (module === "repokid.hooks.loggers") {
      importing.note(key, "nothing: Groundskeeper's log says what these say");
      return;
    }
    importing.problem(
      `${key} is "${module}", hooks of your own in Python. Write them again as a module that ` +
        "exports hooks with the same names, priorities and keys; then name its file in " +
        "repo.hooks, and take it out here. See examples/repo/cloudtrail_evidence.ts",
    );
  });
}

function readDispatcher(importing: Importing, value: unknown, whole: Part): void {
  const { to_rr_queue: queueUrl, from_rr_sns: topicArn } = importing.part("dispatcher", value);
  if (!queueUrl && !topicArn) {
    importing.note("dispatcher", "nothing: it names neither a queue nor a topic");
    return;
  }
  if (typeof queueUrl !== "string" || typeof topicArn !== "string") {
    const why = "dispatcher needs both to_rr_queue and from_rr_sns. repo.serve is not set";
    importing.leave("dispatcher", value, why);
    return;
  }
  const days = whole["opt_out_period_days"];
  importing.config["serve"] = {
    queueUrl,
    topicArn,
    requestors: [],
    // What is no number of days is told where that key is read.
    ...(Number.isInteger(days) ? { optOutPeriod: `${days}d` } : {}),
  };
  importing.note(
    "dispatcher",
    "repo.serve. Who may change anything must be added in repo.serve.requestors: until then " +
      "everybody can list alone",
  );
}
