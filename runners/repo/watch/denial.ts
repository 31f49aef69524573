import { ACTION_SOURCE } from "../../core/aws/action.ts";
import type { ObservedDenial } from "../observed.ts";
import { compareText } from "../../core/plan/canonical.ts";
import type { Removal } from "../planning.ts";

/** How many characters of a service's message are kept. */
const MAX_MESSAGE = 1000;

/**
 * The denied call of a role in an event of CloudTrail; null: the event has none, or cannot be read.
 *
 * @param event as `CloudTrailEvent` has it, parsed (CloudTrail User Guide, "CloudTrail record
 * contents" and "CloudTrail userIdentity element")
 */
export function denialIn(
  event: unknown,
  { account, region }: Pick<ObservedDenial, "account" | "region">,
): ObservedDenial | null {
  const of = fieldsOf(event);
  const identity = fieldsOf(of["userIdentity"]);
  const issuer = fieldsOf(fieldsOf(identity["sessionContext"])["sessionIssuer"]);
  const [eventId, at, source, name, code, roleArn] = [
    of["eventID"],
    of["eventTime"],
    of["eventSource"],
    of["eventName"],
    of["errorCode"],
    issuer["arn"],
  ].map(textOf);
  if (!eventId || !at || !source || !name || !code || !roleArn) return null;
  const time = Date.parse(at);
  if (Number.isNaN(time) || !isDenial(code)) return null;
  return {
    account,
    region,
    eventId,
    at: new Date(time).toISOString(),
    source,
    name,
    code,
    message: (textOf(of["errorMessage"]) ?? "").slice(0, MAX_MESSAGE).toWellFormed(),
    roleArn,
    roleId: textOf(issuer["principalId"]),
    principal: textOf(identity["arn"]),
  };
}

/**
 * Whether AWS denied a call. EC2 and some others have a code of their own (EC2 API Reference,
 * "Common client error codes"), which CloudTrail writes with "Client." before it; services of JSON
 * end their codes with "Exception".
 */
function isDenial(code: string): boolean {
  return /^(Client\.)?AccessDenied(Exception)?$|UnauthorizedOperation$/.test(code);
}

/**
 * The actions that may have been denied, in lower case: the one that the service's message names,
 * else those that may belong to the operation that CloudTrail names.
 */
export function deniedActions({ source, name, message }: ObservedDenial): string[] {
  const said = NOT_AUTHORIZED.exec(message)?.[1];
  if (said) return [said.toLowerCase()];
  // Lambda and CloudFront add the version of their API: "GetFunction20150331v2".
  const operation = name.replace(/\d{4}_?\d{2}_?\d{2}(v\d+)?$/, "");
  return servicesOf(source).map((service) => `${service}:${operation}`.toLowerCase());
}

/**
 * What kind of policy denied a call with a Deny: one of the caller's own, or another one; null:
 * there was no Deny, but also no Allow (IAM User Guide, "Troubleshoot access denied error
 * messages").
 */
export function explicitDeny(
  { message }: Pick<ObservedDenial, "message">,
): "identity" | "other" | null {
  if (!/with an explicit deny/i.test(message)) return null;
  return /explicit deny in an identity-based policy/i.test(message) ? "identity" : "other";
}

const NOT_AUTHORIZED = new RegExp(`not authorized to perform:? (${ACTION_SOURCE})`, "i");

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return value !== null && typeof value === "object" ? value as Fields : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/**
 * How CloudTrail names a service: mostly by the prefix of its actions, before `.amazonaws.com`
 * (CloudTrail User Guide, "CloudTrail record contents", `eventSource`). The known exceptions, by
 * prefix:
 *
 * - `cloudwatch`: the same page names it.
 * - `tag`: Resource Groups Tagging API, "Logging API calls with CloudTrail".
 * - `rds-data`: CloudTrail API Reference, EventSelector, `ExcludeManagementEventSources`.
 * - `application-autoscaling`: Application Auto Scaling User Guide, "Log API calls using
 * CloudTrail".
 */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["cloudwatch", "monitoring"],
  ["tag", "tagging"],
  ["rds-data", "rdsdata"],
  ["application-autoscaling", "autoscaling"],
]);

const SUFFIX = ".amazonaws.com";

/** The value of `eventSource` in the events of a service: of `sqs` it is `sqs.amazonaws.com`. */
export function eventSourceOf(service: string): string {
  return `${EXCEPTIONS.get(service) ?? service}${SUFFIX}`;
}

/** The services whose events may have an `eventSource`, as IAM writes them. */
export function servicesOf(eventSource: string): string[] {
  if (!eventSource.endsWith(SUFFIX)) return [];
  const name = eventSource.slice(0, -SUFFIX.length);
  const named = [...EXCEPTIONS].filter(([, source]) => source === name).map(([service]) => service);
  return [name, ...named];
}

/** Calls that were denied to a role for an action that was removed from it. */
export type Denied = {
  readonly removal: Removal;
  /** As the removal has it. */
  readonly action: string;
  /** Oldest first. */
  readonly events: readonly ObservedDenial[];
};

/**
 * Which denied calls come from a removal: calls of its role, after it, for an action that it took
 * and that nobody has given back. One for each removal and action. Pure.
 *
 * CloudTrail's instants are full seconds: a call that was denied in the second of the removal does
 * not count.
 *
 * A call that a Deny has denied counts only if the role's deny policy has the action: any other
 * Deny denied it already before the removal.
 *
 * @param grants whether a role of this ID has an action again, given back by other means
 * @param denies whether the deny policy of a role of this ID has an action
 */
export function deniedSince(
  denials: readonly ObservedDenial[],
  removals: readonly Removal[],
  grants: (roleId: string, action: string) => boolean,
  denies: (roleId: string, action: string) => boolean = () => false,
): Denied[] {
  const found = new Map<string, { removal: Removal; action: string; events: ObservedDenial[] }>();
  for (const denial of denials) {
    for (const candidate of deniedActions(denial)) {
      const one = removalOf(denial, candidate, removals);
      if (one === undefined || grants(one.removal.role_id, one.action)) continue;
      const deny = explicitDeny(denial);
      const isOurs = deny === "identity" && denies(one.removal.role_id, one.action);
      if (deny !== null && !isOurs) continue;
      const key = `${one.removal.arn}/${one.removal.role_id}/${one.removal.at}/${one.action}`;
      const known = found.get(key) ?? { ...one, events: [] };
      if (!known.events.some(({ eventId }) => eventId === denial.eventId)) {
        known.events.push(denial);
      }
      found.set(key, known);
    }
  }
  return [...found.values()].map(({ removal, action, events }) => ({
    removal,
    action,
    events: events.sort((a, b) => compareText(a.at, b.at) || compareText(a.eventId, b.eventId)),
  })).sort((a, b) =>
    compareText(a.removal.arn, b.removal.arn) || compareText(a.action, b.action) ||
    compareText(a.removal.at, b.removal.at)
  );
}

/** The last removal that a denied call may come from. */
function removalOf(
  denial: ObservedDenial,
  candidate: string,
  removals: readonly Removal[],
): { readonly removal: Removal; readonly action: string } | undefined {
  for (const removal of removals.toReversed()) {
    const isOfRole = removal.account === denial.account && removal.arn === denial.roleArn &&
      (denial.roleId === null || denial.roleId === removal.role_id);
    if (!isOfRole || Date.parse(denial.at) < Date.parse(removal.at)) continue;
    const action = removal.actions.find((one) => one.toLowerCase() === candidate);
    if (action !== undefined) return { removal, action };
  }
  return undefined;
}
