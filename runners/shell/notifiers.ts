import { snsNotifier } from "../adapters/notify/sns.ts";
import { readWebhookUrl, webhookNotifier } from "../adapters/notify/webhook.ts";
import type { Session } from "../core/aws/session.ts";
import type { NotifyConfig } from "../core/config/notify.ts";
import type { Log } from "../core/log/log.ts";
import type { Notifier } from "../core/report/notifier.ts";
import type { Host } from "../core/cli/host.ts";

/** Opens a home session, whose calls the signal cuts. */
type OpenHome = (signal: AbortSignal) => Promise<Session>;

/** All that the shell needs to know of a configured notifier. */
type Configured = {
  /** Who is told, for people. */
  readonly line: string;
  /** The topics that the home role publishes to. */
  readonly topics: readonly string[];
  /** The environment variables that it reads. */
  readonly variables: readonly string[];
  /** The hosts besides AWS that it sends to, with their ports. */
  readonly hosts: readonly string[];
  /** Makes it; or says why it cannot be used. */
  readonly make: (openHome: OpenHome) => Notifier | string;
};

/** The only place of the shell that tells the kinds apart; a new kind does not compile unsaid. */
export function configuredNotifiers(
  notify: NotifyConfig,
  { env }: Pick<Host, "env">,
): Configured[] {
  return notify.map((entry) => {
    if ("sns" in entry) {
      return {
        line: `the SNS topic ${entry.sns}`,
        topics: [entry.sns],
        variables: [],
        hosts: [],
        make: (openHome) => snsNotifier(entry.sns, openHome),
      };
    }
    const { urlEnv } = entry.webhook;
    const url = readWebhookUrl(env(urlEnv));
    const own = { line: `the webhook in ${urlEnv}`, topics: [], variables: [urlEnv] };
    if (url instanceof URL) {
      const port = url.port || (url.protocol === "https:" ? 443 : 80);
      const hosts = [`${url.hostname}:${port}`];
      return { ...own, hosts, make: () => webhookNotifier(urlEnv, url) };
    }
    const problem = `Nobody can be told by the webhook in ${urlEnv}: the variable ${url}. ` +
      "Set it to the webhook's URL, or take the webhook out of notify; a service must also be " +
      'allowed to read it, as "config check" prints';
    return { ...own, line: `${own.line}, which ${url} here`, hosts: [], make: () => problem };
  });
}

/**
 * Makes the configured notifiers, and warns of those that cannot be used: better at every run than
 * at the first one that fails.
 */
export function makeNotifiers(
  notify: NotifyConfig,
  host: Pick<Host, "env">,
  log: Log,
  openHome: OpenHome,
): Notifier[] {
  let session: Promise<Session> | undefined;
  return configuredNotifiers(notify, host).flatMap(({ make }) => {
    const made = make((signal) => session ??= openHome(signal));
    if (typeof made !== "string") return [made];
    log.warn(made);
    return [];
  });
}
