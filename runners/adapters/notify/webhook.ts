import type { Notifier } from "../../core/report/notifier.ts";
import { connectionFault } from "../connection_fault.ts";

/**
 * Reads a webhook's URL: https, or http on this machine.
 *
 * @returns the URL, or what is wrong as the end of a sentence that does not repeat what the variable
 * holds
 */
export function readWebhookUrl(text: string | undefined): URL | string {
  if (text === undefined || text.trim() === "") return "is not set";
  const url = URL.parse(text.trim());
  if (!url) return "holds no URL";
  const isFit = url.protocol === "https:" || url.protocol === "http:" && isLoopback(url);
  return isFit ? url : "must hold a URL that begins with https://";
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/**
 * Posts notices as JSON. `text` holds the title too, in the way that Slack and what is compatible
 * with it show it.
 *
 * @param variable the environment variable that holds the URL, for messages
 */
export function webhookNotifier(variable: string, url: URL): Notifier {
  return {
    name: `the webhook in ${variable}`,
    async send(notice, signal) {
      const body = JSON.stringify({ ...notice, text: escaped(`${notice.title}\n${notice.text}`) });
      const response = await post(url, body, signal);
      await response.body?.cancel();
      if (!response.ok) {
        throw new Error(
          `it answered with status ${response.status}. Check the URL that ${variable} holds`,
        );
      }
    },
  };
}

/** A redirect is not followed: nobody has said that its target may read the notice. */
async function post(url: URL, body: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
      redirect: "manual",
      signal,
    });
  } catch (error) {
    // Deno's error has the URL, which is a secret, in its causes too. It is not passed on.
    throw new Error(connectionFault(error));
  }
}

/** The three characters that Slack asks for to be escaped: "Formatting text for app surfaces". */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
