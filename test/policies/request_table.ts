import assert from "assert";
import { decide, type Decision, type Policy, type PolicyRequest } from "./evaluate.ts";

/** A request, and what must be decided of it. */
export type Row = {
  readonly request: PolicyRequest;
  readonly decision: Decision;
};

/** A policy, and the requests that hold it to what it is for. */
export type RequestTable = {
  /** What is asked: "the trust policy of a home role". */
  readonly name: string;
  readonly policy: Policy;
  readonly rows: readonly Row[];
  /** How a policy decides. Default: by itself. */
  readonly decide?: (policy: Policy, request: PolicyRequest) => Decision;
};

/** Rows of one decision. */
export function rowsOf(decision: Decision, ...requests: readonly PolicyRequest[]): Row[] {
  return requests.map((request) => ({ request, decision }));
}

/** A row that a policy does not hold, with what it decides instead. */
export type WrongRow = Row & { readonly found: Decision };

/** @param policy another one than the table's, to see whether the rows tell them apart */
export function wrongRows(table: RequestTable, policy = table.policy): WrongRow[] {
  return table.rows.flatMap((row) => {
    const found = (table.decide ?? decide)(policy, row.request);
    return found === row.decision ? [] : [{ ...row, found }];
  });
}

export function testTable(table: RequestTable): void {
  Deno.test(`${table.name} holds its ${table.rows.length} requests`, () => {
    assert.ok(table.rows.length > 0);
    assert.deepEqual(wrongRows(table).map(sentenceOf), []);
  });
}

const WORDS = { allowed: "allowed", explicitDeny: "denied", implicitDeny: "not allowed" };

function sentenceOf({ request, decision, found }: WrongRow): string {
  const { principal = "the role", action, resource, context = {} } = request;
  return `${principal} ${action} on ${resource} with ${JSON.stringify(context)} must be ` +
    `${WORDS[decision]}, and is ${WORDS[found]}`;
}
