/** What the tests of instances have in common: an account with a few of them, and a client. */

import {
  DescribeInstancesCommand,
  type DescribeInstancesCommandInput,
  DescribeTagsCommand,
  EC2Client,
  type Filter,
  type Instance,
} from "@aws-sdk/client-ec2";

import { freshAccounts } from "./fresh_accounts.ts";
import { connectLocalAws, type LocalAwsOptions } from "./local_aws.ts";
import { clientConfig, seedWorld } from "./seed.ts";
import type { InstanceGroup } from "./world.ts";
import "./start_shared.ts";

export const region = "us-east-1";

/** A proxy, and an account with these instances in one region. */
export async function scene(groups: readonly InstanceGroup[], options: LocalAwsOptions = {}) {
  const aws = await connectLocalAws(options);
  const [account = ""] = freshAccounts(1);
  const world = { accounts: [{ id: account, name: "test", regions: { [region]: groups } }] };
  const seeded = await seedWorld(world, { endpoint: aws.endpoint });
  const ec2 = new EC2Client({ ...clientConfig(aws.endpoint, account), maxAttempts: 1 });
  aws.proxy.clearCalls();
  return {
    aws,
    account,
    ec2,
    ids: (group: string) => seeded.instances(account, region, group),
    id: (group: string) => seeded.instances(account, region, group)[0] ?? "",
    async describe(input: DescribeInstancesCommandInput = {}): Promise<Instance[]> {
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand(input));
      return Reservations.flatMap(({ Instances = [] }) => Instances);
    },
    /** The state of each instance of a group, or undefined where it is not shown. */
    async states(group: string): Promise<(string | undefined)[]> {
      const { Reservations = [] } = await ec2.send(new DescribeInstancesCommand({}));
      const shown = Reservations.flatMap(({ Instances = [] }) => Instances);
      return seeded.instances(account, region, group).map((id) =>
        shown.find(({ InstanceId }) => InstanceId === id)?.State?.Name
      );
    },
    async tagsOf(Filters: Filter[]): Promise<string[]> {
      const { Tags = [] } = await ec2.send(new DescribeTagsCommand({ Filters }));
      return Tags.map(({ ResourceId, Key, Value }) => `${ResourceId} ${Key}=${Value}`).sort();
    },
    async [Symbol.asyncDispose]() {
      ec2.destroy();
      await aws[Symbol.asyncDispose]();
    },
  };
}
