import { roleArn } from "./role_arns.ts";
import type { Condition, Statement } from "./statement.ts";

/**
 * Lets only some roles set and remove a mark of instances, also as they are made: EC2 checks the tags
 * of RunInstances as `ec2:CreateTags`.
 *
 * Removing needs two statements. `ForAnyValue` matches each request that names the mark, whatever else
 * it names. `ForAllValues` matches a request without keys too: DeleteTags without them removes all
 * tags (EC2 API Reference, "DeleteTags"; IAM User Guide, "Multivalued context keys").
 *
 * Keys of tags are compared without case. EC2 tells `Mark` and `mark` apart, but a condition on
 * `aws:ResourceTag/mark`, which roles' own policies have, does not (IAM User Guide, "Controlling
 * access to AWS resources using tags").
 *
 * Service-linked roles are not bound, so a mark can still be forged: an Auto Scaling group gives
 * its tags to its instances. A job acts on a mark only if its store has the same.
 *
 * Where images are refused, a snapshot of one volume is not: `ec2:CreateSnapshot` has the tags of the
 * volume and not those of the instance (Service Authorization Reference, "Amazon EC2").
 *
 * @param job whose mark it is: IAM takes each Sid once in a policy, which may guard several
 * @param setters names of roles that set the mark, with their paths, at least one; each must be protected by `protectRoles`
 * @param removers the same of those that remove it
 * @param keepsFromImages whether nobody makes an image, or snapshots of all volumes, of an instance that has it
 * @param exempt patterns of ARNs of principals that the configuration exempts
 */
export function protectMark(
  { partition, job, mark, setters, removers, keepsFromImages, exempt }: {
    readonly partition: string;
    readonly job: string;
    readonly mark: string;
    readonly setters: readonly string[];
    readonly removers: readonly string[];
    readonly keepsFromImages: boolean;
    readonly exempt: readonly string[];
  },
): Statement[] {
  const owner = job.slice(0, 1).toUpperCase() + job.slice(1);
  const denied = (
    what: string,
    Action: string | readonly string[],
    Condition: Condition,
    roles: readonly string[],
  ): Statement => {
    const may = [...roles.map((role) => roleArn(partition, "*", role)), ...exempt];
    return {
      Sid: `${owner}Mark${what}`,
      Effect: "Deny",
      Action,
      Resource: `arn:${partition}:ec2:*:*:instance/*`,
      Condition: {
        ...Condition,
        ...may.length === 0 ? {} : { ArnNotLike: { "aws:PrincipalArn": may } },
      },
    };
  };
  const some = { "ForAnyValue:StringEqualsIgnoreCase": { "aws:TagKeys": mark } };
  const allOrNone = { "ForAllValues:StringEqualsIgnoreCase": { "aws:TagKeys": mark } };
  const isMarked = { Null: { [`aws:ResourceTag/${mark}`]: "false" } };
  return [
    denied("Set", "ec2:CreateTags", some, setters),
    denied("Removed", "ec2:DeleteTags", some, removers),
    denied("RemovedWithAllTags", "ec2:DeleteTags", allOrNone, removers),
    ...keepsFromImages
      ? [denied("Copied", ["ec2:CreateImage", "ec2:CreateSnapshots"], isMarked, [])]
      : [],
  ];
}
