import * as z from "zod";
import { accountId } from "../config/values.ts";
import { jsonIn } from "../json.ts";
import type { Unusable } from "./client_message.ts";
import { instant, region } from "./message_values.ts";

/**
 * An event as EventBridge sends it to a queue. Its account and Region are true also behind an event bus,
 * because EventBridge fills them in; whoever administers the account may have changed its detail.
 */
const bridgedEvent = z.object({
  "detail-type": z.string(),
  source: z.string(),
  account: accountId,
  region,
  time: instant,
  detail: z.unknown(),
});
export type BridgedEvent = z.infer<typeof bridgedEvent>;

/** Reads an event. Never throws. @returns or why it cannot be used: `not-json`, `malformed` */
export function readEvent(body: string): BridgedEvent | Unusable {
  const [content] = jsonIn(body);
  if (content === undefined) return { reason: "not-json" };
  return bridgedEvent.safeParse(content).data ?? { reason: "malformed" };
}
