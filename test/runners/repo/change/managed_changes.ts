import { makeChange } from "../../../../runners/core/plan/change.ts";
import type {
  ChangeOf,
  PolicyAfter,
  PolicyBefore,
} from "../../../../runners/repo/change/repo_change.ts";
import { policyOf } from "./policy_sets.ts";

export const ACCOUNT = "111111111111";
export const POLICY = `arn:aws:iam::${ACCOUNT}:policy/own`;
export const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;

/** The texts of the versions of the policy in these tests. */
export const WIDE = policyOf(["s3:GetObject", "sqs:SendMessage"]);
export const NARROW = policyOf(["s3:GetObject"]);

/** The removal that leads from version 1 to a new one. */
export const REMOVAL: { readonly before: PolicyBefore; readonly after: PolicyAfter } = {
  before: {
    role_id: "AROAEXAMPLE",
    role_arn: ROLE,
    policy: "own",
    version: "v1",
    policies: { own: WIDE },
  },
  after: {
    kind: "repo",
    policies: { own: NARROW },
    removed: ["sqs:SendMessage"],
    gained: [],
    version: null,
    permissions: 1,
  },
};

/** The restore that leads from version 2 back to version 1. */
export const RESTORE: typeof REMOVAL = {
  before: { ...REMOVAL.before, version: "v2", policies: { own: NARROW } },
  after: {
    kind: "restore",
    policies: { own: WIDE },
    removed: [],
    gained: ["sqs:SendMessage"],
    version: 1,
    permissions: 2,
  },
};

/** The change of a plan that has these halves. */
export function policyChange({ before, after }: typeof REMOVAL): ChangeOf<"managed"> {
  return makeChange("repo", {
    kind: "managed",
    account: ACCOUNT,
    region: "global",
    action: after.version === null ? "iam:CreatePolicyVersion" : "iam:SetDefaultPolicyVersion",
    target: POLICY,
    reason: "",
    before,
    after,
    lock: POLICY,
  }, {});
}
