import { OWN_PREFIX } from "../core/contract/names.ts";
import { lowerCase, matchesLower } from "./catalogue/glob.ts";

/** Roles that this job never changes. */
type ProtectedRoles = {
  /** The ARN after the account, with `*` as IAM has it: `role/aws-service-role/*`. */
  readonly pattern: string;
  /** A stable kebab-case code. */
  readonly reason: string;
  /** The same for people. */
  readonly detail: string;
};

const SERVICE_LINKED = "it is service-linked: only its service changes it";
const SSO = "it belongs to IAM Identity Center, which writes its policies again";
const CONTROL_TOWER = "it belongs to AWS Control Tower";
const STACK_SETS = "it belongs to CloudFormation StackSets, which need it in every account";
const ORGANIZATION = "the management account enters the account by it";
const BREAK_GLASS = "it is there to break glass with: nobody uses it until all else has failed";
const OWN = "it is one of Groundskeeper's own";

/** The patterns of a name without and with a path: IAM's `*` matches `/`, too. */
function anyPath(name: string, reason: string, detail: string): ProtectedRoles[] {
  return [`role/${name}`, `role/*/${name}`].map((pattern) => ({ pattern, reason, detail }));
}

/**
 * Roles that are left alone whatever the configuration says. The policy of the applying role denies
 * every write to the same patterns, so that no fault of the code can change them. In a policy they
 * are case-sensitive, here they are not: the code never refuses less.
 *
 * Sources: IAM User Guide, "Using service-linked roles"; IAM Identity Center User Guide,
 * "Referencing permission sets in resource policies"; Control Tower User Guide, "How AWS Control
 * Tower works with roles"; CloudFormation User Guide, "Prerequisites for using StackSets";
 * Organizations User Guide, "Accessing member accounts".
 */
export const PROTECTED_ROLE_ARNS: readonly ProtectedRoles[] = [
  { pattern: "role/aws-service-role/*", reason: "service-linked", detail: SERVICE_LINKED },
  { pattern: "role/aws-reserved/*", reason: "sso", detail: SSO },
  ...anyPath("AWSReservedSSO_*", "sso", SSO),
  ...anyPath("AWSControlTower*", "control-tower", CONTROL_TOWER),
  ...anyPath("aws-controltower-*", "control-tower", CONTROL_TOWER),
  // Account Factory for Terraform (its module's IAM roles).
  ...anyPath("AWSAFT*", "control-tower", CONTROL_TOWER),
  ...anyPath("AWSCloudFormationStackSet*Role", "stack-sets", STACK_SETS),
  ...anyPath("stacksets-exec-*", "stack-sets", STACK_SETS),
  ...anyPath("OrganizationAccountAccessRole", "organization-access", ORGANIZATION),
  // In each spelling that people use, since a policy is case-sensitive.
  ...["break-glass", "breakglass", "break_glass", "Break-Glass", "BreakGlass", "Breakglass"]
    .map((name) => ({ pattern: `role/*${name}*`, reason: "break-glass", detail: BREAK_GLASS })),
  ...anyPath(`${OWN_PREFIX}*`, "groundskeeper", OWN),
];

/** What `repo.protectedRoles` says, as patterns of the same kind. */
export function protectedByName(names: readonly string[]): ProtectedRoles[] {
  return names.flatMap((name) =>
    anyPath(name, "break-glass", `repo.protectedRoles names it: "${name}"`)
  );
}

/** Our own roles under the user's names (`organization.namedRoles`), which may have a path. */
export function protectedAsOwn(namedRoles: readonly string[]): ProtectedRoles[] {
  return namedRoles.flatMap((name) =>
    anyPath(name.slice(name.lastIndexOf("/") + 1), "groundskeeper", OWN)
  );
}

/** The patterns that a role matches, one for each reason. */
export function protectionsOf(
  role: { readonly path: string; readonly name: string },
  patterns: readonly ProtectedRoles[],
): ProtectedRoles[] {
  const resource = lowerCase(`role${role.path}${role.name}`);
  const found = new Map<string, ProtectedRoles>();
  for (const one of patterns) {
    if (!found.has(one.reason) && matchesLower(lowerCase(one.pattern), resource)) {
      found.set(one.reason, one);
    }
  }
  return [...found.values()];
}
