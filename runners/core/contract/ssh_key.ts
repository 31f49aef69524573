/**
 * A public key as sshd and people write it, `ssh-ed25519 AAAA…`. Client and server must name the key
 * of a session alike.
 */
export type SshKey = {
  /** The key in the form of which a fingerprint is the SHA-256; of a certificate the key in it. */
  readonly plain: Uint8Array<ArrayBuffer>;
  /** The certificate's key ID and principals. */
  readonly certificate?: { readonly id: string; readonly principals: readonly string[] };
};

const CERTIFICATE = /-cert-v01@openssh\.com$/;

/** How many fields the key has in a certificate, by its type without a curve (PROTOCOL.certkeys). */
const KEY_FIELDS = { rsa: 2, dss: 4, ed25519: 1, ecdsa: 2, "sk-ed25519": 2, "sk-ecdsa": 3 };

/**
 * Reads a key by the two words of its line.
 *
 * @returns undefined where it is none of this type
 */
export function sshKeyIn(type: string, base64: string): SshKey | undefined {
  try {
    const key = new Fields(Uint8Array.fromBase64(base64));
    if (key.text() !== type) return undefined;
    if (!CERTIFICATE.test(type)) return { plain: key.bytes };
    return certificateIn(key, type.replace(CERTIFICATE, ""));
  } catch (error) {
    // No base64, or fields that end before they should.
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What a certificate says behind its own type. @param type of the key in it */
function certificateIn(fields: Fields, type: string): SshKey {
  const kind = type.replace(/^(sk-)?ssh-/, "$1").replace(/-sha2-nistp\d+$/, "");
  const count = KEY_FIELDS[kind as keyof typeof KEY_FIELDS];
  if (count === undefined) throw new RangeError(`"${type}" is not a type of key`);
  // A nonce; the key; a serial number and a type, which are no fields; the ID; the principals.
  fields.next();
  const start = fields.at;
  for (let field = 0; field < count; field++) fields.next();
  const key = fields.bytes.subarray(start, fields.at);
  fields.at += 8 + 4;
  const id = fields.text();
  const names = new Fields(fields.next());
  const principals: string[] = [];
  while (names.at < names.bytes.length) principals.push(names.text());
  const name = new TextEncoder().encode(type.startsWith("sk-") ? `${type}@openssh.com` : type);
  const plain = new Uint8Array([0, 0, 0, name.length, ...name, ...key]);
  return { plain, certificate: { id, principals } };
}

/** SSH's strings, one behind the other (RFC 4251, section 5). */
class Fields {
  at = 0;
  constructor(readonly bytes: Uint8Array<ArrayBuffer>) {}

  /** @throws RangeError if there is none, or if it is cut */
  next(): Uint8Array<ArrayBuffer> {
    const { buffer, byteOffset, length } = this.bytes;
    const start = this.at + 4;
    this.at = start + new DataView(buffer, byteOffset, length).getUint32(this.at);
    if (this.at > length) throw new RangeError("a field is longer than what holds it");
    return this.bytes.subarray(start, this.at);
  }

  text(): string {
    return new TextDecoder().decode(this.next());
  }
}
