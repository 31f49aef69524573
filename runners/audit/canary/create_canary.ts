import type { EC2Client, Instance } from "@aws-sdk/client-ec2";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import { shortHash } from "../../core/plan/canonical.ts";
import { sumOf } from "../../core/sum_of.ts";
import type { CanaryPlan } from "./canary_plan.ts";

/** How long to wait before each reading of the state, in milliseconds; three minutes in all. */
const LOOK_AFTER_MS = [500, 1_000, 2_000, 4_000, ...Array<number>(18).fill(10_000)];

/**
 * Makes the smallest instance that can be stopped, with the canary's tags and its first stamp.
 *
 * A repeated call with the same plan answers with the same instance, by the client token (EC2 API
 * Reference, "Ensuring idempotency"), so that a run that dies in between leaves no second one.
 *
 * @returns the instance's id and AWS's request id
 */
export async function runCanary(
  session: Session,
  plan: CanaryPlan,
  image: CanaryImage,
  now: Date,
): Promise<{ readonly id: string; readonly requestId: string | null }> {
  const { EC2Client, RunInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client: EC2Client = session.client(EC2Client, plan.region);
  const Tags = Object.entries(plan.tags).map(([Key, Value]) => ({ Key, Value }));
  // A repeated call must have the same stamp, or AWS would refuse its token: hence the day.
  const stamp = { Key: CANARY_STAMP_TAG, Value: `${now.toISOString().slice(0, 10)}T00:00:00.000Z` };
  const answer = await client.send(
    new RunInstancesCommand({
      ClientToken: clientToken(plan, image, stamp.Value),
      ImageId: image.id,
      InstanceType: image.instanceType,
      MinCount: 1,
      MaxCount: 1,
      ...(plan.subnet === null ? {} : { SubnetId: plan.subnet }),
      MetadataOptions: { HttpTokens: "required" },
      InstanceInitiatedShutdownBehavior: "stop",
      TagSpecifications: [
        { ResourceType: "instance", Tags: [...Tags, stamp] },
        { ResourceType: "volume", Tags },
      ],
    }),
    session.reading,
  );
  const id = answer.Instances?.[0]?.InstanceId;
  if (!id) throw new Error("RunInstances answered without an instance");
  return { id, requestId: answer.$metadata.requestId ?? null };
}

function clientToken(
  { account, region, instance, subnet, tags }: CanaryPlan,
  { id, instanceType }: CanaryImage,
  stamp: string,
): string {
  const what = { account, region, after: instance, subnet, tags, id, instanceType, stamp };
  return `groundskeeper-${shortHash(what, 32)}`;
}

/**
 * Waits until the instance runs, and stops it: a stopped canary costs its volume only.
 *
 * @throws Error when it does not come to run or to stop in about three minutes
 */
export async function stopCanary(
  session: Session,
  region: string,
  id: string,
  clock: Clock,
): Promise<void> {
  const { EC2Client, DescribeInstancesCommand, StopInstancesCommand } = await import(
    "@aws-sdk/client-ec2"
  );
  const client = session.client(EC2Client, region);
  const Filters = [{ Name: "instance-id", Values: [id] }];
  const look = async (): Promise<Instance["State"]> => {
    const { Reservations = [] } = await client.send(
      new DescribeInstancesCommand({ Filters }),
      session.reading,
    );
    const states = Reservations.flatMap(({ Instances = [] }) => Instances)
      .map(({ State }) => State);
    // Copies that differ are not believed: the state is read again.
    return new Set(states.map((state) => state?.Name)).size === 1 ? states[0] : undefined;
  };
  const until = async (...states: string[]): Promise<string> => {
    let state = (await look())?.Name;
    for (const waitMs of LOOK_AFTER_MS) {
      if (state !== undefined && states.includes(state)) return state;
      if (state === "terminated" || state === "shutting-down") break;
      await clock.wait(waitMs, session.reading.abortSignal);
      state = (await look())?.Name;
    }
    throw new Error(
      `The canary ${id} is ${state ?? "not listed"}, and not ${states.join(" or ")}; ` +
        '"audit canary apply" goes on with it',
    );
  };
  if (await until("running", "stopping", "stopped") === "running") {
    await client.send(new StopInstancesCommand({ InstanceIds: [id] }), session.reading);
  }
  await until("stopping", "stopped");
}

/** The image of a canary in one region. */
export type CanaryImage = {
  readonly id: string;
  /** The smallest current type that runs it. */
  readonly instanceType: "t3.nano" | "t4g.nano";
  /** The size of all its volumes, in GiB. */
  readonly sizeGib: number;
};

/**
 * Finds the image: an AMI by its ID, or the one that an SSM parameter names.
 *
 * @param image `ami-…`, or `ssm:` and the parameter's name
 * @throws Error when there is none, or it cannot be stopped (EC2 user guide, "Stop and start": only
 * an instance whose root device is an EBS volume can)
 */
export async function findImage(
  session: Session,
  region: string,
  image: string,
): Promise<CanaryImage> {
  const id = image.startsWith("ssm:")
    ? await imageInParameter(session, region, image.slice("ssm:".length))
    : image;
  const { EC2Client, DescribeImagesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const { Images: [found] = [] } = await client.send(
    new DescribeImagesCommand({ ImageIds: [id] }),
    session.reading,
  );
  if (!found) throw new Error(`There is no image ${id} in ${region} (audit.canary.image)`);
  if (found.RootDeviceType !== "ebs") {
    throw new Error(
      `The image ${id} has no EBS root device, so that a canary could not be stopped`,
    );
  }
  return {
    id,
    instanceType: found.Architecture === "arm64" ? "t4g.nano" : "t3.nano",
    sizeGib: sumOf(found.BlockDeviceMappings ?? [], ({ Ebs }) => Ebs?.VolumeSize ?? 0),
  };
}

async function imageInParameter(session: Session, region: string, Name: string): Promise<string> {
  const { SSMClient, GetParameterCommand } = await import("@aws-sdk/client-ssm");
  const client = session.client(SSMClient, region);
  const { Parameter } = await client.send(new GetParameterCommand({ Name }), session.reading);
  const id = Parameter?.Value ?? "";
  if (!/^ami-[0-9a-f]+$/.test(id)) {
    throw new Error(`The parameter ${Name} in ${region} holds no image ID (audit.canary.image)`);
  }
  return id;
}
