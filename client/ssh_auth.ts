import type { SshAuth } from "../runners/core/contract/login.ts";
import { LIST_MAX, shortened } from "./event.ts";

const CERTIFICATE = /-cert-v01@openssh\.com$/;

/** How many fields the key itself has in a certificate of its type (OpenSSH, PROTOCOL.certkeys). */
const KEY_FIELDS: { readonly [type: string]: number } = {
  "ssh-rsa": 2,
  "ssh-dss": 4,
  "ssh-ed25519": 1,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "sk-ssh-ed25519@openssh.com": 2,
  "sk-ecdsa-sha2-nistp256@openssh.com": 3,
};

/**
 * Reads `SSH_AUTH_INFO_0`: one line for each method that succeeded (sshd_config(5),
 * ExposeAuthInfo). The last key says who came in; without a key, the last method.
 *
 * @returns undefined where there is no line
 */
export async function sshAuth(info: string): Promise<SshAuth | undefined> {
  const lines = info.split("\n").filter((line) => line.trim() !== "");
  const line = lines.findLast((one) => one.startsWith("publickey ")) ?? lines.at(-1);
  if (line === undefined) return undefined;
  const [method = "", keyType, key] = line.trim().split(/\s+/);
  // `keyboard-interactive/pam` has its submethod behind the slash.
  const auth = { method: shortened(method.replace(/\/.*/, "")) };
  if (method !== "publickey" || keyType === undefined) return auth;
  return { ...auth, keyType: shortened(keyType), ...await keyIn(keyType, key ?? "") };
}

async function keyIn(
  keyType: string,
  base64: string,
): Promise<Pick<SshAuth, "keySha256" | "certificate">> {
  try {
    const blob = Uint8Array.fromBase64(base64);
    if (new TextDecoder().decode(new Fields(blob).next()) !== keyType) return {};
    if (!CERTIFICATE.test(keyType)) return { keySha256: await fingerprint(blob) };
    const { key, id, principals } = certificateIn(blob, keyType);
    return { keySha256: await fingerprint(key), certificate: { id, principals } };
  } catch (error) {
    // No base64, or fields that end before they should: the method is still known.
    if (error instanceof SyntaxError || error instanceof RangeError) return {};
    throw error;
  }
}

/** As `ssh-keygen -l` prints it. */
async function fingerprint(key: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  return `SHA256:${digest.toBase64({ omitPadding: true })}`;
}

/** The plain key of a certificate, as `ssh-keygen -l` hashes it, and what the certificate says. */
function certificateIn(blob: Uint8Array, certificateType: string) {
  const withoutSuffix = certificateType.replace(CERTIFICATE, "");
  const type = withoutSuffix.startsWith("sk-") ? `${withoutSuffix}@openssh.com` : withoutSuffix;
  const fields = new Fields(blob);
  fields.next(); // the type
  fields.next(); // the nonce
  const start = fields.at;
  const count = KEY_FIELDS[type];
  if (count === undefined) throw new RangeError(`"${type}" is not a type of key`);
  for (let field = 0; field < count; field++) fields.next();
  const end = fields.at;
  fields.at += 8 + 4; // the serial number; user or host
  const id = shortened(new TextDecoder().decode(fields.next()));
  const names = new Fields(fields.next());
  const principals: string[] = [];
  while (!names.done && principals.length < LIST_MAX) {
    principals.push(shortened(new TextDecoder().decode(names.next())));
  }
  const name = new TextEncoder().encode(type);
  const key = new Uint8Array(4 + name.length + end - start);
  new DataView(key.buffer).setUint32(0, name.length);
  key.set(name, 4);
  key.set(blob.subarray(start, end), 4 + name.length);
  return { key, id, principals };
}

/** SSH's strings, one behind the other: four bytes of length each (RFC 4251, section 5). */
class Fields {
  at = 0;
  constructor(readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** @throws RangeError where the bytes end before the field does */
  next(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.bytes;
    const start = this.at + 4;
    const end = start + new DataView(buffer, byteOffset, byteLength).getUint32(this.at);
    if (end > byteLength) throw new RangeError("the field is longer than what holds it");
    this.at = end;
    return this.bytes.subarray(start, end);
  }
}
