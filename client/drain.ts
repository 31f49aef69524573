import { readConfiguration } from "./configuration.ts";
import type { QueueSetting, SpooledEvent } from "./event.ts";
import { jsonObject } from "./fault.ts";
import { Metadata } from "./metadata.ts";
import { openSender } from "./send.ts";
import { Spool } from "./spool.ts";

/**
 * Sends what waits in the spool, oldest first. A file goes only when SQS has answered with a
 * message ID; a queue that does not take one is not asked for the others either, until next time.
 *
 * @returns the exit code: 1 where something still waits
 * @throws ClientFault where the configuration or the metadata service cannot be used
 */
export async function drain(configFile?: string): Promise<number> {
  const configuration = readConfiguration(configFile);
  const spool = new Spool(configuration.spool);
  spool.dropUnfinished(Date.now());
  const refusing = new Set<QueueSetting>();
  const seen = new Set<string>();
  const next = () => spool.names().filter((name) => !seen.has(name));
  let names = next();
  if (names.length === 0) return 0;
  const send = await openSender(
    configuration,
    await Metadata.open(configuration.endpoints.metadata),
  );
  // Again until nothing is new: systemd does not watch the folder while this runs.
  for (; names.length > 0; names = next()) {
    for (const name of names) {
      seen.add(name);
      const event = readEvent(spool.read(name));
      if (event === undefined) continue;
      if (event !== null && refusing.has(event.to)) continue;
      const sent = event === null
        ? { outcome: "never", detail: "it is damaged" } as const
        : await send(event, spool.dropped());
      if (sent.outcome === "sent") spool.remove(name);
      if (sent.outcome === "never") {
        spool.drop(name);
        console.error(`Dropped the event ${name}: ${sent.detail}`);
      }
      if (sent.outcome === "later" && event) {
        refusing.add(event.to);
        console.error(sent.detail);
      }
    }
  }
  return refusing.size > 0 ? 1 : 0;
}

/** The event of a file; null where it is none. */
function readEvent(text: string | null | undefined): SpooledEvent | null | undefined {
  if (text === null || text === undefined) return text;
  const event = jsonObject(text) ?? {};
  const texts = [event["id"], event["event"], event["source"], event["at"]];
  const isEvent = texts.every((one) => typeof one === "string") &&
    (event["to"] === "queueUrl" || event["to"] === "helloQueueUrl");
  return isEvent ? event as SpooledEvent : null;
}
