import * as z from "zod";
import { instantInRow, rowKind } from "../../runners/core/store/row_kind.ts";
import type { ReadStore, Store } from "../../runners/core/store/store.ts";

type SentMail = {
  /** "announced": it is being sent, or the program ended while it was. */
  readonly state: "announced" | "sent";
  readonly at: string;
};

/** One row for each mail of a day, by the day, a space, and the mailbox. */
const SENT = rowKind<SentMail>(
  "reports/sent-mail",
  z.looseObject({ state: z.enum(["announced", "sent"]), at: instantInRow }),
  () => "retained",
);

/** A mail that is about to be sent; nobody else sends it. */
export type Announced = {
  /** Writes down that the server has taken it. @throws StoreError */
  sent(at: Date): Promise<void>;
  /** Takes the announcement back: the server has not taken it. @throws StoreError */
  refused(): Promise<void>;
};

/** What is known of the mails of a day, by mailbox. */
export async function mailsOfDay(
  store: ReadStore,
  day: string,
): Promise<ReadonlyMap<string, SentMail["state"]>> {
  const rows = await Array.fromAsync(SENT.list(store, `${day} `));
  return new Map(rows.map(({ id, value }) => [id.slice(day.length + 1), value.state]));
}

/**
 * Announces a mail. To be written before it is sent: a mail that was sent and not written down would
 * be sent again.
 *
 * @param again it may be sent though it was announced before
 * @returns why not, if it is not to be sent
 */
export async function announce(
  store: Store,
  { day, to, at, again }: {
    readonly day: string;
    readonly to: string;
    readonly at: Date;
    readonly again: boolean;
  },
): Promise<Announced | SentMail["state"]> {
  const id = `${day} ${to}`;
  const row = await SENT.get(store, id);
  if (row?.value.state === "sent" || row && !again) return row.value.state;
  const value = { state: "announced", at: at.toISOString() } as const;
  const { written } = await store.write([SENT.write(id, value, row?.revision ?? "absent")]);
  // Another program was faster.
  if (!written) return "announced";
  return {
    sent: async (at) =>
      void await store.write([SENT.write(id, { state: "sent", at: at.toISOString() })]),
    refused: async () => void await store.write([SENT.write(id, undefined)]),
  };
}
