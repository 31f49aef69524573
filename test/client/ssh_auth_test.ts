import assert from "assert";
import { sshAuth } from "../../client/ssh_auth.ts";
import type { SshAuth } from "../../runners/core/contract/login.ts";

/** Keys and certificates that ssh-keygen made, with what `ssh-keygen -l` and `-L` say of them. */
type KeyCase = Required<Pick<SshAuth, "keyType" | "keySha256">> & {
  readonly line: string;
  readonly certificate?: SshAuth["certificate"];
};
const KEYS: readonly KeyCase[] = JSON.parse(
  Deno.readTextFileSync(new URL("../cases/client/ssh_keys.json", import.meta.url)),
);

for (const { line, ...expected } of KEYS) {
  Deno.test(`the fingerprint of a key of type ${expected.keyType} is that of ssh-keygen`, async () => {
    assert.deepEqual(await sshAuth(`${line}\n`), { method: "publickey", ...expected });
  });
}

const [KEY] = KEYS.filter(({ keyType }) => keyType === "ssh-ed25519");
const [CERTIFICATE] = KEYS.filter(({ keyType }) => keyType.startsWith("ssh-ed25519-cert"));

Deno.test("of several methods the last key counts, and without a key the last method", async () => {
  const cases: readonly (readonly [info: string, method: string | undefined, keyType?: string])[] =
    [
      ["", undefined],
      ["\n \n", undefined],
      ["password\n", "password"],
      ["keyboard-interactive/pam\n", "keyboard-interactive"],
      [`${KEY!.line}\npassword\n`, "publickey", "ssh-ed25519"],
      [`password\n${KEY!.line}\n`, "publickey", "ssh-ed25519"],
      [`${KEYS[0]!.line}\n${KEY!.line}\nkeyboard-interactive/pam`, "publickey", "ssh-ed25519"],
      ["password\nkeyboard-interactive/pam\n", "keyboard-interactive"],
      ["publickey", "publickey"],
      ["publickey ssh-ed25519", "publickey", "ssh-ed25519"],
      ["hostbased ssh-ed25519 AAAA", "hostbased"],
    ];
  for (const [info, method, keyType] of cases) {
    const auth = await sshAuth(info);
    assert.deepEqual([auth?.method, auth?.keyType], [method, keyType], info);
  }
});

Deno.test("a key that is cut anywhere, or is no key, has no fingerprint and no certificate", async () => {
  const [, type, base64 = ""] = CERTIFICATE!.line.split(" ");
  const whole = Uint8Array.fromBase64(base64);
  let without = 0;
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.slice(0, length).toBase64();
    const auth = await sshAuth(`publickey ${type} ${cut}`);
    assert.equal(auth?.method, "publickey");
    if (auth?.keySha256 === undefined) without++;
    else assert.equal(auth.keySha256, CERTIFICATE!.keySha256);
  }
  assert.ok(without > 100, `${without} of ${whole.length} cuts`);
  for (const key of ["!", "AAAA", "/////w==", btoa("\0\0\0\x0bssh-ed25519"), "A".repeat(100_000)]) {
    const auth = await sshAuth(`publickey ${type} ${key}`);
    assert.deepEqual(auth, { method: "publickey", keyType: type });
  }
});

Deno.test("a key of another type than the line says has no fingerprint", async () => {
  const other = KEY!.line.replace("ssh-ed25519", "ssh-rsa");
  assert.deepEqual(await sshAuth(other), { method: "publickey", keyType: "ssh-rsa" });
});
