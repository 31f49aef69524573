import type { Json, JsonObject } from "../json.ts";
import { canonicalJson, compareText } from "../plan/canonical.ts";
import type { Permission, RoleNeed } from "./needs.ts";

/**
 * The IAM policy document of a role: permissions of equal resources and condition in one statement.
 *
 * @param values replace `{name}` in resources and conditions, such as the partition
 */
export function policyDocument(
  role: RoleNeed,
  values: { readonly [name: string]: string },
): JsonObject {
  const statements = new Map<string, { permissions: Permission[] }>();
  for (const permission of role.permissions) {
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
    Statement: [...statements.values()].map(({ permissions }) => statement(permissions)),
  }, values) as JsonObject;
}

function statement(permissions: readonly Permission[]): JsonObject {
  const { resources, condition } = permissions[0]!;
  return {
    Effect: "Allow",
    Action: permissions.map((permission) => permission.action).sort(compareText),
    Resource: resources ?? ["*"],
    ...(condition ? { Condition: condition as Json } : {}),
  };
}

function fill(value: Json, values: { readonly [name: string]: string }): Json {
  if (typeof value === "string") {
    return value.replaceAll(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
  }
  if (Array.isArray(value)) return value.map((item: Json) => fill(item, values));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, member],
    ) => [fill(key, values) as string, fill(member, values)]),
  );
}
