import { parseArn } from "../../core/aws/arn.ts";
import { ROLE_NAME_PATTERN } from "../../core/contract/names.ts";
import { matchesPattern } from "../catalogue/glob.ts";

/** What the names of our own policies begin with, as those of our roles do. */
const OWN_PREFIX = ROLE_NAME_PATTERN.slice(0, ROLE_NAME_PATTERN.indexOf("{"));

/**
 * What the ARNs of our own policies say after the account, with `*` as IAM has it, whatever path
 * stands before the name. The applying role is denied to write them.
 */
export const OWN_POLICIES: readonly string[] = [
  `policy/${OWN_PREFIX}*`,
  `policy/*/${OWN_PREFIX}*`,
];

/** Whether a managed policy is one of Groundskeeper's own, case aside. */
export function isOwnPolicy(arn: string): boolean {
  const { resource } = parseArn(arn);
  return OWN_POLICIES.some((pattern) => matchesPattern(pattern, resource));
}

/** The ARN of a managed policy that belongs to an account, and not to AWS. */
export const CUSTOMER_POLICY = /^arn:aws(-[a-z]+)*:iam::\d{12}:policy\/[\x21-\x7e]{1,640}$/;
