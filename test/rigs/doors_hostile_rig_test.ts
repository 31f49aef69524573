import assert from "assert";
import { sshCommand, type Visit } from "./doors.ts";
import { type DoorsClient, withDoorsClient } from "./doors_client.ts";

/** A port that nothing should ever reach. */
const TRAP = "http://127.0.0.1:9";

/** What a person may put into the environment of their session. */
const HOSTILE: readonly (readonly [name: string, value: string])[] = [
  ["AWS_ACCESS_KEY_ID", "999999999999"],
  ["AWS_ENDPOINT_URL", TRAP],
  ["AWS_EC2_METADATA_SERVICE_ENDPOINT", TRAP],
  ["AWS_REGION", "eu-west-1"],
  ["HTTPS_PROXY", TRAP],
  ["HTTP_PROXY", TRAP],
  ["ALL_PROXY", TRAP],
  ["PATH", "/nowhere"],
  ["HOME", "/nowhere"],
  ["TMPDIR", "/nowhere"],
  // The dynamic linker prints its help in place of the program.
  ["LD_DEBUG", "help"],
  ["LD_PRELOAD", "/nowhere.so"],
  ["LD_LIBRARY_PATH", "/nowhere"],
  ["DENO_DIR", "/nowhere"],
  ["DENO_V8_FLAGS", "--help"],
  ["DENO_CERT", "/nowhere"],
  ["NODE_OPTIONS", "--require=/nowhere.js"],
  ["PAM_TYPE", "close_session"],
  ["PAM_USER", "mallory"],
  ["PAM_SERVICE", "login"],
  ["SSH_AUTH_INFO_0", "publickey ssh-ed25519 AAAA"],
];

/** Something that does no harm, to see that the way works. */
const CANARY = ["DOORS_CANARY", "seen"] as const;

/** The way by which PAM itself gets them; sshd keeps the others to the session. */
const FILE = "~/.pam_environment";

/** How a person sets the environment of the next login. @returns options for ssh */
const WAYS: Readonly<Record<string, (visit: Visit, all: typeof HOSTILE) => Promise<string[]>>> = {
  [FILE]: async ({ machine, person }, all) => {
    const lines = all.map(([name, value]) => `${name} DEFAULT=${value}\n`);
    await Deno.writeTextFile(
      machine.path(`/home/${person}/.pam_environment`),
      lines.join(""),
    );
    return [];
  },
  "SendEnv": (_, all) =>
    Promise.resolve(["-o", `SetEnv=${all.map(([name, value]) => `${name}="${value}"`).join(" ")}`]),
  "authorized_keys": async ({ machine, person }, all) => {
    const path = machine.path(`/mnt/keys/${person}.pub`);
    const key = /ssh-ed25519 .*/.exec(await Deno.readTextFile(path))![0];
    const options = all.map(([name, value]) => `environment="${name}=${value}"`);
    await Deno.writeTextFile(path, `${options.join(",")} ${key}\n`);
    return [];
  },
};

/** What arrives of one login, without what differs from login to login. */
async function told(client: DoorsClient, visit: Visit, options: readonly string[]) {
  // The environment may break the session too, which is the person's own affair.
  await client.machine.run(sshCommand(visit, options, ["true"]));
  await client.drainAll();
  return (await client.received()).map(({ event, pam, ssh, instance }) => ({
    ...{ event, pam, ssh, instance },
  }));
}

for (const [way, set] of Object.entries(WAYS)) {
  Deno.test(`nothing in the environment that comes by ${way} changes what is recorded`, () =>
    withDoorsClient(async (client, alice) => {
      const usual = await told(client, alice, []);
      assert.equal(usual.length, 1);
      // All of them at once, and then each: one may hide what another does.
      for (const variables of [HOSTILE, ...way === FILE ? HOSTILE.map((one) => [one]) : []]) {
        const options = await set(alice, variables);
        assert.deepEqual(await told(client, alice, options), usual, variables.join());
      }
    }));

  Deno.test(`the environment that comes by ${way} is that of the session`, () =>
    withDoorsClient(async (client, alice) => {
      const options = await set(alice, [CANARY]);
      const { stdout } = await client.machine.runWell(
        sshCommand(alice, options, ["printenv", CANARY[0]]),
      );
      assert.equal(stdout, `${CANARY[1]}\n`);
    }));
}

Deno.test("a client that PAM started after pam_env would be in the hands of the person", () =>
  withDoorsClient(async (client, alice) => {
    await client.machine.runWell(["sh", "-c", LINE_LAST]);
    const set = WAYS[FILE]!;
    assert.equal((await told(client, alice, [])).length, 1);
    assert.deepEqual(await told(client, alice, await set(alice, [["LD_DEBUG", "help"]])), []);
  }));

/** Moves the client's line to the end of sshd's file. */
const LINE_LAST = "line=$(grep open_session /etc/pam.d/sshd) && " +
  "sed -i '/open_session/d' /etc/pam.d/sshd && echo \"$line\" >> /etc/pam.d/sshd";
