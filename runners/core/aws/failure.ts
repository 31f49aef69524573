import {
  GroundskeeperError,
  InterruptedError,
  messageOf,
  nameOf,
  UndeclaredActionError,
  WithoutEffectError,
} from "../errors.ts";
import { systemCodeOf } from "../files/file_error.ts";
import { IncompleteAnswerError } from "./paginate.ts";

/** Why something could not be read: a stable code for documents and a sentence for people. */
export type Failure = {
  readonly reason: string;
  readonly detail: string;
};

// Codes as the EC2 API Reference ("Common client error codes") and the STS and IAM ones give them.
const REASONS: readonly (readonly [string, readonly string[]])[] = [
  ["access-denied", ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"]],
  ["region-not-enabled", ["AuthFailure", "OptInRequired", "UnrecognizedClientException"]],
  ["credentials-expired", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"]],
  ["credentials-invalid", ["InvalidClientTokenId", "SignatureDoesNotMatch", "IncompleteSignature"]],
  ["throttled", [
    "Throttling",
    "ThrottlingException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
    "SlowDown",
  ]],
  ["timeout", ["TimeoutError", "RequestTimeout", "RequestTimeoutException"]],
];

const NETWORK = new Set(["ECONNREFUSED", "ECONNRESET", "ENOTFOUND", "EPIPE", "EAI_AGAIN"]);

/** Sorts an error of a call into a reason that documents may carry. */
export function failureOf(error: unknown): Failure {
  const name = nameOf(error);
  // Where the SDK cannot read an answer, it adds a hint for programmers, on a line of its own.
  const message = messageOf(error).replace(/\n\s*Deserialization error: .*$/s, "");
  const said = answeredCode(error) ?? name;
  // The class of every error that has no name of its own says nothing.
  const detail = said === "Error" ? message : `${said}: ${message}`;
  if (error instanceof GroundskeeperError) return { reason: error.code, detail: error.message };
  // Node's word for a connection that ended inside of an answer's body.
  if (message === "aborted") return { reason: "incomplete-answer", detail };
  if (message !== messageOf(error)) {
    const unreadable = `AWS gave an answer that cannot be read: ${message}`;
    return { reason: "incomplete-answer", detail: unreadable };
  }
  // Before the names: the SDK calls a reset connection a TimeoutError.
  if (NETWORK.has(systemCodeOf(error))) return { reason: "unreachable", detail };
  const known = reasonOfCode(name);
  const policy = known === "access-denied" ? denyingPolicy(message) : undefined;
  if (policy) return { reason: "denied-by-policy", detail: `${detail}. ${policy} denies it` };
  if (known) return { reason: known, detail };
  if (error instanceof IncompleteAnswerError || isUnreadable(error)) {
    return { reason: "incomplete-answer", detail: message };
  }
  return { reason: "error", detail };
}

/** The reason that a code of AWS stands for; undefined: it has none of its own. */
export function reasonOfCode(code: string): string | undefined {
  return REASONS.find(([, codes]) => codes.includes(code))?.[0];
}

/**
 * Why a write failed, for its outcome and the journal. `code` is AWS's own (`MalformedPolicyDocument`)
 * if AWS answered with an error, also where that is the cause of another; else the reason.
 */
export function writeError(error: unknown): { readonly code: string; readonly message: string } {
  const { reason, detail } = failureOf(error);
  return { code: awsCodeOf(error) ?? reason, message: detail };
}

/** What Groundskeeper itself says of an error has a code of its own, whatever its cause. */
function awsCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof GroundskeeperError) return undefined;
  return answeredCode(error) ?? awsCodeOf(error.cause);
}

/**
 * The code of an answer of AWS. The SDK names its classes after shapes, and of an XML answer it keeps
 * the code beside that: `MalformedPolicyDocument` beside `MalformedPolicyDocumentException`. Of SQS it
 * keeps the code of a protocol that is not spoken any more; there the shape is the code.
 */
function answeredCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("$fault" in error)) return undefined;
  const { name } = error;
  const code = "Code" in error ? error.Code : undefined;
  return typeof code === "string" && name === `${code}Exception` ? code : name;
}

/**
 * "A service control policy", or what other kind denies a call whatever the role's own policies
 * allow, now and later (IAM User Guide, "Troubleshoot access denied error messages").
 */
function denyingPolicy(message: string): string | undefined {
  const explicit = /with an explicit deny in an? ([a-z -]+? (?:policy|boundary))/i.exec(message);
  const implicit =
    /because no ((?:service control|resource control|session|VPC endpoint) policy|permissions boundary) allows/i
      .exec(message);
  const policy = (explicit ?? implicit)?.[1];
  return policy && `${/^[aeiou]/i.test(policy) ? "An" : "A"} ${policy}`;
}

/**
 * Why something could not be read.
 *
 * @throws the error if a signal cut the run: then AWS did not fail
 */
export function failureUnlessInterrupted(error: unknown): Failure {
  if (isInterruption(error)) throw error;
  return failureOf(error);
}

/**
 * Why a Region, an account or its IAM could not be read. If a policy denies it, the detail says what
 * to do: without that, the place stays unproven.
 *
 * @throws the error if a signal cut the run
 */
export function failureIn(place: keyof typeof IF_DENIED, error: unknown): Failure {
  const { reason, detail } = failureUnlessInterrupted(error);
  return reason === "denied-by-policy"
    ? { reason, detail: `${detail}: ${IF_DENIED[place]}` }
    : { reason, detail };
}

const IF_DENIED = {
  // Of one account's denial alone a Region is not to be left out: the setting is of all accounts.
  Region: "allow it there, or, if no account uses the Region, leave it out of all accounts with " +
    'organization.regions: {"allExcept": [...]}',
  account: "allow it there, or leave the account out with organization.exclude",
  // A policy that denies Regions mostly leaves IAM out (Organizations, "Example SCPs", NotAction).
  IAM:
    "IAM has one endpoint for all Regions, and no setting asks another. Let the policy allow it, " +
    "or leave the account out with organization.exclude",
} as const;

/** Whether the error says that the run was cut by a signal. */
export function isInterruption(error: unknown): boolean {
  return error instanceof InterruptedError || nameOf(error) === "AbortError";
}

/**
 * Whether AWS itself refused the call, so that it surely had no effect, or none any more. A cut
 * connection, a time-out or a server fault leaves that open, also in an earlier attempt.
 */
export function isRefusedByAws(error: unknown): boolean {
  if (error instanceof UndeclaredActionError || error instanceof WithoutEffectError) return true;
  const { httpStatusCode: status = 0, attempts = 1 } =
    (error as { $metadata?: { httpStatusCode?: number; attempts?: number } } | undefined)
      ?.$metadata ?? {};
  return status >= 400 && status < 500 && attempts === 1;
}

/** A body that was cut short: the SDK's parsers complain, or the socket closed inside of it. */
function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError ||
    /aborted|premature|unexpected end|parse/i.test(messageOf(error)) &&
      !isInterruption(error);
}
