import { shellWord } from "../core/cli/next_command.ts";
import type { JsonObject } from "../core/json.ts";
import { hashOf } from "../core/plan/canonical.ts";
import type { Change } from "../core/plan/change.ts";
import { roleNameOf } from "./change/repo_change.ts";
import { type Asked, ASKED_NOTHING } from "./config.ts";
import { isReferredTo } from "./role_reference.ts";
import { askedAgain } from "./present/next_command.ts";

/** The plan's own key for what was asked; absent where roles were judged by evidence alone. */
export function askedKeys(
  { roles: _narrows, ...how }: Asked,
): { readonly asked?: Omit<Asked, "roles"> } {
  return isSame(how, ASKED_NOTHING) ? {} : { asked: how };
}

/**
 * Why a plan file answers another question: what was planned by `--remove` is in no plan by evidence,
 * and would read as drift.
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

/** Whether two requests judge a role alike; which roles they name is another matter. */
function isSame(one: Omit<Asked, "roles">, other: Omit<Asked, "roles">): boolean {
  const [a, b] = [one, other].map(({ remove, ...how }) =>
    hashOf({
      ...how,
      roles: null,
      remove: remove && [...new Set(remove.map((action) => action.toLowerCase()))].sort(),
    })
  );
  return a === b;
}

/** Whether a change is of what was named by `--role`, `--role-file` or `--policy`. */
export function isAskedFor({ roles, policy }: Asked, change: Change): boolean {
  if (policy !== null) return change.target === policy;
  return roles === null || isReferredTo(roles, change.account, roleNameOf(change));
}
