import { roleArn } from "./role_arns.ts";
import type { Statement } from "./statement.ts";

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
 * @param job whose mark it is, of letters: statements of two marks may stand in one policy
 * @param setters names of roles that set the mark, with their paths, at least one; each must be protected by `protectRoles`
 * @param removers the same of those that remove it
 * @param exempt patterns of ARNs of principals that the configuration exempts
 */
export function protectMark({ partition, job, mark, setters, removers, exempt }: {
  readonly partition: string;
  readonly job: string;
  readonly mark: string;
  readonly setters: readonly string[];
  readonly removers: readonly string[];
  readonly exempt: readonly string[];
}): Statement[] {
  const denied = (
    what: string,
    action: "ec2:CreateTags" | "ec2:DeleteTags",
    set: "ForAnyValue" | "ForAllValues",
    roles: readonly string[],
  ): Statement => ({
    Sid: sidOf(job, what),
    Effect: "Deny",
    Action: action,
    Resource: instancesOf(partition),
    Condition: {
      [`${set}:StringEqualsIgnoreCase`]: { "aws:TagKeys": mark },
      ArnNotLike: {
        "aws:PrincipalArn": [...roles.map((role) => roleArn(partition, "*", role)), ...exempt],
      },
    },
  });
  return [
    denied("Set", "ec2:CreateTags", "ForAnyValue", setters),
    denied("Removed", "ec2:DeleteTags", "ForAnyValue", removers),
    denied("RemovedWithAllTags", "ec2:DeleteTags", "ForAllValues", removers),
  ];
}

/**
 * Lets nobody make an image, or snapshots of all volumes, of an instance that has the mark.
 *
 * It does not reach snapshots of one volume: `ec2:CreateSnapshot` has the tags of the volume and not
 * those of the instance (Service Authorization Reference, "Amazon EC2").
 */
export function keepFromImages({ partition, job, mark, exempt }: {
  readonly partition: string;
  readonly job: string;
  readonly mark: string;
  readonly exempt: readonly string[];
}): Statement {
  return {
    Sid: sidOf(job, "Copied"),
    Effect: "Deny",
    Action: ["ec2:CreateImage", "ec2:CreateSnapshots"],
    Resource: instancesOf(partition),
    Condition: {
      Null: { [`aws:ResourceTag/${mark}`]: "false" },
      ...exempt.length === 0 ? {} : { ArnNotLike: { "aws:PrincipalArn": exempt } },
    },
  };
}

function instancesOf(partition: string): string {
  return `arn:${partition}:ec2:*:*:instance/*`;
}

/** `AuditMarkSet`: IAM takes each Sid once in a policy. */
function sidOf(job: string, what: string): string {
  return `${job.slice(0, 1).toUpperCase()}${job.slice(1)}Mark${what}`;
}
