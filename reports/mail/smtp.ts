import nodemailer from "nodemailer";
import type { MailConfig } from "../../runners/core/config/reports.ts";
import { messageOf } from "../../runners/core/errors.ts";
import type { RenderedMail } from "./render_mail.ts";

/** A mail that is ready to be sent. */
export type OutgoingMail = RenderedMail & {
  readonly to: string;
  readonly subject: string;
  /** The same for the same mail: a program that gets it twice may show it once. */
  readonly messageId: string;
};

/** What the server said of a mail. */
export type Delivery =
  | { readonly state: "sent" }
  /** The server has not taken it. */
  | { readonly state: "refused"; readonly reason: string }
  /** The connection ended before the server's answer: it may have taken it. */
  | { readonly state: "unknown"; readonly reason: string };

/** The server that mails are handed to. */
export interface MailServer {
  /** Connects, and logs in. @throws Error with a reason without a period: nothing can be sent */
  verify(): Promise<void>;
  /** Sends one mail to one mailbox. It does not throw. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<Delivery>;
}

/** In milliseconds. A server far away that is busy needs seconds, not minutes. */
const CONNECT_MS = 15_000;
const SILENCE_MS = 60_000;

/** What `nodemailer` is told: SMTP with exactly the encryption that is configured. */
export function smtpOptions(
  { host, port, tls, user }: MailConfig["smtp"],
  { password, ca }: { readonly password: string | null; readonly ca: string | null },
) {
  return {
    host,
    port,
    // How the program greets. Otherwise the name of this machine is asked for, which it may not read.
    name: "[127.0.0.1]",
    secure: tls === "implicit",
    // Without this a server, or who is in its place, would only have to leave STARTTLS out.
    requireTLS: tls === "starttls",
    ignoreTLS: tls === "none",
    ...user === null || password === null ? {} : { auth: { user, pass: password } },
    tls: { minVersion: "TLSv1.2", ...ca === null ? {} : { ca } },
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // Nothing in a mail is a path or an address to be read from.
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

export function smtpServer(from: string, options: ReturnType<typeof smtpOptions>): MailServer {
  // Each mail has a connection of its own: what becomes of one says nothing about another.
  const transport = nodemailer.createTransport(options);
  return {
    async verify() {
      try {
        await transport.verify();
      } catch (error) {
        throw new Error(reasonOf(error), { cause: error });
      }
    },
    async send({ to, subject, messageId, html, text }, signal) {
      try {
        await transport.sendMail({
          ...{ from, to: { name: "", address: to }, subject, messageId, html, text, signal },
          envelope: { from, to: [to] },
          headers: { "Auto-Submitted": "auto-generated" },
        });
        return { state: "sent" };
      } catch (error) {
        const answered = typeof (error as { responseCode?: unknown }).responseCode === "number";
        return { state: answered ? "refused" : "unknown", reason: reasonOf(error) };
      }
    },
  };
}

/** What went wrong, on one line, as the end of a sentence. The password is in no error. */
function reasonOf(error: unknown): string {
  const said = messageOf(error).split(/\s*\n\s*/).join(" ").replace(/\.$/, "").slice(0, 300);
  // Of a host with several addresses the error has one for each, and says nothing itself.
  const { errors = [], code } = error as { errors?: readonly unknown[]; code?: unknown };
  return said || errors.map(messageOf).join("; ") || String(code ?? "the connection failed");
}
