import type { Server } from "node:net";
import PostalMime, { type Email } from "postal-mime";
import { SMTPServer } from "smtp-server";

/** A mail as it has arrived. */
export type Arrived = {
  /** The mailboxes of the envelope. */
  readonly to: readonly string[];
  readonly from: string;
  /** Whether the connection was encrypted. */
  readonly secure: boolean;
  readonly raw: string;
  readonly mail: Email;
};

/** A real SMTP server on loopback, which keeps what it gets. */
export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly arrived: Arrived[];
  close(): Promise<void>;
}

type Behaviour = {
  /** PEM. Absent: it knows no encryption. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Encrypted from the start. */
  readonly implicit?: boolean;
  /** It wants this user. */
  readonly user?: { readonly name: string; readonly password: string };
  /** What it does with a mailbox: null takes it. */
  readonly refuses?: (to: string) => string | null;
  /** What it does with a message that is complete: "drop" keeps it and hangs up without an answer. */
  readonly onData?: (to: string) => "take" | "drop" | "refuse";
};

export async function startMailServer(behaviour: Behaviour = {}): Promise<MailServer> {
  const { tls, implicit = false, user, refuses = () => null, onData = () => "take" } = behaviour;
  const arrived: Arrived[] = [];
  const sockets = new Map<unknown, { destroy(): void }>();
  const smtp = new SMTPServer({
    ...tls ?? {},
    secure: implicit,
    disabledCommands: [...user ? [] : ["AUTH"], ...tls ? [] : ["STARTTLS"]],
    authOptional: !user,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    closeTimeout: 200,
    onAuth: ({ username, password }, _session, done) =>
      username === user?.name && password === user?.password
        ? done(null, { user: username })
        : done(new Error("Invalid username or password")),
    onRcptTo: ({ address }, _session, done) => {
      const why = refuses(address);
      done(why === null ? undefined : Object.assign(new Error(why), { responseCode: 550 }));
    },
    onData: async (stream, session, done) => {
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) pieces.push(piece);
      const raw = new TextDecoder().decode(await new Blob(pieces as BlobPart[]).arrayBuffer());
      const { rcptTo, mailFrom } = session.envelope;
      const to = rcptTo.map(({ address }) => address);
      const fate = onData(to[0]!);
      if (fate === "refuse") {
        return done(Object.assign(new Error("Message rejected as spam"), { responseCode: 554 }));
      }
      arrived.push({
        to,
        from: mailFrom === false ? "" : mailFrom.address,
        secure: session.secure,
        raw,
        mail: await PostalMime.parse(raw),
      });
      if (fate === "drop") { for (const socket of sockets.values()) socket.destroy(); }
      else done();
    },
  });
  // A server that drops and a client that hangs up are what the tests are about.
  smtp.on("error", () => {});
  const server: Server = smtp.server;
  server.on("connection", (socket) => {
    sockets.set(socket, socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  smtp.listen(0, "127.0.0.1", resolve);
  await promise;
  const close = async () => {
    const closed = Promise.withResolvers<void>();
    smtp.close(closed.resolve);
    await closed.promise;
  };
  const { port } = server.address() as { port: number };
  return { port, arrived, close, [Symbol.asyncDispose]: close };
}
