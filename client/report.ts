import { OWN_EVENT } from "../runners/core/contract/login.ts";
import { readConfiguration } from "./configuration.ts";
import { eventOf, LIST_MAX, shortened, type SpooledEvent } from "./event.ts";
import { DEFAULT_SPOOL, Spool } from "./spool.ts";
import { sshAuth } from "./ssh_auth.ts";

/**
 * Puts what has happened into the spool: the session that PAM opens, by its environment, or an
 * event of one's own. Of the environment only PAM's and sshd's variables are read.
 *
 * @param own an event of one's own, `x-NAME`, with details, `KEY=VALUE`
 * @throws Error where it cannot
 */
export async function report(config?: string, own?: string, details: readonly string[] = []) {
  const type = variable("PAM_TYPE");
  const opens = type === "open_session";
  if (!opens && (own === undefined || type !== "")) return;
  if (own !== undefined && !OWN_EVENT.test(own)) {
    throw new Error(`"${own}" is no event: it must be x- and up to 40 of a-z, 0-9 and -`);
  }
  const item = (name: string) => shortened(variable(`PAM_${name}`));
  const service = item("SERVICE");
  const pam = { service, type, user: item("USER"), rhost: item("RHOST"), tty: item("TTY") };
  const ssh = await sshAuth(variable("SSH_AUTH_INFO_0"));
  const session = service === "login" ? "console_login" : "session_open";
  new Spool(spoolOf(config)).add(eventOf({
    to: "queueUrl",
    event: own as SpooledEvent["event"] | undefined ?? session,
    source: own === undefined ? "pam" : "command",
    ...opens && { pam },
    ...ssh && { ssh },
    ...own !== undefined && { detail: Object.fromEntries(details.slice(0, LIST_MAX).map(pair)) },
  }));
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
    console.error((error as Error).message);
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
