import type { LoginMessage } from "../runners/core/contract/login.ts";

/** The setting of client.json that names a queue. */
export type QueueSetting = "queueUrl" | "helloQueueUrl";

/** What waits in the spool: the message without what is known only when it is sent. */
export type SpooledEvent =
  & Omit<LoginMessage, "schema" | "instance" | "client" | "proof">
  & { readonly to: QueueSetting };

/**
 * The most bytes that a text takes in JSON. With it, and the most of each list, the largest event
 * has less than 5,000 bytes, and its proof has room in LOGIN_MAX_BYTES.
 */
const TEXT_MAX_BYTES = 160;

/** The most principals of a certificate, and the most details, that an event has. */
export const LIST_MAX = 8;

/** A text that fits, with "…" in place of what was cut, and has only characters that SQS takes. */
export function shortened(text: string): string {
  // A unit of UTF-16 takes a byte or more, so that the rest could not fit in any case.
  const beginning = text.slice(0, TEXT_MAX_BYTES + 1).toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD");
  const characters = [...beginning];
  let short = beginning;
  while (bytesInJson(short) > TEXT_MAX_BYTES) {
    characters.pop();
    short = `${characters.join("")}…`;
  }
  return short;
}

function bytesInJson(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length - 2;
}
