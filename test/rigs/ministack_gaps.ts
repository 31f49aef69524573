/**
 * All that MiniStack 1.5.33 does not do with the roles of an installation, in one place. What is not
 * tried here is tried elsewhere: conditions, resources and whole roles by the tables of requests in
 * `test/policies/`, partitions of the table by `test/e2e/dynamodb_test.ts`.
 */

import type { Json, JsonObject } from "../../runners/core/json.ts";
import type { Call } from "../aws/call_log.ts";

/** What IAM calls batches: as it calls one of their messages. */
const BATCHES: Readonly<Record<string, string>> = {
  "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
  "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
};

/**
 * The actions that a call needs. A transaction needs those of its items (DynamoDB Developer Guide,
 * "Using IAM with transactions").
 */
export function actionsOf({ action, parameters }: Call): string[] {
  if (action !== "dynamodb:TransactWriteItems") return [BATCHES[action] ?? action];
  const items = JSON.parse(parameters["TransactItems"]!) as readonly object[];
  return items.flatMap(Object.keys).map((kind) => `dynamodb:${kind}Item`);
}

/** What MiniStack does not get right of a statement, and what is loaded in its place. */
type Gap = {
  readonly because: string;
  /** The statements that stand for it; none: it is left out. */
  readonly instead: (statement: JsonObject) => JsonObject[];
};

/** Statements that are not loaded as they are synthesized. */
export const GAPS: readonly Gap[] = [
  {
    because: "it takes a session's own ARN for aws:PrincipalArn, and AWS that of the role",
    instead: changedCondition((key, value) =>
      key === "aws:PrincipalArn" ? listOf(value).map((arn) => sessionsOf(String(arn))) : value
    ),
  },
  {
    because: "it knows no aws:ResourceOrgID, and denies what is allowed under it",
    instead: withoutKey("aws:ResourceOrgID"),
  },
  {
    because: "it knows no dynamodb:LeadingKeys, and denies what is allowed under it",
    instead: withoutKey("dynamodb:LeadingKeys"),
  },
  {
    because: "it knows no tags of instances, and denies what is allowed under aws:ResourceTag",
    instead: withoutKey("aws:ResourceTag/"),
  },
  {
    because: "it is reached without TLS",
    instead: (statement) =>
      JSON.stringify(statement).includes("aws:SecureTransport") ? [] : [statement],
  },
  {
    because: "it asks for a permission of a batch, and AWS for that of a single message",
    instead: (statement) => {
      const actions = listOf(statement["Action"]);
      const batches = Object.entries(BATCHES).filter(([, single]) => actions.includes(single));
      return [{ ...statement, Action: [...actions, ...batches.map(([batch]) => batch)] }];
    },
  },
  {
    because: "it sees another resource than AWS",
    instead: (statement) => {
      const { seen = [], unseen = [] } = Object.groupBy(
        listOf(statement["Action"]),
        (action) => OTHER_RESOURCE.has(String(action)) ? "unseen" : "seen",
      );
      return [
        ...seen.length > 0 ? [{ ...statement, Action: seen }] : [],
        ...unseen.length > 0 ? [{ ...statement, Action: unseen, Resource: "*" }] : [],
      ];
    },
  },
];

/** It sees `*`, and of what ListAccountsForParent names the organization. */
const OTHER_RESOURCE: ReadonlySet<string> = new Set([
  "ec2:CreateTags",
  "ec2:DeleteTags",
  "ec2:RunInstances",
  "iam:GenerateServiceLastAccessedDetails",
  "iam:GetInstanceProfile",
  "organizations:ListAccountsForParent",
  "organizations:ListOrganizationalUnitsForParent",
]);

/** What no run of the rig calls: a role and an action, or all of a role. */
export const NOT_REACHED: Readonly<Record<string, string>> = {
  "execution": "ECS acts under it, and nothing of ECS runs",
  "events": "EventBridge acts under it, and nothing of it runs",
  "scheduler": "EventBridge Scheduler acts under it, and nothing of it runs",
  "audit-apply ec2:TerminateInstances": "a ladder that terminates has a grace of 15 minutes, and " +
    "a program whose clock is ahead would sign its requests for another time",
  "repo-apply iam:SetDefaultPolicyVersion": "MiniStack does not have it",
  ...ofHomes(["audit", "dirty", "repo"], {
    "organizations:ListAccounts": "units are named, and those of each unit are listed",
  }),
  ...ofHomes(["audit", "dirty"], { "sns:Publish": "it tells of runs that fail, and all end well" }),
  ...ofHomes(["dirty"], {
    "dynamodb:BatchWriteItem": "it deletes the oldest rejected messages, when there are many",
  }),
};

function ofHomes(
  jobs: readonly string[],
  why: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    jobs.flatMap((job) =>
      Object.entries(why).map(([action, because]) => [`${job}-home ${action}`, because])
    ),
  );
}

/** The policy as it is loaded. */
export function loadable(policy: JsonObject): JsonObject {
  const loaded = GAPS.reduce(
    (statements, { instead }) => statements.flatMap(instead),
    listOf(policy["Statement"]) as JsonObject[],
  );
  return { ...policy, Statement: loaded };
}

function listOf(value: Json | undefined): Json[] {
  return value === undefined ? [] : [value].flat() as Json[];
}

/** The pattern of the sessions of a role. */
function sessionsOf(role: string): string {
  const [, partition, , , account] = role.split(":");
  const name = role.slice(role.lastIndexOf("/") + 1);
  return `arn:${partition}:sts::${account}:assumed-role/${name}/*`;
}

function withoutKey(start: string): Gap["instead"] {
  return changedCondition((key, value) => key.startsWith(start) ? undefined : value);
}

/** @param change of a key and what is asked of it; undefined leaves the key out */
function changedCondition(change: (key: string, asked: Json) => Json | undefined): Gap["instead"] {
  return (statement) => {
    const { Condition = {}, ...others } = statement;
    const operators = Object.entries(Condition as Record<string, JsonObject>)
      .map(([operator, keys]) => {
        const kept = Object.entries(keys).map(([key, asked]) => [key, change(key, asked)] as const)
          .filter((entry): entry is [string, Json] => entry[1] !== undefined);
        return [operator, Object.fromEntries(kept)] as const;
      })
      .filter(([, keys]) => Object.keys(keys).length > 0);
    return [
      operators.length === 0 ? others : { ...others, Condition: Object.fromEntries(operators) },
    ];
  };
}
