import { isAllowed, type Policy, type PolicyRequest } from "./evaluate.ts";

type Statement = Policy["Statement"][number];

/**
 * The same policy with a statement for each action on each resource, so that no change of one hides
 * behind the others of its statement.
 */
export function eachPermission({ Statement }: Policy): Policy {
  return {
    Statement: Statement.flatMap((statement) =>
      [statement.Action].flat().flatMap((action) => eachResource({ ...statement, Action: action }))
    ),
  };
}

/** The same policy with a statement for each resource: what is allowed on it stays together. */
export function eachStatement({ Statement }: Policy): Policy {
  return { Statement: Statement.flatMap(eachResource) };
}

function eachResource(statement: Statement): Statement[] {
  const { Effect, Action, Resource = [] } = statement;
  return [Resource].flat().map((resource) => ({
    ...statement,
    Sid: `${Effect} ${[Action].flat().join(", ")} on ${resource}`,
    Resource: resource,
  }));
}

/** What a policy allows and nobody has asked for: without it, all requests are allowed as well. */
export function unused({ Statement }: Policy, requests: readonly PolicyRequest[]): string[] {
  return Statement.flatMap(({ Sid = "", Effect, Action }, at) => {
    const less = { Statement: Statement.toSpliced(at, 1) };
    const own = requests.filter(({ action }) => Action.includes(action));
    const isUsed = Effect === "Deny" || own.some((request) => !isAllowed(less, request));
    return isUsed ? [] : [Sid];
  });
}
