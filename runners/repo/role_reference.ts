import { isArn, parseArn } from "../core/aws/arn.ts";
import { UsageError } from "../core/errors.ts";
import { madeOnce } from "../core/made_once.ts";
import type { RoleReference } from "./config.ts";

/** IAM API Reference, CreateRole: RoleName. */
const NAME = /^[\w+=,.@-]{1,64}$/;
const ACCOUNT = /^\d{12}$/;

/**
 * Reads a role as a person names it: its ARN or `ACCOUNT/NAME`. The path in an ARN is dropped: an
 * account has each name only once.
 *
 * @throws UsageError that says what was found
 */
export function parseRoleReference(text: string): RoleReference {
  const [account, name] = text.startsWith("arn:") ? inArn(text) : inPair(text);
  if (!NAME.test(name)) throw noRole(text, `"${name}" is no name that IAM gives a role`);
  return { account, name };
}

/** Whether a role is one of those that were named. */
export function isReferredTo(
  references: readonly RoleReference[],
  account: string,
  name: string,
): boolean {
  return namesOf(references).has(`${account}/${name}`);
}

/** A file may name thousands. */
const namesOf = madeOnce((references: readonly RoleReference[]) =>
  new Set(references.map(({ account, name }) => `${account}/${name}`))
);

function inArn(text: string): [account: string, name: string] {
  if (!isArn(text)) throw noRole(text, "it begins like an ARN and is none");
  const arn = parseArn(text);
  if (arn.service !== "iam" || !arn.resource.startsWith("role/")) {
    const [kind] = arn.resource.split(/[/:]/);
    throw noRole(text, `it is the ARN of ${arn.service}'s "${kind}"`);
  }
  if (!ACCOUNT.test(arn.account)) throw noRole(text, "its ARN names no account");
  return [arn.account, arn.resource.slice(arn.resource.lastIndexOf("/") + 1)];
}

function inPair(text: string): [account: string, name: string] {
  const at = text.indexOf("/");
  if (at < 0) throw noRole(text, "it does not say the account");
  const account = text.slice(0, at);
  if (!ACCOUNT.test(account)) throw noRole(text, `"${account}" is no account of twelve digits`);
  return [account, text.slice(at + 1)];
}

function noRole(text: string, found: string): UsageError {
  return new UsageError(
    `Cannot read "${text}" as a role: ${found}. Give its ARN, or ACCOUNT/NAME such as ` +
      "111111111111/checkout-api",
  );
}
