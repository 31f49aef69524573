import { snsNotifier } from "../adapters/notify/sns.ts";
import { readWebhookUrl, webhookNotifier } from "../adapters/notify/webhook.ts";
import type { Session } from "../core/aws/session.ts";
import type { NotifyConfig } from "../core/config/notify.ts";
import type { Log } from "../core/log/log.ts";
import type { Notifier } from "../core/report/notifier.ts";
import type { Host } from "../core/cli/host.ts";

/**
 * Makes the configured notifiers, and warns of those that cannot be used: better at every run than
 * at the first one that fails.
 *
 * @param openHome opens a home session, whose calls the signal cuts
 */
export function makeNotifiers(
  notify: NotifyConfig,
  { env }: Pick<Host, "env">,
  log: Log,
  openHome: (signal: AbortSignal) => Promise<Session>,
): Notifier[] {
  let session: Promise<Session> | undefined;
  return notify.flatMap((entry) => {
    if ("sns" in entry) return [snsNotifier(entry.sns, (signal) => session ??= openHome(signal))];
    const { urlEnv } = entry.webhook;
    const url = readWebhookUrl(env(urlEnv));
    if (url instanceof URL) return [webhookNotifier(urlEnv, url)];
    log.warn(
      `Nobody can be told by the webhook in ${urlEnv}: the variable ${url}. ` +
        "Set it to the webhook's URL, or take the webhook out of notify; a service must also be " +
        'allowed to read it, as "config check" prints',
    );
    return [];
  });
}

/** The hosts of the configured webhooks, with their ports, for the permission to reach them. */
export function webhookHosts(notify: NotifyConfig, { env }: Pick<Host, "env">): string[] {
  return webhookVariables(notify).map((name) => readWebhookUrl(env(name)))
    .filter((url) => url instanceof URL)
    .map(({ hostname, port, protocol }) =>
      `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`
    );
}

/** The environment variables that hold the URLs of the configured webhooks. */
export function webhookVariables(notify: NotifyConfig): string[] {
  return notify.flatMap((entry) => "webhook" in entry ? [entry.webhook.urlEnv] : []);
}

/** Who is told, a line each, for people. */
export function notifyLines(notify: NotifyConfig, { env }: Pick<Host, "env">): string[] {
  return notify.map((entry) => {
    if ("sns" in entry) return `the SNS topic ${entry.sns}`;
    const { urlEnv } = entry.webhook;
    const url = readWebhookUrl(env(urlEnv));
    return `the webhook in ${urlEnv}${url instanceof URL ? "" : `, which ${url} here`}`;
  });
}
