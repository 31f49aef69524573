import assert from "assert";
import { partsOf } from "../../../runners/core/parts.ts";
import { type Instance, InstanceLifecycleType } from "@aws-sdk/client-ec2";
import { managedBy, managersOf } from "../../../runners/audit/managed.ts";
import { auditContradictions } from "../../../runners/audit/config.ts";
import type { Tags } from "../../../runners/audit/tags.ts";
import { plan } from "../../../runners/audit/plan.ts";
import { anAccount, anInstance, aRegion, configOf, DEV, idOf, NOW, planningOf } from "./world.ts";

const table: readonly [string, Instance, string[]][] = [
  ["nothing", { Tags: [{ Key: "Name", Value: "web" }] }, []],
  ["no tag at all", {}, []],
  ["an Auto Scaling group", { Tags: [{ Key: "aws:autoscaling:groupName", Value: "web" }] }, [
    "Auto Scaling group web",
  ]],
  ["EMR", { Tags: [{ Key: "aws:elasticmapreduce:job-flow-id", Value: "j-1" }] }, [
    "EMR cluster j-1",
  ]],
  ["Elastic Beanstalk", { Tags: [{ Key: "elasticbeanstalk:environment-name", Value: "shop" }] }, [
    "Beanstalk environment shop",
  ]],
  ["an EKS node group", { Tags: [{ Key: "eks:cluster-name", Value: "blue" }] }, [
    "EKS cluster blue",
  ]],
  ["EKS by AWS's own tag", { Tags: [{ Key: "aws:eks:cluster-name", Value: "blue" }] }, [
    "EKS cluster blue",
  ]],
  ["Kubernetes", { Tags: [{ Key: "kubernetes.io/cluster/blue", Value: "owned" }] }, [
    "EKS cluster blue",
  ]],
  ["a spot request", { InstanceLifecycle: InstanceLifecycleType.spot }, ["spot request"]],
  ["an operator", { Operator: { Managed: true, Principal: "eks.amazonaws.com" } }, [
    "operator eks.amazonaws.com",
  ]],
  ["an operator without a name", { Operator: { Managed: true } }, ["operator of AWS"]],
  ["an operator that manages nothing", { Operator: { Managed: false } }, []],
  ["a key that only begins so", { Tags: [{ Key: "aws:autoscaling:groupName2", Value: "x" }] }, []],
  ["a key that only ends so", { Tags: [{ Key: "my-eks:cluster-name", Value: "x" }] }, []],
  [
    "several, each told once and sorted",
    {
      InstanceLifecycle: InstanceLifecycleType.spot,
      Tags: [
        { Key: "kubernetes.io/cluster/blue", Value: "owned" },
        { Key: "eks:cluster-name", Value: "blue" },
        { Key: "aws:autoscaling:groupName", Value: "web" },
      ],
    },
    ["Auto Scaling group web", "EKS cluster blue", "spot request"],
  ],
];

for (const [what, instance, names] of table) {
  Deno.test(`an instance of ${what} is managed by ${names.join(", ") || "nobody"}`, () => {
    assert.deepEqual(managedBy(instance), names);
  });
}

/** One tag of each manager that is known by a tag alone, and a tag that is none. */
const known: readonly [key: string, value: string, name: string | null][] = [
  ["aws:ec2:fleet-id", "fleet-1", "EC2 Fleet fleet-1"],
  ["aws:ec2spot:fleet-request-id", "sfr-1", "Spot Fleet sfr-1"],
  ["aws:ec2sri:scheduledInstanceId", "sci-1", "Scheduled Instance sci-1"],
  ["eks:eks-cluster-name", "auto", "EKS cluster auto"],
  ["eks-local:controlplane-name", "post", "EKS cluster post"],
  ["karpenter.sh/nodepool", "default", "Karpenter node pool default"],
  ["karpenter.sh/provisioner-name", "default", "Karpenter provisioner default"],
  ["karpenter.sh/discovery", "blue", null],
  ["sigs.k8s.io/cluster-api-provider-aws/cluster/blue", "owned", "Cluster API"],
  ["sigs.k8s.io/cluster-api-provider-aws/", "", null],
  ["red-hat-managed", "true", "Red Hat OpenShift"],
  ["red-hat-managed", "false", null],
  ["AmazonECSManaged", "true", "Amazon ECS"],
  ["AWSBatchServiceTag", "batch", "AWS Batch"],
  ["awsbatchservicetag", "batch", null],
  ["parallelcluster:cluster-name", "hpc", "ParallelCluster"],
  ["AWSPCSManaged", "true", "AWS Parallel Computing Service"],
  ["spotinst:aws:ec2:group:createdBy", "spotinst", "Elastigroup"],
  ["spotinst:aws:ec2:group:id", "sig-1", "Elastigroup"],
  ["AWSElasticDisasterRecoveryManaged", "drs.amazonaws.com", "Elastic Disaster Recovery"],
  ["AWSApplicationMigrationServiceManaged", "mgn.amazonaws.com", "Application Migration Service"],
  ["CreatedBy", "AWSApplicationMigrationService", "Application Migration Service"],
  ["CreatedBy", "EC2 Image Builder", "EC2 Image Builder"],
  ["CreatedBy", "alice", null],
  ["Ec2ImageBuilderArn", "arn:aws:imagebuilder:…", "EC2 Image Builder"],
  ["CreatedBy", "EC2 Fast Launch", "EC2 Fast Launch"],
  ["CreatedByLaunchTemplateVersion", "1", "EC2 Fast Launch"],
  ["SMSJobId", "sms-job-1", "server migration job sms-job-1"],
  ["opsworks:stack", "demo", "OpsWorks"],
  ["opsworks:layer:web", "Web", "OpsWorks"],
  ["AWSRDSCustom", "custom-oracle", "RDS Custom"],
  ["AmazonEVSManaged", "true", "Elastic VMware Service"],
  ["GameLift", "GameServerGroups", "GameLift"],
  ["GameLift", "our game", null],
  ["ManagedBy", "workspaces-instances", "WorkSpaces Instances"],
  ["ManagedBy", "terraform", null],
  ["bedrock-agentcore:capacity-provider-id", "cp-1", "Bedrock AgentCore"],
  ["awsbackup-restore-test", "job-1", "AWS Backup restore testing"],
];

for (const [Key, Value, name] of known) {
  Deno.test(`an instance with the tag ${Key}=${Value} is managed by ${name ?? "nobody"}`, () => {
    assert.deepEqual(managedBy({ Tags: [{ Key, Value }] }), name === null ? [] : [name]);
  });
}

const RULE = { required: [{ key: "owner" }], enforce: { accounts: [DEV] } };
const sparedOf = (config: ReturnType<typeof configOf>, tags: Tags, second: Tags = tags) => {
  const region = aRegion("us-east-1", [anInstance(1, { tags })]);
  const secondSource = { ...region.secondSource!, tags: { [idOf(1)]: second } };
  const observed = partsOf([anAccount(DEV, [{ ...region, secondSource }])]);
  const { changes, spared } = plan(planningOf(observed, config));
  return changes.length > 0 ? "changed" : spared[0]!.detail;
};

Deno.test("audit.managedTags adds keys and how keys begin to those that are known", () => {
  const config = configOf({ ...RULE, managedTags: ["acme:pool", { prefix: "acme.io/" }] });
  assert.equal(sparedOf(config, { "acme:pool": "" }), "managed by whoever sets the tag acme:pool");
  assert.equal(sparedOf(config, { "acme.io/a": "" }), "managed by whoever sets tags acme.io/…");
  assert.equal(sparedOf(config, { "acme:pool2": "" }), "changed");
  const spelt = "managed by whoever sets the tag acme:pool";
  assert.equal(sparedOf(config, { "Acme:Pool\u200b ": "" }), spelt);
  assert.equal(sparedOf(config, { "ACME.io/a": "" }), "managed by whoever sets tags acme.io/…");
  assert.equal(sparedOf(config, { AWSBatchServiceTag: "" }), "managed by AWS Batch");
});

Deno.test("a tag by which an instance is managed counts whichever of the two sources has it", () => {
  const config = configOf(RULE);
  assert.equal(sparedOf(config, { AWSBatchServiceTag: "" }, {}), "managed by AWS Batch");
  assert.equal(sparedOf(config, {}, { AWSBatchServiceTag: "" }), "managed by AWS Batch");
});

Deno.test("a snapshot of an earlier version is judged by the tags in it", () => {
  const old = { managedBy: ["spot request"], tags: { "aws:ec2:fleet-id": "fleet-1" } };
  assert.deepEqual(managersOf(old, undefined, configOf(RULE)), [
    "EC2 Fleet fleet-1",
    "spot request",
  ]);
});

const wrong: readonly [tag: string | { prefix: string }, caught: string][] = [
  ["owner", "owner"],
  ["Owner", "owner"],
  [{ prefix: "own" }, "owner"],
  ["groundskeeper-audit", "groundskeeper-audit"],
  [{ prefix: "groundskeeper-" }, "groundskeeper-audit"],
];

for (const [tag, caught] of wrong) {
  Deno.test(`audit.managedTags may not take in "${caught}" by ${JSON.stringify(tag)}`, () => {
    const config = configOf({ ...RULE, managedTags: [tag] });
    const [problem] = auditContradictions(config, NOW, true);
    assert.match(problem!, new RegExp(`^audit\\.managedTags\\[0\\] takes in "${caught}"`));
  });
}

Deno.test("a wildcard in audit.managedTags is told, with what to write", () => {
  assert.throws(() => configOf({ ...RULE, managedTags: ["acme:*"] }), /must have no .*prefix/);
});
