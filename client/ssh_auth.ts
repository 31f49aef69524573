import type { SshAuth } from "../runners/core/contract/login.ts";
import { sshKeyIn } from "../runners/core/contract/ssh_key.ts";
import { LIST_MAX, shortened } from "./event.ts";

/**
 * Reads `SSH_AUTH_INFO_0`: a line for each method that succeeded (sshd_config(5), ExposeAuthInfo).
 * The last key says who came in; without a key, the last method does. Undefined without a line.
 */
export async function sshAuth(info: string): Promise<SshAuth | undefined> {
  const lines = info.split("\n").filter((line) => line.trim() !== "");
  const line = lines.findLast((one) => one.startsWith("publickey ")) ?? lines.at(-1);
  if (line === undefined) return undefined;
  const [method = "", keyType, base64 = ""] = line.trim().split(/\s+/);
  // `keyboard-interactive/pam` has its submethod behind the slash.
  const auth = { method: shortened(method.replace(/\/.*/, "")) };
  if (method !== "publickey" || keyType === undefined) return auth;
  const keyAuth = { ...auth, keyType: shortened(keyType) };
  const key = sshKeyIn(keyType, base64);
  if (!key) return keyAuth;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", key.plain));
  const keySha256 = `SHA256:${digest.toBase64({ omitPadding: true })}`;
  if (!key.certificate) return { ...keyAuth, keySha256 };
  const [id = "", ...principals] = [key.certificate.id, ...key.certificate.principals]
    .slice(0, 1 + LIST_MAX).map(shortened);
  return { ...keyAuth, keySha256, certificate: { id, principals } };
}
