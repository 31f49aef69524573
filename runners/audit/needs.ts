import type { JobNeeds } from "../core/needs/needs.ts";

/** What the audit needs in AWS. `{partition}` and `{mark}` are filled in where it is printed. */
export const auditNeeds: JobNeeds = {
  job: "audit",
  roles: {
    home: {
      purpose: "Lists the accounts of the organization and assumes the roles in them",
      kind: "home",
      permissions: [
        {
          action: "sts:AssumeRole",
          resources: [
            "arn:{partition}:iam::*:role/groundskeeper-audit-observe",
            "arn:{partition}:iam::*:role/groundskeeper-audit-apply",
          ],
          why: "works in each account under that account's own role",
        },
        { action: "organizations:ListAccounts", why: 'organization.accounts: "organizations"' },
        { action: "organizations:ListAccountsForParent", why: "organization.units" },
        { action: "organizations:ListOrganizationalUnitsForParent", why: "organization.units" },
      ],
    },
    observe: {
      purpose: "Reads instances and their tags; changes nothing",
      kind: "observe",
      permissions: [
        { action: "ec2:DescribeRegions", why: 'organization.regions: "enabled"' },
        { action: "ec2:DescribeInstances", why: "the instances and their tags" },
        { action: "ec2:DescribeTags", why: "the second source that tags are confirmed by" },
        { action: "iam:ListAccountAliases", why: "names the account as its people do" },
        { action: "iam:ListUsers", why: "rules whose value must be an IAM user" },
      ],
    },
    apply: {
      purpose: "Marks instances; the only key it can set is the mark's",
      kind: "write",
      permissions: [
        { action: "ec2:DescribeInstances", why: "looks again, seconds before it writes" },
        { action: "ec2:DescribeTags", why: "reads back what it wrote" },
        {
          action: "ec2:CreateTags",
          resources: ["arn:{partition}:ec2:*:*:instance/*"],
          // Without the second condition a request with no tag key at all would pass.
          condition: {
            "ForAllValues:StringEquals": { "aws:TagKeys": ["{mark}"] },
            Null: { "aws:TagKeys": "false" },
          },
          why: "sets the mark",
        },
      ],
    },
  },
};
