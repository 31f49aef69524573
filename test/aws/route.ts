/** Which of the two servers answers which call. */

import type { AwsRequest } from "./request.ts";

export type Server = "moto" | "ministack";

/**
 * What MiniStack answers; everything else is moto's. A key is an IAM prefix or an action.
 * Each entry says what was seen when both were tried (moto 5.2.5, MiniStack 1.5.33).
 */
const ministack: Readonly<Record<string, string>> = {
  "sqs": "moto recomputes every message's attributes at each send and receive: 2,000 messages " +
    "take minutes; it does not find another account's queue, and forgets queue policies",
  "dynamodb": "moto repeats a transaction with the same ClientRequestToken and takes batches of 26",
  "sns": "moto's Publish fails for a subscribed queue of another account",
  "iam:GetServiceLastAccessedDetailsWithEntities": "missing in moto",
  "iam:SimulateCustomPolicy": "missing in moto",
  "iam:SimulatePrincipalPolicy": "missing in moto",
  "account:ListRegions": "missing in moto",
  "events:TestEventPattern": "missing in moto",
};

/** What moto gets wrong only in what few tests need; it answers where MiniStack does not run. */
const motoToo: ReadonlySet<string> = new Set(["sns"]);

/** The server that answers the call. @param runs tells whether a server runs */
export function routeOf(request: AwsRequest, runs: (server: Server) => boolean): Server {
  const prefix = request.action.slice(0, request.action.indexOf(":"));
  if (!(request.action in ministack || prefix in ministack)) return "moto";
  return !runs("ministack") && motoToo.has(prefix) ? "moto" : "ministack";
}
