/**
 * The message by which an instance tells that somebody logged in to it, or that it has booted: what
 * the client sends and `dirty serve` reads.
 */

/** The message, with its major version. */
export const LOGIN_SCHEMA = "groundskeeper.login/1";

/** The largest body, in bytes of UTF-8. */
export const LOGIN_MAX_BYTES = 8_192;

/** What the client tells of. Others are `x-` and up to 40 of `a-z0-9-`. */
export type ClientEvent = "session_open" | "console_login" | "hello" | `x-${string}`;

/** An event of one's own, as a client or an operator names it. */
export const OWN_EVENT = /^x-[a-z0-9-]{1,40}$/;

export type InstanceName = {
  /** `i-` and 8 or 17 hexadecimal digits. */
  readonly id: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
};

/** What PAM said of the session (pam_exec(8)). Empty texts where it said nothing. */
export type PamSession = {
  readonly service: string;
  readonly type: string;
  readonly user: string;
  readonly rhost: string;
  readonly tty: string;
};

/** How sshd let the session in, by `SSH_AUTH_INFO_0` (sshd_config(5), ExposeAuthInfo). */
export type SshAuth = {
  /** `publickey`, `password`, `keyboard-interactive`. */
  readonly method: string;
  /** `ssh-ed25519`; of a certificate its type, `ssh-ed25519-cert-v01@openssh.com`. */
  readonly keyType?: string;
  /** As `ssh-keygen -l` prints it: `SHA256:` and base64. Of a certificate that of the key in it. */
  readonly keySha256?: string;
  /** The certificate's key ID and principals. */
  readonly certificate?: { readonly id: string; readonly principals: readonly string[] };
};

/** The form of `keySha256`: 32 bytes in base64, without padding. */
export const KEY_SHA256 = /^SHA256:[A-Za-z0-9+/]{43}$/;

/**
 * A presigned `GetCallerIdentity` by the instance identity role, with `X-Amz-Expires` of at most 900,
 * for a public endpoint of STS; and the header that it signs besides `host`: the audience.
 */
export type StsProof = {
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
};

/** The message. Whoever reads one ignores fields that it does not know. */
export type LoginMessage = {
  readonly schema: typeof LOGIN_SCHEMA;
  /** A ULID, made when the event happened: equal id, equal event. */
  readonly id: string;
  readonly event: ClientEvent;
  /** `pam`, `boot`, or the name of what reported an event of one's own. */
  readonly source: string;
  /** When it happened by the instance's clock: RFC 3339 in UTC. */
  readonly at: string;
  readonly instance: InstanceName;
  readonly pam?: PamSession;
  readonly ssh?: SshAuth;
  /** Of an event of one's own. */
  readonly detail?: { readonly [key: string]: string };
  /** Of `hello`, where the instance is a Salt minion. */
  readonly salt?: { readonly minionId: string; readonly publicKey: string };
  /** The client's version, and how many events its spool has dropped since it was installed. */
  readonly client: { readonly version: string; readonly dropped: number };
  readonly proof?: StsProof;
};

/** The header, signed in the proof, that binds the proof to one queue and one message. */
export const AUDIENCE_HEADER = "x-groundskeeper-audience";

/**
 * The value of the audience header.
 *
 * @param queueArn the queue that the message is sent to
 * @param bodySha256 of the message without `proof` as canonical JSON (RFC 8785), in hexadecimal
 */
export function audienceOf(queueArn: string, bodySha256: string): string {
  return `${queueArn}|${bodySha256}`;
}

/** How old a proof may be when it is received, in milliseconds; STS takes no older one either. */
export const PROOF_MAX_AGE_MS = 15 * 60_000;
