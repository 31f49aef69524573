import { join } from "node:path";
import type { Request } from "../core/cli/request.ts";
import { say, type Terminal } from "../core/cli/terminal.ts";
import { counted } from "../core/cli/words.ts";
import { accountNames } from "../core/config/organization.ts";
import type { MailConfig } from "../core/config/reports.ts";
import { isDay } from "../core/config/values.ts";
import { SCHEMA } from "../core/contract/names.ts";
import { DAY_MS } from "../core/duration.ts";
import { EXIT, type ExitCode, GroundskeeperError, messageOf, UsageError } from "../core/errors.ts";
import { writeFiles } from "../core/files/write_files.ts";
import { jsonText } from "../core/json_text.ts";
import { shortHash } from "../core/plan/canonical.ts";
import type { JobEntry } from "../core/program.ts";
import { readDay } from "../core/report/day.ts";
import { type Digest, digestsOf } from "../core/report/digest.ts";
import { readText } from "../core/run/document_file.ts";
import { closing } from "../core/store/store.ts";
import { LISTED, type Section } from "../core/text/sections.ts";
import { part as reports } from "../../reports/needs.ts";
import { configFolder, fromPerson, type LoadedConfig } from "./config_file.ts";
import { openStore, openStoreToList } from "./open_store.ts";
import type { StoreUser } from "./store_user.ts";
import { untilStopped } from "./until_stopped.ts";

type ToolRequest = Extract<Request, { kind: "tool" }>;

/** What became of each mail; "written": to files. */
type Told = {
  readonly to: string;
  readonly outcome: string;
  readonly reason: string | null;
};

/** Outcomes that leave nothing to be done. */
const WELL: readonly string[] = ["sent", "sent before", "written"];

/** Sends the mails of a day, or writes them to files. */
export async function digest(
  jobs: readonly JobEntry[],
  loaded: LoadedConfig,
  { options: { accounts, json }, own }: ToolRequest,
  terminal: Terminal,
): Promise<ExitCode> {
  const { host, command } = terminal;
  const mail = mailOf(loaded);
  const now = host.clock.now();
  const out = typeof own["out"] === "string" ? own["out"] : null;
  const day = dayOf(own["day"], now, out !== null);
  if (accounts.length > 0 && out === null) {
    throw new UsageError(
      "A mail is sent once a day, so that --account would keep the rest from being told. " +
        "Say --out DIR too: it writes the mails and sends none",
    );
  }
  const password = out === null ? passwordOf(mail, host.env) : null;
  return await untilStopped(host, async (signal) => {
    const user: StoreUser = { loaded, terminal, jobs, as: reports, signal };
    const read = await closing(
      await openStoreToList(user),
      (store) =>
        readDay(store, jobs, { day, now, accounts, configOf: (job) => loaded.config[job] }),
    );
    const digests = digestsOf(read, {
      mail,
      now,
      accountName: accountNames(loaded.config.organization),
      changesCommand: `groundskeeper changes --since ${day}`,
    });
    const told = out === null
      ? await send(user, { day, mail, password, digests, again: own["again"] === true })
      : await write(user, day, digests, fromPerson(out, host.directory));
    const again = told.some(({ outcome }) => ["cut before", "unknown"].includes(outcome));
    if (json) {
      host.stdout.write(jsonText({ schema: SCHEMA.digest, day, mails: mailsJson(digests, told) }));
    } else {
      say(terminal, [
        toldSection(day, digests, told),
        again
          ? [{
            next: "To send those too of which nobody knows; they may arrive a second time:",
            command: command("reports digest", "--day", day, "--again"),
          }]
          : [],
      ]);
    }
    return told.every(({ outcome }) => WELL.includes(outcome)) ? EXIT.done : EXIT.partly;
  });
}

function mailOf({ config, file }: LoadedConfig): MailConfig {
  const { mail } = config.reports;
  if (mail) return mail;
  throw new UsageError(
    `${file ?? "The configuration"} has no reports.mail part. Say there which server sends the ` +
      'mails, from whom, and who gets what has no owner: {"smtp": {"host": "…"}, "from": "…", ' +
      '"fallback": "…"}',
  );
}

/**
 * The day that is asked for, or yesterday, in UTC.
 *
 * @param mayLast it need not be over
 */
function dayOf(asked: unknown, now: Date, mayLast: boolean): string {
  const today = now.toISOString().slice(0, 10);
  if (asked === undefined) {
    return new Date(now.getTime() - DAY_MS).toISOString().slice(0, 10);
  }
  const day = String(asked);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !isDay(day)) {
    throw new UsageError(`--day must be a day such as "2026-11-30", found "${day}"`);
  }
  if (day > today) throw new UsageError(`${day} has not begun yet in UTC`);
  if (day === today && !mayLast) {
    throw new UsageError(
      `${day} is not over yet in UTC, and a mail is sent once a day. ` +
        "Say --out DIR to see what it would say so far",
    );
  }
  return day;
}

/** @throws UsageError where the variable is not set */
function passwordOf(
  { smtp: { passwordEnv } }: MailConfig,
  env: (name: string) => string | undefined,
): string | null {
  if (passwordEnv === null) return null;
  const password = env(passwordEnv);
  if (password) return password;
  throw new UsageError(
    `reports.mail.smtp.passwordEnv names the variable ${passwordEnv}, which is not set`,
  );
}

async function send(
  user: StoreUser,
  { day, mail, password, digests, again }: {
    readonly day: string;
    readonly mail: MailConfig;
    readonly password: string | null;
    readonly digests: readonly Digest[];
    readonly again: boolean;
  },
): Promise<readonly Told[]> {
  if (digests.length === 0) return [];
  const { loaded, terminal: { host }, signal } = user;
  const [{ sendMails }, { smtpOptions, smtpServer }] = await Promise.all([
    import("../../reports/mail/send_mails.ts"),
    import("../../reports/mail/smtp.ts"),
  ]);
  const { smtp, from } = mail;
  const folder = configFolder(loaded, host.directory);
  const ca = smtp.ca === null
    ? null
    : readText(fromPerson(smtp.ca, folder), "file of certificates");
  const server = smtpServer(from, smtpOptions(smtp, { password, ca }));
  const render = await renderer(day, host.clock.now());
  const verify = async () => {
    try {
      await server.verify();
    } catch (error) {
      throw new GroundskeeperError(
        "smtp",
        `Cannot send mails by ${smtp.host}:${smtp.port}: ${messageOf(error)}. Nothing was sent. ` +
          "Check reports.mail.smtp",
        EXIT.failed,
        { cause: error },
      );
    }
  };
  return await closing(
    await openStore(user),
    (store) =>
      sendMails(day, digests, {
        ...{ server: { ...server, verify }, store, clock: host.clock, signal, again, from, render },
      }),
  );
}

async function renderer(day: string, now: Date) {
  const { renderMail } = await import("../../reports/mail/render_mail.ts");
  const rest = `groundskeeper reports digest --day ${day} --out out --json`;
  return (digest: Digest) => renderMail(digest, now, rest);
}

async function write(
  { terminal: { host } }: StoreUser,
  day: string,
  digests: readonly Digest[],
  directory: string,
): Promise<readonly Told[]> {
  const render = await renderer(day, host.clock.now());
  await writeFiles(
    host.disk,
    digests.flatMap((digest) => {
      const { html, text } = render(digest);
      const path = join(directory, `${day}-${fileNameOf(digest.to)}`);
      return [{ path: `${path}.html`, text: html }, { path: `${path}.txt`, text }];
    }),
  );
  return digests.map(({ to }) => ({ to, outcome: "written", reason: null }));
}

/** A mailbox as a part of a file's name: two that differ have different names. */
function fileNameOf(to: string): string {
  const safe = to.replaceAll(/[^A-Za-z0-9@._+-]/g, "_");
  return safe === to ? safe : `${safe}-${shortHash(to, 8)}`;
}

function toldSection(
  day: string,
  digests: readonly Digest[],
  told: readonly Told[],
): Section {
  if (told.length === 0) {
    return [
      `There is no mail of ${day}: nothing was done, all that was read is proven, and nothing ends ` +
      "within three days.",
    ];
  }
  const isWell = ({ outcome }: Told) => WELL.includes(outcome);
  const rows = told.map((one, index) => ({ one, subject: digests[index]!.subject }));
  // Each that was not sent is named, and before the others.
  const [badly, well] = [
    rows.filter(({ one }) => !isWell(one)),
    rows.filter(({ one }) => isWell(one)),
  ];
  const done = told[0]?.outcome === "written" ? "written" : "sent";
  return [
    { heading: `${well.length} of ${counted(told.length, "mail")} of ${day} ${done}` },
    {
      columns: ["To", "Says", "Outcome"],
      rows: [...badly, ...well].map(({ one: { to, outcome, reason }, subject }) => [
        to,
        subject.replace(/^[^:]*: /, ""),
        reason === null ? outcome : `${outcome}: ${reason}`,
      ]),
      show: Math.max(LISTED, badly.length),
    },
  ];
}

function mailsJson(digests: readonly Digest[], told: readonly Told[]) {
  return digests.map(({ text: _text, day: _day, ...digest }, index) => ({
    ...digest,
    ...told[index]!,
  }));
}
