import { OWN_EVENT } from "../runners/core/contract/login.ts";
import { ulid } from "../runners/core/contract/ulid.ts";
import { readConfiguration } from "./configuration.ts";
import { LIST_MAX, shortened, type SpooledEvent } from "./event.ts";
import { ClientFault } from "./fault.ts";
import { DEFAULT_SPOOL, Spool } from "./spool.ts";
import { sshAuth } from "./ssh_auth.ts";

/**
 * Puts what has happened into the spool: the session that PAM opens, by its environment, or an
 * event of one's own. Of the environment only PAM's and sshd's variables are read.
 *
 * @param config another file than /etc/groundskeeper/client.json
 * @param event an event of one's own: `x-NAME`
 * @param details of it: `KEY=VALUE` each
 * @throws Error where it cannot
 */
export async function report(
  config: string | undefined,
  event: string | undefined,
  details: readonly string[],
): Promise<void> {
  const type = variable("PAM_TYPE");
  const opens = type === "open_session";
  if (!opens && (event === undefined || type !== "")) return;
  if (event !== undefined && !OWN_EVENT.test(event)) {
    throw new ClientFault(`"${event}" is no event: it must be x- and up to 40 of a-z, 0-9 and -`);
  }
  const [service, user, rhost, tty] = ["SERVICE", "USER", "RHOST", "TTY"]
    .map((item) => shortened(variable(`PAM_${item}`)));
  const ssh = await sshAuth(variable("SSH_AUTH_INFO_0"));
  const now = new Date();
  const happened = {
    to: "queueUrl",
    id: ulid(now.getTime()),
    event: event ?? (service === "login" ? "console_login" : "session_open"),
    source: event === undefined ? "pam" : "command",
    at: now.toISOString(),
    ...opens && { pam: { service, type, user, rhost, tty } },
    ...ssh && { ssh },
    ...event !== undefined && { detail: Object.fromEntries(details.slice(0, LIST_MAX).map(pair)) },
  };
  new Spool(spoolOf(config)).add(happened as SpooledEvent);
}

function pair(detail: string): [key: string, value: string] {
  const [key = "", ...value] = detail.split("=");
  return [shortened(key), shortened(value.join("="))];
}

/** A login is not lost because of a configuration that is not believed. */
function spoolOf(config?: string): string {
  try {
    return readConfiguration(config).spool;
  } catch (error) {
    if (!(error instanceof ClientFault)) throw error;
    console.error(error.message);
    return DEFAULT_SPOOL;
  }
}

/** A variable of the environment; empty where it is not set, "\uFFFD" where it is no UTF-8. */
function variable(name: `PAM_${string}` | `SSH_${string}`): string {
  try {
    return Deno.env.get(name) ?? "";
  } catch (error) {
    if (error instanceof Deno.errors.InvalidData) return "\uFFFD";
    throw error;
  }
}
