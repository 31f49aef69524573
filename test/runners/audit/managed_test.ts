import assert from "assert";
import { type Instance, InstanceLifecycleType } from "@aws-sdk/client-ec2";
import { managedBy } from "../../../runners/audit/managed.ts";

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
