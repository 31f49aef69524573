import type { Policy } from "./evaluate.ts";

/** A statement of one action on one resource. */
export type Permission = Policy["Statement"][number] & {
  readonly Action: string;
  readonly Resource: string;
};

/** A policy that differs from another in one permission, as a mistake would leave it. */
export type Mutant = {
  /** What differs, for messages. */
  readonly what: string;
  /** What it was. */
  readonly permission: Permission;
  readonly policy: Policy;
};

/**
 * The policy without each of its permissions in turn. It is taken as a set of permissions, an
 * action on a resource each, so that no mutant hides behind others in its statement.
 */
export function withoutOne(policy: Policy): Mutant[] {
  return mutants(policy, () => [["is missing", []]]);
}

/** The policy with each of its permissions wider: on every resource, or without a condition's key. */
export function widerInOne(policy: Policy): Mutant[] {
  return mutants(policy, (permission) => [
    ...(permission.Resource === "*"
      ? []
      : [["is on every resource", [{ ...permission, Resource: "*" }]] as const]),
    ...withoutKeys(permission),
  ]);
}

type Change = readonly [what: string, instead: readonly Permission[]];

function mutants(policy: Policy, changes: (permission: Permission) => readonly Change[]): Mutant[] {
  const permissions = policy.Statement.flatMap(permissionsIn);
  return permissions.flatMap((permission, index) =>
    changes(permission).map(([what, instead]) => ({
      what: `${permission.Effect} ${permission.Action} on ${permission.Resource} ${what}`,
      permission,
      policy: { Statement: permissions.toSpliced(index, 1, ...instead) },
    }))
  );
}

function permissionsIn(statement: Policy["Statement"][number]): Permission[] {
  return [statement.Action].flat().flatMap((Action: string) =>
    [statement.Resource ?? []].flat().map((Resource: string) => ({
      ...statement,
      Action,
      Resource,
    }))
  );
}

function withoutKeys(permission: Permission): Change[] {
  const { Condition = {} } = permission;
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.keys(keys).map((key): Change => {
      const { [key]: _gone, ...others } = keys;
      const wider = { ...permission, Condition: { ...Condition, [operator]: others } };
      return [`has lost ${operator} ${key}`, [wider]];
    })
  );
}
