import type { SshAuth } from "../runners/core/contract/login.ts";
import { LIST_MAX, shortened } from "./event.ts";

const CERTIFICATE = /-cert-v01@openssh\.com$/;

/** How many fields the key has in a certificate, by its type without a curve (PROTOCOL.certkeys). */
const KEY_FIELDS = { rsa: 2, dss: 4, ed25519: 1, ecdsa: 2, "sk-ed25519": 2, "sk-ecdsa": 3 };

/**
 * Reads `SSH_AUTH_INFO_0`: a line for each method that succeeded (sshd_config(5), ExposeAuthInfo).
 * The last key says who came in; without a key, the last method does.
 *
 * @returns undefined where there is no line
 */
export async function sshAuth(info: string): Promise<SshAuth | undefined> {
  const lines = info.split("\n").filter((line) => line.trim() !== "");
  const line = lines.findLast((one) => one.startsWith("publickey ")) ?? lines.at(-1);
  if (line === undefined) return undefined;
  const [method = "", keyType, key = ""] = line.trim().split(/\s+/);
  // `keyboard-interactive/pam` has its submethod behind the slash.
  const auth = { method: shortened(method.replace(/\/.*/, "")) };
  if (method !== "publickey" || keyType === undefined) return auth;
  return { ...auth, keyType: shortened(keyType), ...await keyIn(keyType, key) };
}

type Key = Pick<SshAuth, "keySha256" | "certificate">;

async function keyIn(keyType: string, base64: string): Promise<Key> {
  try {
    const blob = Uint8Array.fromBase64(base64);
    const [type] = fields(blob);
    if (textOf(type) !== keyType) return {};
    if (!CERTIFICATE.test(keyType)) return { keySha256: await fingerprint(blob) };
    return await certificateIn(blob, keyType.replace(CERTIFICATE, ""));
  } catch (error) {
    // No base64, or fields that end before they should: the method is still known.
    if (error instanceof SyntaxError || error instanceof RangeError) return {};
    throw error;
  }
}

/** What a certificate says, and the fingerprint of the key in it. @param type the key's own */
async function certificateIn(blob: Uint8Array, type: string): Promise<Key> {
  const kind = type.replace(/^(sk-)?ssh-/, "$1").replace(/-sha2-nistp\d+$/, "");
  const count = KEY_FIELDS[kind as keyof typeof KEY_FIELDS];
  if (count === undefined) throw new RangeError(`"${type}" is not a type of key`);
  // Its type, a nonce, the key; a serial number and a type, which are no fields; ID, principals.
  const parts = [...fields(blob).take(2 + count)];
  if (parts.length < 2 + count) throw new RangeError("the key ends early");
  const key = blob.subarray(sizeOf(parts.slice(0, 2)), sizeOf(parts));
  const [id, names = new Uint8Array(1)] = fields(blob.subarray(sizeOf(parts) + 8 + 4));
  const name = new TextEncoder().encode(type.startsWith("sk-") ? `${type}@openssh.com` : type);
  const plain = new Uint8Array([0, 0, 0, name.length, ...name, ...key]);
  const principals = [...fields(names).take(LIST_MAX)];
  return {
    keySha256: await fingerprint(plain),
    certificate: {
      id: shortened(textOf(id)),
      principals: principals.map((one) => shortened(textOf(one))),
    },
  };
}

/** As `ssh-keygen -l` prints it. */
async function fingerprint(key: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key));
  return `SHA256:${digest.toBase64({ omitPadding: true })}`;
}

/** SSH's strings, one behind the other (RFC 4251, section 5). @throws RangeError if one is cut */
function* fields(bytes: Uint8Array): Generator<Uint8Array, undefined> {
  for (let at = 0; at < bytes.length;) {
    const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getUint32(at);
    const end = at + 4 + length;
    if (end > bytes.length) throw new RangeError("a field is longer than what holds it");
    yield bytes.subarray(at + 4, end);
    at = end;
  }
}

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + 4 + length, 0);
}

function textOf(field: Uint8Array | undefined): string {
  if (field === undefined) throw new RangeError("a field is missing");
  return new TextDecoder().decode(field);
}
