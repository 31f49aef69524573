import { fewText } from "../../core/cli/words.ts";
import { UsageError } from "../../core/errors.ts";
import type { RoleReference } from "../config.ts";
import { parseRoleReference } from "../role_reference.ts";
import { typed } from "./answer.ts";

/**
 * Reads a role file: a list of objects with an `arn` each, as `repo find --json` prints it, or a
 * list of ARNs, as Repokid writes it. Repeated roles count once.
 *
 * @param accounts the configured ones; null: they are not named one by one
 * @throws UsageError if it is no such file, or names roles of other accounts
 */
export function readRoleFile(text: string, accounts: readonly string[] | null): RoleReference[] {
  const roles = listIn(text).map((entry, index) => {
    const named = typeof entry === "string" ? entry : (entry as { arn?: unknown } | null)?.arn;
    if (typeof named !== "string") {
      throw new UsageError(
        `Cannot read the file of roles: its entry ${index + 1} is neither an ARN nor an object ` +
          'with an "arn"',
      );
    }
    return parseRoleReference(named);
  });
  const foreign = accounts === null
    ? []
    : roles.filter(({ account }) => !accounts.includes(account)).map(typed);
  if (foreign.length > 0) {
    throw new UsageError(
      "The file of roles names roles of accounts that are not configured: " +
        `${fewText(foreign, SHOWN)}. Take them out of it, or add their accounts to ` +
        "organization.accounts",
    );
  }
  return [...new Map(roles.map((role) => [typed(role), role])).values()];
}

/** How many roles a message names. */
const SHOWN = 20;

function listIn(text: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new UsageError("Cannot read the file of roles: it is no JSON", { cause });
  }
  if (!Array.isArray(value)) throw new UsageError("Cannot read the file of roles: it is no list");
  if (value.length === 0) throw new UsageError("Cannot read the file of roles: it names none");
  return value;
}
