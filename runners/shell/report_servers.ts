import { isIP } from "node:net";
import type { Host } from "../core/cli/host.ts";
import { type ReportsConfig, type ReportsSecret, reportsSecrets } from "../core/config/reports.ts";

/** A server that gets what the reports say. */
type ReportServer = {
  /** Which it is and with which secret, for people. */
  readonly line: string;
  /** The environment variables that hold its secret. */
  readonly variables: readonly string[];
  /** The hosts that it is reached at, with their ports where that is enough. */
  readonly hosts: readonly string[];
};

/** The server that gets documents, if one is configured: from each run that publishes, and from `reports`. */
export function documentServers(reports: ReportsConfig, host: Pick<Host, "env">): ReportServer[] {
  const { elasticsearch } = reports;
  if (elasticsearch === null) return [];
  const { node, basic } = elasticsearch;
  const { hostname, port, protocol } = new URL(node);
  const at = `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  return [serverOf(asUser(node, basic?.username), at, reportsSecrets(reports).documents, host)];
}

/** The server that takes the daily mail, if one is configured: only `reports digest` sends it. */
export function mailServers(reports: ReportsConfig, host: Pick<Host, "env">): ReportServer[] {
  const { mail } = reports;
  if (mail === null) return [];
  const { from, smtp } = mail;
  const at = `${smtp.host.includes(":") ? `[${smtp.host}]` : smtp.host}:${smtp.port}`;
  const line = asUser(`from ${from} by ${at}`, smtp.user);
  // nodemailer looks a name up before it connects, and Deno allows that for a host without a port only.
  const reached = isIP(smtp.host) ? at : smtp.host;
  return [serverOf(line, reached, reportsSecrets(reports).mail, host)];
}

function asUser(what: string, user: string | null | undefined): string {
  return user ? `${what} as ${user}` : what;
}

function serverOf(
  what: string,
  reached: string,
  secrets: readonly ReportsSecret[],
  { env }: Pick<Host, "env">,
): ReportServer {
  const told = secrets.map(({ variable, what }) =>
    `, with ${what} in ${variable}${env(variable) ? "" : ", which is not set here"}`
  );
  return {
    line: what + told.join(""),
    variables: secrets.map(({ variable }) => variable),
    hosts: [reached],
  };
}
