/** A mail server on this machine that takes every mail, and keeps it as it came. */
export interface MailListener extends AsyncDisposable {
  readonly port: number;
  /** The mails with their envelopes. */
  readonly received: readonly { readonly to: readonly string[]; readonly text: string }[];
}

/** Speaks as much of SMTP (RFC 5321) as a sender needs that neither signs in nor encrypts. */
export function listenForMail(): MailListener {
  const received: { to: string[]; text: string }[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = serve(listener, received);
  return {
    port: listener.addr.port,
    received,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await serving;
    },
  };
}

type Received = { to: string[]; text: string }[];

async function serve(listener: Deno.Listener, received: Received): Promise<void> {
  const open: Promise<void>[] = [];
  for await (const connection of listener) open.push(converse(connection, received));
  await Promise.all(open);
}

async function converse(connection: Deno.Conn, received: Received): Promise<void> {
  const writer = connection.writable.getWriter();
  const say = (line: string) => writer.write(new TextEncoder().encode(`${line}\r\n`));
  let unread = "";
  let mail: { to: string[]; text: string } | null = null;
  let isData = false;
  await say("220 here");
  for await (const text of connection.readable.pipeThrough(new TextDecoderStream())) {
    unread += text;
    for (let end = endOf(unread, isData); end >= 0; end = endOf(unread, isData)) {
      const said = unread.slice(0, end);
      unread = unread.slice(end + (isData ? 5 : 2));
      if (isData) {
        received.push({ ...mail!, text: said });
        isData = false;
        await say("250 taken");
        continue;
      }
      const command = said.slice(0, 4).toUpperCase();
      if (command === "MAIL") mail = { to: [], text: "" };
      if (command === "RCPT") mail!.to.push(/<(.*)>/.exec(said)![1]!);
      isData = command === "DATA";
      await say(isData ? "354 go on" : command === "QUIT" ? "221 bye" : "250 yes");
    }
  }
  await writer.close().catch(() => {});
}

function endOf(text: string, isData: boolean): number {
  return text.indexOf(isData ? "\r\n.\r\n" : "\r\n");
}
