import type { Instance } from "@aws-sdk/client-ec2";

/** Tags by which services say that an instance is theirs, and how to call what manages it. */
const MANAGERS: readonly (readonly [RegExp, (tag: RegExpExecArray, value: string) => string])[] = [
  // Auto Scaling user guide, "Tag Auto Scaling groups and instances"
  [/^aws:autoscaling:groupName$/, (_, value) => `Auto Scaling group ${value}`],
  // EMR management guide, "Tag cluster resources"
  [/^aws:elasticmapreduce:job-flow-id$/, (_, value) => `EMR cluster ${value}`],
  // Elastic Beanstalk developer guide, "Tagging Elastic Beanstalk application resources"
  [/^elasticbeanstalk:environment-name$/, (_, value) => `Beanstalk environment ${value}`],
  // EKS user guide, "Tag your resources": managed and self-managed node groups
  [/^(?:aws:)?eks:cluster-name$/, (_, value) => `EKS cluster ${value}`],
  [/^kubernetes\.io\/cluster\/(.+)$/, (tag) => `EKS cluster ${tag[1]}`],
];

/**
 * What would replace the instance if it went away, or take it back by itself.
 *
 * Acting on such an instance makes its group spin (research, audit.md row 4): it is reported.
 */
export function managedBy(instance: Instance): string[] {
  const names = new Set<string>();
  for (const { Key = "", Value = "" } of instance.Tags ?? []) {
    for (const [pattern, name] of MANAGERS) {
      const match = pattern.exec(Key);
      if (match) names.add(name(match, Value));
    }
  }
  if (instance.InstanceLifecycle) names.add(`${instance.InstanceLifecycle} request`);
  if (instance.Operator?.Managed) names.add(`operator ${instance.Operator.Principal ?? "of AWS"}`);
  return [...names].sort();
}
