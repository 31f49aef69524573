import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import type { Failure } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import { IncompleteAnswerError } from "../../core/aws/paginate.ts";
import { counted } from "../../core/cli/words.ts";
import type { ObservedDenial, Unseen } from "../observed.ts";
import { denialIn } from "./denial.ts";

/** CloudTrail API Reference, LookupEvents: MaxResults. */
const PAGE = 50;

/** Failures that say the same of all that is asked in a region. */
const OF_REGION: ReadonlySet<string> = new Set([
  "access-denied",
  "denied-by-policy",
  "region-not-enabled",
]);

/** What is to be looked up in one region of an account. */
export type Question = {
  /** `sqs.amazonaws.com`. */
  readonly source: string;
  /** Of before that nothing is asked. */
  readonly since: Date;
};

/** What was found in one region, and what was not looked at. */
export type Answer = {
  readonly denials: readonly ObservedDenial[];
  readonly unseen: readonly Unseen[];
};

/** A question that was begun: how far its answer has come. */
type Begun = Question & {
  readonly token: string | undefined;
  readonly seen: ReadonlySet<string>;
  /** How far back the answer has come; null: nothing of it was read. */
  readonly backTo: Date | null;
};

/**
 * Looks up the events of some services in a region, newest first, and keeps the calls that were
 * denied to sessions of `roles`. All questions come to their first page before one comes to its
 * second. What `lookups` calls do not suffice for, and what cannot be read, is answered as unseen.
 *
 * Calls cloudtrail:LookupEvents, of which CloudTrail takes two a second in a region.
 *
 * @param roles ARNs
 * @throws the session's reason to stop, when a signal cuts the reading; nothing else
 */
export async function readDenials(
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
      if (isInterruption(error)) throw error;
      const failure = failureOf(error);
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
  // An answer without the list is one without events (CloudTrail API Reference, LookupEvents).
  const events = (Events ?? []).flatMap(({ CloudTrailEvent }) => parsed(CloudTrailEvent));
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

/** The event, or nothing where it is no JSON. */
function parsed(event: string | undefined): unknown[] {
  try {
    return [JSON.parse(event ?? "")];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
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
