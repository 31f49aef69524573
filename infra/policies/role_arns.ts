/**
 * The ARN of a role. `aws:PrincipalArn` has it for each of the role's sessions, and exactly: a role
 * of the same name under another path, or in another case, is another one.
 *
 * @param account its ID; `*`: in every account
 * @param role its name, with its path if it has one
 */
export function roleArn(partition: string, account: string, role: string): string {
  return `arn:${partition}:iam::${account}:role/${role}`;
}

/** The root user of an account. As a principal it stands for everybody in the account. */
export function rootUser(partition: string, account: string): string {
  return `arn:${partition}:iam::${account}:root`;
}

/** The name of a role without its path. */
export function lastName(role: string): string {
  return role.slice(role.lastIndexOf("/") + 1);
}

/**
 * The patterns of the roles or policies of these names in every account, under any path. Names are
 * unique in an account whatever their path, so whoever takes one under another path keeps it from
 * those that it is meant for.
 *
 * @param names without paths; they may end with `*`
 */
export function underAnyPath(
  partition: string,
  kind: "role" | "policy",
  names: readonly string[],
): string[] {
  return [...new Set(names)].flatMap((name) =>
    [name, `*/${name}`].map((resource) => `arn:${partition}:iam::*:${kind}/${resource}`)
  );
}
