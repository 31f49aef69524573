/**
 * CheckNoNewAccess of IAM Access Analyzer (its API Reference): whether a policy allows what another
 * one does not. AWS reasons over the whole language; here the patterns of actions are compared, as
 * text, and conditions and resources are not read. Neither server has it.
 */

import { type Answer, jsonAnswer } from "./answer.ts";
import type { AwsError } from "./protocol_error.ts";
import type { AwsRequest } from "./request.ts";

export interface Check {
  readonly account: string | null;
  readonly existing: string;
  readonly updated: string;
}

/** What is answered; undefined leaves it to the comparison. */
export type Verdict = (check: Check) => "PASS" | "FAIL" | undefined;

interface Grants {
  readonly actions: readonly string[];
  readonly allBut: readonly (readonly string[])[];
}

export class AccessAnalyzer {
  #verdict: Verdict = () => undefined;

  /** Says what is answered, whatever the policies are. */
  answerWith(verdict: Verdict): void {
    this.#verdict = verdict;
  }

  /** Answers CheckNoNewAccess; null for any other call. */
  answer(request: AwsRequest, account: string | null): Answer | AwsError | null {
    if (request.action !== "access-analyzer:CheckNoNewAccess") return null;
    const { existingPolicyDocument: existing = "", newPolicyDocument: updated = "" } =
      request.parameters;
    const before = grantsOf(existing);
    const after = grantsOf(updated);
    if (before === null || after === null) {
      return { code: "ValidationException", message: "A policy document is malformed" };
    }
    const result = this.#verdict({ account, existing, updated }) ??
      (isWithin(after, before) ? "PASS" : "FAIL");
    const message = result === "PASS"
      ? "The updated policy document does not grant new access."
      : "The updated policy document grants new access.";
    const reasons = result === "PASS" ? [] : [{ description: "New access.", statementIndex: 0 }];
    return jsonAnswer({ result, message, reasons });
  }
}

function isWithin(after: Grants, before: Grants): boolean {
  const allowed = (pattern: string) =>
    before.actions.some((one) => covers(one, pattern)) ||
    before.allBut.some((but) => !but.some((one) => covers(one, pattern) || covers(pattern, one)));
  return after.actions.every(allowed) &&
    after.allBut.every((but) =>
      before.actions.includes("*") ||
      before.allBut.some((earlier) => earlier.every((one) => but.some((now) => covers(now, one))))
    );
}

/** Every text that the second pattern stands for is one of the first's, as far as text can tell. */
function covers(pattern: string, other: string): boolean {
  const expression = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*/g, ".*").replace(/\?/g, "[^*]");
  return new RegExp(`^${expression}$`, "i").test(other);
}

function grantsOf(document: string): Grants | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const statements = [(parsed as { Statement?: unknown }).Statement ?? []].flat() as {
    Effect?: string;
    Action?: string | string[];
    NotAction?: string | string[];
  }[];
  const allows = statements.filter(({ Effect }) => Effect === "Allow");
  return {
    actions: allows.flatMap(({ Action = [] }) => Action),
    allBut: allows.flatMap(({ NotAction }) => NotAction === undefined ? [] : [[NotAction].flat()]),
  };
}
