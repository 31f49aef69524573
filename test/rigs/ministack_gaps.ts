import type { Json, JsonObject } from "../../runners/core/json.ts";

/** What MiniStack does not get right of a statement, and what the rig loads in its place. */
type Gap = {
  /** What MiniStack 1.5.33 does, and where else the statement is tried. */
  readonly because: string;
  /** The statements that stand for it; none: it is left out. */
  readonly instead: (statement: JsonObject) => JsonObject[];
};

/** MiniStack takes these for actions on `*`, so that only `*` matches. */
const WITHOUT_RESOURCE = new Set([
  "ec2:CreateTags",
  "ec2:DeleteTags",
  "ec2:RunInstances",
  "iam:GenerateServiceLastAccessedDetails",
]);

/**
 * All that is not loaded as it is synthesized. The request tables of `test/policies/` try each of
 * these elements by an evaluator that knows AWS's rules.
 */
export const GAPS: readonly Gap[] = [
  {
    because:
      "aws:PrincipalArn of a role's session is the ARN of the session, where AWS has the role's",
    instead: (statement) => [
      withCondition(
        statement,
        (key, value) =>
          key === "aws:PrincipalArn" ? [value].flat().map(String).map(sessionsOf) : value,
      ),
    ],
  },
  {
    because: "aws:ResourceOrgID is not known: what asks for it is denied",
    instead: (statement) => [without(statement, /^aws:ResourceOrgID$/)],
  },
  {
    because: "dynamodb:LeadingKeys is not known: what asks for it is denied",
    instead: (statement) => [without(statement, /^dynamodb:LeadingKeys$/)],
  },
  {
    because: "aws:ResourceTag of an instance is not known: what asks for it is denied",
    instead: (statement) => [without(statement, /^aws:ResourceTag\//)],
  },
  {
    because: "the resources of some actions are not seen",
    instead: (statement) => {
      const actions = [statement["Action"] ?? []].flat() as string[];
      const [seen, unseen] = [
        actions.filter((action) => !WITHOUT_RESOURCE.has(action)),
        actions.filter((action) => WITHOUT_RESOURCE.has(action)),
      ];
      return [
        ...seen.length > 0 ? [{ ...statement, Action: seen }] : [],
        ...unseen.length > 0 ? [{ ...statement, Action: unseen, Resource: "*" }] : [],
      ];
    },
  },
];

/** The policy as it is loaded. */
export function loadable(policy: JsonObject): JsonObject {
  const statements = policy["Statement"] as JsonObject[];
  return {
    ...policy,
    Statement: GAPS.reduce(
      (statements, { instead }) => statements.flatMap(instead),
      statements,
    ),
  };
}

/** The pattern of the sessions of a role; other ARNs as they are. */
function sessionsOf(arn: string): string {
  const [, partition, , , account, resource = ""] = arn.split(":");
  const name = resource.slice(resource.lastIndexOf("/") + 1);
  return resource.startsWith("role/")
    ? `arn:${partition}:sts::${account}:assumed-role/${name}/*`
    : arn;
}

type Change = (key: string, value: Json) => Json | undefined;

function without(statement: JsonObject, pattern: RegExp): JsonObject {
  return withCondition(statement, (key, value) => pattern.test(key) ? undefined : value);
}

function withCondition(statement: JsonObject, change: Change): JsonObject {
  const { Condition, ...others } = statement;
  if (Condition === undefined) return statement;
  const operators = Object.entries(Condition as JsonObject).map(([operator, keys]) =>
    [
      operator,
      Object.fromEntries(
        Object.entries(keys as JsonObject).map(([key, value]) => [key, change(key, value)] as const)
          .filter(([, value]) => value !== undefined),
      ),
    ] as const
  ).filter(([, keys]) => Object.keys(keys).length > 0);
  return operators.length === 0
    ? others
    : { ...others, Condition: Object.fromEntries(operators) as JsonObject };
}
