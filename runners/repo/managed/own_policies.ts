import { parseArn } from "../../core/aws/arn.ts";
import { OWN_PREFIX } from "../../core/contract/names.ts";
import { matchesPattern } from "../catalogue/glob.ts";

/**
 * The ARNs of our own policies after the account, with and without a path before the name; `*` as
 * IAM has it. The applying role is denied to write them.
 */
export const OWN_POLICIES: readonly string[] = [
  `policy/${OWN_PREFIX}*`,
  `policy/*/${OWN_PREFIX}*`,
];

/** Whether a managed policy is one of Groundskeeper's own, in any case. */
export function isOwnPolicy(arn: string): boolean {
  const { resource } = parseArn(arn);
  return OWN_POLICIES.some((pattern) => matchesPattern(pattern, resource));
}

/** The ARN of a managed policy that belongs to an account, and not to AWS. */
export const CUSTOMER_POLICY = /^arn:aws(-[a-z]+)*:iam::\d{12}:policy\/[\x21-\x7e]{1,640}$/;
