import type { Policy } from "./evaluate.ts";

/** A policy that was changed in one place, and how. */
export type PolicyMutant = { readonly change: string; readonly policy: Policy };

type Statement = Policy["Statement"][number];
type Change = readonly [change: string, statement: Statement | null];

/**
 * The policy with each statement removed, each action, resource, principal and value of a condition
 * removed where there are several, each resource widened to `*`, and each key of a condition removed.
 */
export function policyMutants({ Statement }: Policy): PolicyMutant[] {
  return Statement.flatMap((statement, at) =>
    changesOf(statement).map(([change, changed]) => ({
      change: `${statement.Sid}: ${change}`,
      policy: { Statement: Statement.toSpliced(at, 1, ...(changed ? [changed] : [])) },
    }))
  );
}

function changesOf(statement: Statement): Change[] {
  return [
    ["the statement is removed", null],
    ...fewer(statement.Action).map(([value, Action]): Change => [
      `the action ${value} is removed`,
      { ...statement, Action },
    ]),
    ...fewer(statement.Resource).map(([value, Resource]): Change => [
      `the resource ${value} is removed`,
      { ...statement, Resource },
    ]),
    ...widened(statement.Resource).map(([value, Resource]): Change => [
      `the resource ${value} is widened`,
      { ...statement, Resource },
    ]),
    ...principalChanges(statement),
    ...conditionChanges(statement),
  ];
}

function principalChanges(statement: Statement): Change[] {
  const { Principal } = statement;
  if (Principal === undefined || Principal === "*") return [];
  return Object.entries(Principal).flatMap(([kind, names]) =>
    fewer(names).map(([value, kept]): Change => [
      `the principal ${value} is removed`,
      { ...statement, Principal: { ...Principal, [kind]: kept } },
    ])
  );
}

function conditionChanges(statement: Statement): Change[] {
  const { Condition = {} } = statement;
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, values]): Change[] => {
      const { [key]: _, ...others } = keys;
      const within = (changed: typeof keys) => ({
        ...statement,
        Condition: { ...Condition, [operator]: changed },
      });
      return [
        [`the condition ${operator} ${key} is removed`, within(others)],
        ...fewer(values).map(([value, kept]): Change => [
          `${operator} ${key} does not name ${value}`,
          within({ ...keys, [key]: kept }),
        ]),
      ];
    })
  );
}

type Values = string | readonly string[] | undefined;

/** Each value with those that are left without it. A list of one stays as it is. */
function fewer(values: Values): [value: string, kept: string[]][] {
  if (!Array.isArray(values) || values.length < 2) return [];
  return values.map((value, at) => [value, values.toSpliced(at, 1)]);
}

/** Each value with all of them, where it is `*`. */
function widened(values: Values): [value: string, all: string[]][] {
  const all = values === undefined ? [] : [values].flat();
  return all.flatMap((value, at): ReturnType<typeof widened> =>
    value === "*" ? [] : [[value, all.toSpliced(at, 1, "*")]]
  );
}
