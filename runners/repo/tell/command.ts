import { visible } from "../../core/cli/table.ts";
import type { RepoSettings } from "../config.ts";
import { type RoleEntry, roleReference } from "./names.ts";

/** More roles than this are not named in a command line that people paste. */
const NAMED = 10;

/**
 * The options that ask the same again, quoted for a shell: `--role 111111111111/app --remove 's3:*'`.
 * Roles that came from a file are not named one by one where they are many.
 */
export function askedOptions({ asked }: Pick<RepoSettings, "asked">): string {
  const { roles, scheduled, remove, overrideFilters, restore, policy } = asked;
  const named = roles ?? [];
  return [
    ...(named.length > NAMED
      ? ["--role-file FILE"]
      : named.map(({ account, name }) => `--role ${shellWord(`${account}/${name}`)}`)),
    ...(scheduled ? ["--scheduled"] : []),
    ...(remove ?? []).map((action) => `--remove ${shellWord(action)}`),
    ...(overrideFilters ? ["--override-filters"] : []),
    ...(restore === null ? [] : [
      policy === null
        ? `--restore ${restore}`
        : `--restore v${restore} --policy ${shellWord(policy)}`,
    ]),
  ].map((option) => ` ${option}`).join("");
}

/** A word as a shell takes it. What a terminal would obey is shown instead. */
export function shellWord(word: string): string {
  const text = visible(word);
  return /^[\w+=,.@:\/-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A role as a command line takes it. */
export function roleWord(entry: Pick<RoleEntry, "account" | "role">): string {
  return shellWord(roleReference(entry));
}
