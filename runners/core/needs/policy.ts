import type { Json, JsonObject } from "../json.ts";
import { canonicalJson, compareText } from "../plan/canonical.ts";
import type { Permission, RoleNeed } from "./needs.ts";

/** What replaces `{name}`: a text, or a list where `{name}` is a whole resource. */
export type PolicyValues = {
  readonly [name: string]: string | readonly string[];
};

/**
 * The IAM policy document of a role: permissions of equal resources and condition in one statement.
 * A permission whose resources come to an empty list is left out.
 *
 * @param values replace `{name}` in resources and conditions, such as the partition
 */
export function policyDocument(
  role: RoleNeed,
  values: PolicyValues,
): JsonObject {
  const statements = new Map<string, { permissions: Permission[] }>();
  const permissions = role.permissions.map((permission) => listed(permission, values));
  for (const permission of permissions.filter(({ resources }) => resources?.length !== 0)) {
    const key = canonicalJson([
      permission.resources ?? ["*"],
      (permission.condition ?? {}) as Json,
    ]);
    const statement = statements.get(key) ?? { permissions: [] };
    statement.permissions.push(permission);
    statements.set(key, statement);
  }
  return fill({
    Version: "2012-10-17",
    Statement: [
      ...[...statements.values()].map(({ permissions }) => statement(permissions)),
      ...(role.denials ?? []).map(({ actions, resources }) => ({
        Effect: "Deny",
        Action: [...actions].sort(compareText),
        Resource: resources.flatMap((resource) => listOf(resource, values)),
      })),
    ],
  }, values) as JsonObject;
}

function statement(permissions: readonly Permission[]): JsonObject {
  const { resources, condition } = permissions[0]!;
  return {
    Effect: "Allow",
    Action: [...new Set(permissions.map((permission) => permission.action))].sort(compareText),
    Resource: resources ?? ["*"],
    ...(condition ? { Condition: condition as Json } : {}),
  };
}

/** A resource that is `{name}` alone stands for each entry of the list of that name. */
function listed(permission: Permission, values: PolicyValues): Permission {
  const resources = permission.resources?.flatMap((resource) => listOf(resource, values));
  return resources ? { ...permission, resources } : permission;
}

function listOf(resource: string, values: PolicyValues): readonly string[] {
  const value = values[/^\{(\w+)\}$/.exec(resource)?.[1] ?? ""];
  return value === undefined || typeof value === "string" ? [resource] : value;
}

function fill(value: Json, values: PolicyValues): Json {
  if (typeof value === "string") {
    return value.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const replacement = values[name];
      return typeof replacement === "string" ? replacement : whole;
    });
  }
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, values));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, member],
    ) => [fill(key, values) as string, fill(member, values)]),
  );
}
