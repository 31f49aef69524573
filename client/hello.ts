import { eventOf, type SpooledEvent } from "./event.ts";

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
