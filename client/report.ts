import { type ClientEvent, OWN_EVENT } from "../runners/core/contract/login.ts";
import { readConfiguration } from "./configuration.ts";
import { LIST_MAX, shortened, type SpooledEvent, ulid } from "./event.ts";
import { ClientFault } from "./fault.ts";
import { DEFAULT_SPOOL, Spool } from "./spool.ts";
import { sshAuth } from "./ssh_auth.ts";

/** What the command line says. */
export type Reporting = {
  readonly config: string | undefined;
  /** An event of one's own, `x-NAME`, and its details, `KEY=VALUE` each. */
  readonly event: string | undefined;
  readonly details: readonly string[];
};

/**
 * Puts what has happened into the spool: the session that PAM opens, by its environment, or an
 * event of one's own. Of the environment only PAM's and sshd's variables are read.
 *
 * @throws Error where it cannot
 */
export async function report({ config, event, details }: Reporting): Promise<void> {
  const type = variable("PAM_TYPE");
  const opens = type === "open_session";
  if (event === undefined ? !opens : !opens && type !== "") return;
  if (event !== undefined && !OWN_EVENT.test(event)) {
    throw new ClientFault(`"${event}" is no event: it must be x- and up to 40 of a-z, 0-9 and -`);
  }
  const now = Date.now();
  const service = variable("PAM_SERVICE");
  const ssh = await sshAuth(variable("SSH_AUTH_INFO_0"));
  const happened: SpooledEvent = {
    to: "queueUrl",
    id: ulid(now),
    event: (event ?? (service === "login" ? "console_login" : "session_open")) as ClientEvent,
    source: event === undefined ? "pam" : "command",
    at: new Date(now).toISOString(),
    ...opens ? pamSession(service) : {},
    ...ssh ? { ssh } : {},
    ...event === undefined ? {} : { detail: detailOf(details) },
  };
  new Spool(spoolOf(config)).add(happened.id, JSON.stringify(happened));
}

function pamSession(service: string): Pick<SpooledEvent, "pam"> {
  return {
    pam: {
      service: shortened(service),
      type: "open_session",
      user: shortened(variable("PAM_USER")),
      rhost: shortened(variable("PAM_RHOST")),
      tty: shortened(variable("PAM_TTY")),
    },
  };
}

function detailOf(pairs: readonly string[]): { [key: string]: string } {
  return Object.fromEntries(
    pairs.slice(0, LIST_MAX).map((pair) => {
      const [key = "", ...value] = pair.split("=");
      return [shortened(key), shortened(value.join("="))];
    }),
  );
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
