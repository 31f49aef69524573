import type { Instance } from "@aws-sdk/client-ec2";
import {
  describeInstances as readInstances,
  type InstancesAsked,
} from "../core/aws/describe_instances.ts";
import type { Failure } from "../core/aws/failure.ts";
import { setOf } from "../core/aws/listing.ts";
import { allItems, told } from "../core/aws/paginate.ts";
import { DAY_MS } from "../core/duration.ts";
import { managedBy } from "./managed.ts";
import type { ObservedInstance } from "./observed.ts";
import { readTags } from "./tags.ts";

/** EC2 API Reference, DescribeTags: MaxResults. */
const PAGE = 1000;

/**
 * Each instance once, as DescribeInstances says.
 *
 * @param now an instance that was launched more than a day after it is in doubt; null: not checked
 * @param read what is taken of an instance
 * @throws IncompleteAnswerError for an instance without its ID
 */
export async function describeInstances(
  asked: InstancesAsked,
  now: Date | null,
  read: typeof readInstance = readInstance,
): Promise<ObservedInstance[]> {
  return onceEach(await readInstances(asked, (id, instance) => read(id, instance, now)));
}

/**
 * The tags by instance, as DescribeTags says.
 *
 * @throws IncompleteAnswerError for a tag without its resource
 */
export async function describeTags(
  { session, region, ids, abortSignal = session.reading.abortSignal }: InstancesAsked,
): Promise<ReadonlyMap<string, ReturnType<typeof readTags>>> {
  const { EC2Client, DescribeTagsCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const Filters = [
    ids
      ? { Name: "resource-id", Values: [...ids] }
      : { Name: "resource-type", Values: ["instance"] },
  ];
  const listed = await allItems(
    "ec2:DescribeTags",
    (NextToken) =>
      client.send(new DescribeTagsCommand({ Filters, MaxResults: PAGE, NextToken }), {
        abortSignal,
      }),
    (page) => ({ items: page.Tags, next: page.NextToken }),
  );
  const byId = Map.groupBy(
    listed,
    ({ ResourceId }) => told(ResourceId, "ec2:DescribeTags", "a tag", "ResourceId"),
  );
  return new Map([...byId].map(([id, list]) => [id, readTags(list, "DescribeTags")]));
}

/** Each instance of a listing once. One whose copies differ has a doubt. */
export function onceEach(listed: readonly ObservedInstance[]): ObservedInstance[] {
  const { items, differing } = setOf(listed, ({ id }) => id);
  return items.map((instance) =>
    // Its state is not known either, so that it counts neither as there nor as gone.
    differing.has(instance.id) ? { ...instance, state: UNKNOWN, doubt: LISTED_TWICE } : instance
  );
}

const UNKNOWN = "unknown";

const LISTED_TWICE: Failure = {
  reason: "listed-twice",
  detail: "DescribeInstances lists it twice, and differently: which copy is true is not known",
};

/**
 * What the audit needs of an instance, and no more, since there may be many. An instance whose
 * record lacks something has a doubt: nothing is concluded of it, and nothing is done to it.
 */
export function readInstance(id: string, instance: Instance, now: Date | null): ObservedInstance {
  const { LaunchTime, State, ImageId, RootDeviceType, Tags = [] } = instance;
  const primary = instance.NetworkInterfaces?.find(({ Attachment }) =>
    Attachment?.DeviceIndex === 0
  );
  const launched = instantText(LaunchTime);
  const { tags, doubt } = readTags(Tags, "DescribeInstances");
  const missing = Object.entries({ LaunchTime, "State.Name": State?.Name, ImageId, RootDeviceType })
    .filter(([, value]) => !value).map(([field]) => field);
  const why = missing.length > 0
    ? incomplete(`DescribeInstances does not say its ${missing.join(" and its ")}`)
    : doubt ?? launchDoubt(launched, now) ?? stateDoubt(State?.Name);
  return {
    id,
    state: State?.Name ?? UNKNOWN,
    type: instance.InstanceType ?? "",
    image: ImageId ?? "",
    zone: instance.Placement?.AvailabilityZone ?? "",
    created: instantText(primary?.Attachment?.AttachTime) || launched,
    launched,
    tags,
    ...(instance.VpcId ? { vpc: instance.VpcId } : {}),
    managedBy: managedBy(instance),
    rootDevice: RootDeviceType ?? UNKNOWN,
    lifecycle: instance.InstanceLifecycle ?? null,
    protection: null,
    ...(why ? { doubt: why } : {}),
  };
}

/** As {@linkcode readInstance}, and how its state has changed last. */
export const readWithChange: typeof readInstance = (id, instance, now) => {
  const { StateTransitionReason = "", StateReason } = instance;
  // EC2 API Reference, Instance: "User initiated (2026-11-30 22:00:00 GMT)".
  const [, day, time] = /\((\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d) (?:GMT|UTC)\)$/
    .exec(StateTransitionReason) ?? [];
  const changed = {
    at: instantText(day ? new Date(`${day}T${time}Z`) : undefined) || null,
    code: StateReason?.Code ?? "",
    message: StateReason?.Message ?? "",
  };
  return { ...readInstance(id, instance, now), changed };
};

/** RFC 3339, or empty where there is no date. */
function instantText(date: Date | undefined): string {
  return date === undefined || Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

function incomplete(detail: string): Failure {
  return { reason: "incomplete-record", detail };
}

/** EC2 API Reference, InstanceState: all states. */
const STATES = ["pending", "running", "shutting-down", "terminated", "stopping", "stopped"];

function stateDoubt(state: string | undefined): Failure | undefined {
  if (state === undefined || STATES.includes(state)) return undefined;
  const detail = `DescribeInstances says the state "${state}", which this version does not know`;
  return { reason: "unknown-state", detail };
}

/** EC2 began in August 2006 (AWS, "What's New", 24 August 2006). */
const FIRST = "2006-08-24";

function launchDoubt(launched: string, now: Date | null): Failure | undefined {
  const isToCome = now !== null && Date.parse(launched) > now.getTime() + DAY_MS;
  return launched < FIRST || isToCome
    ? incomplete(`DescribeInstances says it was launched at ${launched || "no date"}`)
    : undefined;
}
