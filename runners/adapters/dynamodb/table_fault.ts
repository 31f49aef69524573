import { type CancellationReason, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { failureOf, isInterruption } from "../../core/aws/failure.ts";
import type { Session } from "../../core/aws/session.ts";
import { StoreError, UndeclaredActionError } from "../../core/errors.ts";

/** Which table, and as whom it is asked. */
export type TablePlace = {
  /** Of the home role. Its signal cuts calls and waits. */
  readonly session: Session;
  readonly region: string;
  readonly table: string;
  /** What a person types to see the permissions that the role needs. */
  readonly policyCommand: string;
};

/** What is tried. */
export type Attempt = {
  /** As it follows "Cannot": `write 2 rows to the store`. */
  readonly action: string;
  /** The permissions that it needs: `dynamodb:PutItem`. */
  readonly needs: string;
};

/** The table as messages name it, with the account that is asked: it may be another than was meant. */
export function tableText({ table, region, session }: TablePlace): string {
  return `DynamoDB table "${table}", ${region}, account ${session.account}`;
}

/** Why a transaction was cancelled, an entry per item; undefined: the error says something else. */
export function reasonsOf(error: unknown): readonly CancellationReason[] | undefined {
  return error instanceof TransactionCanceledException
    ? error.CancellationReasons ?? []
    : undefined;
}

/** A StoreError that names action, subject and state, and says what to do. */
export function storeFault(
  action: string,
  place: TablePlace,
  state: string,
  advice: string,
  options?: ErrorOptions,
): StoreError {
  const text = `Cannot ${action} (${tableText(place)}): ${state}. ${advice}`;
  return new StoreError(text, options);
}

/**
 * A StoreError from anything thrown in an attempt. What a signal cut, and a defect that the guard
 * found, pass unchanged.
 *
 * @param waited for how long the table was busy, if that is why: "2 minutes"
 */
export function toStoreError(
  attempt: Attempt,
  place: TablePlace,
  error: unknown,
  waited?: string,
): unknown {
  if (
    error instanceof StoreError || error instanceof UndeclaredActionError || isInterruption(error)
  ) return error;
  const { reason, detail } = failureOf(error);
  const reasons = reasonsOf(error)?.filter(({ Code = "None" }) => Code !== "None") ?? [];
  const said = reasons.length === 0
    ? detail
    : reasons.map(({ Code, Message = "" }) => `${Code}: ${Message}`).join("; ");
  const isDenied = reasons.some(({ Code }) => Code === "AccessDenied");
  const [state, advice] = waited === undefined
    ? [said, adviceOn(isDenied ? "access-denied" : reason, attempt, place)]
    : [`it was busy for ${waited} (${said})`, LESS_AT_ONCE];
  return storeFault(attempt.action, place, state, advice, { cause: error });
}

const LESS_AT_ONCE =
  "Give the table more throughput, or let fewer runs work at the same time, then run again";

function adviceOn(
  reason: string,
  { needs }: Attempt,
  { session, policyCommand }: TablePlace,
): string {
  switch (reason) {
    case "access-denied":
    case "denied-by-policy":
      return `Allow ${needs} on the table to ${session.principal}. To see the policy: ${policyCommand}`;
    case "credentials-expired":
    case "credentials-invalid":
    case "no-credentials":
    case "region-not-enabled":
      return "Check the credentials, and that the Region is enabled, then run again";
    case "incomplete-answer":
    case "timeout":
    case "unreachable":
      return "Check store.region and the network, then run again";
    default:
      return "Look at the cause, then run again";
  }
}
