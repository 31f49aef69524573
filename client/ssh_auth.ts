import type { SshAuth } from "../runners/core/contract/login.ts";
import { type SshKey, sshKeyIn } from "../runners/core/contract/ssh_key.ts";
import { LIST_MAX, shortened } from "./event.ts";

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
  const [method = "", keyType, base64 = ""] = line.trim().split(/\s+/);
  // `keyboard-interactive/pam` has its submethod behind the slash.
  const auth = { method: shortened(method.replace(/\/.*/, "")) };
  if (method !== "publickey" || keyType === undefined) return auth;
  const key = sshKeyIn(keyType, base64);
  return { ...auth, keyType: shortened(keyType), ...key && await named(key) };
}

async function named(
  { plain, certificate }: SshKey,
): Promise<Pick<SshAuth, "keySha256" | "certificate">> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
  const keySha256 = `SHA256:${digest.toBase64({ omitPadding: true })}`;
  if (!certificate) return { keySha256 };
  const principals = certificate.principals.slice(0, LIST_MAX).map(shortened);
  return { keySha256, certificate: { id: shortened(certificate.id), principals } };
}
