import { counted } from "../../core/cli/words.ts";
import { ConfigError, messageOf } from "../../core/errors.ts";
import type { Plugin } from "../../core/plugin/module.ts";
import { isBlank } from "../../core/spelling.ts";
import type { Ineligible } from "../decide/decided.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import { filterIn, type PluginSettings } from "../plugins.ts";
import type { BlocklistFile } from "./blocklist_file.ts";
import type { RoleFilter } from "../decide/eligibility.ts";
import { type ByAccount, type FilterConfig, type FilterName, FILTERS, listed } from "./settings.ts";
import { DAY_MS, spanText } from "../../core/duration.ts";
import { matchesPattern } from "../catalogue/glob.ts";
import { readInstant } from "../decide/instants.ts";

/**
 * Makes the filters that the configuration names, in its order.
 *
 * @param plugins the user's own modules, by the path that the configuration has
 * @param blocklist the list in S3, where one is configured
 * @throws ConfigError if one of them is missing: no role is judged by fewer filters than are named
 */
export function prepareFilters(
  config: PluginSettings,
  plugins: ReadonlyMap<string, Plugin>,
  blocklist: BlocklistFile | null,
): readonly RoleFilter[] {
  const { filters, filterConfig } = config;
  const bucket = filterConfig.blocklist?.blocklist_bucket;
  if (filters.includes("blocklist") && bucket && blocklist === null) {
    throw new ConfigError(["repo.filterConfig.blocklist.blocklist_bucket was not read"]);
  }
  return filters.map((name, index) => {
    if (isBuiltIn(name)) return builtInFilter(name, filterConfig, blocklist);
    const plugin = plugins.get(name);
    if (!plugin) throw new ConfigError([`repo.filters[${index}] "${name}" was not loaded`]);
    const own = Object.hasOwn(filterConfig, plugin.name) ? filterConfig[plugin.name] : undefined;
    return ownFilter(plugin, own, `repo.filters[${index}]`);
  });
}

function isBuiltIn(name: string): name is FilterName {
  return (FILTERS as readonly string[]).includes(name);
}

/** A role as a filter of the user's own gets it: a copy, which the filter may change. */
export type FilteredRole = ObservedRole & {
  /** The ID of its account. */
  readonly account: string;
  readonly accountName: string | null;
};

/**
 * A filter of the user's own: the default export of its module, or its export `filter`. It must
 * answer at once.
 *
 * @returns why the role is left alone, in a sentence; null: the filter does not hold it back
 */
type OwnFilter = (role: FilteredRole, settings: unknown) => string | null;

/**
 * Makes a filter of a module. If it throws, or answers neither a sentence nor null, the role is
 * left alone with the reason `filter-failed`.
 *
 * @param setting where the configuration names it, for messages: `repo.filters[0]`
 * @throws ConfigError if the module exports no filter
 */
function ownFilter(plugin: Plugin, settings: unknown, setting: string): RoleFilter {
  const { name } = plugin;
  const filter = filterIn(plugin, setting);
  const failed = (what: string): Ineligible => ({
    reason: "filter-failed",
    detail: `the filter ${name} ${what}, so that it is not known whether it would leave it alone`,
  });
  return {
    name,
    judge: (role, account) => {
      const seen = structuredClone({ ...role, account: account.id, accountName: account.name });
      try {
        const detail: unknown = filter(seen, settings);
        if (detail === null) return null;
        return typeof detail === "string" && !isBlank(detail)
          ? { reason: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"), detail }
          : failed(`answered ${answerText(detail)}, which is neither a sentence nor null`);
      } catch (error) {
        return failed(`failed: ${messageOf(error)}`);
      }
    },
  };
}

function answerText(answer: unknown): string {
  if (answer instanceof Promise) {
    // Nobody waits for it: a rejection would end the process.
    answer.catch(() => {});
    return "a promise (what must be waited for belongs into prepare)";
  }
  return answer === undefined ? "nothing" : JSON.stringify(answer) ?? String(answer);
}

/** Why a role is left alone, in a sentence, or null. */
type Judge = (role: ObservedRole, account: ObservedAccount, now: Date) => string | null;

/**
 * A filter that is built in.
 *
 * @param blocklist the list in S3; null where none is configured
 */
export function builtInFilter(
  name: FilterName,
  settings: FilterConfig,
  blocklist: BlocklistFile | null,
): RoleFilter {
  const judges: Readonly<Record<FilterName, Judge>> = {
    "age": ageJudge(settings.age?.minimum_age ?? 90),
    "blocklist": blocklistJudge(settings.blocklist ?? {}, blocklist),
    "exclusive": exclusiveJudge(settings.exclusive ?? {}),
    "lambda": lambdaJudge,
    // Opt-outs hold without it, too; it exists for configurations that come from Repokid.
    "opt-out": () => null,
  };
  return {
    name,
    judge: (role, account, now) => {
      const detail = judges[name](role, account, now);
      return detail === null ? null : { reason: name, detail };
    },
  };
}

/**
 * The filter `age`, as Repokid has it. `repo.minimumAge` holds besides, also without this filter. A
 * role whose day of creation is not known counts as young.
 */
function ageJudge(minimumDays: number): Judge {
  return ({ created }, _account, now) => {
    const at = readInstant(created);
    if (at === null) return `it says that it was created "${created}", which is no instant`;
    const age = now.getTime() - at;
    return age >= minimumDays * DAY_MS
      ? null
      : `it was created ${spanText(age)} ago, the filter asks for ${counted(minimumDays, "day")}`;
  };
}

/** Names and ARNs match as a whole and in any case: no two roles differ in case alone. */
function blocklistJudge(
  { blocklist_bucket: _read, ...names }: NonNullable<FilterConfig["blocklist"]>,
  file: BlocklistFile | null,
): Judge {
  const arns = new Set(file?.arns.map((arn) => arn.toLowerCase()));
  const inFile = new Map(
    Object.entries(file?.names ?? {}).map(([name, accounts]) => [name.toLowerCase(), accounts]),
  );
  return (role, account) => {
    const name = role.name.toLowerCase();
    if (listed(names, account.id).some((one) => one.toLowerCase() === name)) {
      return "repo.filterConfig.blocklist names it";
    }
    const accounts = inFile.get(name) ?? [];
    return arns.has(role.arn.toLowerCase()) || accounts.includes("all") ||
        accounts.includes(account.id)
      ? "the blocklist in S3 names it"
      : null;
  };
}

/** Leaves alone every role that no pattern names: all of an account that has no pattern. */
function exclusiveJudge(globs: ByAccount): Judge {
  return (role, account) =>
    listed(globs, account.id).some((glob) => matchesPattern(glob, role.name))
      ? null
      : "no pattern of repo.filterConfig.exclusive names it";
}

/** As Repokid recognizes a role of Lambda: "lambda" stands anywhere in its trust policy. */
const lambdaJudge: Judge = ({ trust }) =>
  /lambda/i.test(trust) ? "its trust policy speaks of lambda" : null;
