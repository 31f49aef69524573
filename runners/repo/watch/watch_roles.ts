import { globalRegion } from "../../core/aws/regions.ts";
import { type Failure, failureUnlessInterrupted } from "../../core/aws/failure.ts";
import type { Scope } from "../../core/job.ts";
import { jsonIn } from "../../core/json.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type {
  ObservedAccount,
  ObservedDenial,
  ObservedRole,
  ObservedWatch,
  Unseen,
} from "../observed.ts";
import type { Removal, RepoObserving } from "../planning.ts";
import { denialIn, eventSourceOf } from "./denial.ts";
import type { Session } from "../../core/aws/session.ts";
import { IncompleteAnswerError } from "../../core/aws/paginate.ts";
import { counted } from "../../core/cli/words.ts";

/**
 * How many lookups a run makes at most, and in one Region of one account: they take half a minute.
 */
const LOOKUPS = 1000;
const LOOKUPS_IN_REGION = 30;

type Watching = Pick<
  RepoObserving,
  "scope" | "earlier" | "publishes" | "subject" | "session" | "inTurn" | "now"
>;

/** What is looked up in one Region of one account. */
type Asking = {
  readonly account: ObservedAccount;
  readonly region: string;
  readonly questions: readonly Question[];
  readonly roles: ReadonlySet<string>;
};

/**
 * Asks CloudTrail whether calls were denied to roles from which permissions were removed lately: in
 * runs that publish, and for `explain`. A failure does not end the run: it is answered as unseen.
 *
 * CloudTrail's event history has only management events, in the Region where they happened. The
 * configured Regions are asked; if it names none, those where the role was used and the one of the
 * global services.
 *
 * @param account as it was read in this run
 * @returns undefined if no role of it is watched
 * @throws the run's reason to stop, if a signal cuts the reading; nothing else
 */
export async function watchRoles(
  watching: Watching,
  account: ObservedAccount,
): Promise<ObservedWatch | undefined> {
  const { publishes, subject, earlier: { removals = [] }, scope, inTurn } = watching;
  if (!publishes && subject === null) return undefined;
  const watched = watchedIn(account, removals);
  if (watched.size === 0) return undefined;
  const asking = askingOf(account, watched, scope);
  // Each account where something was removed lately has the same share of the lookups.
  const accounts = new Set(removals.map((removal) => removal.account)).size;
  const lookups = Math.max(1, Math.floor(LOOKUPS / accounts));
  const share = Math.max(1, Math.min(LOOKUPS_IN_REGION, Math.floor(lookups / asking.length)));
  const answers = await Promise.all(
    asking.map((one, index) => inTurn(() => ask(one, index < lookups ? share : 0, watching))),
  );
  return {
    roles: watched.size,
    denials: answers.flatMap(({ denials }) => denials).sort((a, b) =>
      compareText(a.at, b.at) || compareText(a.eventId, b.eventId)
    ),
    unseen: answers.flatMap(({ unseen }) => unseen).sort((a, b) =>
      compareText(placeOf(a), placeOf(b))
    ),
  };
}

/** The removals from existing roles of an account, by role. */
function watchedIn(
  { id, roles }: ObservedAccount,
  removals: readonly Removal[],
): ReadonlyMap<ObservedRole, readonly Removal[]> {
  const byRole = Map.groupBy(
    removals.filter(({ account }) => account === id),
    ({ role_id }) => role_id,
  );
  return new Map(roles.flatMap((role) => {
    const own = byRole.get(role.roleId);
    return own === undefined ? [] : [[role, own]];
  }));
}

function askingOf(
  account: ObservedAccount,
  watched: ReadonlyMap<ObservedRole, readonly Removal[]>,
  { regions, except = [] }: Scope,
): Asking[] {
  const places = new Map<string, { sources: Map<string, Date>; roles: Set<string> }>();
  for (const [role, removals] of watched) {
    const where = regions === "enabled" ? regionsOf(role, account) : new Set(regions);
    for (const region of where) {
      if (except.includes(region)) continue;
      const place = places.get(region) ?? { sources: new Map(), roles: new Set() };
      places.set(region, place);
      place.roles.add(role.arn);
      for (const { at, actions } of removals) {
        for (const service of new Set(actions.map((action) => action.split(":")[0]!))) {
          const source = eventSourceOf(service.toLowerCase());
          const since = place.sources.get(source);
          const from = new Date(at);
          if (!since || from < since) place.sources.set(source, from);
        }
      }
    }
  }
  return [...places].sort(([a], [b]) => compareText(a, b)).map(([region, { sources, roles }]) => ({
    account,
    region,
    roles,
    questions: [...sources].map(([source, since]) => ({ source, since }))
      .sort((a, b) => compareText(a.source, b.source)),
  }));
}

/** A stored report may have a word for "none" instead of a Region. */
const REGION = /^[a-z]{2}(-[a-z]+)+-\d+$/;

/** The Regions where the role was used, and the one of the global services. */
function regionsOf({ evidence }: ObservedRole, { partition }: ObservedAccount): Set<string> {
  const services = "reason" in evidence ? [] : Object.values(evidence.services);
  return new Set([
    globalRegion(partition),
    ...services.flatMap(({ region }) => region !== null && REGION.test(region) ? [region] : []),
  ]);
}

async function ask(
  { account, region, questions, roles }: Asking,
  lookups: number,
  { session, now }: Watching,
): Promise<Answer> {
  try {
    const opened = await session({ id: account.id, name: account.name });
    return await readDenials(opened, region, questions, { roles, lookups, now });
  } catch (error) {
    const failure = failureUnlessInterrupted(error);
    const unseen = questions.map(({ source }) => ({
      account: account.id,
      region,
      source,
      ...failure,
    }));
    return { denials: [], unseen };
  }
}

function placeOf({ account, region, source }: Unseen): string {
  return `${account}/${region}/${source}`;
}

/** CloudTrail API Reference, LookupEvents: MaxResults. */
const PAGE = 50;

/** Failures that hold for everything that is asked in a Region. */
const OF_REGION: ReadonlySet<string> = new Set([
  "access-denied",
  "denied-by-policy",
  "region-not-enabled",
]);

/** Whose events are looked up in one Region of an account. */
type Question = {
  /** `sqs.amazonaws.com`. */
  readonly source: string;
  /** Nothing before it is asked for. */
  readonly since: Date;
};

/** What was found in one Region, and what was not read. */
type Answer = Pick<ObservedWatch, "denials" | "unseen">;

/** A question with how far its answer was read. */
type Begun = Question & {
  readonly token: string | undefined;
  readonly seen: ReadonlySet<string>;
  /** How far back the answer was read; null: not at all. */
  readonly backTo: Date | null;
};

/**
 * Looks up the events of some services in a Region, newest first, and keeps the calls that were
 * denied to sessions of `roles`. The first pages of all questions come before any second page. What
 * is left after `lookups` calls, and what cannot be read, is answered as unseen.
 *
 * Calls cloudtrail:LookupEvents: CloudTrail takes two calls a second in a Region.
 *
 * @param roles ARNs
 * @throws the session's reason to stop, if a signal cuts the reading; nothing else
 */
async function readDenials(
  session: Session,
  region: string,
  questions: readonly Question[],
  { roles, lookups, now }: {
    readonly roles: ReadonlySet<string>;
    readonly lookups: number;
    readonly now: Date;
  },
): Promise<Answer> {
  const denials: ObservedDenial[] = [];
  const unseen: Unseen[] = [];
  const place = { account: session.account, region };
  const open: Begun[] = questions.map((question) => ({
    ...question,
    token: undefined,
    seen: new Set(),
    backTo: null,
  }));
  const unread = ({ source }: Begun, failure: Failure) =>
    unseen.push({ ...place, source, ...failure });
  for (let asked = 0; open.length > 0 && asked < lookups; asked++) {
    const begun = open.shift()!;
    try {
      const page = await lookUp(session, region, begun, now);
      denials.push(
        ...page.events.flatMap((event) => denialIn(event, place) ?? [])
          .filter(({ roleArn }) => roles.has(roleArn)),
      );
      if (page.rest) open.push(page.rest);
    } catch (error) {
      const failure = failureUnlessInterrupted(error);
      unread(begun, failure);
      if (OF_REGION.has(failure.reason)) {
        for (const other of open.splice(0)) unread(other, failure);
      }
    }
  }
  for (const begun of open) unread(begun, tooMany(begun, lookups));
  return { denials, unseen };
}

async function lookUp(
  session: Session,
  region: string,
  begun: Begun,
  now: Date,
): Promise<{ readonly events: readonly unknown[]; readonly rest: Begun | null }> {
  const { CloudTrailClient, LookupEventsCommand } = await import("@aws-sdk/client-cloudtrail");
  const client = session.client(CloudTrailClient, region);
  const { Events, NextToken } = await client.send(
    new LookupEventsCommand({
      LookupAttributes: [{ AttributeKey: "EventSource", AttributeValue: begun.source }],
      StartTime: begun.since,
      EndTime: now,
      MaxResults: PAGE,
      NextToken: begun.token,
    }),
    session.reading,
  );
  // An answer without the list has no events (CloudTrail API Reference, LookupEvents).
  const events = (Events ?? []).flatMap(({ CloudTrailEvent }) => jsonIn(CloudTrailEvent));
  if (!NextToken) return { events, rest: null };
  if (begun.seen.has(NextToken)) {
    throw new IncompleteAnswerError("cloudtrail:LookupEvents gave the same page token twice");
  }
  const oldest = (Events ?? []).reduce<Date | null>(
    (oldest, { EventTime }) => EventTime && (!oldest || EventTime < oldest) ? EventTime : oldest,
    begun.backTo,
  );
  const rest = {
    ...begun,
    token: NextToken,
    seen: new Set([...begun.seen, NextToken]),
    backTo: oldest,
  };
  return { events, rest };
}

function tooMany({ backTo }: Begun, lookups: number): Failure {
  return backTo === null
    ? { reason: "not-asked", detail: "a run looks up only so much, and did not come to it" }
    : {
      reason: "too-many-events",
      detail: `${counted(lookups, "lookup")} in the region, which is all that this run makes ` +
        `there, came back to ${backTo.toISOString()} only`,
    };
}
