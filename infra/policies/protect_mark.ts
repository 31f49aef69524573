import { roleArn } from "./role_arns.ts";
import type { Statement } from "./statement.ts";

/**
 * Lets only the audit's applying role write or remove the mark on instances, also as they are made:
 * EC2 checks the tags of RunInstances as `ec2:CreateTags`.
 *
 * It needs both statements. `ForAnyValue` matches each request that names the mark, whatever else
 * it names. `ForAllValues` matches a request without keys too: DeleteTags without them removes all
 * tags (EC2 API Reference, "DeleteTags"; IAM User Guide, "Multivalued context keys").
 *
 * Keys of tags are compared without case. EC2 tells `Mark` and `mark` apart, but a condition on
 * `aws:ResourceTag/mark`, which the applying role's own policy has, does not (IAM User Guide,
 * "Controlling access to AWS resources using tags").
 *
 * Service-linked roles are not bound, so a mark can still be forged: an Auto Scaling group gives
 * its tags to its instances. The audit acts on a mark only if its store has the same.
 *
 * @param writers names of roles that write the mark, with their paths, at least one; each must be protected by `protectRoles`
 * @param exempt patterns of ARNs of principals that the configuration exempts
 */
export function protectMark({ partition, mark, writers, exempt }: {
  readonly partition: string;
  readonly mark: string;
  readonly writers: readonly string[];
  readonly exempt: readonly string[];
}): Statement[] {
  const Resource = `arn:${partition}:ec2:*:*:instance/*`;
  const may = [...writers.map((role) => roleArn(partition, "*", role)), ...exempt];
  const others = { ArnNotLike: { "aws:PrincipalArn": may } };
  return [
    {
      Sid: "NamesTheMark",
      Effect: "Deny",
      Action: ["ec2:CreateTags", "ec2:DeleteTags"],
      Resource,
      Condition: { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": mark }, ...others },
    },
    {
      Sid: "RemovesEveryTag",
      Effect: "Deny",
      Action: "ec2:DeleteTags",
      Resource,
      Condition: { "ForAllValues:StringEqualsIgnoreCase": { "aws:TagKeys": mark }, ...others },
    },
  ];
}
