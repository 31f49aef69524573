import { ConfigError, messageOf } from "../../core/errors.ts";
import type { Plugin } from "../../core/plugin/module.ts";
import { isBlank } from "../../core/spelling.ts";
import type { Ineligible } from "../decide/decision.ts";
import type { ObservedRole } from "../observed.ts";
import type { RoleFilter } from "./filter.ts";

/** A role as a filter of one's own sees it: a copy, which it may do with what it likes. */
export type FilteredRole = ObservedRole & {
  /** The ID of its account. */
  readonly account: string;
  readonly accountName: string | null;
};

/**
 * A filter of one's own: the default export of its module, or what it exports as `filter`. It
 * answers at once.
 *
 * @returns why the role is left alone, in a sentence; null: it has nothing against a change
 */
export type OwnFilter = (role: FilteredRole, settings: unknown) => string | null;

/**
 * Makes a filter of a module. What throws or answers anything but a sentence or null leaves the role
 * alone, with the reason `filter-failed`.
 *
 * @param setting where the configuration names it, for messages: `repo.filters[0]`
 * @throws ConfigError where the module exports no filter
 */
export function ownFilter(plugin: Plugin, settings: unknown, setting: string): RoleFilter {
  const { name, exports } = plugin;
  const filter = exports["default"] ?? exports["filter"];
  if (typeof filter !== "function") {
    throw new ConfigError([
      `${setting} is "${plugin.path}", which exports no filter: its default export, or "filter", ` +
      "must be a function (role, settings) => string | null",
    ]);
  }
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
    // Nobody waits for it, so that nobody else will hear that it failed.
    answer.catch(() => {});
    return "a promise (what must be waited for belongs into prepare)";
  }
  return answer === undefined ? "nothing" : JSON.stringify(answer) ?? String(answer);
}
