import type { TagDescription } from "@aws-sdk/client-ec2";
import { type Failure, failureIn, isInterruption } from "../core/aws/failure.ts";
import { allItems, pages } from "../core/aws/paginate.ts";
import { chunksOf } from "../core/chunks.ts";
import { compareText } from "../core/plan/canonical.ts";
import type { Session } from "../core/aws/session.ts";
import { inTurns } from "../core/steps.ts";
import { regionRowId } from "./canary/canary_rows.ts";
import { canaryTags, carriesCanaryTags } from "./canary/canary.ts";
import { classify } from "./classify.ts";
import { type StepName, usesCanaries } from "./config.ts";
import { enforcementOf } from "./enforcement.ts";
import { findOwners } from "./owners/read_owners.ts";
import { IMPORTS_NOT_ASKED, readImports } from "./imports.ts";
import type { ReadInstanceStores } from "./instance_stores.ts";
import { ladderStanding } from "./ladder/ladder.ts";
import { instanceRowId } from "./ladder/mark.ts";
import {
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
  unreadRegion,
  userNames,
} from "./observed.ts";
import type { AuditObserving } from "./planning.ts";
import { readProtection } from "./ladder/protection.ts";
import { onceEach, readInstance } from "./read_instances.ts";
import { readTags, tagOf, type Tags, tagsById } from "./tags.ts";

/** EC2 API Reference, DescribeInstances and DescribeTags: MaxResults. */
const PAGE = 1000;
/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

/** Reads a region: its instances, what the second source says, and what else is to be known. */
export async function observeRegion(
  session: Session,
  region: string,
  account: ObservedAccount,
  observing: AuditObserving,
  readInstanceStores: ReadInstanceStores,
): Promise<ObservedRegion> {
  const { clock, config, now } = observing;
  try {
    const described = await describeInstances(session, region, now);
    const at = clock.now().toISOString();
    const violating = await violators(session, account, region, described, observing);
    const asked = toConfirm(account, region, described, violating, observing);
    const { doubts, ...confirmed } = await confirmTags(session, region, asked);
    const secondSource = { ...confirmed, at: clock.now().toISOString() };
    const imports = violating.length > 0 && config.managed === "report" &&
        comesTo(["stop", "terminate"], account, observing)
      ? await readImports(session, region)
      : IMPORTS_NOT_ASKED;
    const instances = described.map((instance) => {
      const doubt = instance.doubt ?? doubts.get(instance.id);
      const task = imports.tasks.get(instance.id);
      return {
        ...instance,
        ...(doubt ? { doubt } : {}),
        ...(task === undefined
          ? {}
          : { managedBy: [...instance.managedBy, `import task ${task}`] }),
      };
    });
    const due = isDue(account, region, observing);
    return {
      region,
      failure: null,
      instances: await Promise.all(
        instances.map(async (instance) =>
          due(instance)
            ? { ...instance, ...await readProtection(session, region, instance.id) }
            : instance
        ),
      ),
      secondSource,
      instanceStores: await readInstanceStores(
        session,
        region,
        comesTo(["stop"], account, observing) ? violating.map(({ type }) => type) : [],
      ),
      importsUnread: imports.unread,
      owners: await findOwners(session, account.id, region, violating, observing),
      at,
    };
  } catch (error) {
    if (isInterruption(error)) throw error;
    return unreadRegion(region, failureIn("Region", error), now);
  }
}

/** The instances that break the rules, as far as the first source can tell. */
async function violators(
  session: Session,
  account: ObservedAccount,
  region: string,
  instances: readonly ObservedInstance[],
  { clock, config, earlier, judgedAt }: AuditObserving,
): Promise<ObservedInstance[]> {
  const canary = earlier.canaries.get(regionRowId({ account: account.id, region }))?.instance_id;
  const users = userNames(account);
  const classified = await inTurns(
    classify(
      { region: { region, instances }, account: account.id, users, canary },
      config,
      judgedAt,
    ),
    { clock, signal: session.reading.abortSignal },
  );
  return classified.filter(({ standing }) => standing === "violating")
    .map(({ instance }) => instance);
}

/**
 * Of which instances the second source is asked: the canary, the violators and all that carry a
 * mark; where there is nothing to be done, of a share. None: of the whole region, since an empty
 * answer may be a lie too.
 */
function toConfirm(
  account: ObservedAccount,
  region: string,
  instances: readonly ObservedInstance[],
  violating: readonly ObservedInstance[],
  { config, earlier }: AuditObserving,
): string[] {
  const canary = earlier.canaries.get(regionRowId({ account: account.id, region }))?.instance_id;
  // Also what carries the canary's tags: it may be adopted, or be a copy.
  const copied = usesCanaries(config) ? canaryTags(config, region) : null;
  const believed = instances.filter(({ doubt }) => !doubt);
  const marked = believed.filter(({ tags }) =>
    tagOf(tags, config.mark) !== undefined || copied !== null && carriesCanaryTags(tags, copied)
  ).map(({ id }) => id);
  const candidates = violating.length + marked.length > 0
    ? [...violating.map(({ id }) => id), ...marked]
    : believed.slice(0, FILTER_VALUES - 1).map(({ id }) => id);
  return [...new Set(canary === undefined ? candidates : [...candidates, canary])];
}

/** Whether the ladder comes to one of the steps in the account: what would be lost then matters. */
function comesTo(
  steps: readonly StepName[],
  account: ObservedAccount,
  { config, judgedAt }: AuditObserving,
): boolean {
  return config.ladder.some((step) => steps.includes(step.do)) &&
    enforcementOf(account, config, judgedAt).on;
}

/**
 * Whether an instance is to be stopped or terminated at the moment that is judged, or was to be: its
 * protection matters.
 */
function isDue(
  account: ObservedAccount,
  region: string,
  { config, earlier, judgedAt }: AuditObserving,
): (instance: ObservedInstance) => boolean {
  if (!enforcementOf(account, config, judgedAt).on) return () => false;
  return ({ id, tags, state, doubt }) => {
    if (doubt) return false;
    const rowId = instanceRowId(account.id, region, id);
    const mark = earlier.marks.get(rowId);
    if (earlier.lifts.has(rowId)) return true;
    if (!mark || !config.states.some((one) => one === state)) return false;
    const look = earlier.looks.get(rowId);
    const { next } = ladderStanding({ tags, state, mark, look }, config, judgedAt);
    return next !== null && next.step !== "mark" && next.due <= judgedAt;
  };
}

/** All instances in all states: unfiltered, so that a canary among them is seen as they are. */
async function describeInstances(
  session: Session,
  region: string,
  now: Date,
): Promise<ObservedInstance[]> {
  const { EC2Client, DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const listed: ObservedInstance[] = [];
  const reservations = pages(
    "ec2:DescribeInstances",
    (NextToken) =>
      client.send(new DescribeInstancesCommand({ MaxResults: PAGE, NextToken }), session.reading),
    (page) => ({ items: page.Reservations, next: page.NextToken }),
  );
  for await (const page of reservations) {
    for (const { Instances = [] } of page) {
      listed.push(...Instances.map((instance) => readInstance(instance, now)));
    }
  }
  return onceEach(listed).sort((a, b) => compareText(a.id, b.id));
}

/**
 * Asks DescribeTags, which fails where it cannot tell, while DescribeInstances may leave tags out
 * (research, audit.md section 0.1).
 */
async function confirmTags(
  session: Session,
  region: string,
  asked: readonly string[],
): Promise<
  & Omit<NonNullable<ObservedRegion["secondSource"]>, "at">
  & { readonly doubts: ReadonlyMap<string, Failure> }
> {
  const tags: Record<string, Tags> = Object.fromEntries(asked.map((id) => [id, {}]));
  const doubts = new Map<string, Failure>();
  const chunks = asked.length === 0 ? [undefined] : chunksOf(asked, FILTER_VALUES);
  for (const ids of chunks) {
    for (const [id, list] of tagsById(await describeTags(session, region, ids))) {
      const read = readTags(list, "DescribeTags");
      tags[id] = read.tags;
      if (read.doubt) doubts.set(id, read.doubt);
    }
  }
  return { asked: asked.length === 0 ? "all" : [...asked], tags, doubts };
}

async function describeTags(
  session: Session,
  region: string,
  ids: readonly string[] | undefined,
): Promise<TagDescription[]> {
  const { EC2Client, DescribeTagsCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const Filters = [
    { Name: "resource-type", Values: ["instance"] },
    ...(ids ? [{ Name: "resource-id", Values: [...ids] }] : []),
  ];
  return await allItems(
    "ec2:DescribeTags",
    (NextToken) =>
      client.send(
        new DescribeTagsCommand({ Filters, MaxResults: PAGE, NextToken }),
        session.reading,
      ),
    (page) => ({ items: page.Tags, next: page.NextToken }),
  );
}
