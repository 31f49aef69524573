import pLimit from "p-limit";
import * as z from "zod";
import type { Clock } from "../../runners/core/clock.ts";
import { before, deadlineAfter } from "../../runners/core/deadline.ts";
import { messageOf, StoreError } from "../../runners/core/errors.ts";
import { shortHash } from "../../runners/core/plan/canonical.ts";
import type { Digest } from "../../runners/core/report/digest.ts";
import { instantInRow, rowKind } from "../../runners/core/store/row_kind.ts";
import type { Store, Write } from "../../runners/core/store/store.ts";
import type { RenderedMail } from "./render_mail.ts";
import type { Delivery, MailServer } from "./smtp.ts";

/** "announced": it is being sent, or the program ended while it was. */
type SentMail = { readonly state: "announced" | "sent"; readonly at: string };

/** One row for each mail of a day, by the day, a space, and the mailbox. */
const SENT = rowKind<SentMail>(
  "reports/sent-mail",
  z.looseObject({ state: z.enum(["announced", "sent"]), at: instantInRow }),
  () => "retained",
);

/** What became of a mail. */
export type MailOutcome = {
  readonly to: string;
  readonly outcome:
    | Delivery["state"]
    /** An earlier run has sent it. */
    | "sent before"
    /** An earlier run was cut while it sent it, and nobody knows whether it arrived; or another run is at it. */
    | "cut before"
    /** A signal, or a server that is gone, came first. */
    | "not tried";
  readonly reason: string | null;
};

/** Servers bear few connections of one sender; SES and SendGrid far more than this. */
const AT_ONCE = 4;

/** After a signal, the mails that are being sent have so long, in milliseconds. */
const AFTER_STOP_MS = 8_000;

/**
 * Sends the mails that were not sent yet. Each is announced in the store before it is sent, so that no
 * second run sends it, whatever becomes of this one.
 *
 * @param again sends those too whose sending was cut, so that they may arrive twice
 * @throws before anything is announced: what the signal says; Error where the server cannot be
 *   reached; StoreError where the store cannot be read
 */
export async function sendMails(
  day: string,
  digests: readonly Digest[],
  { server, store, clock, signal, again, from, render }: {
    readonly server: MailServer;
    readonly store: Store;
    readonly clock: Clock;
    /** Fired when the program is told to stop. */
    readonly signal: AbortSignal;
    readonly again: boolean;
    readonly from: string;
    readonly render: (digest: Digest) => RenderedMail;
  },
): Promise<MailOutcome[]> {
  const isDue = (state?: SentMail["state"]) => state !== "sent" && (again || state === undefined);
  const idOf = ({ to }: Digest) => `${day} ${to}`;
  const rows = await Array.fromAsync(SENT.list(store, `${day} `));
  const known = new Map(rows.map(({ id, value }) => [id, value.state]));
  if (digests.some((digest) => isDue(known.get(idOf(digest))))) {
    await before(signal, server.verify());
  }
  using deadline = deadlineAfter(signal, clock, AFTER_STOP_MS);
  let gone: string | null = null;
  const send = async (digest: Digest): Promise<MailOutcome> => {
    const { to, subject } = digest;
    if (signal.aborted) return { to, outcome: "not tried", reason: "interrupted by a signal" };
    if (gone !== null) return { to, outcome: "not tried", reason: gone };
    const id = idOf(digest);
    const stateNow = (state: SentMail["state"]) => ({ state, at: clock.now().toISOString() });
    const row = await SENT.get(store, id);
    const state = row?.value.state;
    if (state === "sent") return { to, outcome: "sent before", reason: null };
    const announcement = SENT.write(id, stateNow("announced"), row?.revision ?? "absent");
    // Where it is not written, another program was faster.
    if (!isDue(state) || !(await store.write([announcement])).written) {
      const reason = "its sending was begun, and nobody knows whether it arrived";
      return { to, outcome: "cut before", reason };
    }
    const messageId = `<${day}.${shortHash({ day, to }, 32)}@${from.split("@").at(-1)}>`;
    const mail = { to, subject, messageId, ...render(digest) };
    const delivery = await server.send(mail, deadline.signal);
    if (delivery.state === "unknown") {
      gone ??= await before(deadline.signal, server.verify()).then(() => null, messageOf);
      return { to, outcome: "unknown", reason: delivery.reason };
    }
    const isSent = delivery.state === "sent";
    const unwritten = await written(store, SENT.write(id, isSent ? stateNow("sent") : undefined));
    return { to, outcome: delivery.state, reason: isSent ? unwritten : delivery.reason };
  };
  // What is thrown would leave the others' outcomes untold.
  const told = async (digest: Digest) => {
    try {
      return await send(digest);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      gone = error.message;
      return { to: digest.to, outcome: "not tried", reason: gone } as const;
    }
  };
  return await pLimit(AT_ONCE).map(digests, told);
}

/** Writes down what became of a mail. @returns why not, if the store does not take it */
async function written(store: Store, row: Write): Promise<string | null> {
  try {
    await store.write([row]);
    return null;
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return `${error.message}. The next run does not know that it was sent`;
  }
}
