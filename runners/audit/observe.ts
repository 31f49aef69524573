import type { Instance } from "@aws-sdk/client-ec2";
import pLimit from "p-limit";
import { failureOf, isInterruption } from "../core/aws/failure.ts";
import { allItems, pages } from "../core/aws/paginate.ts";
import { enabledRegions } from "../core/aws/regions.ts";
import type { Account, Session } from "../core/aws/sessions.ts";
import type { Observing } from "../core/job.ts";
import { classify } from "./classify.ts";
import type { AuditConfig } from "./config.ts";
import { managedBy } from "./managed.ts";
import {
  type Observed,
  type ObservedAccount,
  type ObservedInstance,
  type ObservedRegion,
  type Tags,
  userNames,
} from "./observed.ts";
import { asksForUsers } from "./rules.ts";

/** How many accounts or regions are read at once. */
const AT_ONCE = 20;
/** EC2 API Reference, DescribeInstances and DescribeTags: MaxResults. */
const PAGE = 1000;
/** EC2 user guide, "List and filter your resources": values of one filter. */
const FILTER_VALUES = 200;

type AuditObserving = Observing<AuditConfig>;

/**
 * Reads the instances of all accounts and regions, and confirms from DescribeTags what is said of
 * the tags that matter. A region that cannot be read whole is a failure of that region.
 */
export async function observe(observing: AuditObserving): Promise<Observed> {
  const { scope } = observing;
  const limit = pLimit(AT_ONCE);
  let done = 0;
  let of = scope.accounts.length * (scope.regions === "enabled" ? 1 : scope.regions.length);
  const finishOne = () => observing.progress(++done, of);
  const accounts = await Promise.all(scope.accounts.map(async (account) => {
    const begun = await limit(() => beginAccount(account, observing));
    if ("failure" in begun) {
      return failedAccount(account, begun.failure, scope.regions, observing.now);
    }
    if (scope.regions === "enabled") of += begun.regions.length - 1;
    const { session, observed } = begun;
    const regions = await Promise.all(
      begun.regions.map((region) =>
        limit(() => observeRegion(session, region, observed, observing)).finally(finishOne)
      ),
    );
    return { ...observed, regions };
  }));
  return { accounts };
}

type Begun =
  | { readonly session: Session; readonly observed: ObservedAccount; readonly regions: string[] }
  | { readonly failure: NonNullable<ObservedAccount["failure"]> };

/** Opens the account and reads what belongs to no region. */
async function beginAccount(account: Account, observing: AuditObserving): Promise<Begun> {
  const { config, scope } = observing;
  try {
    const session = await observing.session(account);
    const [alias, users, regions] = await Promise.all([
      accountAlias(session),
      asksForUsers(config.required) ? iamUsers(session) : null,
      scope.regions === "enabled" ? enabledRegions(session) : [...scope.regions],
    ]);
    const observed = {
      id: account.id,
      name: account.name,
      alias,
      partition: session.partition,
      failure: null,
      users,
      regions: [],
    };
    return { session, observed, regions };
  } catch (error) {
    return { failure: orInterrupted(error) };
  }
}

function failedAccount(
  account: Account,
  failure: NonNullable<ObservedAccount["failure"]>,
  regions: "enabled" | readonly string[],
  now: Date,
): ObservedAccount {
  const at = now.toISOString();
  return {
    id: account.id,
    name: account.name,
    alias: null,
    partition: "aws",
    failure,
    users: null,
    // Each region that was to be read counts as unread; which ones is unknown for "enabled".
    regions: (regions === "enabled" ? ["global"] : regions).map((region) => ({
      region,
      failure,
      instances: [],
      secondSource: null,
      at,
    })),
  };
}

/** The account's alias; an account without one, or where it may not be asked for, goes by its name. */
async function accountAlias(session: Session): Promise<string | null> {
  const { IAMClient, ListAccountAliasesCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session));
  try {
    const { AccountAliases } = await client.send(
      new ListAccountAliasesCommand({}),
      session.reading,
    );
    return AccountAliases?.[0] ?? null;
  } catch (error) {
    orInterrupted(error);
    return null;
  }
}

/** All IAM users, or why they are not known: then rules about them are undecided, not broken. */
async function iamUsers(session: Session): Promise<ObservedAccount["users"]> {
  const { IAMClient, ListUsersCommand } = await import("@aws-sdk/client-iam");
  const client = session.client(IAMClient, globalRegion(session));
  try {
    const users = await allItems(
      "iam:ListUsers",
      (Marker) => client.send(new ListUsersCommand({ Marker, MaxItems: PAGE }), session.reading),
      (page) => ({ items: page.Users, next: page.IsTruncated ? page.Marker : undefined }),
    );
    if (users.length === 0) {
      // Nobody could keep the rule; an empty answer is more likely to be a lie, or the rule a slip.
      return { reason: "empty-answer", detail: "iam:ListUsers lists no user at all" };
    }
    return { names: users.map((user) => user.UserName!).sort() };
  } catch (error) {
    return orInterrupted(error);
  }
}

/** Where the partition's IAM answers (IAM, "Endpoints and quotas"). */
function globalRegion(session: Session): string {
  return session.partition === "aws-cn"
    ? "cn-north-1"
    : session.partition === "aws-us-gov"
    ? "us-gov-west-1"
    : "us-east-1";
}

async function observeRegion(
  session: Session,
  region: string,
  account: ObservedAccount,
  { config, now, clock }: AuditObserving,
): Promise<ObservedRegion> {
  try {
    const instances = await describeInstances(session, region);
    const at = clock.now().toISOString();
    const candidates = classify(instances, account.id, userNames(account), config, now)
      .filter(({ standing }) => standing === "violating")
      .map(({ instance }) => instance.id);
    return {
      region,
      failure: null,
      instances,
      secondSource: {
        ...await confirmTags(session, region, instances, candidates),
        at: clock.now().toISOString(),
      },
      at,
    };
  } catch (error) {
    return {
      region,
      failure: orInterrupted(error),
      instances: [],
      secondSource: null,
      at: now.toISOString(),
    };
  }
}

/** All instances in all states: unfiltered, so that a canary among them is seen as they are. */
async function describeInstances(session: Session, region: string): Promise<ObservedInstance[]> {
  const { EC2Client, DescribeInstancesCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const instances: ObservedInstance[] = [];
  const reservations = pages(
    "ec2:DescribeInstances",
    (NextToken) =>
      client.send(new DescribeInstancesCommand({ MaxResults: PAGE, NextToken }), session.reading),
    (page) => ({ items: page.Reservations, next: page.NextToken }),
  );
  for await (const page of reservations) {
    for (const reservation of page) instances.push(...(reservation.Instances ?? []).map(slim));
  }
  return instances.sort((a, b) => a.id < b.id ? -1 : 1);
}

/** What the audit needs of an instance, and no more: memory grows with an organization. */
function slim(instance: Instance): ObservedInstance {
  const launched = instance.LaunchTime!.toISOString();
  const primary = instance.NetworkInterfaces?.find(({ Attachment }) =>
    Attachment?.DeviceIndex === 0
  );
  return {
    id: instance.InstanceId!,
    state: instance.State?.Name ?? "unknown",
    type: instance.InstanceType ?? "",
    image: instance.ImageId ?? "",
    zone: instance.Placement?.AvailabilityZone ?? "",
    created: primary?.Attachment?.AttachTime?.toISOString() ?? launched,
    launched,
    tags: Object.fromEntries((instance.Tags ?? []).map(({ Key, Value }) => [Key!, Value ?? ""])),
    managedBy: managedBy(instance),
  };
}

/**
 * Asks DescribeTags, which fails where it cannot tell, while DescribeInstances may leave tags out
 * (research, audit.md section 0.1): about the candidates; where there are none, about a share of
 * the instances; where there is no instance, about all, since an empty answer may be a lie too.
 */
async function confirmTags(
  session: Session,
  region: string,
  instances: readonly ObservedInstance[],
  candidates: readonly string[],
): Promise<Omit<NonNullable<ObservedRegion["secondSource"]>, "at">> {
  const asked = candidates.length > 0
    ? [...candidates]
    : instances.slice(0, FILTER_VALUES).map(({ id }) => id);
  const tags: Record<string, Tags> = Object.fromEntries(asked.map((id) => [id, {}]));
  const chunks = asked.length === 0 ? [undefined] : chunksOf(asked, FILTER_VALUES);
  for (const ids of chunks) {
    for (const [id, key, value] of await describeTags(session, region, ids)) {
      tags[id] = { ...tags[id], [key]: value };
    }
  }
  return { asked: asked.length === 0 ? "all" : asked, tags };
}

async function describeTags(
  session: Session,
  region: string,
  ids: readonly string[] | undefined,
): Promise<[id: string, key: string, value: string][]> {
  const { EC2Client, DescribeTagsCommand } = await import("@aws-sdk/client-ec2");
  const client = session.client(EC2Client, region);
  const Filters = [
    { Name: "resource-type", Values: ["instance"] },
    ...(ids ? [{ Name: "resource-id", Values: [...ids] }] : []),
  ];
  const found = await allItems(
    "ec2:DescribeTags",
    (NextToken) =>
      client.send(
        new DescribeTagsCommand({ Filters, MaxResults: PAGE, NextToken }),
        session.reading,
      ),
    (page) => ({ items: page.Tags, next: page.NextToken }),
  );
  return found.map(({ ResourceId, Key, Value }) => [ResourceId!, Key!, Value ?? ""]);
}

function chunksOf<Item>(items: readonly Item[], size: number): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += size) {
    chunks.push(items.slice(start, start + size));
  }
  return chunks;
}

/** What failed, as data; a signal is no failure of AWS and goes up. */
function orInterrupted(error: unknown): { reason: string; detail: string } {
  if (isInterruption(error)) throw error;
  return failureOf(error);
}
