import { spanText } from "../../core/duration.ts";
import { matchesPattern } from "../catalogue/glob.ts";
import { readInstant } from "../decide/instants.ts";
import type { ObservedAccount, ObservedRole } from "../observed.ts";
import type { BlocklistFile } from "./blocklist_file.ts";
import type { RoleFilter } from "../decide/eligibility.ts";
import { type ByAccount, type FilterConfig, type FilterName, listed } from "./settings.ts";

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
  const judge = judgeOf(name, settings, blocklist);
  return {
    name,
    judge: (role, account, now) => {
      const detail = judge(role, account, now);
      return detail === null ? null : { reason: name, detail };
    },
  };
}

function judgeOf(
  name: FilterName,
  settings: FilterConfig,
  blocklist: BlocklistFile | null,
): Judge {
  switch (name) {
    case "age":
      return ageJudge(settings.age?.minimum_age ?? 90);
    case "blocklist":
      return blocklistJudge(settings.blocklist ?? {}, blocklist);
    case "exclusive":
      return exclusiveJudge(settings.exclusive ?? {});
    case "lambda":
      return lambdaJudge;
    case "opt-out":
      // Opt-outs hold with and without it; it has its name for those who come from Repokid.
      return () => null;
  }
}

/** A role whose day of creation is not known counts as young. */
function ageJudge(minimumDays: number): Judge {
  return ({ created }, _account, now) => {
    const at = readInstant(created);
    if (at === null) return `it says that it was created "${created}", which is no instant`;
    const age = now.getTime() - at;
    return age >= minimumDays * 86_400_000
      ? null
      : `it was created ${spanText(age)} ago, the filter asks for ${minimumDays} days`;
  };
}

/** Names are compared whole, ARNs too; without case, since no two roles differ in it alone. */
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

/** Only roles that are named. Without a pattern for an account none of its roles is. */
function exclusiveJudge(globs: ByAccount): Judge {
  return (role, account) =>
    listed(globs, account.id).some((glob) => matchesPattern(glob, role.name))
      ? null
      : "no pattern of repo.filterConfig.exclusive names it";
}

/** Repokid's way to see who is used by Lambda: its service anywhere in the trust policy. */
const lambdaJudge: Judge = ({ trust }) =>
  /lambda/i.test(trust) ? "its trust policy speaks of lambda" : null;
