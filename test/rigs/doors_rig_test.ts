import assert from "assert";
import type { SshAuth } from "../../runners/core/contract/login.ts";
import { certificateId, DOORS, logIn, sshCommand, type Visit } from "./doors.ts";
import { DoorsClient } from "./doors_client.ts";

await using stack = new AsyncDisposableStack();
const client = stack.use(await DoorsClient.start());
const { machine } = client;
const port = await machine.startSshd();
for (const person of ["alice", "bob", "both"]) await machine.addPerson(person);
const owned = stack.move();
Deno.test.afterAll(() => owned.disposeAsync());

const visitOf = (person: string): Visit => ({ machine, port, person, other: "bob" });

/** What arrives in the queue of what somebody does. */
async function messagesOf(work: () => Promise<unknown>) {
  await work();
  await client.drainAll();
  return await client.received();
}

for (const { name, opens, records, enter } of DOORS) {
  const what = `PAM opens ${opens.join(", ") || "no session"}, ${
    records.join() || "nothing"
  } arrives`;
  Deno.test(`${what}: ${name}`, async () => {
    await machine.takeSessions();
    const messages = await messagesOf(() => enter(visitOf("alice")));
    const services = (await machine.takeSessions()).map((line) => line.split(" ")[0]);
    assert.deepEqual(services, opens);
    assert.deepEqual(messages.map(({ event }) => event), records);
    for (const { pam } of messages) {
      assert.deepEqual([pam?.service, pam?.type, pam?.user], [opens[0], "open_session", "alice"]);
    }
  });
}

const KEYS = [
  ["ed25519", "ssh-ed25519"],
  ["rsa", "ssh-rsa"],
  ["ecdsa", "ecdsa-sha2-nistp256"],
] as const;

for (const [keyType, name] of KEYS) {
  Deno.test(`a login by a key of type ${keyType} says which`, async () => {
    await machine.addPerson(keyType, { keyType });
    const [message] = await messagesOf(() => logIn(visitOf(keyType)));
    assert.deepEqual(message?.ssh, { method: "publickey", keyType: name, ...await keyOf(keyType) });
    assert.deepEqual(message?.pam, {
      service: "sshd",
      type: "open_session",
      user: keyType,
      rhost: "127.0.0.1",
      tty: "ssh",
    });
  });
}

Deno.test("a login by a certificate says its key ID, its principals, and the key in it", async () => {
  const { enter } = DOORS.find(({ name }) => name.endsWith("certificate"))!;
  const [message] = await messagesOf(() => enter(visitOf("alice")));
  assert.deepEqual(message?.ssh, {
    method: "publickey",
    keyType: "ssh-ed25519-cert-v01@openssh.com",
    ...await keyOf("alice"),
    certificate: { id: certificateId("alice"), principals: ["alice"] },
  });
});

Deno.test("a login by a password says so, and names no key", async () => {
  const { enter } = DOORS.find(({ name }) => name === "SSH with a password")!;
  const [message] = await messagesOf(() => enter(visitOf("alice")));
  assert.deepEqual(message?.ssh, { method: "password" });
});

Deno.test("a login by a key and then a password says the key", async () => {
  const [message] = await messagesOf(() => logIn(visitOf("both")));
  assert.equal(message?.ssh?.keySha256, (await keyOf("both")).keySha256);
});

Deno.test("a login that a later line of the PAM file refuses is recorded all the same", async () => {
  await client.prefixReport("sshd-refusing", "");
  const refuse = "session required pam_deny.so\n";
  await Deno.writeTextFile(machine.path("/etc/pam.d/sshd-refusing"), refuse, { append: true });
  const visit = { ...visitOf("alice"), port: await machine.startSshd("sshd-refusing") };
  const messages = await messagesOf(async () => {
    // sshd's code for a session that PAM has not opened (OpenSSH, session.c).
    assert.equal((await machine.run(sshCommand(visit, [], ["true"]))).code, 254);
  });
  assert.deepEqual(messages.map(({ event }) => event), ["session_open"]);
});

/** What ssh-keygen says of the person's key. */
async function keyOf(person: string): Promise<Pick<SshAuth, "keySha256">> {
  const { stdout } = await machine.runWell(["ssh-keygen", "-l", "-f", `/mnt/keys/${person}.pub`]);
  return { keySha256: stdout.split(" ")[1]! };
}
