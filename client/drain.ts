import { readConfiguration } from "./configuration.ts";
import { helloEvent, type SpooledEvent } from "./event.ts";
import { Metadata } from "./metadata.ts";
import { openSender, type Sent } from "./send.ts";
import { Spool } from "./spool.ts";

const DAMAGED: Sent = { outcome: "never", detail: "it is damaged" };

/**
 * Sends what waits in the spool, oldest first. A file goes only when SQS has answered with a
 * message ID; a queue that does not take one is not asked for the others either, until next time.
 *
 * @param hello whether a hello for each queue goes to the spool first: a client whose spool cannot
 * be written must not say it, because it would not tell of logins either
 * @returns the exit code: 1 where something still waits
 * @throws Error where the configuration or the metadata service cannot be used
 */
export async function drain(configFile?: string, hello = false): Promise<number> {
  const settings = readConfiguration(configFile);
  const spool = new Spool(settings.spool);
  if (hello) spool.add(helloEvent("queueUrl"));
  if (hello && settings.helloQueueUrl) spool.add(helloEvent("helloQueueUrl"));
  spool.dropUnfinished(Date.now());
  const [refusing, seen] = [new Set<SpooledEvent["to"]>(), new Set<string>()];
  const waiting = () => spool.names().filter((name) => !seen.has(name));
  if (waiting().length === 0) return 0;
  const metadata = await Metadata.open(settings.endpoints.metadata);
  const { name: instance, launchedMs } = await metadata.instance();
  spool.own(instance.id, launchedMs);
  const send = await openSender(settings, metadata);
  // systemd does not watch the folder while this runs: what is new is sent, too.
  for (let [name] = waiting(); name !== undefined; [name] = waiting()) {
    seen.add(name);
    const event = spool.read(name);
    if (event === undefined || (event && refusing.has(event.to))) continue;
    const { outcome, detail } = event ? await send(event, spool.dropped()) : DAMAGED;
    if (outcome === "sent") spool.remove(name);
    else console.error(`${outcome === "never" ? "Dropped" : "Kept"} ${name}: ${detail}`);
    if (outcome === "never") spool.drop(name);
    if (outcome === "later" && event) refusing.add(event.to);
  }
  return refusing.size > 0 ? 1 : 0;
}
