import type { LoginMessage } from "../runners/core/contract/login.ts";
import { ulid } from "../runners/core/contract/ulid.ts";

/** What waits in the spool: the message without what is known only when it is sent. */
export type SpooledEvent = Omit<LoginMessage, "schema" | "instance" | "client" | "proof"> & {
  /** The setting of client.json that names the queue. */
  readonly to: "queueUrl" | "helloQueueUrl";
};

/** The most bytes of a text in JSON: the largest event has 5,000, and room for its proof. */
const TEXT_MAX_BYTES = 160;

/** The most principals of a certificate, and the most details, that an event has. */
export const LIST_MAX = 8;

/** An event that happens now. */
export function eventOf(told: Omit<SpooledEvent, "id" | "at">): SpooledEvent {
  const now = new Date();
  return { ...told, id: ulid(now.getTime()), at: now.toISOString() };
}

/** A text that fits, with "…" in place of what was cut, and has only characters that SQS takes. */
export function shortened(text: string): string {
  // A unit of UTF-16 takes a byte or more, so that the rest could not fit in any case.
  let short = text.slice(0, TEXT_MAX_BYTES + 1).toWellFormed()
    .replaceAll(/[\uFFFE\uFFFF]/g, "\uFFFD");
  const characters = [...short];
  // Two bytes are the quotes.
  while (new TextEncoder().encode(JSON.stringify(short)).length > TEXT_MAX_BYTES + 2) {
    characters.pop();
    short = `${characters.join("")}…`;
  }
  return short;
}

/** The event by which an instance says that it would tell of logins. */
export function helloEvent(to: SpooledEvent["to"]): SpooledEvent {
  return eventOf({ to, event: "hello", source: "boot", ...saltMinion() });
}

function saltMinion(): Pick<SpooledEvent, "salt"> {
  try {
    const minionId = Deno.readTextFileSync("/etc/salt/minion_id").trim();
    const publicKey = Deno.readTextFileSync("/etc/salt/pki/minion/minion.pub").trim();
    // A key of 16,384 bits has fewer characters.
    return publicKey.length <= 3_000 ? { salt: { minionId, publicKey } } : {};
  } catch (error) {
    // A hello without the minion's key still says that logins are told of.
    const { NotFound, PermissionDenied } = Deno.errors;
    if (error instanceof NotFound || error instanceof PermissionDenied) return {};
    throw error;
  }
}
