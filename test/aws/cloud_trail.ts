/**
 * CloudTrail's event history, by script: moto does not have LookupEvents, and MiniStack's history
 * cannot be told what happened before.
 */

import { type Answer, jsonAnswer } from "./answer.ts";
import type { Caller } from "./callers.ts";
import { protocolError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";

/** An event as it stands, as JSON text, in `CloudTrailEvent`. */
export type TrailEvent = Readonly<Record<string, unknown>>;

interface Recorded {
  readonly place: string;
  readonly event: TrailEvent;
  readonly resources: readonly string[];
}

/** CloudTrail API Reference, LookupEvents: MaxResults. */
const largestPage = 50;

export class CloudTrail {
  readonly #recorded: Recorded[] = [];
  /** What is left of a lookup, by token. */
  readonly #begun = new Map<string, { question: string; rest: readonly Recorded[] }>();

  /**
   * Adds an event to the history of an account and region.
   * @param resources the names that it is found by. Default: the instances that it names
   */
  add(
    account: string,
    region: string,
    event: TrailEvent,
    resources: readonly string[] = instancesIn(event),
  ): void {
    this.#recorded.push({ place: `${account}/${region}`, event, resources });
  }

  /**
   * Answers LookupEvents, newest first; null for any other call. The request, the answer and the
   * errors are as in the CloudTrail API Reference, LookupEvents; unlike there, nothing is ever too
   * old to be found, and nothing takes a while to arrive.
   */
  answer(request: AwsRequest, caller: Caller | undefined, requestId: string): Answer | null {
    if (request.action !== "cloudtrail:LookupEvents") return null;
    const { parameters, protocol } = request;
    const refuse = (code: string) => protocolError(protocol, { code }, requestId);
    const { NextToken: token, MaxResults = `${largestPage}`, ...asked } = parameters;
    const size = Number(MaxResults);
    if (!(size >= 1 && size <= largestPage)) return refuse("InvalidMaxResultsException");
    const attributes = JSON.parse(asked["LookupAttributes"] ?? "[]") as Attribute[];
    if (attributes.length > 1) return refuse("InvalidLookupAttributesException");
    if (attributes.some(({ AttributeKey }) => !(AttributeKey in ATTRIBUTES))) {
      return refuse("NotImplementedByLocalAws");
    }
    const place = `${caller?.account}/${request.region}`;
    const question = `${place} ${JSON.stringify(asked)}`;
    const begun = token === undefined
      ? { question, rest: this.#find(place, attributes[0], asked) }
      : this.#begun.get(token);
    if (begun?.question !== question) return refuse("InvalidNextTokenException");

    const rest = begun.rest.slice(size);
    const next = rest.length === 0 ? {} : { NextToken: crypto.randomUUID() };
    if (next.NextToken !== undefined) this.#begun.set(next.NextToken, { question, rest });
    return jsonAnswer({ Events: begun.rest.slice(0, size).map(entryOf), ...next });
  }

  #find(
    place: string,
    attribute: Attribute | undefined,
    { StartTime, EndTime }: Readonly<Record<string, string>>,
  ): Recorded[] {
    const from = StartTime === undefined ? 0 : Number(StartTime) * 1000;
    const to = EndTime === undefined ? Infinity : Number(EndTime) * 1000;
    return this.#recorded
      .filter((one) => one.place === place)
      .filter(({ event }) => timeOf(event) >= from && timeOf(event) <= to)
      .filter((one) =>
        attribute === undefined ||
        ATTRIBUTES[attribute.AttributeKey]!(one).includes(attribute.AttributeValue)
      )
      .sort((a, b) => timeOf(b.event) - timeOf(a.event));
  }
}

/** What an event is found by. */
const ATTRIBUTES: Readonly<Record<string, (recorded: Recorded) => readonly string[]>> = {
  ResourceName: ({ resources }) => resources,
  EventSource: ({ event }) => [String(event["eventSource"])],
};

interface Attribute {
  readonly AttributeKey: string;
  readonly AttributeValue: string;
}

/** The instances that an event names anywhere. */
function instancesIn(event: TrailEvent): string[] {
  return [...new Set(JSON.stringify(event).match(/\bi-[0-9a-f]{8,17}\b/g))];
}

/** CloudTrail API Reference, Event. */
function entryOf({ event, resources }: Recorded): unknown {
  const identity = event["userIdentity"] as { userName?: string } | undefined;
  return {
    EventId: event["eventID"],
    EventName: event["eventName"],
    EventSource: event["eventSource"],
    EventTime: timeOf(event) / 1000,
    ReadOnly: "false",
    Username: identity?.userName,
    Resources: resources.map((ResourceName) => ({
      ResourceType: "AWS::EC2::Instance",
      ResourceName,
    })),
    CloudTrailEvent: JSON.stringify(event),
  };
}

/** In milliseconds since the epoch; 0 where the event does not say it. */
function timeOf(event: TrailEvent): number {
  return Date.parse(String(event["eventTime"])) || 0;
}
