import { readConfiguration } from "./configuration.ts";
import { type QueueSetting, type SpooledEvent, ulid } from "./event.ts";
import { Spool } from "./spool.ts";

const MINION_ID = "/etc/salt/minion_id";
const MINION_KEY = "/etc/salt/pki/minion/minion.pub";

/** A public key of 16,384 bits has fewer characters. */
const KEY_MAX_CHARACTERS = 3_000;

/** The event by which an instance says that it would tell of logins. */
export function helloEvent(to: QueueSetting): SpooledEvent {
  const now = Date.now();
  const salt = saltMinion();
  return {
    to,
    id: ulid(now),
    event: "hello",
    source: "boot",
    at: new Date(now).toISOString(),
    ...salt ? { salt } : {},
  };
}

/**
 * Puts a hello for each queue into the spool. A client whose spool cannot be written must not say
 * hello, because it would not tell of logins either.
 *
 * @throws ClientFault where the configuration cannot be used
 */
export function spoolHello(configFile?: string): void {
  const configuration = readConfiguration(configFile);
  const spool = new Spool(configuration.spool);
  for (const to of ["queueUrl", "helloQueueUrl"] as const) {
    if (configuration[to] === null) continue;
    const event = helloEvent(to);
    spool.add(event.id, JSON.stringify(event));
  }
}

function saltMinion(): SpooledEvent["salt"] {
  try {
    const minionId = Deno.readTextFileSync(MINION_ID).trim();
    const publicKey = Deno.readTextFileSync(MINION_KEY).trim();
    return publicKey.length <= KEY_MAX_CHARACTERS ? { minionId, publicKey } : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
