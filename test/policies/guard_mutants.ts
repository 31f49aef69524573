import type { Statement } from "../../infra/policies/statement.ts";
import { guards } from "./guard_cases.ts";
import type { Partition } from "./organization.ts";

/** A mistake that somebody could make in the guards. */
export type GuardMutant = {
  /** What was done: "the deploying role is not exempt". */
  readonly mistake: string;
  /** "lockout": it keeps out whom it must let in. "hole": it lets somebody in. */
  readonly makes: "lockout" | "hole";
  readonly of: (partition: Partition) => readonly Statement[];
};

type Sid =
  | "AuditMarkSet"
  | "AuditMarkRemoved"
  | "AuditMarkRemovedWithAllTags"
  | "ChangesRoles"
  | "PassesRoles"
  | "ChangesPolicies"
  | "ChangesStacks"
  | "ChangesRules";

const ON_ROLES: readonly Sid[] = [
  "ChangesRoles",
  "PassesRoles",
  "ChangesPolicies",
  "ChangesStacks",
  "ChangesRules",
];
const REMOVING: readonly Sid[] = ["AuditMarkRemoved", "AuditMarkRemovedWithAllTags"];
const ON_MARK: readonly Sid[] = ["AuditMarkSet", ...REMOVING];
const ALL = [...ON_MARK, ...ON_ROLES];

/** The guards with the texts in some statements replaced. */
const rewritten =
  (sids: readonly Sid[], from: string | RegExp, to: string) =>
  (partition: Partition): Statement[] =>
    edited(sids, (statement) => {
      const text = JSON.stringify(statement);
      const changed = text.replaceAll(from, to);
      if (changed === text) throw new Error(`${statement.Sid} has no ${from} to replace`);
      return JSON.parse(changed);
    })(partition);

const edited =
  (sids: readonly Sid[], edit: (statement: Statement) => Statement) =>
  (partition: Partition): Statement[] =>
    guards(partition).map((one) => sids.some((sid) => sid === one.Sid) ? edit(one) : one);

/** The guards without the values in some lists that end so: of exemptions, or of resources. */
const without = (sids: readonly Sid[], list: "exempt" | "protected", ...ends: readonly string[]) =>
  edited(sids, (statement) => {
    const kept = (values: readonly string[]) => {
      const left = values.filter((value) => !ends.some((end) => value.endsWith(end)));
      if (left.length === values.length) throw new Error(`${statement.Sid} has no ${ends}`);
      return left;
    };
    return list === "protected"
      ? { ...statement, Resource: kept(statement.Resource as string[]) }
      : withExempt(statement, kept(exemptIn(statement)));
  });

/** The guards with more principals that are exempt in some statements. */
const exempting =
  (sids: readonly Sid[], of: (partition: string) => string) =>
  (partition: Partition): Statement[] =>
    edited(sids, (statement) => withExempt(statement, [...exemptIn(statement), of(partition)]))(
      partition,
    );

function exemptIn({ Condition }: Statement): readonly string[] {
  return Condition!["ArnNotLike"]!["aws:PrincipalArn"] as readonly string[];
}

function withExempt(statement: Statement, arns: readonly string[]): Statement {
  const ArnNotLike = { "aws:PrincipalArn": arns };
  return { ...statement, Condition: { ...statement.Condition, ArnNotLike } };
}

const named = (resource: string) => (partition: string) => `arn:${partition}:iam::*:${resource}`;

const lockout = (mistake: string, of: GuardMutant["of"]): GuardMutant => ({
  mistake,
  makes: "lockout",
  of,
});
const hole = (mistake: string, of: GuardMutant["of"]): GuardMutant => ({
  mistake,
  makes: "hole",
  of,
});

export const GUARD_MUTANTS: readonly GuardMutant[] = [
  // Who must get in.
  lockout("the deploying role may not change roles", without(["ChangesRoles"], "exempt", "deploy")),
  lockout("the deploying role may not pass roles", without(["PassesRoles"], "exempt", "deploy")),
  lockout("StackSets may not change roles", without(["ChangesRoles"], "exempt", "exec-*")),
  lockout(
    "StackSets may not change policies",
    without(["ChangesPolicies"], "exempt", "exec-*"),
  ),
  lockout(
    "the deploying role may not change policies",
    without(["ChangesPolicies"], "exempt", "deploy"),
  ),
  lockout("StackSets may not pass roles", without(["PassesRoles"], "exempt", "exec-*")),
  lockout("StackSets may not change stacks", without(["ChangesStacks"], "exempt", "exec-*")),
  lockout(
    "all stacks are protected",
    rewritten(["ChangesStacks"], "stack/StackSet-groundskeeper-*", "stack/*"),
  ),
  lockout(
    "the stacks of every StackSet are protected",
    rewritten(["ChangesStacks"], "StackSet-groundskeeper-*", "StackSet-*"),
  ),
  lockout("all rules are protected", rewritten(["ChangesRules"], "rule/groundskeeper-*", "rule/*")),
  lockout("StackSets may not change rules", without(["ChangesRules"], "exempt", "exec-*")),
  lockout("nobody can break glass", without(ALL, "exempt", "BreakGlass")),
  lockout("Scheduler may not pass roles", without(["PassesRoles"], "exempt", "scheduler")),
  lockout("the audit may not mark", without(["AuditMarkSet"], "exempt", "audit-apply")),
  lockout("the audit may not remove marks", without(REMOVING, "exempt", "AuditApply")),
  lockout(
    "nobody is exempt",
    edited(ALL, ({ Condition: { ArnNotLike: _, ...Condition } = {}, ...one }) => ({
      ...one,
      Condition,
    })),
  ),
  lockout("the key of the exemption is not known", rewritten(ALL, "aws:PrincipalArn", "aws:Arn")),
  lockout(
    "all roles are protected",
    rewritten(["ChangesRoles"], /"Resource":\[.*?\]/g, '"Resource":"*"'),
  ),
  lockout(
    "all roles may be passed by the deploying role alone",
    rewritten(["PassesRoles"], /"Resource":\[.*?\]/g, '"Resource":"*"'),
  ),
  lockout(
    "all policies are protected",
    rewritten(["ChangesPolicies"], /"Resource":\[.*?\]/g, '"Resource":"*"'),
  ),
  lockout(
    "our roles may not be assumed",
    rewritten(["ChangesRoles"], '"iam:CreateRole"', '"iam:CreateRole","sts:AssumeRole"'),
  ),
  lockout(
    "the deploying role is exempt in another case",
    rewritten(ON_ROLES, "role/ci/acme-deploy", "role/ci/Acme-Deploy"),
  ),
  lockout(
    "roles whose names end like ours are protected",
    rewritten(["ChangesRoles"], "*/groundskeeper-*", "*groundskeeper-*"),
  ),
  lockout(
    "all changes of instances are denied",
    rewritten(["AuditMarkRemovedWithAllTags"], "ec2:DeleteTags", "ec2:*"),
  ),
  lockout("all tags are the mark", rewritten(["AuditMarkSet"], /"ForAnyValue[^}]*\},/g, "")),
  lockout("what is not an instance has the mark", rewritten(ON_MARK, "instance/*", "*")),
  lockout(
    "reading is denied",
    rewritten(["ChangesRoles"], '"iam:CreateRole"', '"iam:CreateRole","iam:Get*"'),
  ),
  lockout(
    "exemptions are of the hub alone",
    rewritten(ON_ROLES, /\*:role\/ci\/acme/g, "111111111111:role/ci/acme"),
  ),
  // Who must be kept out.
  hole("nothing is denied", rewritten(ALL, '"Deny"', '"Allow"')),
  hole("those are denied who are exempt", rewritten(ALL, "ArnNotLike", "ArnLike")),
  hole("an exemption reaches over colons", rewritten(ALL, "ArnNotLike", "StringNotLike")),
  hole(
    "whoever ends like the deploying role is exempt",
    exempting(ON_ROLES, named("role/*acme-deploy")),
  ),
  hole(
    "the deploying role is exempt under any path",
    exempting(ON_ROLES, named("role/*/acme-deploy")),
  ),
  hole(
    "whoever begins like the deploying role is exempt",
    exempting(ON_ROLES, named("role/ci/acme-deploy*")),
  ),
  hole(
    "users of the deploying role's name are exempt",
    exempting(ON_ROLES, named("*/ci/acme-deploy")),
  ),
  hole(
    "roles of StackSets are exempt under any path",
    exempting(ON_ROLES, named("role/*stacksets-exec-*")),
  ),
  hole("the root user is exempt in every account", exempting(ON_ROLES, named("root"))),
  hole(
    "an account is exempt",
    exempting(ALL, (partition) => `arn:${partition}:*:*:222222222222:*`),
  ),
  hole(
    "Scheduler may change roles",
    exempting(["ChangesRoles"], named("role/groundskeeper-scheduler")),
  ),
  hole(
    "our own roles may change each other",
    exempting(["ChangesRoles"], named("role/groundskeeper-*")),
  ),
  hole("the deploying role may mark", exempting(ON_MARK, named("role/ci/acme-deploy"))),
  hole(
    "the deploying role is not protected",
    without(["ChangesRoles"], "protected", "acme-deploy"),
  ),
  hole("the deploying role may be passed", without(["PassesRoles"], "protected", "acme-deploy")),
  hole(
    "the roles of StackSets are not protected",
    without(["ChangesRoles"], "protected", "stacksets-exec-*"),
  ),
  hole("who breaks glass is not protected", without(["ChangesRoles"], "protected", "BreakGlass")),
  hole(
    "a role with a name of its own is not protected",
    without(["ChangesRoles"], "protected", "AuditApply"),
  ),
  hole(
    "our roles are not protected under a path",
    without(["ChangesRoles"], "protected", "*/groundskeeper-*"),
  ),
  hole(
    "our policies are not protected under a path",
    without(["ChangesPolicies"], "protected", "*/groundskeeper-*"),
  ),
  hole(
    "the guards hold in the hub alone",
    rewritten(
      ["ChangesRoles", "PassesRoles"],
      "iam::*:role/groundskeeper",
      "iam::111111111111:role/groundskeeper",
    ),
  ),
  hole(
    "roles may be passed",
    (partition) => guards(partition).filter(({ Sid }) => Sid !== "PassesRoles"),
  ),
  hole(
    "the stacks of StackSets may be changed",
    (partition) => guards(partition).filter(({ Sid }) => Sid !== "ChangesStacks"),
  ),
  hole(
    "the stacks of a StackSet that is named may be changed",
    without(["ChangesStacks"], "protected", "StackSet-baseline-*"),
  ),
  hole(
    "a rule may send elsewhere",
    rewritten(["ChangesRules"], "events:PutTargets", "events:TagResource"),
  ),
  hole(
    "another version of a policy may be put in force",
    rewritten(["ChangesPolicies"], "iam:SetDefaultPolicyVersion", "iam:TagPolicy"),
  ),
  hole(
    "the mark may be set with another tag",
    rewritten(["AuditMarkSet"], "ForAnyValue", "ForAllValues"),
  ),
  hole(
    "all tags may be removed at once",
    rewritten(["AuditMarkRemovedWithAllTags"], "ForAllValues", "ForAnyValue"),
  ),
  hole(
    "the mark may be removed with another tag",
    rewritten(["AuditMarkRemoved"], "ForAnyValue", "ForAllValues"),
  ),
  hole(
    "the mark may be set in another case",
    rewritten(ON_MARK, "StringEqualsIgnoreCase", "StringEquals"),
  ),
  hole("the mark is another one", rewritten(ON_MARK, '"groundskeeper-audit"', '"dirty"')),
  hole("marks are protected in one Region alone", rewritten(ON_MARK, ":ec2:*:", ":ec2:us-east-1:")),
];
