import { counted } from "../core/cli/words.ts";
import { UsageError } from "../core/errors.ts";
import type { RoleReference } from "./config.ts";
import type { Observed } from "./observed.ts";
import { isReferredTo } from "./role_reference.ts";

/** How many are named one by one. */
const NAMED = 20;

/**
 * What was observed, narrowed to the roles that were asked for; all of it where none were. What was
 * read from AWS for them is narrow already; a snapshot and the store have more.
 *
 * @throws UsageError where a role that was asked for is not there
 */
export function observedOfAsked(
  observed: Observed,
  asked: readonly RoleReference[] | null,
): Observed {
  if (asked === null) return observed;
  refuseUnknownRoles(asked, observed);
  return {
    accounts: observed.accounts.filter(({ id }) => asked.some(({ account }) => account === id))
      .map((account) => ({
        ...account,
        whole: false,
        roles: account.roles.filter(({ name }) => isReferredTo(asked, account.id, name)),
      })),
  };
}

/**
 * Refuses roles that were named and are not there: a misspelt name must not read as "nothing to
 * remove". Of an account that could not be read nothing is known; its failure is told elsewhere.
 *
 * @throws UsageError that names them
 */
function refuseUnknownRoles(
  asked: readonly RoleReference[],
  { accounts }: Observed,
): void {
  const observed = new Map(accounts.map((account) => [account.id, account]));
  const outside: RoleReference[] = [];
  const missing: RoleReference[] = [];
  for (const one of asked) {
    const account = observed.get(one.account);
    if (!account) outside.push(one);
    else if (!account.failure && !account.roles.some(({ name }) => name === one.name)) {
      missing.push(one);
    }
  }
  const all = asked.length;
  const problems = [
    ...(missing.length === 0 ? [] : [
      `${
        sentence(missing, all)
      }: there is no such role in its account. See "repo roles", or read ` +
      'the accounts again with "repo refresh"',
    ]),
    ...(outside.length === 0 ? [] : [
      `${sentence(outside, all)}: the account is not among those that this run looks at. See ` +
      "organization.accounts and --account",
    ]),
  ];
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

function sentence(roles: readonly RoleReference[], of: number): string {
  const named = roles.slice(0, NAMED).map(({ account, name }) => `"${account}/${name}"`).join(", ");
  const left = roles.length - NAMED;
  return `Cannot find ${of === 1 ? "the role" : `${roles.length} of ${counted(of, "role")}:`} ` +
    named + (left > 0 ? ` and ${left} more` : "");
}
