import type { Instance } from "@aws-sdk/client-ec2";
import { shown } from "../core/shown.ts";
import { fold } from "../core/spelling.ts";
import type { AuditConfig } from "./config.ts";
import type { ObservedInstance } from "./observed.ts";
import { type Tags, tagsFrom } from "./tags.ts";

/** A tag by which something says that an instance is its own. */
type ManagerTag = {
  /** The complete key, or with `prefix` its beginning. */
  readonly key: string;
  readonly prefix?: true;
  /** People set it, so that its spellings count too; what services set is compared as it is. */
  readonly typed?: true;
  /** The values that mean this; left out: any. */
  readonly values?: readonly string[];
  /** What manages the instance, for people. */
  readonly name: string;
  /** What says which one it is, after the name: the value, or what follows the prefix. */
  readonly which?: "value" | "key";
};

/**
 * The known tags, each with its source. A source that ends with "Policy", or names a service role,
 * is a managed policy of AWS: it lets a service act on what carries the tag.
 */
const MANAGER_TAGS: readonly ManagerTag[] = [
  // Auto Scaling user guide, "Tag Auto Scaling groups and instances"
  { key: "aws:autoscaling:groupName", name: "Auto Scaling group", which: "value" },
  // AWSEC2FleetServiceRolePolicy
  { key: "aws:ec2:fleet-id", name: "EC2 Fleet", which: "value" },
  // AWSEC2SpotFleetServiceRolePolicy
  { key: "aws:ec2spot:fleet-request-id", name: "Spot Fleet", which: "value" },
  // AWSServiceRoleForEC2ScheduledInstances
  { key: "aws:ec2sri:scheduledInstanceId", name: "Scheduled Instance", which: "value" },
  // EMR management guide, "Tag cluster resources"
  { key: "aws:elasticmapreduce:job-flow-id", name: "EMR cluster", which: "value" },
  // Elastic Beanstalk developer guide, "Tagging Elastic Beanstalk application resources"
  { key: "elasticbeanstalk:environment-name", name: "Beanstalk environment", which: "value" },
  // EKS user guide, "Tag your resources": managed and self-managed node groups
  { key: "eks:cluster-name", name: "EKS cluster", which: "value" },
  { key: "aws:eks:cluster-name", name: "EKS cluster", which: "value" },
  { key: "kubernetes.io/cluster/", prefix: true, name: "EKS cluster", which: "key" },
  // AmazonEKSComputePolicy: EKS Auto Mode
  { key: "eks:eks-cluster-name", name: "EKS cluster", which: "value" },
  // AmazonEKSLocalOutpostServiceRolePolicy
  { key: "eks-local:controlplane-name", name: "EKS cluster", which: "value" },
  // Karpenter, "Getting Started": the controller's policy, ec2:ResourceTag, now and before 0.32
  { key: "karpenter.sh/nodepool", name: "Karpenter node pool", which: "value" },
  { key: "karpenter.sh/provisioner-name", name: "Karpenter provisioner", which: "value" },
  // Cluster API Provider AWS, api/v1beta2/tags.go, NameAWSProviderPrefix
  { key: "sigs.k8s.io/cluster-api-provider-aws/", prefix: true, name: "Cluster API" },
  // ROSANodePoolManagementPolicy
  { key: "red-hat-managed", values: ["true"], name: "Red Hat OpenShift" },
  // AmazonECSInfrastructureRolePolicyForManagedInstances
  { key: "AmazonECSManaged", values: ["true"], name: "Amazon ECS" },
  // BatchServiceRolePolicy
  { key: "AWSBatchServiceTag", name: "AWS Batch" },
  // ParallelCluster user guide, "AWS ParallelCluster resources and tagging"
  { key: "parallelcluster:", prefix: true, name: "ParallelCluster" },
  // AWSPCSServiceRolePolicy
  { key: "AWSPCSManaged", name: "AWS Parallel Computing Service" },
  // Spot, policies for AWS: ec2:ResourceTag/spotinst:aws:ec2:group:createdBy; Ocean sets it too
  { key: "spotinst:aws:ec2:group:", prefix: true, name: "Elastigroup" },
  // AWSElasticDisasterRecoveryServiceRolePolicy
  { key: "AWSElasticDisasterRecoveryManaged", name: "Elastic Disaster Recovery" },
  // AWSApplicationMigrationServiceRolePolicy
  { key: "AWSApplicationMigrationServiceManaged", name: "Application Migration Service" },
  // AWSTransformServerMigrationAgentPolicy
  {
    key: "CreatedBy",
    values: ["AWSApplicationMigrationService"],
    name: "Application Migration Service",
  },
  // AWSServiceRoleForSMS: Server Migration Service, whose jobs import servers
  { key: "SMSJobId", name: "server migration job", which: "value" },
  // EC2 Image Builder API Reference, InfrastructureConfiguration: keys kept for build instances
  { key: "Ec2ImageBuilderArn", name: "EC2 Image Builder" },
  // AWSServiceRoleForImageBuilder
  { key: "CreatedBy", values: ["EC2 Image Builder"], name: "EC2 Image Builder" },
  { key: "CreatedBy", values: ["EC2 Fast Launch"], name: "EC2 Fast Launch" },
  // EC2FastLaunchServiceRolePolicy
  { key: "CreatedByLaunchTemplateVersion", name: "EC2 Fast Launch" },
  // OpsWorks user guide, "Tags": what a stack puts on its instances
  { key: "opsworks:", prefix: true, name: "OpsWorks" },
  // AmazonRDSCustomPreviewServiceRolePolicy
  { key: "AWSRDSCustom", name: "RDS Custom" },
  // AmazonEVSServiceRolePolicy
  { key: "AmazonEVSManaged", name: "Elastic VMware Service" },
  // GameLiftGameServerGroupPolicy
  { key: "GameLift", values: ["GameServerGroups"], name: "GameLift" },
  // AWSServiceRolePolicyForWorkspacesInstances
  { key: "ManagedBy", values: ["workspaces-instances"], name: "WorkSpaces Instances" },
  // AWSBedrockAgentCoreRuntimeInstancesServiceRolePolicy
  { key: "bedrock-agentcore:capacity-provider-id", name: "Bedrock AgentCore" },
  // AWSServiceRolePolicyForBackupRestoreTesting
  { key: "awsbackup-restore-test", name: "AWS Backup restore testing" },
];

/**
 * What would replace the instance if it were gone, or reclaims it by itself. Such an instance is
 * reported: if it is terminated, its group launches another without the tags, again and again.
 */
export function managedBy(instance: Instance): string[] {
  const { InstanceLifecycle, Operator } = instance;
  return sorted([
    ...byTags(tagsFrom(instance.Tags ?? []), MANAGER_TAGS),
    ...(InstanceLifecycle ? [`${InstanceLifecycle} request`] : []),
    ...(Operator?.Managed ? [`operator ${Operator.Principal ?? "of AWS"}`] : []),
  ]);
}

/** The same by audit.managedTags too, and by the tags of both sources: one may leave tags out. */
export function managersOf(
  { managedBy, tags }: Pick<ObservedInstance, "managedBy" | "tags">,
  secondTags: Tags | undefined,
  { managedTags }: Pick<AuditConfig, "managedTags">,
): string[] {
  const known = [...MANAGER_TAGS, ...managedTags.map(asManagerTag)];
  return sorted([...managedBy, ...byTags(tags, known), ...byTags(secondTags ?? {}, known)]);
}

/** What `audit.managedTags` says of a key: any value will do. */
function asManagerTag(tag: AuditConfig["managedTags"][number]): ManagerTag {
  return typeof tag === "string"
    ? { key: tag, typed: true, name: `whoever sets the tag ${tag}` }
    : { key: tag.prefix, typed: true, prefix: true, name: `whoever sets tags ${tag.prefix}…` };
}

function byTags(tags: Tags, known: readonly ManagerTag[]): string[] {
  return Object.entries(tags).flatMap(([key, value]) =>
    known.filter((one) => isTag(one, key, value)).map(({ key: known, name, which }) =>
      which === undefined
        ? name
        : `${name} ${shown(which === "key" ? key.slice(known.length) : value)}`
    )
  );
}

function isTag(
  { key: known, prefix, typed, values }: ManagerTag,
  key: string,
  value: string,
): boolean {
  const [written, wanted] = typed ? [fold(key), fold(known)] : [key, known];
  const isKey = prefix
    ? written.startsWith(wanted) && written.length > wanted.length
    : written === wanted;
  return isKey && (values === undefined || values.includes(value));
}

function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
