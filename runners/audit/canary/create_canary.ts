import type { EC2Client } from "@aws-sdk/client-ec2";
import { instanceArn } from "../../core/aws/arn.ts";
import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { WriteAnswer } from "../../core/job.ts";
import type { Log } from "../../core/log/log.ts";
import { shortHash } from "../../core/plan/canonical.ts";
import type { ChangeOf } from "../ladder/audit_change.ts";
import { describeInstances } from "../read_instances.ts";

/** How long to wait before each reading of the state, in milliseconds: half a minute in all. */
const LOOK_AFTER_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

/** What a canary is made with. */
type Making = {
  readonly session: Session;
  readonly clock: Clock;
  readonly log: Log;
  readonly abortSignal: AbortSignal;
};

/**
 * Makes the smallest instance that can be stopped, with the canary's tags and its first stamp, and
 * stops it if it runs within half a minute. If not, it is pending, and a later run stops it.
 *
 * A repeated call with the same change answers with the same instance, by the client token (EC2 API
 * Reference, "Ensuring idempotency"), so that a run that dies in between leaves no second one.
 */
export async function createCanary(
  change: ChangeOf<"create-canary">,
  making: Making,
): Promise<WriteAnswer> {
  const { session, log, abortSignal } = making;
  const { account, region, after } = change;
  const { EC2Client, RunInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client: EC2Client = session.client(EC2Client, region);
  const Tags = Object.entries(after.tags).map(([Key, Value]) => ({ Key, Value }));
  const stamp = { Key: CANARY_STAMP_TAG, Value: after.stamp };
  const answer = await client.send(
    new RunInstancesCommand({
      ClientToken: `groundskeeper-${shortHash({ account, region, ...after }, 32)}`,
      ImageId: after.image.id,
      InstanceType: after.image.instanceType,
      MinCount: 1,
      MaxCount: 1,
      ...(after.subnet === null ? {} : { SubnetId: after.subnet }),
      MetadataOptions: { HttpTokens: "required" },
      InstanceInitiatedShutdownBehavior: "stop",
      TagSpecifications: [
        { ResourceType: "instance", Tags: [...Tags, stamp] },
        { ResourceType: "volume", Tags },
      ],
    }),
    { abortSignal },
  );
  const id = answer.Instances?.[0]?.InstanceId;
  if (!id) throw new Error("RunInstances answered without an instance");
  const requestId = answer.$metadata.requestId ?? null;
  const target = instanceArn(session.partition, region, account, id);
  try {
    const runs = await stopOnceRunning(client, region, id, making);
    return { requestId, effect: { target, ...(runs ? {} : { token: id }) } };
  } catch (error) {
    // It is made, and that is recorded. What was in the way of its stop is told by the run that
    // plans the stop.
    if (!isInterruption(error)) {
      log.warn(`The canary ${id} is not stopped yet: ${failureOf(error).detail}`, {
        account,
        region,
      });
    }
    return { requestId, effect: { target, token: id } };
  }
}

/** Stops the canary: a stopped one costs its volume only. @returns false: it does not run yet */
async function stopOnceRunning(
  client: EC2Client,
  region: string,
  id: string,
  { session, clock, abortSignal }: Making,
): Promise<boolean> {
  const { StopInstancesCommand } = await import("@aws-sdk/client-ec2");
  for (const waitMs of [0, ...LOOK_AFTER_MS]) {
    if (waitMs > 0) await clock.wait(waitMs, abortSignal);
    const [found] = await describeInstances({ session, region, ids: [id], abortSignal }, null);
    // Copies that differ are not believed: the state is read again.
    if (found === undefined || found.doubt || found.state === "pending") continue;
    if (found.state === "running") {
      await client.send(new StopInstancesCommand({ InstanceIds: [id] }), { abortSignal });
    }
    return true;
  }
  return false;
}
