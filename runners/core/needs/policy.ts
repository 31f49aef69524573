import type { Json, JsonObject } from "../json.ts";
import { canonicalJson } from "../contract/canonical_json.ts";
import { compareText } from "../plan/canonical.ts";
import type { Permission, RoleNeed } from "./needs.ts";

/** What replaces `{name}`: a text, or a list where `{name}` is all of a resource. */
export type PolicyValues = {
  readonly [name: string]: string | readonly string[];
};

/**
 * The IAM policy document of a role: permissions of equal resources and condition in one statement.
 * A permission whose resources come to an empty list is left out.
 *
 * @param values replace `{name}` in resources and conditions, such as the partition
 */
export function policyDocument(role: RoleNeed, values: PolicyValues): JsonObject {
  const permissions = role.permissions.map((permission) => listed(permission, values))
    .filter(({ resources }) => resources?.length !== 0);
  const statements = Map.groupBy(
    permissions,
    ({ resources = ["*"], condition = {} }) => canonicalJson([resources, condition]),
  );
  return fill({
    Version: "2012-10-17",
    Statement: [
      ...[...statements.values()].map(statement),
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
    ...(condition ? { Condition: condition } : {}),
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
  const filled = ([key, member]: [string, Json]) => [fill(key, values), fill(member, values)];
  return Object.fromEntries(Object.entries(value).map(filled));
}
