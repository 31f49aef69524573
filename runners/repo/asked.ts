import { parseArn } from "../core/aws/arn.ts";
import { counted, fewText } from "../core/cli/words.ts";
import { UsageError } from "../core/errors.ts";
import { type Asked, ASKED_NOTHING, type RoleReference } from "./config.ts";
import { type Parts, partsOf } from "../core/parts.ts";
import type { ObservedAccount } from "./observed.ts";
import type { UndoneRun } from "./planning.ts";
import { isReferredTo } from "./role_reference.ts";
import { shellWord } from "../core/cli/next_command.ts";
import type { JsonObject } from "../core/json.ts";
import { hashOf } from "../core/plan/canonical.ts";
import type { Change } from "../core/plan/change.ts";
import { roleNameOf } from "./change/repo_change.ts";
import { askedAgain } from "./present/next_command.ts";

/** How many roles a message names. */
const NAMED = 20;

/**
 * What was observed of the roles that were asked for; everything where none were. A run that reads
 * AWS observes only these; a snapshot and the store have more.
 *
 * @throws UsageError if a role that was asked for does not exist
 */
export function observedOfAsked(
  observed: Parts<ObservedAccount>,
  asked: readonly RoleReference[] | null,
): Parts<ObservedAccount> {
  if (asked === null) return observed;
  const found = observedOfRoles(observed, asked);
  refuseUnknownRoles(asked, found);
  return found;
}

/** What was observed of some roles, and of nothing else; those that do not exist are left out. */
export function observedOfRoles(
  observed: Parts<ObservedAccount>,
  some: readonly RoleReference[],
): Parts<ObservedAccount> {
  return partsOf([...new Set(some.map(({ account }) => account))].flatMap((id) => {
    const account = observed.of(id);
    if (!account) return [];
    // What CloudTrail says is about all its roles.
    const { watch: _ofAll, ...rest } = account;
    const roles = rest.roles.filter(({ name }) => isReferredTo(some, id, name));
    return [{ ...rest, whole: false, roles }];
  }));
}

/** The roles that a run has changed. */
export function rolesOfRun({ changes }: UndoneRun): RoleReference[] {
  return changes.map(({ account, role: name }) => ({ account, name }));
}

/**
 * Refuses named roles that do not exist: a misspelt name must not read as "nothing to remove". An
 * account that could not be read refuses nothing here; the coverage tells its failure.
 *
 * @throws UsageError that names them
 */
function refuseUnknownRoles(
  asked: readonly RoleReference[],
  observed: Parts<ObservedAccount>,
): void {
  const outside: RoleReference[] = [];
  const missing: RoleReference[] = [];
  for (const one of asked) {
    const account = observed.of(one.account);
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
      `${sentence(outside, all)}: the account is not among those that this run reads. See ` +
      "organization.accounts and --account",
    ]),
  ];
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
}

function sentence(roles: readonly RoleReference[], of: number): string {
  const named = roles.map(({ account, name }) => `"${account}/${name}"`);
  return `Cannot find ${of === 1 ? "the role" : `${roles.length} of ${counted(of, "role")}:`} ` +
    fewText(named, NAMED);
}

/** The plan's own key for what was asked; absent where roles were judged by evidence alone. */
export function askedKeys(
  { roles: _narrows, ...how }: Asked,
): { readonly asked?: Omit<Asked, "roles"> } {
  return isSame(how, ASKED_NOTHING) ? {} : { asked: how };
}

/**
 * Why a plan file answers another question; null: it answers this one. Changes that were planned by
 * `--remove` are in no plan by evidence, and would read as drift.
 */
export function askedOtherwise(asked: Asked, document: JsonObject): string | null {
  const made = { ...ASKED_NOTHING, ...document["asked"] as Partial<Asked> | undefined };
  if (isSame(made, asked)) return null;
  const options = (how: Asked) =>
    askedAgain({ asked: { ...how, roles: null } }).map(shellWord).join(" ");
  return options(made) === ""
    ? `it was made without ${options(asked)}. Plan with the same options`
    : `it was made with ${options(made)}. Give the same options`;
}

/** Whether two requests judge a role alike, whichever roles they name. */
function isSame(one: Omit<Asked, "roles">, other: Omit<Asked, "roles">): boolean {
  const [a, b] = [one, other].map(({ remove, giveBack, ...how }) =>
    hashOf({ ...how, roles: null, remove: namesOf(remove), giveBack: namesOf(giveBack) })
  );
  return a === b;
}

/** Actions in any order and case. */
function namesOf(actions: Asked["remove"]): readonly string[] | null {
  return actions && [...new Set(actions.map((action) => action.toLowerCase()))].sort();
}

/** Whether an account has anything of what was named; every account, if nothing was. */
export function isAccountOf({ roles, policy }: Pick<Asked, "roles" | "policy">, id: string) {
  return (roles === null || roles.some(({ account }) => account === id)) &&
    (policy === null || parseArn(policy).account === id);
}

/** Whether a change is about what was named by `--role`, `--role-file` or `--policy`. */
export function isAskedFor({ roles, policy }: Asked, change: Change): boolean {
  if (policy !== null) return change.target === policy;
  return roles === null || isReferredTo(roles, change.account, roleNameOf(change));
}
