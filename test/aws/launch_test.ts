import assert from "assert";
import {
  DescribeImagesCommand,
  DescribeSubnetsCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
  EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { IAMClient, ListRolesCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand, SSMClient } from "@aws-sdk/client-ssm";

import { once } from "./faults.ts";
import { scene } from "./instance_scene.ts";
import { clientConfig } from "./seed.ts";

const image = "/aws/service/ami-amazon-linux-latest/al2023-ami-minimal-kernel-default-x86_64";
const launch = { ImageId: "ami-12345678", MinCount: 1, MaxCount: 1 };

Deno.test("a client token launches once, is shown, and can be filtered by", async () => {
  await using at = await scene([{ name: "other" }]);
  const run = async (input: Partial<RunInstancesCommandInput> = {}) =>
    await at.ec2.send(new RunInstancesCommand({ ...launch, ClientToken: "canary-1", ...input }));
  const [first, second] = await Promise.all([run(), run()]);
  const third = await run();
  assert.equal(first.ReservationId, second.ReservationId);
  assert.equal(first.ReservationId, third.ReservationId);
  assert.deepEqual(
    third.Instances?.map(({ InstanceId, State }) => [InstanceId, State?.Name]),
    [[first.Instances?.[0]?.InstanceId, "running"]],
  );
  await assert.rejects(run({ InstanceType: "t3.micro" }), { name: "IdempotentParameterMismatch" });
  const found = await at.describe({ Filters: [{ Name: "client-token", Values: ["canary-1"] }] });
  assert.equal(found.length, 1);
  assert.equal(found[0]?.InstanceId, first.Instances?.[0]?.InstanceId);
  assert.equal(found[0]?.ClientToken, "canary-1");
  assert.equal((await at.describe()).length, 2);
  await run({ ClientToken: "canary-2" });
  assert.equal((await at.describe()).length, 3);
  await run({ Placement: { AvailabilityZone: "us-east-1c" } });
  assert.equal((await at.describe()).length, 4);
  const InstanceIds = [first.Instances?.[0]?.InstanceId ?? ""];
  await at.ec2.send(new TerminateInstancesCommand({ InstanceIds }));
  const [terminated] = (await run()).Instances ?? [];
  assert.deepEqual([terminated?.InstanceId], InstanceIds);
  assert.equal(terminated?.State?.Name, "terminated");
});

Deno.test("a launch whose answer was lost is not repeated by the client's retry", async () => {
  await using at = await scene([]);
  at.aws.proxy.onCall(once({ action: "ec2:RunInstances" }, { kind: "lose-answer" }));
  const ec2 = new EC2Client({ ...clientConfig(at.aws.endpoint, at.account), maxAttempts: 2 });
  const { Instances = [] } = await ec2.send(new RunInstancesCommand(launch));
  ec2.destroy();
  assert.equal(at.aws.proxy.calls.filter(({ action }) => action === "ec2:RunInstances").length, 2);
  assert.deepEqual(
    (await at.describe()).map(({ InstanceId }) => InstanceId),
    Instances.map(({ InstanceId }) => InstanceId),
  );
});

Deno.test("a token that launched nothing can be used again", async () => {
  await using at = await scene([]);
  const run = (input: object) =>
    at.ec2.send(new RunInstancesCommand({ ...launch, ClientToken: "again", ...input }));
  await assert.rejects(run({ SubnetId: "subnet-00000000" }));
  await run({});
  assert.equal((await at.describe()).length, 1);
});

for (const region of ["us-east-1", "eu-central-1", "ap-east-1", "mx-central-1"]) {
  Deno.test(`a canary can be made in ${region}, as everywhere`, async () => {
    await using at = await scene([]);
    const config = { ...clientConfig(at.aws.endpoint, at.account, region), maxAttempts: 1 };
    const ec2 = new EC2Client(config);
    const ssm = new SSMClient(config);
    try {
      const { Parameter } = await ssm.send(new GetParameterCommand({ Name: image }));
      const ImageId = Parameter?.Value ?? "";
      assert.match(ImageId, /^ami-[0-9a-f]{17}$/);
      const { Images = [] } = await ec2.send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
      assert.equal(Images.length, 1);
      assert.equal(Images[0]?.RootDeviceType, "ebs");
      assert.equal(Images[0]?.Architecture, "x86_64");
      assert.equal(Images[0]?.ImageOwnerAlias, "amazon");
      assert.equal(Images[0]?.RootDeviceName, Images[0]?.BlockDeviceMappings?.[0]?.DeviceName);
      assert.equal(Images[0]?.BlockDeviceMappings?.[0]?.Ebs?.VolumeSize, 2);

      const { Vpcs = [] } = await ec2.send(
        new DescribeVpcsCommand({ Filters: [{ Name: "is-default", Values: ["true"] }] }),
      );
      const { Subnets = [] } = await ec2.send(
        new DescribeSubnetsCommand({
          Filters: [
            { Name: "vpc-id", Values: Vpcs.flatMap(({ VpcId }) => VpcId ?? []) },
            { Name: "default-for-az", Values: ["true"] },
          ],
        }),
      );
      const SubnetId = Subnets[1]?.SubnetId;
      assert.ok(SubnetId);
      const Tags = [{ Key: "Name", Value: `canary-${region}` }];
      const { Instances = [] } = await ec2.send(
        new RunInstancesCommand({
          ImageId,
          InstanceType: "t3.nano",
          MinCount: 1,
          MaxCount: 1,
          ClientToken: `canary-${region}`,
          DisableApiTermination: true,
          MetadataOptions: { HttpTokens: "required", HttpEndpoint: "disabled" },
          NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: false }],
          TagSpecifications: [
            { ResourceType: "instance", Tags },
            { ResourceType: "volume", Tags },
          ],
        }),
      );
      const [canary] = Instances;
      assert.equal(canary?.InstanceType, "t3.nano");
      assert.equal(canary?.SubnetId, SubnetId);
      assert.equal(canary?.PublicIpAddress, undefined);
      assert.equal(canary?.MetadataOptions?.HttpTokens, "required");
      assert.equal(canary?.MetadataOptions?.HttpEndpoint, "disabled");
      assert.deepEqual(canary?.Tags, Tags);
      assert.equal(canary?.RootDeviceName, canary?.BlockDeviceMappings?.[0]?.DeviceName);

      const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand({}));
      assert.equal(Volumes.length, 1);
      assert.equal(Volumes[0]?.Size, 2);
      assert.equal(Volumes[0]?.VolumeType, "gp3");
      assert.deepEqual(Volumes[0]?.Tags, Tags);
      const tags = await ec2.send(new DescribeTagsCommand({}));
      assert.deepEqual(tags.Tags?.map(({ ResourceType }) => ResourceType).sort(), [
        "instance",
        "volume",
      ]);
    } finally {
      ec2.destroy();
      ssm.destroy();
    }
  });
}

Deno.test("what a launch says of its root volume goes before the image", async () => {
  await using at = await scene([]);
  const ssm = new SSMClient(clientConfig(at.aws.endpoint, at.account));
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: image }));
  ssm.destroy();
  const run = new RunInstancesCommand({
    ImageId: Parameter?.Value,
    MinCount: 1,
    MaxCount: 1,
    BlockDeviceMappings: [{ DeviceName: "/dev/xvda", Ebs: { Encrypted: true, VolumeSize: 4 } }],
    SubnetId: (await at.ec2.send(new DescribeSubnetsCommand({}))).Subnets?.[0]?.SubnetId,
  });
  await at.ec2.send(run);
  const { Volumes = [] } = await at.ec2.send(new DescribeVolumesCommand({}));
  assert.deepEqual(
    Volumes.map(({ Size, Encrypted, VolumeType }) => [Size, Encrypted, VolumeType]),
    [[4, true, "gp3"]],
  );
});

Deno.test("an account has the three roles of the audit", async () => {
  await using at = await scene([]);
  const iam = new IAMClient(clientConfig(at.aws.endpoint, at.account));
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  iam.destroy();
  assert.deepEqual(Roles.map(({ RoleName }) => RoleName).sort(), [
    "groundskeeper-audit-apply",
    "groundskeeper-audit-canary",
    "groundskeeper-audit-observe",
  ]);
});
