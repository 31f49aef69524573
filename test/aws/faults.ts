/** What real AWS and the network do to people, by script. */

import type { Call } from "./call_log.ts";
import { type CallMatch, matches } from "./match.ts";

export type Hook = () => void | Promise<void>;

interface Hooks {
  /** Runs exactly before the call would go on to the server, e.g. to kill the client. */
  readonly beforeForward?: Hook;
  /** Runs when the server has answered: the effect has happened, the client does not know. */
  readonly afterEffect?: Hook;
}

export type Fault =
  & (
    /** An error in the service's wire format; the call is not forwarded. */
    | {
      readonly kind: "error";
      readonly code: string;
      readonly status?: number;
      readonly message?: string;
    }
    /** The connection is cut before the call goes on: nothing happened. */
    | { readonly kind: "drop" }
    /** The effect happens, then the connection is cut. */
    | { readonly kind: "lose-answer" }
    /** The call goes on after this many milliseconds. */
    | { readonly kind: "delay"; readonly ms: number }
    /** No answer until the client gives up or the proxy closes; the call is not forwarded. */
    | { readonly kind: "hang" }
    /**
     * Half of the body: `cut` promises the whole length and cuts the connection, `short` has a
     * consistent length, so that only the content tells.
     */
    | { readonly kind: "truncate"; readonly how: "cut" | "short" }
    /** This answer instead; the call is not forwarded. */
    | {
      readonly kind: "replace";
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  )
  & Hooks;

/** Asked for every call in the order of arrival; the first rule that names a fault decides. */
export type FaultRule = (call: Call) => Fault | undefined | Promise<Fault | undefined>;

/** The fault for the first `times` calls that match. */
export function times(match: CallMatch, count: number, fault: Fault): FaultRule {
  let left = count;
  return (call) => {
    if (left <= 0 || !matches(match, call)) return undefined;
    left--;
    return fault;
  };
}

/** The fault for the next call that matches. */
export function once(match: CallMatch, fault: Fault): FaultRule {
  return times(match, 1, fault);
}

/** The fault for every call that matches. */
export function always(match: CallMatch, fault: Fault): FaultRule {
  return times(match, Infinity, fault);
}

/** An error of this code for so many matching calls (default: all). */
export function failWith(match: CallMatch, code: string, count = Infinity): FaultRule {
  return times(match, count, { kind: "error", code });
}

/** Throttles so many matching calls, each with the code that its service uses. */
export function throttle(match: CallMatch, count = Infinity): FaultRule {
  let left = count;
  return (call) => {
    if (left <= 0 || !matches(match, call)) return undefined;
    left--;
    return { kind: "error", ...throttlingOf(call.service) };
  };
}

/** A region where a service control policy denies everything: EC2 says UnauthorizedOperation. */
export function denyRegion(region: string): FaultRule {
  const message = "You are not authorized to perform this operation.";
  return always({ service: "ec2", region }, {
    kind: "error",
    code: "UnauthorizedOperation",
    message,
  });
}

/**
 * A region that the account has not enabled: EC2 there does not know the credentials
 * (AWS Account Management guide, "Enable or disable AWS Regions in your account").
 */
export function regionNotEnabled(region: string): FaultRule {
  const message = "AWS was not able to validate the provided access credentials";
  return always({ service: "ec2", region }, { kind: "error", code: "AuthFailure", message });
}

/** The throttling code of each service ("Common errors" in its API reference). */
function throttlingOf(service: string): { code: string; message: string; status: number } {
  switch (service) {
    case "ec2":
      return { code: "RequestLimitExceeded", message: "Request limit exceeded.", status: 503 };
    case "s3":
      return { code: "SlowDown", message: "Please reduce your request rate.", status: 503 };
    case "organizations":
      return { code: "TooManyRequestsException", message: "Rate exceeded", status: 400 };
    case "iam":
    case "sts":
    case "autoscaling":
    case "cloudformation":
    case "sns":
      return { code: "Throttling", message: "Rate exceeded", status: 400 };
    case "sqs":
      return { code: "RequestThrottled", message: "Rate exceeded", status: 403 };
    default:
      return { code: "ThrottlingException", message: "Rate exceeded", status: 400 };
  }
}
