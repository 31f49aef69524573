import type { Json } from "../json.ts";

/** One permission that a role declares: an action, on what, and under which condition. */
export type Permission = {
  /** As IAM writes it: `ec2:CreateTags`. Never a pattern. */
  readonly action: string;
  /** ARN patterns; `{partition}` and the like are filled in by `policyDocument`. Default: everything. */
  readonly resources?: readonly string[];
  /** IAM's condition block. */
  readonly condition?: { readonly [operator: string]: { readonly [key: string]: Json } };
  /** Why the job needs it, in a sentence. Stands beside the policy for those who review it. */
  readonly why: string;
};

/** What a role may never do, whatever else allows it. */
export type Denial = {
  readonly actions: readonly string[];
  /** ARN patterns. */
  readonly resources: readonly string[];
  readonly why: string;
};

/** A role that a job acts under, exactly as strong as one kind of work needs. */
export type RoleNeed = {
  /** What the role may do, in a sentence. */
  readonly purpose: string;
  /** "home": the task's own role. "observe" reads in member accounts. "write" changes them. */
  readonly kind: "home" | "observe" | "write";
  /** What it is called where the job's own settings say so; `organization.namedRoles` goes first. */
  readonly name?: string;
  readonly permissions: readonly Permission[];
  readonly denials?: readonly Denial[];
};

/**
 * What a job needs in AWS, as data: `infra` makes the roles from it, `permissions` prints it, and
 * every client refuses what it does not declare. `test/jobs/needs_test.ts` compares the policies
 * with snapshots, `test/policies/` asks them what they allow, `test/jobs/permissions_test.ts` finds
 * that each role calls all that it declares, and nothing else.
 */
export type JobNeeds = {
  readonly job: string;
  readonly roles: { readonly [role: string]: RoleNeed };
};

/** The actions that a role declares. */
export function declaredActions(role: RoleNeed): ReadonlySet<string> {
  return new Set(role.permissions.map((permission) => permission.action));
}

/**
 * Permissions on the same resources.
 *
 * @param resources ARN patterns; null: everything
 * @param whys by action, why the job needs it
 */
export function permissionsOn(
  resources: readonly string[] | null,
  whys: { readonly [action: string]: string },
): Permission[] {
  return Object.entries(whys).map(([action, why]) =>
    resources === null ? { action, why } : { action, resources, why }
  );
}

/**
 * The home role of a job: it lists the accounts, assumes the job's roles in them, and notifies.
 *
 * @param roles the job's roles in the accounts: `observe`
 * @param unitsFor the settings that name organizational units
 * @param more what the job needs of it besides
 */
export function homeRole(
  roles: readonly string[],
  unitsFor: string,
  more: readonly Permission[] = [],
): RoleNeed {
  return {
    purpose: "Lists the accounts of the organization and assumes the roles in them",
    kind: "home",
    permissions: [
      ...permissionsOn(roles.map((role) => `arn:{partition}:iam::*:role/{${role}Role}`), {
        "sts:AssumeRole": "works in each account under that account's own role",
      }),
      ...permissionsOn(null, {
        "organizations:ListAccounts": 'organization.accounts: "organizations"',
        "organizations:ListAccountsForParent": unitsFor,
        "organizations:ListOrganizationalUnitsForParent": unitsFor,
      }),
      ...permissionsOn(["{notifyTopics}"], { "sns:Publish": "notify: SNS topics" }),
      ...more,
    ],
  };
}

/**
 * The condition of a permission to tag: only this key. Without its second part, a request with no key
 * at all would pass.
 */
export function onlyTagKey(key: string): NonNullable<Permission["condition"]> {
  return {
    "ForAllValues:StringEquals": { "aws:TagKeys": [key] },
    Null: { "aws:TagKeys": "false" },
  };
}
