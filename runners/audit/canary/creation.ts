import type { EC2Client } from "@aws-sdk/client-ec2";
import { instanceArn, instanceIdOf } from "../../core/aws/arn.ts";
import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import type { Clock } from "../../core/clock.ts";
import { CANARY_STAMP_TAG } from "../../core/contract/names.ts";
import type { Polled, Recorded, Settlement, WriteAnswer } from "../../core/job.ts";
import type { Effect, JournalEntry } from "../../core/journal/entry.ts";
import type { Log } from "../../core/log/log.ts";
import { shortHash } from "../../core/plan/canonical.ts";
import type { AuditChange, ChangeOf } from "../ladder/audit_change.ts";
import { GONE_STATES, LISTED_MS, type ObservedRegion, STOPPED_STATES } from "../observed.ts";
import type { AuditPlanning } from "../planning.ts";
import { describeInstances } from "../read_instances.ts";
import { tagOf } from "../tags.ts";

/** How long to wait before each reading of the state, in milliseconds: half a minute in all. */
const LOOK_AFTER_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];

type Creation = ChangeOf<"create-canary">;

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
export async function createCanary(change: Creation, making: Making): Promise<WriteAnswer> {
  const { session, log, abortSignal } = making;
  const { account, region, after } = change;
  const { EC2Client, RunInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
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
      const why = failureOf(error).detail;
      log.warn(`The canary ${id} is not stopped yet: ${why}`, { account, region });
    }
    return { requestId, effect: { target, token: id } };
  }
}

/** Stops the canary: a stopped one costs its volume only. @returns false: it has not come to run */
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
      return true;
    }
    return STOPPED_STATES.has(found.state);
  }
  return false;
}

/**
 * Finds the canary that a change has made by its first stamp. It is pending until it is stopped.
 *
 * @returns undefined: it is not listed
 */
export async function findCreated(
  change: Creation,
  { session, abortSignal }: Pick<Making, "session" | "abortSignal">,
): Promise<Effect | undefined> {
  const tag = { key: CANARY_STAMP_TAG, value: change.after.stamp };
  const asking = { session, region: change.region, ids: undefined, tag, abortSignal };
  const [found] = await describeInstances(asking, null);
  if (!found) return undefined;
  const { id, state, doubt } = found;
  const isStopped = !doubt && STOPPED_STATES.has(state);
  const target = instanceArn(session.partition, change.region, change.account, id);
  return { target, ...(isStopped ? {} : { token: id }) };
}

/** Judges the creation or the stop of a canary whose outcome was never written. */
export function settleCanary(
  change: Creation | ChangeOf<"stop-canary">,
  observed: AuditPlanning["observed"],
  { intended_at }: Pick<JournalEntry, "intended_at">,
): Settlement {
  const account = observed.of(change.account);
  const region = account?.regions.find((one) => one.region === change.region);
  if (!account || !region || region.failure) return { verdict: "unread" };
  if (change.kind === "create-canary") return settleCreation(change, region, account.partition);
  const canary = region.instances.find(({ id }) => id === change.after.canary);
  if (!canary) {
    return Date.parse(region.at) - Date.parse(intended_at) < LISTED_MS
      ? { verdict: "unread" }
      : { verdict: "unknown", detail: "The canary is gone" };
  }
  if (canary.doubt) return { verdict: "unread" };
  if (canary.state === change.before.state) return { verdict: "noEffect" };
  return STOPPED_STATES.has(canary.state)
    ? { verdict: "done" }
    : { verdict: "unknown", detail: `The canary is ${canary.state} now` };
}

/**
 * The creation is sought by its first stamp, in both sources. A canary that is not listed may only be
 * hidden: AWS answers the same creation with the same instance for as long as it knows the client
 * token.
 */
function settleCreation(
  change: Creation,
  { instances, secondSource }: ObservedRegion,
  partition: string,
): Settlement {
  const made = instances.find(({ id, tags }) =>
    [tags, secondSource?.tags[id] ?? {}]
      .some((one) => tagOf(one, CANARY_STAMP_TAG) === change.after.stamp)
  );
  if (!made) return { verdict: "noEffect", asAnnounced: true };
  if (made.doubt) return { verdict: "unread" };
  if (GONE_STATES.has(made.state)) {
    return { verdict: "unknown", detail: `The canary ${made.id} was made, and is ${made.state}` };
  }
  const { account, region } = change;
  const target = instanceArn(partition, region, account, made.id);
  return made.state === "pending"
    ? { verdict: "pending", token: made.id, target }
    : { verdict: "done", target };
}

/** Asks EC2 whether a canary that was made has come to run. */
export async function pollCreation(
  { entry }: Recorded<AuditChange>,
  session: Session,
  now: Date,
): Promise<Polled> {
  const { region, target, intended_at } = entry;
  const id = instanceIdOf(target);
  const [found] = await describeInstances({ session, region, ids: [id] }, null);
  if (found?.doubt || found?.state === "pending") return { verdict: "pending" };
  if (!found) {
    // For some seconds it may not be listed yet; and not any more an hour after it was terminated.
    return now.getTime() - Date.parse(intended_at) < LISTED_MS
      ? { verdict: "pending" }
      : { verdict: "unknown", detail: `EC2 does not list the instance ${id}` };
  }
  const { state } = found;
  return GONE_STATES.has(state)
    ? { verdict: "failed", error: { code: state, message: `The instance ${id} is ${state}` } }
    : { verdict: "done" };
}
