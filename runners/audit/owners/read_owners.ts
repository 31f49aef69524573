import { DAY_MS } from "../../core/duration.ts";
import { type Failure, failureUnlessInterrupted } from "../../core/aws/failure.ts";
import { allItems, IncompleteAnswerError } from "../../core/aws/paginate.ts";
import type { Session } from "../../core/aws/session.ts";
import { nameOf } from "../../core/errors.ts";
import { jsonIn } from "../../core/json.ts";
import type { AuditObserving } from "../planning.ts";
import { compareText } from "../../core/plan/canonical.ts";
import { instanceRowId } from "../ladder/mark.ts";
import type { ObservedInstance, ObservedRegion } from "../observed.ts";
import { readTags, type Tags } from "../tags.ts";
import { type Owner, ownerFromEvents, ownerFromTags, ownerOfWhole } from "./owners.ts";

/** CloudTrail API Reference, LookupEvents: older events cannot be looked up. */
const HORIZON_MS = 90 * DAY_MS;
/** CloudTrail user guide, "How CloudTrail works": events come about this long after their calls. */
const DELIVERY_MS = 15 * 60_000;
/** CloudTrail API Reference, LookupEvents: MaxResults. */
const PAGE = 50;
/** Auto Scaling API Reference, DescribeTags: MaxRecords. */
const TAG_PAGE = 100;

/** An instance whose owner is asked for. */
export type OwnedInstance = Pick<ObservedInstance, "id" | "created" | "tags">;

/** The owner of an instance, and the sources that could not be read and why, for the log. */
type OwnerRead = {
  readonly owner: Owner | null;
  /** False: a better source could not be read, or cannot know yet, so that later runs ask again. */
  readonly complete: boolean;
  readonly failures: readonly Failure[];
};

type Source = (
  session: Session,
  region: string,
  instance: OwnedInstance,
  now: Date,
) => Promise<Owner | null>;

/**
 * Finds an instance's owner: by its tags, then by CloudTrail, by the tags of its Auto Scaling group
 * and by those of its CloudFormation stack. If a source cannot be read, the answer is incomplete,
 * and the next one is asked.
 *
 * Calls cloudtrail:LookupEvents, autoscaling:DescribeTags and cloudformation:DescribeStacks.
 *
 * @throws only the session's reason to stop, when a signal cuts the reading
 */
export async function readOwner(
  session: Session,
  region: string,
  instance: OwnedInstance,
  now: Date,
): Promise<OwnerRead> {
  const tagged = ownerFromTags(instance.tags);
  if (tagged) return { owner: tagged, complete: true, failures: [] };
  const failures: Failure[] = [];
  const isInTrail = ageMs(instance, now) >= DELIVERY_MS;
  for (const ask of SOURCES) {
    try {
      const owner = await ask(session, region, instance, now);
      const complete = owner?.source === "cloudtrail" || isInTrail && failures.length === 0;
      if (owner) return { owner, complete, failures };
    } catch (error) {
      failures.push(failureUnlessInterrupted(error));
    }
  }
  return { owner: null, complete: isInTrail && failures.length === 0, failures };
}

function ageMs({ created }: OwnedInstance, now: Date): number {
  return now.getTime() - Date.parse(created);
}

/** Asks who launched or started the instance, unless it is older than CloudTrail's events. */
const askCloudTrail: Source = async (session, region, instance, now) => {
  if (ageMs(instance, now) > HORIZON_MS) return null;
  const { CloudTrailClient, LookupEventsCommand } = await import("@aws-sdk/client-cloudtrail");
  const client = session.client(CloudTrailClient, region);
  const LookupAttributes = [{ AttributeKey: "ResourceName" as const, AttributeValue: instance.id }];
  const asking = { LookupAttributes, MaxResults: PAGE };
  const events = await allItems(
    "cloudtrail:LookupEvents",
    (NextToken) => client.send(new LookupEventsCommand({ ...asking, NextToken }), session.reading),
    (page) => ({ items: page.Events, next: page.NextToken }),
  );
  // An event that is no JSON is left out: the others may still name somebody.
  const parsedEvents = events.flatMap(({ CloudTrailEvent }) => jsonIn(CloudTrailEvent));
  return ownerFromEvents(parsedEvents, instance.id);
};

const askGroup: Source = async (session, region, { tags }) => {
  const group = tags["aws:autoscaling:groupName"];
  if (!group) return null;
  const { AutoScalingClient, DescribeTagsCommand } = await import("@aws-sdk/client-auto-scaling");
  const client = session.client(AutoScalingClient, region);
  const Filters = [{ Name: "auto-scaling-group", Values: [group] }];
  const asking = { Filters, MaxRecords: TAG_PAGE };
  const found = await allItems(
    "autoscaling:DescribeTags",
    (NextToken) => client.send(new DescribeTagsCommand({ ...asking, NextToken }), session.reading),
    (page) => ({ items: page.Tags, next: page.NextToken }),
  );
  return ownerOfWhole(believed(found, "autoscaling:DescribeTags"), "group", group);
};

/** @throws IncompleteAnswerError for tags without a key or a value, or with two values of a key */
function believed(list: Parameters<typeof readTags>[0], action: string): Tags {
  const { tags, doubt } = readTags(list, action);
  if (doubt) throw new IncompleteAnswerError(doubt.detail);
  return tags;
}

const askStack: Source = async (session, region, { tags }) => {
  const name = tags["aws:cloudformation:stack-name"];
  if (!name) return null;
  const { CloudFormationClient, DescribeStacksCommand } = await import(
    "@aws-sdk/client-cloudformation"
  );
  const client = session.client(CloudFormationClient, region);
  // A deleted stack is only known by its ID (CloudFormation API Reference, DescribeStacks).
  const StackName = tags["aws:cloudformation:stack-id"] || name;
  try {
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName }), session.reading);
    const [stack] = Stacks ?? [];
    const action = "cloudformation:DescribeStacks";
    if (!stack) throw new IncompleteAnswerError(`${action} answered without the stack "${name}"`);
    return ownerOfWhole(believed(stack.Tags ?? [], action), "stack", name);
  } catch (error) {
    // CloudFormation's code for a stack that does not exist: later runs would learn no more.
    if (nameOf(error) === "ValidationError") return null;
    throw error;
  }
};

/** The best first. A source is asked only if those before it name nobody. */
const SOURCES: readonly Source[] = [askCloudTrail, askGroup, askStack];

/** How many owners a run looks up in a region: CloudTrail takes about one call in a second. */
const LOOKED_UP = 10;

/**
 * Looks up the owners of violating instances that no tag and no earlier run names. A plan asks only
 * about those with a mark, since something is going to happen to them. A run that publishes asks
 * about the others too, after those with a mark, until all are known. `explain` asks about its
 * subject alone.
 */
export async function findOwners(
  session: Session,
  account: string,
  region: string,
  violating: readonly ObservedInstance[],
  { earlier, publishes, subject, log, now }: AuditObserving,
): Promise<ObservedRegion["owners"]> {
  const rowId = ({ id }: ObservedInstance) => instanceRowId(account, region, id);
  const isMarked = (instance: ObservedInstance) => earlier.marks.has(rowId(instance));
  const unknown = violating.filter((instance) =>
    !earlier.owners.has(rowId(instance)) && ownerFromTags(instance.tags) === null
  );
  const wanted = subject !== null
    ? unknown.filter(({ id }) => id === subject)
    : publishes
    ? unknown.toSorted((a, b) =>
      Number(isMarked(b)) - Number(isMarked(a)) || compareText(a.id, b.id)
    )
    : unknown.filter(isMarked);
  const owners: ObservedRegion["owners"] = [];
  for (const instance of wanted.slice(0, LOOKED_UP)) {
    const { owner, complete, failures } = await readOwner(session, region, instance, now);
    owners.push({ id: instance.id, owner, complete });
    const [failure] = failures;
    if (failure) {
      // AWS would refuse the others too; the next run tries again.
      log.warn("the owner could not be looked up", { account, region, ...failure });
      break;
    }
  }
  return owners;
}
